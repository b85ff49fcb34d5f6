// The site for the tests of apps: it is played against by the real client.

import 'dart:convert';

import 'package:flask_firebase_login/flask_client.dart';
import 'package:flask_firebase_login/testing.dart';
import 'package:http/http.dart' as http;

import '../support/checks.dart';

/// A site, its client, and who is signed in at Firebase.
final class App {
  App({SessionStore? store, bool browserOwnsCookies = false, AppCheckTokenSource? appCheckToken})
      : site = FakeFlaskSite(browserOwnsCookies: browserOwnsCookies) {
    site.on('GET /api/hello', (request, user) => {'hello': user.name});
    client = FlaskClient(
      site.address,
      idToken: ({required forceRefresh}) => uid,
      identity: () => uid,
      appCheckToken: appCheckToken,
      store: store,
      browserOwnsCookies: browserOwnsCookies,
      inner: site,
    );
  }

  final FakeFlaskSite site;
  late final FlaskClient client;
  String? uid = 'ada';

  Uri at(String path) => site.address.resolve(path);

  Future<Object?> hello() async => jsonDecode(await client.read(at('/api/hello')));
}

void main() => checkAll({
      'the first call signs in, and the next goes out as it is': () async {
        final app = App();
        app.site.account('ada', {'name': 'Ada'});
        same(await app.hello(), {'hello': 'Ada'});
        same(await app.hello(), {'hello': 'Ada'});
        same(app.site.asked, ['POST /auth/sign-in', 'GET /api/hello', 'GET /api/hello']);
        same([app.client.session.state.code, app.client.session.account?.email], ['signed_in', 'ada@example.com']);
      },
      'settings are kept, merged as the site merges them': () async {
        final app = App();
        Future<http.StreamedResponse> write(Object? settings) async {
          final patch = http.Request('PATCH', app.at('/auth/account'))
            ..headers['content-type'] = 'application/merge-patch+json'
            ..bodyBytes = utf8.encode(jsonEncode({'settings': settings}));
          return app.client.send(patch);
        }

        await write({'theme': 'dark', 'sort': 'oldest'});
        same((await write({'theme': null})).statusCode, 200);
        same(app.site.account('ada').settings, {'sort': 'oldest'});
        final read = await app.client.get(app.at('/auth/account'));
        same((jsonDecode(read.body) as Map<String, Object?>)['settings'], {'sort': 'oldest'});
        final again = await app.client.get(app.at('/auth/account'), headers: {'if-none-match': read.headers['etag']!});
        same(again.statusCode, 304);
      },
      'a session that is ended is replaced by the next call': () async {
        final app = App();
        await app.hello();
        app.site.endSessions('ada');
        same(app.site.countSessions(), 0);
        same(await app.hello(), {'hello': 'ada'});
        same([app.site.countSessions('ada'), app.site.asked.where((call) => call == 'POST /auth/sign-in').length], [1, 2]);
      },
      'without a connection the state is offline, and afterwards signed in': () async {
        final app = App();
        await app.hello();
        app.site.isOffline = true;
        await throws<http.ClientException>(app.hello);
        same(app.client.session.state.code, 'offline');
        app.site.isOffline = false;
        await app.hello();
        same(app.client.session.state.code, 'signed_in');
      },
      'a sign-in is rejected as the test says': () async {
        final app = App();
        app.site.rejection = (status: 403, code: 'account_disabled', detail: 'Ask us why.');
        final error = await throws<SignInRejected>(app.hello);
        same([error.status, error.code, error.detail], [403, 'account_disabled', 'Ask us why.']);
      },
      'where it asks for App Check, apps without a token are told, and a fresh token is taken': () async {
        final without = App()..site.appCheckTokens = {'fresh'};
        same((await throws<SignInRejected>(without.hello)).code, 'app_check_required');
        final app = App(appCheckToken: ({required forceRefresh}) => forceRefresh ? 'fresh' : 'old')
          ..site.appCheckTokens = {'fresh'};
        same(await app.hello(), {'hello': 'ada'});
        same(app.site.asked, ['POST /auth/sign-in', 'POST /auth/sign-in', 'GET /api/hello']);
      },
      'through the page, App Check is asked for where the code is exchanged': () async {
        final site = FakeFlaskSite()
          ..appCheckTokens = {'fresh'}
          ..on('GET /api/hello', (request, user) => {'hello': user.name});
        FlaskClient make(AppCheckTokenSource? source) => FlaskClient(
              site.address,
              signInBy: HandOff(clientId: 'notes', redirectUri: 'com.example.notes:/signed-in', open: site.browseAs('ada')),
              appCheckToken: source,
              inner: site,
            );

        final at = site.address.resolve('/api/hello');
        same((await throws<SignInRejected>(() => make(null).get(at))).code, 'app_check_required');
        same(await make(({required forceRefresh}) => forceRefresh ? 'fresh' : 'old').read(at), '{"hello":"ada"}');
        final begun = make(({required forceRefresh}) => 'fresh').session;
        final signIn = begun.beginSignIn();
        same((await begun.finishSignIn(signIn, site.browseAs('ada')(signIn.address))).name, 'ada');
      },
      'another user has an account of their own, and the first no session any more': () async {
        final app = App();
        await app.hello();
        app.uid = 'bob';
        same(await app.hello(), {'hello': 'bob'});
        same([app.site.countSessions('ada'), app.site.countSessions('bob')], [0, 1]);
        await app.client.session.signOut();
        same(app.site.countSessions(), 0);
      },
      'a handler may answer with anything, and what has none is a 404': () async {
        final app = App();
        app.site.on('POST /api/notes', (request, user) async => http.Response('"${request.body}"', 201));
        final posted = await app.client.post(app.at('/api/notes'), body: 'Call Howard');
        same([posted.statusCode, posted.body], [201, '"Call Howard"']);
        final missing = await app.client.get(app.at('/api/nothing'));
        same([missing.statusCode, missing.body.contains('no handler for GET /api/nothing')], [404, true]);
      },
      'users sign in through the page too, or close the browser': () async {
        final site = FakeFlaskSite()..on('GET /api/hello', (request, user) => {'hello': user.name});
        String? user;
        final client = FlaskClient(
          site.address,
          signInBy: HandOff(
            clientId: 'notes',
            redirectUri: 'com.example.notes:/signed-in',
            open: (page) => site.browseAs(user)(page),
          ),
          inner: site,
        );
        await throws<BrowserClosed>(() => client.get(site.address.resolve('/api/hello')));
        user = 'grace';
        same(await client.read(site.address.resolve('/api/hello')), '{"hello":"grace"}');
        same((await client.browserUrl()).path, '/auth/continue');
        await client.session.signOut();
        same(site.countSessions(), 0);
      },
      'it keeps the cookie where a browser does': () async {
        final app = App(browserOwnsCookies: true);
        same(await app.hello(), {'hello': 'ada'});
        same(await app.hello(), {'hello': 'ada'});
        same(app.site.countSessions(), 1);
        await app.client.session.signOut();
        same(app.site.countSessions(), 0);
      },
      'calls elsewhere are told, since there is no network': () async {
        final error = await throws<http.ClientException>(() => App().client.get(Uri.parse('https://other.example/')));
        same(error.message.contains('there is no network'), true);
      },
    });
