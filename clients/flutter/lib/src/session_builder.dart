/// [SessionBuilder]: a widget that shows who is signed in.
library;

import 'dart:async';

import 'package:firebase_auth/firebase_auth.dart';
import 'package:flask_firebase_login/flask_firebase_login.dart';
import 'package:flutter/widgets.dart';

import 'firebase.dart';
import 'session_lifecycle.dart';
import 'session_status.dart';

/// Builds what is shown for a [SessionStatus].
typedef SessionWidgetBuilder = Widget Function(BuildContext context, SessionStatus status);

/// Builds itself anew whenever the session changes, its user, or who is signed in at Firebase.
///
/// It listens once, however often it is built, and reads the session's store where nobody has yet, and again whenever the app
/// gets the focus.
class SessionBuilder extends StatefulWidget {
  /// Takes the session, and [auth], where the app signs in with Firebase: then the sign-in is shown only where nobody is signed
  /// in there either.
  const SessionBuilder({required this.session, required this.builder, this.auth, super.key});

  /// The session, such as `client.session`.
  final FlaskSession session;

  /// Who is signed in at Firebase; null where the app signs in through the site's page.
  final FirebaseAuth? auth;

  /// Builds what is shown.
  final SessionWidgetBuilder builder;

  @override
  State<SessionBuilder> createState() => _SessionBuilderState();
}

class _SessionBuilderState extends State<SessionBuilder> {
  late StatusWatch _watch;
  late SessionLifecycle _lifecycle;

  @override
  void initState() {
    super.initState();
    _begin();
  }

  @override
  void didUpdateWidget(SessionBuilder oldWidget) {
    super.didUpdateWidget(oldWidget);
    if (oldWidget.session == widget.session && oldWidget.auth == widget.auth) return;
    _end();
    _begin();
  }

  @override
  void dispose() {
    _end();
    super.dispose();
  }

  @override
  Widget build(BuildContext context) => widget.builder(context, _watch.status);

  void _begin() {
    final session = widget.session;
    final auth = widget.auth;
    _watch = StatusWatch(session, uids: auth?.uidChanges, uid: auth?.currentUser?.uid, onChange: _show);
    _lifecycle = SessionLifecycle(session);
    if (session.state == SessionState.unknown) unawaited(session.load());
  }

  void _end() {
    _lifecycle.dispose();
    unawaited(_watch.close());
  }

  void _show() {
    if (mounted) setState(() {});
  }
}
