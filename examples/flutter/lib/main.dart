/// The Notes app in Flutter: sign-in with firebase_auth, the session kept by FlaskClient, notes and settings shared with the site.
library;

import 'dart:async';

import 'package:firebase_auth/firebase_auth.dart';
import 'package:firebase_core/firebase_core.dart';
import 'package:flask_firebase_login/flask_client.dart';
import 'package:flutter/material.dart';
import 'package:shared_preferences/shared_preferences.dart';

import 'notes.dart';

const siteAddress = String.fromEnvironment('SITE', defaultValue: 'http://localhost:8000');

final client = FlaskClient(
  Uri.parse(siteAddress),
  idToken: ({required forceRefresh}) async => FirebaseAuth.instance.currentUser?.getIdToken(forceRefresh),
  identityChanges: FirebaseAuth.instance.authStateChanges().map((user) => user?.uid),
  store: PreferencesStore(),
  clientName: 'Notes in Flutter',
);
final notes = Notes(client);

/// Keeps the session where the app keeps its preferences.
final class PreferencesStore implements SessionStore {
  final _preferences = SharedPreferencesAsync();

  @override
  Future<String?> load() => _preferences.getString('session');
  @override
  Future<void> save(String text) => _preferences.setString('session', text);
  @override
  Future<void> clear() => _preferences.remove('session');
}

Future<void> main() async {
  WidgetsFlutterBinding.ensureInitialized();
  await Firebase.initializeApp(); // as `flutterfire configure` set it up
  await client.session.load(); // the first frame is right, without a call
  runApp(const NotesApp());
}

class NotesApp extends StatelessWidget {
  const NotesApp({super.key});

  @override
  Widget build(BuildContext context) => MaterialApp(
        home: StreamBuilder(
          stream: client.session.states,
          builder: (context, snapshot) => switch (snapshot.data ?? client.session.state) {
            SessionState.unknown => const SizedBox(),
            SessionState.signedOut => const SignInPage(),
            final state => NotesPage(isOffline: state == SessionState.offline),
          },
        ),
      );
}

class SignInPage extends StatelessWidget {
  const SignInPage({super.key});

  @override
  Widget build(BuildContext context) => Scaffold(
        body: Center(
          child: FilledButton(
            onPressed: () async {
              await FirebaseAuth.instance.signInWithProvider(GoogleAuthProvider());
              await client.session.signIn();
            },
            child: const Text('Continue with Google'),
          ),
        ),
      );
}

class NotesPage extends StatefulWidget {
  const NotesPage({required this.isOffline, super.key});

  final bool isOffline;

  @override
  State<NotesPage> createState() => _NotesPageState();
}

class _NotesPageState extends State<NotesPage> {
  late final Timer _timer = Timer.periodic(const Duration(seconds: 3), (_) => unawaited(_look()));
  List<String> _notes = [];
  Map<String, Object?> _settings = {};

  @override
  void initState() {
    super.initState();
    _timer.isActive;
    unawaited(_look());
  }

  @override
  void dispose() {
    _timer.cancel();
    super.dispose();
  }

  Future<void> _look() async {
    try {
      final (settings, read) = await (notes.readSettings(), notes.readNotes()).wait;
      if (mounted) setState(() => (_settings, _notes) = (settings, read));
    } on Exception {
      return; // the state tells
    }
  }

  Future<void> _signOut() async {
    await FirebaseAuth.instance.signOut(); // first, or the next call would sign in again
    await client.session.signOut();
  }

  @override
  Widget build(BuildContext context) => Theme(
        data: _settings['theme'] == 'dark' ? ThemeData.dark() : ThemeData.light(),
        child: Scaffold(
          appBar: AppBar(
            title: Text(widget.isOffline ? 'Notes (no connection)' : 'Notes'),
            actions: [
              IconButton(
                icon: const Icon(Icons.dark_mode),
                tooltip: 'Theme',
                onPressed: () async {
                  await notes.writeSetting('theme', _settings['theme'] == 'dark' ? 'light' : 'dark');
                  await _look();
                },
              ),
              IconButton(icon: const Icon(Icons.logout), tooltip: 'Sign out', onPressed: _signOut),
            ],
          ),
          body: ListView(children: [for (final note in _notes) ListTile(title: Text(note))]),
        ),
      );
}
