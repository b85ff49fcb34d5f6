/// The app's side of Flask-Firebase-Login: signs in once, with a Firebase ID token or at the site's page, keeps the session, and
/// sends it along.
///
/// Pure Dart without a dependency. `flask_client.dart` beside it is the client for `package:http`, `io.dart` the transport and
/// the store for command lines and servers.
library;

export 'src/account.dart';
export 'src/app_check.dart' show AppCheckTokenSource;
export 'src/errors.dart';
export 'src/hand_off.dart';
export 'src/identity.dart' show IdentitySource;
export 'src/progress.dart';
export 'src/session.dart';
export 'src/signing_in.dart' show IDTokenSource, IdTokenSource;
export 'src/state.dart' show SessionState;
export 'src/store.dart';
export 'src/transport.dart';
