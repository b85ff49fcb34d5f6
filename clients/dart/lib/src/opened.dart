/// What a sign-in has opened at the site.
library;

import 'transport.dart';

/// A session that the site has just opened, and that is not kept yet.
final class OpenedSession {
  /// Takes a session that the site knows by the cookies of its answer.
  const OpenedSession.byCookies(this.account, TransportResponse this.response) : bearer = null;

  /// Takes a session that the site knows by an access token.
  const OpenedSession.byBearer(this.account, String this.bearer) : response = null;

  /// Whose it is, with a `firebase_uid`.
  final Map<String, Object?> account;

  /// The answer that set the cookies; null where there is a [bearer].
  final TransportResponse? response;

  /// The access token; null where there are cookies.
  final String? bearer;

  /// Whose it is.
  String get firebaseUID => account['firebase_uid']! as String;
}
