/// [FakeFlaskSite]: a site with Flask-Firebase-Login for the tests of an app, without a network.
library;

import 'dart:async';
import 'dart:convert';

import 'package:http/http.dart' as http;

import 'src/account.dart';

export 'src/account.dart';

/// Answers a call to the app's own API: with an [http.Response], or with what goes out as JSON.
typedef FakeHandler = FutureOr<Object?> Function(http.Request request, FlaskAccount user);

/// A site with Flask-Firebase-Login for the tests of an app: give it to a `FlaskClient` as `inner`.
///
/// It signs in whoever the ID token names, keeps accounts, settings and sessions, and answers as the site does at `sign-in`,
/// `sign-out`, `account` (`GET`, `PATCH`), `sessions` (`GET`), `browser-links` and `token`. It uses no timer, so that it answers
/// within a widget test.
///
///     final site = FakeFlaskSite()..on('GET /api/hello', (request, user) => {'hello': user.name});
///     final client = FlaskClient(site.address, idToken: ({required forceRefresh}) => 'ada', inner: site);
final class FakeFlaskSite extends http.BaseClient {
  /// Makes a site without users.
  ///
  /// [findUid] returns whom an ID token is for, null where the site rejects it; by default the ID token is the uid itself. Where
  /// the client has `browserOwnsCookies`, set it here too: then this keeps the session cookie, as a browser does.
  FakeFlaskSite({
    Uri? address,
    this.urlPrefix = '/auth',
    String? Function(String idToken)? findUid,
    bool browserOwnsCookies = const bool.fromEnvironment('dart.library.js_interop'),
  })  : address = address ?? Uri.parse('https://site.example'),
        _findUid = findUid ?? _itself,
        _browserOwnsCookies = browserOwnsCookies;

  /// Where it is.
  final Uri address;

  /// Where its endpoints are.
  final String urlPrefix;

  /// What it was asked, such as `GET /api/hello`, the sign-ins among it; nothing while it [isOffline].
  final List<String> asked = [];

  /// Whether nobody can be reached: each call throws an [http.ClientException].
  bool isOffline = false;

  /// The problem with which sign-ins are rejected, such as `(status: 403, code: 'account_disabled', detail: 'Ask us why.')`; null
  /// where they are not.
  ({int status, String code, String detail})? rejection;

  /// The App Check tokens with which users may sign in; null where the site asks for none.
  Set<String>? appCheckTokens;

  final String? Function(String idToken) _findUid;
  final bool _browserOwnsCookies;
  final Map<String, FakeHandler> _handlers = {};
  final Map<String, _Account> _accounts = {};
  final Map<String, _Session> _sessions = {};
  final Map<String, String> _codes = {};
  String? _browserCookie;
  int _count = 0;

  /// Answers a call such as `GET /api/hello`, by a user who is signed in; without one, the answer is a 401 of the site's.
  void on(String call, FakeHandler handler) => _handlers[call] = handler;

  /// The account of a user, made where there is none, with other [members] where they are given. It shows what the app changes.
  FlaskAccount account(String uid, [Map<String, Object?> members = const {}]) {
    final account = _accounts.putIfAbsent(uid, () => _Account(uid, _accounts.length + 1));
    if (members.isNotEmpty) account.change(members);
    return FlaskAccount(account.json);
  }

  /// Ends every session, or those of one user: the app finds out by its next call.
  void endSessions([String? uid]) => _sessions.removeWhere((_, session) => uid == null || session.uid == uid);

  /// How many sessions there are, of one user where [uid] is given.
  int countSessions([String? uid]) => _sessions.values.where((session) => uid == null || session.uid == uid).length;

  /// Plays the browser of a user at the site's sign-in page: `HandOff(open: site.browseAs('ada'), …)`. With null, the user closes it.
  Uri? Function(Uri address) browseAs(String? uid) => (page) {
        if (uid == null) return null;
        final code = 'code-${_count += 1}';
        _codes[code] = uid;
        final told = page.queryParameters;
        return Uri.parse(told['redirect_uri']!).replace(
          queryParameters: {'code': code, 'state': told['state'], 'iss': '${page.origin}$urlPrefix'},
        );
      };

  @override
  Future<http.StreamedResponse> send(http.BaseRequest request) async {
    final body = await request.finalize().toBytes();
    if (isOffline) throw http.ClientException('No route to host', request.url);
    if (request.url.origin != address.origin) {
      throw http.ClientException('FakeFlaskSite is $address, and there is no network', request.url);
    }
    asked.add('${request.method} ${request.url.path}');
    final read = http.Request(request.method, request.url)
      ..headers.addAll(request.headers)
      ..bodyBytes = body;
    final answer = await _answer(read);
    return http.StreamedResponse(
      Stream.value(answer.bodyBytes),
      answer.statusCode,
      contentLength: answer.bodyBytes.length,
      request: request,
      headers: answer.headers,
    );
  }

  Future<http.Response> _answer(http.Request request) async {
    final path = request.url.path;
    final isOurs = path.startsWith('$urlPrefix/');
    final call = '${request.method} ${isOurs ? path.substring(urlPrefix.length) : path}';
    final session = _sessions[_secretOf(request)];
    if (isOurs && call == 'POST /sign-in') return _rejectApp(request, _problemOfApp) ?? _signIn(request);
    if (isOurs && call == 'POST /sign-out') return _signOut(request);
    if (isOurs && call == 'POST /token') return _rejectApp(request, _oauthErrorOfApp) ?? _exchange(request);
    if (session == null) return _problem(401, 'not_signed_in', 'Sign in at the sign-in endpoint, then send the session along.');
    final account = _accounts[session.uid]!;
    if (!isOurs) return _handle(call, request, account);
    return switch (call) {
      'GET /account' => account.read(request),
      'PATCH /account' => account.patch(request),
      'GET /sessions' => _json({
          'sessions': [for (final one in _of(session.uid)) one.show(isCurrent: one == session)],
        }),
      'POST /browser-links' => _json({'url': '$address$urlPrefix/continue?link=link-${_count += 1}', 'expires_in': 60}),
      _ => _problem(404, 'not_found', 'FakeFlaskSite does not play $call.'),
    };
  }

  Iterable<_Session> _of(String uid) => _sessions.values.where((session) => session.uid == uid);

  Future<http.Response> _handle(String call, http.Request request, _Account account) async {
    final handler = _handlers[call];
    if (handler == null) return _problem(404, 'not_found', 'This test has no handler for $call: site.on(…).');
    final answer = await handler(request, FlaskAccount(account.json));
    return answer is http.Response ? answer : _json(answer);
  }

  /// Answers an app that is not known to be genuine; null for one that is.
  http.Response? _rejectApp(http.Request request, http.Response Function(String code, String detail) reject) {
    final taken = appCheckTokens;
    final token = request.headers['x-firebase-appcheck'] ?? '';
    if (taken == null || taken.contains(token)) return null;
    return token.isEmpty
        ? reject('app_check_required', 'Send the App Check token of the app in the header X-Firebase-AppCheck.')
        : reject('app_check_invalid', 'The test does not name this App Check token: site.appCheckTokens.');
  }

  http.Response _signIn(http.Request request) {
    final (idToken, clientName) = switch (_readObject(request)) {
      {'id_token': final String idToken, 'client_name': final String name} => (idToken, name),
      {'id_token': final String idToken} => (idToken, null),
      _ => (null, null),
    };
    if (idToken == null) return _problem(400, 'invalid_request', "The ID token is missing: send it as 'id_token', a string.");
    if (rejection case (:final status, :final code, :final detail)?) return _problem(status, code, detail);
    final uid = _findUid(idToken);
    if (uid == null) return _problem(401, 'id_token_malformed', 'An ID token has three parts, separated by full stops.');
    final isNew = !_accounts.containsKey(uid);
    final user = account(uid);
    _sessions.remove(_secretOf(request)); // a sign-in replaces the device's session
    final (secret, session) = _open(uid, 'cookie', clientName, request);
    _browserCookie = secret;
    return _json(
      {'account': user, 'session': session.show(isCurrent: true), 'created': isNew, 'next': '/'},
      headers: {'set-cookie': 'session=$secret; Max-Age=1209600; $_attributes'},
    );
  }

  http.Response _signOut(http.Request request) {
    _sessions.remove(_secretOf(request));
    _browserCookie = null;
    return _empty(204, {'set-cookie': 'session=; Max-Age=0; $_attributes'});
  }

  http.Response _exchange(http.Request request) {
    final uid = _codes.remove(Uri.splitQueryString(request.body)['code']);
    if (uid == null) return _json({'error': 'invalid_grant', 'error_description': "Invalid 'code' in request."}, status: 400);
    account(uid);
    final (secret, _) = _open(uid, 'bearer', null, request);
    return _json({'access_token': secret, 'token_type': 'Bearer', 'expires_in': 1209600, 'scope': 'account'});
  }

  (String, _Session) _open(String uid, String transport, String? clientName, http.Request request) {
    final secret = 'session-${_count += 1}';
    return (secret, _sessions[secret] = _Session(uid, '$_count', transport, clientName, request.headers['user-agent']));
  }

  String? _secretOf(http.Request request) {
    if (request.headers['authorization']?.split(' ') case [_, final bearer]) return bearer;
    if (_browserOwnsCookies) return _browserCookie;
    return RegExp(r'(?:^|; )session=([^;]+)').firstMatch(request.headers['cookie'] ?? '')?[1];
  }

  String get _attributes => 'HttpOnly; Path=/; SameSite=Lax${address.isScheme('https') ? '; Secure' : ''}';
}

final class _Account {
  _Account(String uid, int id)
      : json = {
          'id': id,
          'firebase_uid': uid,
          'email': '$uid@example.com',
          'email_verified': true,
          'name': uid,
          'photo_url': null,
          'providers': ['password'],
          'roles': <String>[],
          'settings': <String, Object?>{},
          'created_at': _now(),
        };

  final Map<String, Object?> json;
  int _version = 1;

  String get _etag => '"${json['id']}-$_version"';

  void change(Map<String, Object?> members) {
    json.addAll(members);
    _version += 1;
  }

  http.Response read(http.Request request) => request.headers['if-none-match'] == _etag
      ? _empty(304, {'etag': _etag})
      : _json(json, headers: {'etag': _etag});

  /// RFC 7396, for the members that a user may change.
  http.Response patch(http.Request request) {
    final isAtVersion = switch (request.headers['if-match']) { final wanted? => wanted == _etag, null => true };
    if (!isAtVersion) return _problem(412, 'version_conflict', 'The account is not at the version that If-Match names.');
    final patch = _readObject(request);
    if (patch == null) return _problem(400, 'invalid_request', 'The body is no JSON object.');
    for (final name in patch.keys) {
      if (!const {'name', 'photo_url', 'settings'}.contains(name)) {
        return _problem(
          422,
          'invalid_request',
          "An account has no member '$name' to change; there are 'name', 'photo_url' and 'settings'.",
        );
      }
    }
    change({for (final MapEntry(:key, :value) in patch.entries) key: _merge(json[key], value)});
    return _json(json, headers: {'etag': _etag});
  }
}

final class _Session {
  _Session(this.uid, this._id, this._transport, this._clientName, this._userAgent);

  final String uid;
  final String _id;
  final String _transport;
  final String? _clientName;
  final String? _userAgent;
  final String _openedAt = _now();

  Map<String, Object?> show({required bool isCurrent}) => {
        'id': _id,
        'transport': _transport,
        'client_name': _clientName,
        'user_agent': _userAgent ?? 'Dart',
        'created_at': _openedAt,
        'last_seen_at': _openedAt,
        'expires_at': _now(after: const Duration(days: 14)),
        'current': isCurrent,
      };
}

const _titles = {
  'app_check_required': 'An App Check token is required',
  'app_check_invalid': 'The App Check token is rejected',
  'not_signed_in': 'Sign in first',
  'not_found': 'There is nothing here',
  'version_conflict': 'The account has changed meanwhile',
};

http.Response _problem(int status, String code, String detail) => _json(
      {
        'type': 'tag:flask-firebase-login,2026:$code',
        'title': _titles[code] ?? 'The request is rejected',
        'status': status,
        'detail': detail,
        'code': code,
      },
      status: status,
      type: 'application/problem+json',
      headers: {if (status == 401) 'www-authenticate': 'Bearer'},
    );

http.Response _problemOfApp(String code, String detail) => _problem(403, code, detail);

http.Response _oauthErrorOfApp(String code, String detail) =>
    _json({'error': 'invalid_client', 'error_description': detail, 'code': code}, status: 400);

http.Response _empty(int status, Map<String, String> headers) =>
    http.Response('', status, headers: {'cache-control': 'no-store', ...headers});

http.Response _json(
  Object? body, {
  int status = 200,
  String type = 'application/json',
  Map<String, String> headers = const {},
}) =>
    http.Response.bytes(
      utf8.encode(jsonEncode(body)),
      status,
      headers: {'content-type': type, 'cache-control': 'no-store', ...headers},
    );

Map<String, Object?>? _readObject(http.Request request) {
  try {
    return switch (jsonDecode(request.body)) { final Map<String, Object?> object => object, _ => null };
  } on FormatException {
    return null;
  }
}

Object? _merge(Object? before, Object? patch) {
  if (patch is! Map<String, Object?>) return patch;
  final merged = {if (before is Map<String, Object?>) ...before};
  for (final MapEntry(:key, :value) in patch.entries) {
    value == null ? merged.remove(key) : merged[key] = _merge(merged[key], value);
  }
  return merged;
}

String _now({Duration after = Duration.zero}) {
  final now = DateTime.now().add(after).millisecondsSinceEpoch;
  return DateTime.fromMillisecondsSinceEpoch(now, isUtc: true).toIso8601String();
}

String _itself(String idToken) => idToken;
