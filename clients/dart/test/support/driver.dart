// What the drivers share: reading what is to be done, and telling what came of it.

import 'dart:async';
import 'dart:convert';
import 'dart:io';

import 'package:flask_firebase_login/io.dart';
import 'package:flask_firebase_login/src/cookies.dart';
import 'package:flask_firebase_login/src/dates.dart';

typedef Json = Map<String, Object?>;
typedef Call = Future<(int, String, Uri)> Function(
  String method,
  Uri url,
  Map<String, String> headers,
  String body, {
  required Object? streamed,
  required Future<void> abortTrigger,
});

/// What a body that breaks throws.
final class BrokenBody implements Exception {}

/// The body of a call that can be read once, and may break.
Stream<List<int>> streamBody(String body, Object? streamed) async* {
  yield utf8.encode(body);
  if (streamed == 'broken') throw BrokenBody();
}

/// The client under test.
final class Subject {
  Subject(this.session, this.call);

  final FlaskSession session;
  final Call call;
}

/// A store that counts, and fails where the case says so.
final class WatchedStore implements LockingSessionStore {
  WatchedStore(this.inner, this.fails);

  final SessionStore inner;
  List<Object?> fails;
  int saves = 0;

  @override
  Future<String?> load() async => fails.contains('load') ? throw const FileSystemException('unreadable') : inner.load();

  @override
  Future<T> locked<T>(Future<T> Function() work) => switch (inner) {
        final LockingSessionStore store => store.locked(work),
        _ => work(),
      };

  @override
  Future<void> save(String text) => _write(() => inner.save(text));

  @override
  Future<void> clear() => _write(inner.clear);

  Future<void> _write(Future<void> Function() write) async {
    if (fails.contains('save')) throw const FileSystemException('No space left on device');
    saves += 1;
    await write();
  }
}

/// All around the client that a case looks at.
final class Around {
  Around(this.told)
      : idTokens = [...told['id_tokens'] as List? ?? const []],
        appCheckTokens = [...told['app_check'] as List? ?? const []],
        identity = told['identity'] as String?,
        now = told['now'] == 'real' ? null : DateTime.parse(told['now']! as String),
        store = WatchedStore(
          told['file'] == null ? MemorySessionStore(told['store'] as String?) : FileSessionStore(told['file']! as String),
          told['store_fails'] as List? ?? const [],
        );

  final Json told;
  final List<Object?> idTokens;
  final List<Object?> appCheckTokens;
  final WatchedStore store;
  DateTime? now;
  String? identity;
  int storeFailures = 0;
  final List<bool> asked = [];
  final List<bool> askedAppCheck = [];
  final List<int> waits = [];
  final List<Object> progress = [];
  final Map<String, List<String>> states = {};
  final StreamController<String?> _identities = StreamController.broadcast();
  String _making = 'first';

  Json get _options => (told['options'] as Map?)?.cast() ?? const {};

  bool get followRedirects => _options['follow_redirects'] as bool? ?? false;

  /// What a case looks at of the client that is made next.
  void makeNext(String name) {
    _making = name;
    states[name] = [];
  }

  void identify(String? uid) {
    identity = uid;
    _identities.add(uid);
  }

  /// Who is signed in at Firebase, and their ID token, by a file that several apps share.
  Json? get _firebase => switch (told['firebase']) {
        final String path => jsonDecode(File(path).readAsStringSync()) as Json,
        _ => null,
      };

  String? _identify() {
    final firebase = _firebase;
    return firebase == null ? identity : (told['uids']! as Json)[firebase['uid']] as String?;
  }

  Stream<String?> get _identityChanges => Stream.multi((listener) {
        listener.add(identity);
        unawaited(listener.addStream(_identities.stream));
      });

  Json? get _way => (told['sign_in_by'] as Map?)?.cast();

  String? _askIDToken({required bool forceRefresh}) {
    asked.add(forceRefresh);
    if (_firebase case final firebase?) return firebase['id_token'] as String?;
    return _next(idTokens);
  }

  String? _askAppCheck({required bool forceRefresh}) {
    askedAppCheck.add(forceRefresh);
    return _next(appCheckTokens);
  }

  String? _next(List<Object?> tokens) => switch (tokens.length > 1 ? tokens.removeAt(0) : tokens.first) {
        {'throws': final String why} => throw FormatException(why),
        final told => told as String?,
      };

  HandOff _makeHandOff(Json way) => HandOff(
        clientId: way['client_id']! as String,
        redirectUri: way['redirect_uri']! as String,
        loginHint: way['login_hint'] as String?,
        prompt: way['prompt'] as String?,
        open: (address) async {
          final browser = Uri.parse(told['browser']! as String).replace(queryParameters: {'address': '$address'});
          final answer = await (await HttpClient().getUrl(browser)).close();
          final opened = jsonDecode(await readText(answer)) as Json;
          return (opened['comes_back']! as List).firstOrNull;
        },
      );

  FlaskSession makeSession(SessionTransport transport) {
    final isStreamed = _options['identity_changes'] as bool? ?? false;
    final session = FlaskSession(
      Uri.parse(told['site']! as String),
      idToken: _way == null ? _askIDToken : null,
      signInBy: _way == null ? null : _makeHandOff(_way!),
      appCheckToken: appCheckTokens.isEmpty ? null : _askAppCheck,
      identity: (told.containsKey('identity') || told.containsKey('firebase')) && !isStreamed ? _identify : null,
      identityChanges: isStreamed ? _identityChanges : null,
      transport: transport,
      onStoreFailed: (_) => storeFailures += 1,
      store: store,
      urlPrefix: _options['url_prefix'] as String? ?? '/auth',
      clientName: _options['client_name'] as String?,
      maxWait: Duration(seconds: _options['max_wait_seconds'] as int? ?? 10),
      browserOwnsCookies: _options['browser_owns_cookies'] as bool? ?? false,
      onProgress: (step, duration) => progress.add([step.code, duration.inSeconds]),
      clock: () => now ?? DateTime.now().toUtc(),
      sleep: told['now'] == 'real' ? null : _sleep,
    );
    final seen = states[_making]!;
    session.states.listen((state) => seen.add(state.code));
    return session;
  }

  Future<void> _sleep(Duration duration) async {
    waits.add(duration.inSeconds);
    now = now?.add(duration);
  }
}

/// Reads a JSON object a line, and answers each with one.
final class Driver {
  Driver(this.makeSubject, {required this.isUnreachable, this.describe = _nothing});

  final Subject Function(Json told, Around around) makeSubject;
  final bool Function(Object error) isUnreachable;

  /// The kind of an error of the transport's own; null where it is another.
  final String? Function(Object error) describe;
  late Around _around;
  final Map<String, Subject> _subjects = {};
  final Map<Object?, Completer<void>> _aborts = {};

  /// The client that a step names; it starts where a step names it first.
  Subject _find(Json told) => _subjects.putIfAbsent(_nameOf(told), () {
        _around.makeNext(_nameOf(told));
        return makeSubject(_around.told, _around);
      });

  String _nameOf(Json told) => told['by'] as String? ?? 'first';

  Future<void> run() async {
    await for (final line in stdin.transform(utf8.decoder).transform(const LineSplitter())) {
      final told = jsonDecode(line) as Json;
      unawaited(_answer(told));
    }
    exit(0); // idle connections would keep the VM up
  }

  Future<void> _answer(Json told) async {
    Json result;
    try {
      result = await _do(told);
    } on Object catch (error) {
      result = {'error': _describe(error)};
    }
    stdout.writeln(jsonEncode({'id': told['id'], ...result}));
  }

  Future<Json> _do(Json told) async {
    switch (told['do']) {
      case 'start':
        _around = Around(told);
        _subjects.clear();
      case 'restart':
        await _subjects.remove(_nameOf(told))?.session.close();
      case 'identity':
        _around.identify(told['uid'] as String?);
      case 'advance':
        _around.now = _around.now?.add(Duration(seconds: told['seconds']! as int));
      case 'mend_store':
        _around.store.fails = const [];
      case 'cancel':
        _find(told).session.cancel();
      case 'abort':
        for (final call in told['calls']! as List) {
          _aborts[call]!.complete();
        }
      case 'look':
        return _look(told);
      case 'cookies':
        return _receiveCookies(told);
      case 'load':
        return {'state': (await _find(told).session.load()).code};
      case 'sign_in':
        return {'account': await _find(told).session.signIn()};
      case 'sign_out':
        return {'ended': await _find(told).session.signOut()};
      case 'browser_url':
        return {'url': '${await _find(told).session.browserUrl(next: told['next'] as String?)}'};
      case 'headers_for':
        return {'headers': await _find(told).session.headersFor(Uri.parse(told['url']! as String))};
      case 'call':
        final (status, body, url) = await _find(told).call(
          told['method']! as String,
          Uri.parse(told['url']! as String),
          (told['headers'] as Map?)?.cast() ?? const {},
          told['body'] as String? ?? '',
          streamed: told['streamed'],
          abortTrigger: (_aborts[told['id']] = Completer()).future,
        );
        return {'status': status, 'body': body, 'url': '$url'};
      case final other:
        return {'failed': 'unknown: $other'};
    }
    return {};
  }

  /// What an answer brought is stored meanwhile.
  Future<Json> _look(Json told) async {
    await Future<void>.delayed(Duration.zero);
    return _tell(told);
  }

  Future<Json> _tell(Json told) async => {
        'state': _find(told).session.state.code,
        'states': _around.states[_nameOf(told)],
        'account': _find(told).session.account,
        'shown': const <Object>[],
        'stored': await _around.store.inner.load(),
        'saves': _around.store.saves,
        'asked': _around.asked,
        'asked_app_check': _around.askedAppCheck,
        'waits': _around.waits,
        'progress': _around.progress,
        'store_failures': _around.storeFailures,
      };

  Json _receiveCookies(Json told) {
    final site = Uri.parse(told['site']! as String);
    final now = DateTime.parse(told['now']! as String);
    final jar = CookieJar(site.host, isSecure: site.scheme == 'https');
    for (final one in (told['received']! as List).cast<Json>()) {
      jar.receive(
        (one['headers']! as List).cast(),
        path: one['path'] as String? ?? '/',
        now: now,
        serverNow: parseHttpDate(one['date'] as String? ?? ''),
      );
    }
    final after = Duration(seconds: told['after'] as int? ?? 0);
    return {'header': jar.headerFor(told['path'] as String? ?? '/', now.add(after))};
  }

  Json _describe(Object error) => switch (error) {
        final ClockWrong wrong => {
            ..._describeRejection(wrong),
            'kind': 'clock_wrong',
            'device_time': formatTime(wrong.deviceTime),
            'server_time': wrong.serverTime == null ? null : formatTime(wrong.serverTime!),
          },
        final SiteBusy later => {
            ..._describeRejection(later),
            'kind': 'try_later',
            'retry_after_seconds': later.retryAfter?.inSeconds,
          },
        final AppCheckFailed failed => {..._describeRejection(failed), 'kind': 'app_check_failed'},
        final SignInDenied denied => {..._describeRejection(denied), 'kind': 'sign_in_denied'},
        final ClientNotRegistered unknown => {..._describeRejection(unknown), 'kind': 'client_not_registered'},
        final SignInRejected rejected => {..._describeRejection(rejected), 'kind': 'sign_in_rejected'},
        final FlaskSessionException other => {'kind': other.code, 'code': other.code, 'message': '$other'},
        _ when describe(error) != null => {'kind': describe(error), 'message': '$error'},
        _ => {'kind': isUnreachable(error) ? 'unreachable' : '${error.runtimeType}', 'message': '$error'},
      };

  Json _describeRejection(SignInRejected rejected) => {
        'code': rejected.code,
        'status': rejected.status,
        'detail': rejected.detail,
        'message': '$rejected',
      };
}

String? _nothing(Object error) => null;

/// Reads a body to its end.
Future<String> readText(Stream<List<int>> body) => utf8.decodeStream(body);
