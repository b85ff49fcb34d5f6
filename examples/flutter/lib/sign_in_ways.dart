/// How a user signs in at Firebase: with Google, or by a password.
library;

import 'dart:async';

import 'package:firebase_auth/firebase_auth.dart';
import 'package:flutter/foundation.dart';
import 'package:google_sign_in/google_sign_in.dart';

/// What the sign-in page asks for; a test has one of its own.
abstract interface class SignInWays {
  /// Whether [withGoogle] works on this platform.
  bool get hasGoogle;

  /// Signs in with Google.
  Future<void> withGoogle();

  /// Signs in by a password.
  Future<void> withPassword(String email, String password);

  /// Signs out, so that the next user is asked which account to take.
  Future<void> signOut();
}

/// As FlutterFire documents it:
///
/// | platform | Google | password |
/// |---|---|---|
/// | web | a pop-up of Firebase's | yes |
/// | Android, iOS, macOS | `google_sign_in`, whose ID token Firebase takes | yes |
/// | Windows | no | yes |
final class FirebaseSignInWays implements SignInWays {
  FirebaseSignInWays(this._auth);

  static const _native = {TargetPlatform.android, TargetPlatform.iOS, TargetPlatform.macOS};
  static const _serverClientId = String.fromEnvironment('GOOGLE_SERVER_CLIENT_ID');

  final FirebaseAuth _auth;
  Future<void>? _isInitialized;

  @override
  bool get hasGoogle => kIsWeb || _hasGoogleSignIn;

  /// A project that does not exist, `demo-…`, has no client of Google's.
  late final bool _hasGoogleSignIn = !_projectId.startsWith('demo-') && _native.contains(defaultTargetPlatform);

  String get _projectId => _auth.app.options.projectId;

  @override
  Future<void> withGoogle() async {
    if (kIsWeb) {
      await _auth.signInWithPopup(GoogleAuthProvider());
      return;
    }
    await _initialize();
    final account = await GoogleSignIn.instance.authenticate();
    await _auth.signInWithCredential(GoogleAuthProvider.credential(idToken: account.authentication.idToken));
  }

  @override
  Future<void> withPassword(String email, String password) =>
      _auth.signInWithEmailAndPassword(email: email, password: password);

  @override
  Future<void> signOut() async {
    await _auth.signOut();
    if (_isInitialized != null) await GoogleSignIn.instance.signOut();
  }

  /// Once, whatever the number of sign-ins. Android finds its client in `google-services.json`, or by [_serverClientId].
  Future<void> _initialize() => _isInitialized ??= GoogleSignIn.instance.initialize(
        clientId: _auth.app.options.iosClientId,
        serverClientId: _serverClientId.isEmpty ? null : _serverClientId,
      );
}
