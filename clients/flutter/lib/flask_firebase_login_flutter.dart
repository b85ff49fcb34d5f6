/// A Flutter app's side of Flask-Firebase-Login: the client of `flask_firebase_login`, wired to `firebase_auth`, with its
/// session in the keychain or keystore, and a widget that shows who is signed in.
library;

export 'package:flask_firebase_login/flask_client.dart';

export 'src/firebase.dart';
export 'src/open_site.dart';
export 'src/secure_store.dart' show KeychainEntitlementMissing, SecureStore;
export 'src/session_builder.dart';
export 'src/session_lifecycle.dart';
export 'src/session_status.dart';
