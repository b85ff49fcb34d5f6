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
  required bool isStreamed,
});

/// The client under test.
final class Subject {
  Subject(this.session, this.call);

  final FlaskSession session;
  final Call call;
}

/// A store that counts, and fails where the case says so.
final class WatchedStore implements SessionStore {
  WatchedStore(this.inner, this.fails);

  final SessionStore inner;
  List<Object?> fails;
  int saves = 0;

  @override
  Future<String?> load() async => fails.contains('load') ? throw const FileSystemException('unreadable') : inner.load();

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
      : idTokens = [...told['id_tokens']! as List],
        now = told['now'] == 'real' ? null : DateTime.parse(told['now']! as String),
        store = WatchedStore(
          told['file'] == null ? MemorySessionStore(told['store'] as String?) : FileSessionStore(told['file']! as String),
          told['store_fails'] as List? ?? const [],
        );

  final Json told;
  final List<Object?> idTokens;
  final WatchedStore store;
  DateTime? now;
  final List<bool> asked = [];
  final List<int> waits = [];
  final List<Object> progress = [];
  final List<String> states = [];
  StreamSubscription<SessionState>? _listening;

  Json get _options => (told['options'] as Map?)?.cast() ?? const {};

  bool get followRedirects => _options['follow_redirects'] as bool? ?? false;

  FlaskSession makeSession(SessionTransport transport) {
    final session = FlaskSession(
      Uri.parse(told['site']! as String),
      idToken: ({required forceRefresh}) {
        asked.add(forceRefresh);
        return (idTokens.length > 1 ? idTokens.removeAt(0) : idTokens.first) as String?;
      },
      transport: transport,
      store: store,
      urlPrefix: _options['url_prefix'] as String? ?? '/auth',
      clientName: _options['client_name'] as String?,
      maxWait: Duration(seconds: _options['max_wait_seconds'] as int? ?? 10),
      browserOwnsCookies: _options['browser_owns_cookies'] as bool? ?? false,
      onProgress: (step, duration) => progress.add([step.code, duration.inSeconds]),
      clock: () => now ?? DateTime.now().toUtc(),
      sleep: told['now'] == 'real' ? null : _sleep,
    );
    unawaited(_listening?.cancel());
    states.clear();
    _listening = session.states.listen((state) => states.add(state.code));
    return session;
  }

  Future<void> _sleep(Duration duration) async {
    waits.add(duration.inSeconds);
    now = now?.add(duration);
  }
}

/// Reads a JSON object a line, and answers each with one.
final class Driver {
  Driver(this.makeSubject, {required this.isUnreachable});

  final Subject Function(Json told, Around around) makeSubject;
  final bool Function(Object error) isUnreachable;
  late Around _around;
  late Subject _subject;

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
        _subject = makeSubject(told, _around);
      case 'restart':
        _subject = makeSubject(_around.told, _around);
      case 'advance':
        _around.now = _around.now?.add(Duration(seconds: told['seconds']! as int));
      case 'mend_store':
        _around.store.fails = const [];
      case 'cancel':
        _subject.session.cancel();
      case 'look':
        return _look();
      case 'cookies':
        return _receiveCookies(told);
      case 'load':
        return {'state': (await _subject.session.load()).code};
      case 'sign_in':
        return {'account': await _subject.session.signIn()};
      case 'sign_out':
        return {'ended': await _subject.session.signOut()};
      case 'call':
        final (status, body, url) = await _subject.call(
          told['method']! as String,
          Uri.parse(told['url']! as String),
          (told['headers'] as Map?)?.cast() ?? const {},
          told['body'] as String? ?? '',
          isStreamed: told['streamed'] as bool? ?? false,
        );
        return {'status': status, 'body': body, 'url': '$url'};
      case final other:
        return {'failed': 'unknown: $other'};
    }
    return {};
  }

  Future<Json> _look() async => {
        'state': _subject.session.state.code,
        'states': _around.states,
        'account': _subject.session.account,
        'stored': await _around.store.inner.load(),
        'saves': _around.store.saves,
        'asked': _around.asked,
        'waits': _around.waits,
        'progress': _around.progress,
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
        final TryLater later => {
            ..._describeRejection(later),
            'kind': 'try_later',
            'retry_after_seconds': later.retryAfter?.inSeconds,
          },
        final SignInRejected rejected => {..._describeRejection(rejected), 'kind': 'sign_in_rejected'},
        final FlaskSessionException other => {'kind': other.code, 'code': other.code, 'message': '$other'},
        _ => {'kind': isUnreachable(error) ? 'unreachable' : '${error.runtimeType}', 'message': '$error'},
      };

  Json _describeRejection(SignInRejected rejected) => {
        'code': rejected.code,
        'status': rejected.status,
        'detail': rejected.detail,
        'message': '$rejected',
      };
}

/// Reads a body to its end.
Future<String> readText(Stream<List<int>> body) => utf8.decodeStream(body);
