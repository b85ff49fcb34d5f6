/// The Notes app in Flutter: signed in with firebase_auth, the session in the keychain, notes and settings shared with the
/// site.
library;

import 'dart:async';

import 'package:firebase_auth/firebase_auth.dart';
import 'package:firebase_core/firebase_core.dart';
import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';
import 'package:flutter/material.dart';

import 'addresses.dart';
import 'firebase_options.dart';
import 'notes_page.dart';
import 'sign_in_page.dart';
import 'sign_in_ways.dart';

Future<void> main() async {
  WidgetsFlutterBinding.ensureInitialized();
  try {
    await setUpFirebase();
  } on Object catch (error) {
    return runApp(MaterialApp(home: Scaffold(body: Center(child: Text('Firebase cannot be used here: $error')))));
  }
  final auth = FirebaseAuth.instance;
  final client = auth.flaskClient(siteAddress, clientName: 'Notes in Flutter');
  await client.session.load(); // the first frame is right, without a call
  runApp(NotesApp(client: client, auth: auth, ways: FirebaseSignInWays(auth)));
}

/// Firebase, or the Auth emulator in its place.
Future<void> setUpFirebase() async {
  const options = 'lib/firebase_options.dart is a stand-in: run `flutterfire configure`, or pass --dart-define=AUTH_EMULATOR=…';
  final app = await Firebase.initializeApp(options: DefaultFirebaseOptions.currentPlatform);
  final emulator = authEmulator;
  if (emulator != null) {
    await FirebaseAuth.instance.useAuthEmulator(emulator.host, emulator.port, automaticHostMapping: false);
  } else if (app.options.projectId.startsWith('demo-')) {
    throw StateError(options);
  }
}

class NotesApp extends StatelessWidget {
  const NotesApp({required this.client, required this.ways, this.auth, super.key});

  final FlaskClient client;
  final SignInWays ways;

  /// Null in a test without Firebase.
  final FirebaseAuth? auth;

  @override
  Widget build(BuildContext context) => MaterialApp(
        title: 'Notes',
        home: SessionBuilder(
          session: client.session,
          auth: auth,
          builder: (context, status) => switch (status) {
            SessionStatus.unknown => const SizedBox(),
            SessionStatus.signedOut => SignInPage(ways: ways),
            SessionStatus.signingIn || SessionStatus.signedIn || SessionStatus.offline => NotesPage(
                key: ValueKey(_uid),
                client: client,
                isOffline: status == SessionStatus.offline,
                signOut: _signOut,
              ),
          },
        ),
      );

  /// Who is signed in: at Firebase, where the app has it.
  String? get _uid => auth?.currentUser?.uid ?? client.session.account?['firebase_uid'] as String?;

  Future<void> _signOut() async {
    await ways.signOut(); // first, or the next call would sign in again
    await client.session.signOut();
  }
}
