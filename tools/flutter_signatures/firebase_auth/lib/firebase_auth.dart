/// A double of signatures: `package:firebase_auth/firebase_auth.dart`, as far as it is used here.
library;

import 'package:firebase_core/firebase_core.dart';

export 'package:firebase_core/firebase_core.dart' show FirebaseException;

class FirebaseAuth {
  FirebaseAuth._({required this.app});

  static FirebaseAuth get instance => throw UnimplementedError();

  FirebaseApp app;

  User? get currentUser => throw UnimplementedError();

  Stream<User?> authStateChanges() => throw UnimplementedError();
  Stream<User?> idTokenChanges() => throw UnimplementedError();
  Stream<User?> userChanges() => throw UnimplementedError();

  Future<void> useAuthEmulator(String host, int port, {bool automaticHostMapping = true}) => throw UnimplementedError();

  Future<UserCredential> signInWithCredential(AuthCredential credential) => throw UnimplementedError();
  Future<UserCredential> signInWithEmailAndPassword({required String email, required String password}) =>
      throw UnimplementedError();
  Future<UserCredential> signInWithPopup(AuthProvider provider) => throw UnimplementedError();

  /// Throws on the web; on macOS it takes Apple alone, and on Windows nothing.
  Future<UserCredential> signInWithProvider(AuthProvider provider) => throw UnimplementedError();

  Future<void> signOut() => throw UnimplementedError();
}

class User {
  User._();

  String get uid => throw UnimplementedError();
  String? get displayName => throw UnimplementedError();
  String? get email => throw UnimplementedError();

  Future<String?> getIdToken([bool forceRefresh = false]) => throw UnimplementedError();
}

class UserCredential {
  UserCredential._();

  User? get user => throw UnimplementedError();
}

class FirebaseAuthException extends FirebaseException implements Exception {
  FirebaseAuthException({super.message, required String super.code, this.email, this.credential})
      : super(plugin: 'firebase_auth');

  final String? email;
  final AuthCredential? credential;
}

class AuthCredential {
  const AuthCredential({required this.providerId, required this.signInMethod, this.token, this.accessToken});

  final String providerId;
  final String signInMethod;
  final int? token;
  final String? accessToken;
}

class OAuthCredential extends AuthCredential {
  const OAuthCredential({required super.providerId, required super.signInMethod, super.accessToken, this.idToken});

  final String? idToken;
}

abstract class AuthProvider {
  AuthProvider(this.providerId);

  final String providerId;
}

class GoogleAuthProvider extends AuthProvider {
  GoogleAuthProvider() : super('google.com');

  static OAuthCredential credential({String? idToken, String? accessToken}) => throw UnimplementedError();
}
