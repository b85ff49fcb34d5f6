import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';
import 'package:flask_firebase_login_flutter/testing.dart';
import 'package:flutter/material.dart';
import 'package:flutter_test/flutter_test.dart';
import 'package:notes_app/main.dart';
import 'package:notes_app/sign_in_ways.dart';

const notes = {
  'notes': [
    {'id': 1, 'text': 'Call Howard'},
  ],
};

/// Firebase, played: whoever signs in is Grace.
class FakeWays implements SignInWays {
  FakeWays(this._client);

  final FlaskClient _client;
  final List<String> asked = [];

  @override
  bool get hasGoogle => true;

  @override
  Future<void> withGoogle() async {
    asked.add('Google');
    await _client.session.signIn();
  }

  @override
  Future<void> withPassword(String email, String password) async {
    asked.add('$email $password');
    await _client.session.signIn();
  }

  @override
  Future<void> signOut() async => asked.add('out');
}

void main() {
  late FakeFlaskSite site;
  late FlaskClient client;
  late FakeWays ways;

  setUp(() {
    site = FakeFlaskSite()..on('GET /api/notes', (request, user) => notes);
    client = FlaskClient(site.address, idToken: ({required forceRefresh}) => 'grace', inner: site);
    ways = FakeWays(client);
  });

  Future<void> start(WidgetTester tester) async {
    await tester.pumpWidget(NotesApp(client: client, ways: ways));
    await tester.pumpAndSettle();
  }

  Future<void> end(WidgetTester tester) => tester.pumpWidget(const SizedBox()); // its timer ends

  testWidgets('a user signs in by a password, sees the notes, and signs out', (tester) async {
    await start(tester);
    await tester.enterText(find.widgetWithText(TextField, 'E-mail address'), 'grace@example.com');
    await tester.enterText(find.widgetWithText(TextField, 'Password'), 'correct horse');
    await tester.tap(find.text('Sign in'));
    await tester.pumpAndSettle();
    expect(ways.asked, equals(['grace@example.com correct horse']));
    expect(find.text('Call Howard'), findsOneWidget);
    await tester.tap(find.byTooltip('Sign out'));
    await tester.pumpAndSettle();
    expect(find.text('Continue with Google'), findsOneWidget);
  });

  testWidgets('without a connection it is said so, and the notes stay', (tester) async {
    await client.session.signIn();
    await start(tester);
    site.isOffline = true;
    await tester.pump(const Duration(seconds: 3));
    await tester.pumpAndSettle();
    expect(find.text('Notes (no connection)'), findsOneWidget);
    expect(find.text('Call Howard'), findsOneWidget);
    await end(tester);
  });

  testWidgets('nobody asks the site while the app is hidden', (tester) async {
    await client.session.signIn();
    await start(tester);
    tester.binding.handleAppLifecycleStateChanged(AppLifecycleState.inactive);
    tester.binding.handleAppLifecycleStateChanged(AppLifecycleState.hidden);
    final asked = site.asked.length;
    await tester.pump(const Duration(seconds: 30));
    expect(site.asked.length, equals(asked));
    tester.binding.handleAppLifecycleStateChanged(AppLifecycleState.inactive);
    await tester.pumpAndSettle();
    expect(site.asked.length, equals(asked + 2));
    tester.binding.handleAppLifecycleStateChanged(AppLifecycleState.resumed);
    await end(tester);
  });
}
