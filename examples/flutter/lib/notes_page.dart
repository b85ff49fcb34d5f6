/// Notes and settings of the user who is signed in.
library;

import 'dart:async';

import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';
import 'package:flutter/material.dart';

import 'notes.dart';
import 'problems.dart';

const _interval = Duration(seconds: 3);

/// What one user sees; give it their uid as its key, so that nothing of it is shown to the next.
class NotesPage extends StatefulWidget {
  const NotesPage({required this.client, required this.isOffline, required this.signOut, super.key});

  final FlaskClient client;
  final bool isOffline;
  final Future<void> Function() signOut;

  @override
  State<NotesPage> createState() => _NotesPageState();
}

class _NotesPageState extends State<NotesPage> {
  late final _notes = Notes(widget.client);
  late final AppLifecycleListener _lifecycle;
  final _newNote = TextEditingController();
  Timer? _timer;
  bool _isLooking = false;
  List<String> _texts = [];
  Map<String, Object?> _settings = {};
  String? _problemOfLook;
  String? _problemOfPress;

  @override
  void initState() {
    super.initState();
    _lifecycle = AppLifecycleListener(onShow: _begin, onHide: _pause);
    _begin();
  }

  @override
  void dispose() {
    _pause();
    _lifecycle.dispose();
    _newNote.dispose();
    super.dispose();
  }

  /// Looks for what has changed, now and then, as long as the app is shown.
  void _begin() {
    _timer ??= Timer.periodic(_interval, (_) => unawaited(_look()));
    unawaited(_look());
  }

  void _pause() {
    _timer?.cancel();
    _timer = null;
  }

  Future<void> _look() async {
    if (_isLooking) return; // the one before is still under way
    _isLooking = true;
    final problem = await _problemOf(() async {
      final (settings, texts) = await (_notes.readSettings(), _notes.readNotes()).wait;
      if (!mounted) return;
      setState(() {
        _settings = settings;
        _texts = texts;
      });
    });
    _isLooking = false;
    if (mounted && problem != _problemOfLook) setState(() => _problemOfLook = problem);
  }

  Future<void> _change(Future<void> Function() work) async {
    _tell(await _problemOf(work));
    if (mounted) _begin();
  }

  /// Does something, and returns what to say where it went wrong.
  Future<String?> _problemOf(Future<void> Function() work) async {
    try {
      await work();
      return null;
    } on Object catch (error, trace) {
      // A user whom the site rejects is rejected in three seconds too: until a press, or until the app is shown again.
      if (rootOf(error) case SignInRejected(status: 401 || 403)) _pause();
      return tellProblem(error, trace);
    }
  }

  void _tell(String? problem) {
    if (mounted) setState(() => _problemOfPress = problem);
  }

  Future<void> _addNote() => _change(() async {
        await _notes.addNote(_newNote.text);
        if (mounted) _newNote.clear();
      });

  Future<void> _changeTheme() => _change(() => _notes.writeSetting('theme', _isDark ? 'light' : 'dark'));

  Future<void> _openAccount() async {
    var isOpened = true;
    final problem = await _problemOf(() async => isOpened = await widget.client.openSite('/auth/'));
    _tell(problem ?? (isOpened ? null : 'There is no browser on this device.'));
  }

  Future<void> _signOut() async {
    _pause(); // nobody asks for the notes of a user who is on the way out
    final problem = await _problemOf(widget.signOut);
    if (problem == null || !mounted) return;
    _tell(problem);
    _begin();
  }

  bool get _isDark => _settings['theme'] == 'dark';

  @override
  Widget build(BuildContext context) => Theme(
        data: _isDark ? ThemeData.dark() : ThemeData.light(),
        child: Scaffold(
          appBar: AppBar(
            title: Text(widget.isOffline ? 'Notes (no connection)' : 'Notes'),
            actions: [
              IconButton(icon: const Icon(Icons.dark_mode), tooltip: 'Theme', onPressed: () => unawaited(_changeTheme())),
              IconButton(
                icon: const Icon(Icons.account_circle),
                tooltip: 'My account, in the browser',
                onPressed: () => unawaited(_openAccount()),
              ),
              IconButton(
                icon: const Icon(Icons.logout),
                tooltip: 'Sign out',
                onPressed: () => unawaited(_signOut()),
              ),
            ],
          ),
          body: ListView(
            children: [
              if (_problemOfPress ?? _problemOfLook case final problem?) ListTile(title: Text(problem)),
              ListTile(
                title: TextField(
                  controller: _newNote,
                  decoration: const InputDecoration(labelText: 'New note'),
                  onSubmitted: (_) => unawaited(_addNote()),
                ),
              ),
              for (final text in _texts) ListTile(title: Text(text)),
            ],
          ),
        ),
      );
}
