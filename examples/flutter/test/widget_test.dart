import 'dart:convert';

import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';
import 'package:flutter/material.dart';
import 'package:flutter_test/flutter_test.dart';
import 'package:http/http.dart' as http;
import 'package:notes_app/main.dart';
import 'package:notes_app/sign_in_ways.dart';

final site = Uri.parse('https://notes.example');

/// The Notes site, with one note.
class FakeSite extends http.BaseClient {
  final List<String> asked = [];
  bool isThere = true;

  @override
  Future<http.StreamedResponse> send(http.BaseRequest request) async {
    if (!isThere) throw http.ClientException('no route to host', request.url);
    asked.add('${request.method} ${request.url.path}');
    return switch ((request.method, request.url.path)) {
      ('POST', '/auth/sign-in') => _answer(
          {
            'account': {'id': 1, 'firebase_uid': 'grace', 'name': 'Grace'},
            'session': {'id': 1},
          },
          {'set-cookie': 'session=grace; Path=/; HttpOnly; Secure; Max-Age=1209600'},
        ),
      (_, '/auth/account') => _answer({
          'settings': {'theme': 'light'},
        }),
      (_, '/api/notes') => _answer({
          'notes': [
            {'id': 1, 'text': 'Call Howard'},
          ],
        }),
      _ => _answer({}),
    };
  }

  http.StreamedResponse _answer(Object body, [Map<String, String> headers = const {}]) => http.StreamedResponse(
        Stream.value(utf8.encode(jsonEncode(body))),
        200,
        headers: {'content-type': 'application/json', ...headers},
      );
}

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
  late FakeSite fakeSite;
  late FlaskClient client;
  late FakeWays ways;

  setUp(() {
    fakeSite = FakeSite();
    client = FlaskClient(site, idToken: ({required forceRefresh}) => 'id-token', inner: fakeSite);
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
    fakeSite.isThere = false;
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
    final asked = fakeSite.asked.length;
    await tester.pump(const Duration(seconds: 30));
    expect(fakeSite.asked.length, equals(asked));
    tester.binding.handleAppLifecycleStateChanged(AppLifecycleState.inactive);
    await tester.pumpAndSettle();
    expect(fakeSite.asked.length, equals(asked + 2));
    tester.binding.handleAppLifecycleStateChanged(AppLifecycleState.resumed);
    await end(tester);
  });
}
