/// What a session does when the app comes back to the user.
library;

import 'dart:async';

import 'package:flask_firebase_login/flask_firebase_login.dart';
import 'package:flutter/widgets.dart';

/// Reads the session's store again whenever the app, or its window, gets the focus.
///
/// Another window, a background isolate or an app extension may have signed in or out meanwhile. It reads the store, and no
/// network. A `SessionBuilder` does this by itself.
final class SessionLifecycle {
  /// Begins; [onShow] and [onHide] are called when the app is shown and hidden, for timers of the app's own.
  SessionLifecycle(FlaskSession session, {VoidCallback? onShow, VoidCallback? onHide})
      : _listener = AppLifecycleListener(onResume: () => unawaited(session.load()), onShow: onShow, onHide: onHide);

  final AppLifecycleListener _listener;

  /// Ends; call it in the `dispose` of your `State`.
  void dispose() => _listener.dispose();
}
