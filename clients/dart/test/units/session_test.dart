// A session from its making to its end: what the conformance cases do not say.

import 'dart:async';
import 'dart:convert';

import 'package:flask_firebase_login/flask_firebase_login.dart';
import 'package:flask_firebase_login/src/cookies.dart';
import 'package:flask_firebase_login/src/request_cookies.dart';

import '../support/checks.dart';

final site = Uri.parse('https://shop.example');

/// A site that signs Ada in, and answers as a check says.
final class Site implements SessionTransport {
  Site([this.answer = _hello]);

  final TransportResponse Function(TransportRequest request) answer;
  final List<String> asked = [];

  @override
  Future<TransportResponse> send(TransportRequest request) async {
    asked.add('${request.method} ${request.url.path} ${request.headers['cookie'] ?? '-'}');
    await request.stream?.drain<void>();
    return switch (request.url.path) {
      '/auth/sign-in' => respond(request, {
          'account': {'firebase_uid': 'ada', 'name': 'Ada'},
          'session': {'id': 1},
        }, cookie: 'session=s1'),
      '/auth/sign-out' => respond(request, const <String, Object?>{}),
      _ => answer(request),
    };
  }
}

TransportResponse respond(TransportRequest request, Object? json, {int status = 200, String? cookie, String? retryAfter}) =>
    TransportResponse(
      status,
      request.url,
      headers: {
        'content-type': ['application/json'],
        if (cookie != null) 'set-cookie': ['$cookie; Path=/'],
        if (retryAfter != null) 'retry-after': [retryAfter],
      },
      body: Stream.value(utf8.encode(jsonEncode(json))),
    );

TransportResponse _hello(TransportRequest request) => respond(request, {'hello': 'Ada'});

/// A site that asks for App Check.
final class _Rejecting implements SessionTransport {
  @override
  Future<TransportResponse> send(TransportRequest request) async =>
      respond(request, {'code': 'app_check_required', 'detail': 'Send the App Check token.'}, status: 403);
}

/// A site whose answer comes when it is let go.
final class _Held implements SessionTransport {
  _Held(this.answer);

  final Future<TransportResponse> answer;

  @override
  Future<TransportResponse> send(TransportRequest request) => answer;
}

/// One of several stores over the same preferences, as apps make them.
final class SharedStore implements SessionStore {
  SharedStore(this._texts);

  final List<String> _texts;

  @override
  Future<String?> load() async => _texts.firstOrNull;

  @override
  Future<void> save(String text) async => _texts
    ..clear()
    ..add(text);

  @override
  Future<void> clear() async => _texts.clear();
}

/// A store whose writes end when they are let go.
final class SlowStore implements SessionStore {
  final List<Completer<void>> writes = [];
  String? text;

  @override
  Future<String?> load() async => text;

  @override
  Future<void> save(String text) async {
    final letGo = Completer<void>();
    writes.add(letGo);
    await letGo.future;
    this.text = text;
  }

  @override
  Future<void> clear() async => text = null;
}

FlaskSession make(
  SessionTransport transport, {
  SessionStore? store,
  Stream<String?>? identityChanges,
  IdTokenSource? idToken,
  AppCheckTokenSource? appCheckToken,
}) =>
    FlaskSession(
      site,
      transport: transport,
      store: store,
      identityChanges: identityChanges,
      idToken: idToken ?? ({required forceRefresh}) => 'id-token',
      appCheckToken: appCheckToken,
    );

Future<TransportResponse> hello(FlaskSession session) => session.send(TransportRequest('GET', site.resolve('/api/hello')));

/// Runs [work] where any time is over at once.
Future<T> hurried<T>(Future<T> Function() work) => runZoned(
      work,
      zoneSpecification: ZoneSpecification(
        createTimer: (_, parent, zone, duration, done) => parent.createTimer(zone, Duration.zero, done),
      ),
    );

/// Lets all that is ready run.
Future<void> settle() => Future<void>.delayed(Duration.zero);

void main() => checkAll({
      'the states are one stream, to which any number may listen': () async {
        final session = make(Site());
        same(identical(session.states, session.states), true);
        final (one, other) = (<String>[], <String>[]);
        session.states.listen((state) => one.add(state.code));
        await hello(session);
        session.states.listen((state) => other.add(state.code));
        await session.signOut();
        same([one, other], [
          ['unknown', 'signed_out', 'signed_in', 'signed_out'],
          ['signed_in', 'signed_out'],
        ]);
      },
      'closing ends the states, also for who listens later': () async {
        final session = make(Site());
        await session.load();
        final states = session.states.toList();
        await session.close();
        same([for (final state in await states) state.code], ['signed_out']);
        same([for (final state in await session.states.toList()) state.code], ['signed_out']);
        await session.close();
      },
      'an attestation that takes too long keeps nobody from signing in': () async {
        final transport = Site();
        final never = Completer<String?>();
        final session = make(transport, appCheckToken: ({required forceRefresh}) => never.future);
        same((await hurried(() => hello(session))).status, 200);
        same(transport.asked.length, 2);
      },
      'a mistake in the source of App Check tokens shows as it is': () async {
        final transport = Site();
        final session = make(transport, appCheckToken: ({required forceRefresh}) => throw StateError('not activated'));
        same((await throws<StateError>(() => hello(session))).message, 'not activated');
        same(transport.asked.length, 0);
      },
      'what the source of App Check tokens threw is at hand, and no token is shown': () async {
        const secret = 'a secret\r\nX-Other: 1';
        final session = make(_Rejecting(), appCheckToken: ({required forceRefresh}) => secret);
        final failed = await throws<AppCheckFailed>(() => hello(session));
        same([failed.status, failed.code, failed.cause is FormatException], [403, 'app_check_required', true]);
        same('$failed ${failed.cause}'.contains('secret'), false);
      },
      'closing ends the waits that the site asked for': () async {
        final session = make(Site((request) => respond(request, null, status: 503, retryAfter: '9')));
        final call = throws<CallCancelled>(() => hello(session));
        await settle();
        await session.close();
        await call.timeout(const Duration(seconds: 2));
      },
      'closing ends the wait for the first word of who is signed in': () async {
        final session = make(Site(), identityChanges: StreamController<String?>().stream);
        final call = throws<CallCancelled>(() => hello(session));
        await settle();
        await session.close();
        await call;
      },
      'a call that is under way when the session is closed opens no session': () async {
        final (at, idToken) = (Site(), Completer<String>());
        final session = make(at, idToken: ({required forceRefresh}) => idToken.future);
        final call = throws<CallCancelled>(() => hello(session));
        await settle();
        await session.close();
        idToken.complete('id-token');
        await call;
        same(at.asked, <String>[]);
      },
      'a closed session makes no call': () async {
        final (at, session) = (Site(), make(Site()));
        await session.close();
        await throws<StateError>(() => hello(session));
        await throws<StateError>(session.signIn);
        await throws<StateError>(session.signOut);
        same(at.asked, <String>[]);
      },
      'a stream of who is signed in that fails is told by the call': () async {
        final session = make(Site(), identityChanges: Stream.error(const FormatException('no Firebase')));
        same((await throws<FormatException>(() => hello(session))).message, 'no Firebase');
      },
      'a stream of who is signed in that ends without a word is told by the call': () async {
        final session = make(Site(), identityChanges: const Stream.empty());
        same('${await throws<StateError>(() => hello(session))}'.contains('identityChanges ended'), true);
      },
      'a stream that fails after its first word leaves that word': () async {
        final (at, told) = (Site(), StreamController<String?>());
        final session = make(at, identityChanges: told.stream);
        told
          ..add('ada')
          ..addError(const FormatException('no Firebase'));
        same((await hello(session)).status, 200);
      },
      'a call at a cold start waits until it is known who is signed in': () async {
        final store = MemorySessionStore();
        await hello(make(Site(), store: store));
        final (at, told) = (Site(), StreamController<String?>());
        final call = hello(make(at, store: store, identityChanges: told.stream));
        await settle();
        same(at.asked, <String>[]);
        told.add('ada');
        same((await call).status, 200);
        same(at.asked, ['GET /api/hello session=s1']);
      },
      'at a cold start the session of somebody else is ended before any call goes out': () async {
        final store = MemorySessionStore();
        await hello(make(Site(), store: store));
        final (at, told) = (Site(), StreamController<String?>());
        final call = throws<NotSignedInAtFirebase>(() => hello(make(at, store: store, identityChanges: told.stream)));
        await settle();
        told.add(null);
        await call;
        same(at.asked, ['POST /auth/sign-out session=s1']);
      },
      'a body that breaks does not say offline, whatever the transport makes of it': () async {
        final session = make(Site());
        await hello(session);
        final body = Stream<List<int>>.error(const FormatException('broken'));
        final upload = TransportRequest('POST', site.resolve('/api/upload'), stream: body);
        await throws<FormatException>(() => session.send(upload));
        same(session.state.code, 'signed_in');
      },
      'a mistake of the program does not say offline': () async {
        final session = make(Site((request) => request.url.path == '/bad' ? throw ArgumentError('bad') : _hello(request)));
        await hello(session);
        await throws<ArgumentError>(() => session.send(TransportRequest('GET', site.resolve('/bad'))));
        same(session.state.code, 'signed_in');
      },
      'a cookie that comes after another client has signed out brings nothing back': () async {
        final shared = <String>[];
        final answer = Completer<TransportResponse>();
        final late = make(_Held(answer.future), store: SharedStore(shared));
        final other = make(Site(), store: SharedStore(shared));
        await other.signIn();
        final call = hello(late);
        await settle();
        await other.signOut();
        answer.complete(respond(TransportRequest('GET', site), null, cookie: 'session=s2'));
        same((await call).status, 200);
        await late.flush();
        same([shared, late.state.code, late.account], [<String>[], 'signed_out', null]);
      },
      'the account has names for what it holds, and is a map still': () async {
        final account = await make(Site()).signIn();
        same([account.firebaseUid, account.name, account['name'], account.email], ['ada', 'Ada', 'Ada', null]);
        const told = {
          'firebase_uid': 'ada',
          'email': 'ada@example.com',
          'email_verified': true,
          'photo_url': 'https://example.com/ada.png',
          'providers': ['google.com'],
          'roles': 'none',
        };
        final other = FlaskAccount(told);
        same([other.isEmailVerified, '${other.photoUrl}'], [true, 'https://example.com/ada.png']);
        same([other.providers, other.roles, other.settings], [
          ['google.com'],
          <String>[],
          <String, Object?>{},
        ]);
      },
      'no answer waits for a store': () async {
        final store = SlowStore();
        var cookies = 0;
        final session = make(Site((request) => respond(request, null, cookie: 'seen=${cookies += 1}')), store: store);
        final first = hello(session);
        await settle();
        store.writes.single.complete(); // a sign-in waits until it is stored
        same((await first).status, 200);
        for (var n = 0; n < 3; n++) {
          same((await hello(session)).status, 200);
        }
        await settle();
        same(store.writes.length, 2);
        final flushed = session.flush();
        while (session.state == SessionState.signedIn && store.writes.any((write) => !write.isCompleted)) {
          store.writes.firstWhere((write) => !write.isCompleted).complete();
          await settle();
        }
        await flushed;
        same(store.text!.contains('"value":"$cookies"'), true);
        same(store.writes.length <= 3, true);
      },
      'the names of a hundred cookies are remembered, and of no more': () {
        final sent = RequestCookies('shop.example');
        for (var n = 0; n < 300; n++) {
          sent.note([Cookie('n$n', 'x')]);
        }
        final elsewhere = Uri.parse('https://shop.example:8443/');
        final request = TransportRequest('GET', elsewhere, headers: {'cookie': 'n199=x; n200=x; n299=x; theirs=y'});
        sent.keepOutOf(request, const []);
        same(request.headers['cookie'], 'n199=x; theirs=y');
      },
    });
