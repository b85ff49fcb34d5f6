// A session whose way is a `HandOff`: what the conformance cases do not say.

import 'dart:async';
import 'dart:convert';

import 'package:flask_firebase_login/flask_firebase_login.dart';

import '../support/checks.dart';

final site = Uri.parse('https://shop.example');

/// A site that signs Ada in, and notes what it was asked.
final class Site implements SessionTransport {
  final List<String> asked = [];
  int bearers = 0;

  @override
  Future<TransportResponse> send(TransportRequest request) async {
    final headers = request.headers;
    asked.add([request.method, request.url.path, headers['authorization'] ?? '-', headers['cookie'] ?? '-'].join(' '));
    final body = switch (request.url.path) {
      '/auth/token' => {'access_token': 'bearer-${bearers += 1}', 'token_type': 'Bearer', 'expires_in': 1209600},
      '/auth/account' => {'id': 1, 'firebase_uid': 'ada', 'name': 'Ada'},
      _ => {'hello': 'Ada'},
    };
    return TransportResponse(
      200,
      request.url,
      headers: const {
        'content-type': ['application/json'],
      },
      body: Stream.value(utf8.encode(jsonEncode(body))),
    );
  }
}

/// As Flutter's, whose text is all that pure Dart sees of it.
final class PlatformException implements Exception {
  PlatformException(this.code);

  final String code;

  @override
  String toString() => 'PlatformException($code, why, null, null)';
}

String comeBack(Uri address) {
  final query = {'code': 'the-code', 'state': address.queryParameters['state'], 'iss': 'https://shop.example/auth'};
  return 'com.example.notes:/signed-in?${Uri(queryParameters: query).query}';
}

FlaskSession make(
  Site transport, {
  OpenBrowser? open,
  SessionStore? store,
  Uri? at,
  bool browserOwnsCookies = false,
  OnProgress? onProgress,
}) =>
    FlaskSession(
      at ?? site,
      transport: transport,
      signInBy: HandOff(clientId: 'notes', redirectUri: 'com.example.notes:/signed-in', open: open ?? comeBack),
      store: store,
      browserOwnsCookies: browserOwnsCookies,
      onProgress: onProgress,
    );

Future<TransportResponse> hello(FlaskSession session, [Map<String, String> headers = const {}]) =>
    session.send(TransportRequest('GET', session.site.resolve('/api/hello'), headers: headers));

void main() => checkAll({
      'in a browser the bearer goes by header, is kept over a restart, and ended by header': () async {
        final (at, store) = (Site(), MemorySessionStore());
        await hello(make(at, store: store, browserOwnsCookies: true));
        final later = make(at, store: store, browserOwnsCookies: true);
        same((await later.load()).code, 'signed_in');
        await hello(later);
        same(await later.signOut(), true);
        same(at.asked, [
          'POST /auth/token - -',
          'GET /auth/account Bearer bearer-1 -',
          'GET /api/hello Bearer bearer-1 -',
          'GET /api/hello Bearer bearer-1 -',
          'POST /auth/sign-out Bearer bearer-1 -',
        ]);
        same(await store.load(), null);
      },
      'an app that was ended while the browser was open goes on': () async {
        final at = Site();
        final begun = make(at).beginSignIn();
        final kept = begun.toText();
        final later = make(at);
        same((await later.finishSignIn(BegunHandOff.fromText(kept), comeBack(begun.address)))['name'], 'Ada');
        same(later.state.code, 'signed_in');
        same(at.asked, ['POST /auth/token - -', 'GET /auth/account Bearer bearer-1 -']);
        await later.finishSignIn(begun, Uri.parse(comeBack(begun.address)));
        same(at.asked.last, 'POST /auth/sign-out Bearer bearer-1 -');
      },
      'not at another site': () async {
        final at = Site();
        final begun = make(at).beginSignIn();
        final other = make(at, at: Uri.parse('https://other.example'));
        await throws<AnswerUnreadable>(() => other.finishSignIn(begun, comeBack(begun.address)));
        same(at.asked, <String>[]);
      },
      'without a HandOff there is none to begin': () async {
        final session = FlaskSession(site, transport: Site(), idToken: ({required forceRefresh}) => 'id-token');
        await throws<StateError>(session.beginSignIn);
      },
      'a session has one way': () async {
        await throws<ArgumentError>(() => FlaskSession(site, transport: Site()));
        await throws<ArgumentError>(
          () => FlaskSession(
            site,
            transport: Site(),
            idToken: ({required forceRefresh}) => null,
            signInBy: HandOff(clientId: 'notes', redirectUri: 'com.example.notes:/signed-in', open: comeBack),
          ),
        );
      },
      'a plug-in that says the user has closed the browser is understood': () async {
        final session = make(Site(), open: (_) => throw PlatformException('CANCELED'));
        await throws<BrowserClosed>(() => hello(session));
        same(session.state.code, 'signed_out');
      },
      'what else it throws is the cause, for every call that waits, and the browser is opened once': () async {
        final opening = Completer<void>();
        var opened = 0;
        final session = make(
          Site(),
          open: (_) async {
            opened += 1;
            await opening.future;
            throw PlatformException('timeout');
          },
        );
        final calls = [for (var n = 0; n < 3; n++) throws<BrowserFailed>(() => hello(session))];
        while (opened == 0) {
          await Future<void>.delayed(Duration.zero);
        }
        opening.complete();
        for (final call in calls) {
          same(((await call).cause as PlatformException).code, 'timeout');
        }
        same(opened, 1);
      },
      'a sign-out ends the wait for the browser, and what that comes back with afterwards is not exchanged': () async {
        final at = Site();
        final opened = Completer<Uri>();
        final answer = Completer<String>();
        final session = make(
          at,
          open: (address) {
            opened.complete(address);
            return answer.future;
          },
        );
        final call = throws<CallCancelled>(() => hello(session));
        final address = await opened.future;
        await session.signOut();
        await call;
        answer.complete(comeBack(address));
        await Future<void>.delayed(Duration.zero);
        same(at.asked, <String>[]);
        same(session.state.code, 'signed_out');
      },
      'the app is told what the call waits for': () async {
        final steps = <String>[];
        await hello(make(Site(), onProgress: (step, _) => steps.add(step.code)));
        same(steps, ['browser', 'sign_in']);
      },
      'nothing of the session is sent with an Authorization header of the app itself': () async {
        final at = Site();
        final session = make(at);
        await hello(session);
        await hello(session, {'Authorization': 'Basic abc'});
        same(at.asked.last, 'GET /api/hello Basic abc -');
      },
      'a bearer that the app copied from the store goes to no other host': () async {
        final at = Site();
        final session = make(at);
        await hello(session);
        const copied = {'Authorization': 'Bearer bearer-1'};
        await session.send(TransportRequest('GET', Uri.parse('https://bank.example/'), headers: copied));
        same(at.asked.last, 'GET / - -');
      },
    });
