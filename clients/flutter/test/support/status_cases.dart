/// What an app shows, from its start to another user.
library;

import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';
import 'package:flask_firebase_login_flutter/testing.dart';

import 'checks.dart';
import 'fake_auth.dart';

/// See [Cases].
final Cases statusCases = {
  'a user of Firebase is signed in at the site by the first call': () async {
    final app = _App(FakeAuth('ada'));
    same(app.watch.status, SessionStatus.unknown);
    await app.client.session.load();
    await settle();
    same(app.watch.status, SessionStatus.signingIn);
    await app.call();
    same([app.watch.status, app.site.asked], [
      SessionStatus.signedIn,
      ['POST /auth/sign-in', 'GET /api/hello'],
    ]);
    await app.close();
  },
  'nobody at Firebase is nobody': () async {
    final app = _App(FakeAuth());
    await app.client.session.load();
    await settle();
    same(app.watch.status, SessionStatus.signedOut);
    await app.close();
  },
  'nothing is said before Firebase has told who is signed in': () async {
    final session = _makeClient(_nobody).session;
    final watch = StatusWatch(session, uids: const Stream.empty(), onChange: () {});
    await session.load();
    same([session.state, watch.status], [SessionState.signedOut, SessionStatus.unknown]);
    await watch.close();
  },
  'whom Firebase knows at once is shown in the first frame': () async {
    final session = _makeClient(_nobody).session;
    await session.load();
    final watch = StatusWatch(session, uids: const Stream.empty(), uid: 'ada', onChange: () {});
    same(watch.status, SessionStatus.signingIn);
    await watch.close();
  },
  'without Firebase in the app, the session alone counts': () async {
    final client = _makeClient(({required forceRefresh}) => 'ada');
    final watch = StatusWatch(client.session, onChange: () {});
    await client.session.load();
    same(watch.status, SessionStatus.signedOut);
    await client.session.signIn();
    same(watch.status, SessionStatus.signedIn);
    await watch.close();
  },
  'a site that does not answer is no sign-out': () async {
    final app = _App(FakeAuth('ada'));
    await app.call();
    app.site.isOffline = true;
    await throws<Exception>(app.call);
    same([app.watch.status, app.watch.status.hasUser], [SessionStatus.offline, true]);
    await app.close();
  },
  'another user at Firebase is never shown as the first': () async {
    final app = _App(FakeAuth('ada'));
    await app.call();
    app.site.isOffline = true; // so that the session of the first cannot be ended at the site yet
    app.auth.become('grace');
    await settle();
    same(app.watch.status, SessionStatus.signingIn);
    app.site.isOffline = false;
    await app.call();
    same(app.shown, ['unknown', 'signingIn', 'signedIn ada', 'signingIn', 'signedIn grace']);
    await app.close();
  },
  'who signs out at Firebase is signed out, and the session is ended at the site': () async {
    final app = _App(FakeAuth('ada'));
    await app.call();
    app.auth.become(null);
    await settle();
    same([app.watch.status, app.site.asked.last], [SessionStatus.signedOut, 'POST /auth/sign-out']);
    await app.close();
  },
  'what another window did is shown once the store is read again': () async {
    final app = _App(FakeAuth('ada'));
    await app.call();
    await app.store.clear();
    await app.client.session.load();
    same(app.watch.status, SessionStatus.signingIn);
    await app.close();
  },
  'each change is told, whoever listens beside': () async {
    final app = _App(FakeAuth('ada'));
    await app.call();
    app.auth.become(null);
    await settle();
    same(app.shown.last, 'signedOut');
    await app.close();
    app.auth.become('ada');
    await settle();
    same(app.shown.last, 'signedOut');
  },
};

/// What is wired to `firebase_auth`.
final Cases firebaseCases = {
  'the ID token is that of who is signed in, fresh where the session asks': () async {
    final auth = FakeAuth('ada');
    same([await auth.findIdToken(forceRefresh: false), await auth.findIdToken(forceRefresh: true)], ['ada', 'ada']);
    same(auth.asked, ['kept', 'fresh']);
    auth.become(null);
    same(await auth.findIdToken(forceRefresh: false), null);
  },
  'the uid is told at once and at each change': () async {
    final auth = FakeAuth();
    final told = <String?>[];
    final listening = auth.uidChanges.listen(told.add);
    await settle();
    auth.become('ada');
    auth.become(null);
    await settle();
    same(told, [null, 'ada', null]);
    await listening.cancel();
  },
  'a call that nobody is signed in for is not made': () async {
    final app = _App(FakeAuth());
    await throws<NotSignedInAtFirebase>(app.call);
    same(app.site.asked, <String>[]);
    await app.close();
  },
};

FlaskClient _makeClient(IdTokenSource idToken) {
  final site = FakeFlaskSite();
  return FlaskClient(site.address, idToken: idToken, inner: site);
}

String? _nobody({required bool forceRefresh}) => null;

final class _App {
  _App(this.auth) {
    client = auth.flaskClient(site.address, store: store, inner: site);
    watch = StatusWatch(client.session, uids: auth.uidChanges, onChange: _show);
  }

  final FakeAuth auth;
  final FakeFlaskSite site = FakeFlaskSite()..on('GET /api/hello', (request, user) => {'hello': user.name});
  final MemorySessionStore store = MemorySessionStore();
  late final FlaskClient client;
  late final StatusWatch watch;

  /// What is shown, one after the other: a status, and of a session whose it is.
  final List<String> shown = [];

  void _show() {
    final hasSession = watch.status == SessionStatus.signedIn || watch.status == SessionStatus.offline;
    final owner = hasSession ? client.session.account!['firebase_uid'] : null;
    final isOthers = owner != null && owner != auth.currentUser?.uid;
    final now = [watch.status.name, if (owner != null) owner, if (isOthers) 'to another'].join(' ');
    if (shown.isEmpty || shown.last != now) shown.add(now);
  }

  Future<void> call() => client.read(site.address.resolve('/api/hello'));

  Future<void> close() async {
    await watch.close();
    client.close();
  }
}
