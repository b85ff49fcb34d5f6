/// The wiring to `firebase_auth`.
library;

import 'package:firebase_auth/firebase_auth.dart';
import 'package:flask_firebase_login/flask_client.dart';
import 'package:http/http.dart' as http;

import 'secure_store.dart';

/// What `firebase_auth` knows, as a client of `flask_firebase_login` asks for it.
extension FlaskAuth on FirebaseAuth {
  /// The uid of who is signed in at Firebase, at once and at each change; null for nobody.
  Stream<String?> get uidChanges => authStateChanges().map((user) => user?.uid);

  /// Returns an ID token of who is signed in at Firebase, a fresh one where [forceRefresh] is set; null for nobody.
  Future<String?> findIdToken({required bool forceRefresh}) async => currentUser?.getIdToken(forceRefresh);

  /// Returns the client of one site, whose session belongs to who is signed in at Firebase.
  ///
  /// Make one, and keep it as long as the app runs. Where another user signs in at Firebase, or nobody is signed in any more,
  /// the session is ended. It is kept in a [SecureStore], or in [store]; the other arguments are those of [FlaskClient]. With
  /// `firebase_app_check`, `appCheckToken: ({required forceRefresh}) => FirebaseAppCheck.instance.getToken(forceRefresh)`.
  FlaskClient flaskClient(
    Uri site, {
    AppCheckTokenSource? appCheckToken,
    SessionStore? store,
    String urlPrefix = '/auth',
    String? clientName,
    http.Client? inner,
  }) =>
      FlaskClient(
        site,
        idToken: findIdToken,
        appCheckToken: appCheckToken,
        identityChanges: uidChanges,
        store: store ?? SecureStore(),
        urlPrefix: urlPrefix,
        clientName: clientName,
        inner: inner,
      );
}
