import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';
import 'package:flask_firebase_login_flutter/testing.dart';
import 'package:flutter/material.dart';
import 'package:flutter_test/flutter_test.dart';

import 'support/fake_auth.dart';

void main() {
  late FakeAuth auth;
  late FakeFlaskSite site;
  late FlaskClient client;

  setUp(() {
    auth = FakeAuth('ada');
    site = FakeFlaskSite();
    client = auth.flaskClient(site.address, store: MemorySessionStore(), inner: site);
  });
  tearDown(() => client.close());

  Widget app({Key? key}) => MaterialApp(
        key: key,
        home: SessionBuilder(
          session: client.session,
          auth: auth,
          builder: (context, status) => Text(status.name),
        ),
      );

  testWidgets('it reads the store, and shows each status', (tester) async {
    await tester.pumpWidget(app());
    expect(find.text('unknown'), findsOneWidget);
    await tester.pumpAndSettle();
    expect(find.text('signingIn'), findsOneWidget);
    await client.session.signIn();
    await tester.pumpAndSettle();
    expect(find.text('signedIn'), findsOneWidget);
    auth.become(null);
    await tester.pumpAndSettle();
    expect(find.text('signedOut'), findsOneWidget);
  });

  testWidgets('the store is read again when the app gets the focus', (tester) async {
    final store = MemorySessionStore();
    client = auth.flaskClient(site.address, store: store, inner: site);
    await tester.pumpWidget(app());
    await client.session.signIn();
    await tester.pumpAndSettle();
    expect(find.text('signedIn'), findsOneWidget);
    await store.clear(); // as another window does that signs out
    tester.binding.handleAppLifecycleStateChanged(AppLifecycleState.inactive);
    tester.binding.handleAppLifecycleStateChanged(AppLifecycleState.resumed);
    await tester.pumpAndSettle();
    expect(find.text('signingIn'), findsOneWidget);
  });

  testWidgets('what is not shown any more listens no more', (tester) async {
    await tester.pumpWidget(app());
    await tester.pumpWidget(const SizedBox());
    auth.become(null);
    await tester.pumpAndSettle();
    expect(find.byType(Text), findsNothing);
  });
}
