/// Every error that a session raises.
///
///     FlaskSessionException
///     ├── NotSignedInAtFirebase   there is no ID token to sign in with; no call was made
///     ├── IdTokenFailed           the app's source of ID tokens threw; `cause`
///     ├── SignInRejected          the site rejects the sign-in; `code` is the site's
///     │   ├── ClockWrong          … taking the ID token for one of the future; `deviceTime`, `serverTime`
///     │   ├── SiteBusy            … asking to wait longer than this client does; `retryAfter`
///     │   ├── AppCheckFailed      … asking for App Check, whose source of tokens threw; `cause`
///     │   ├── SignInDenied        … because the user said no at the site's page
///     │   └── ClientNotRegistered … because it does not know the app
///     ├── BrowserClosed           the user closed the browser before the sign-in at the site's page was done
///     ├── BrowserFailed           the app's function that opens the browser threw; `cause`
///     ├── AnswerUnreadable        what the browser came back with is no answer to this sign-in
///     ├── UserChanged             another user has signed in than the one that the call began as
///     ├── TooManyRedirects        the site redirects a call again and again
///     ├── UnexpectedAnswer        what answers is no site with Flask-Firebase-Login, or only half an answer came
///     ├── StoreFailed             the session could not be stored
///     └── CallCancelled           `cancel()`, `close()` or an abort ended a wait, or the user signed out meanwhile
///
/// Where the network fails, the transport's own error comes through unchanged. No message holds an ID token, an App Check token, a
/// code, a cookie or a bearer.
library;

/// The root of every error of a session.
sealed class FlaskSessionException implements Exception {
  /// Takes the code and the sentence.
  const FlaskSessionException(this.code, this.message);

  /// A stable name, for programs.
  final String code;

  /// What was wrong, and what to do.
  final String message;

  @override
  String toString() => '$runtimeType ($code): $message';
}

/// There is no ID token to sign in with, because nobody is signed in at Firebase. No call was made.
final class NotSignedInAtFirebase extends FlaskSessionException {
  /// Says to sign in at Firebase first.
  const NotSignedInAtFirebase()
      : super(
          'not_signed_in_at_firebase',
          'Nobody is signed in at Firebase, so there is no ID token: sign in there first, then repeat the call.',
        );
}

/// The app's source of ID tokens threw something. Where the site has ended the session, the user is signed out.
final class IdTokenFailed extends FlaskSessionException {
  /// Takes what it threw.
  IdTokenFailed(this.cause)
      : super(
          'id_token_failed',
          'The source of ID tokens failed (${cause.runtimeType}): see `cause`. Where Firebase could not be reached, repeat the '
          'call later; otherwise sign in there again.',
        );

  /// What was thrown, such as a `FirebaseAuthException`.
  final Object cause;
}

/// The site rejects the ID token, the code of its page, or the user.
base class SignInRejected extends FlaskSessionException {
  /// Takes what the site's problem details says (RFC 9457), or its page or token endpoint (RFC 6749, sections 4.1.2.1 and 5.2).
  SignInRejected(this.status, String code, this.detail, [String? message])
      : super(code, message ?? 'The site rejects the sign-in (${status == null ? '' : '$status '}$code): $detail');

  /// The HTTP status of the site's answer; null where the browser came back with the error.
  final int? status;

  /// The site's sentence.
  final String detail;
}

/// The site takes the ID token for one of the future: one of the clocks is wrong.
final class ClockWrong extends SignInRejected {
  /// Takes both times.
  ClockWrong(int? status, String code, String detail, {required this.deviceTime, required this.serverTime})
      : super(
          status,
          code,
          detail,
          'One of the clocks is wrong: this device says ${deviceTime.toIso8601String()}, the site '
          '${serverTime?.toIso8601String() ?? 'not told'}. Set the wrong one, best by letting it set itself from the '
          'network, then sign in again.',
        );

  /// What this device's clock says, in UTC.
  final DateTime deviceTime;

  /// What the site's clock says, in UTC; null where its answer does not tell.
  final DateTime? serverTime;
}

/// The site asks to wait longer than this client waits by itself.
final class SiteBusy extends SignInRejected {
  /// Takes how long the site asks to wait.
  SiteBusy(super.status, super.code, super.detail, {required this.retryAfter});

  /// How long the site asks to wait; null where it does not tell.
  final Duration? retryAfter;
}

/// The site asks for App Check, and the app's source of App Check tokens threw something, or took longer than ten seconds.
final class AppCheckFailed extends SignInRejected {
  /// Takes what the site says, and what was thrown.
  AppCheckFailed(int? status, String code, String detail, this.cause)
      : super(
          status,
          code,
          detail,
          'The site takes sign-ins of genuine apps alone ($code), and the source of App Check tokens failed '
          '(${cause.runtimeType}): see `cause`, and in the Firebase console, App Check, whether this app is registered.',
        );

  /// What was thrown, such as a `FirebaseException`, or a `TimeoutException`.
  final Object cause;
}

/// The user said no at the site's page.
final class SignInDenied extends SignInRejected {
  /// Takes what the site says.
  SignInDenied(int? status, String code, String detail)
      : super(status, code, detail, "The user said no at the site's page: offer the sign-in again by a button.");
}

/// The site does not know the app: by its client id, or by how it signs in.
final class ClientNotRegistered extends SignInRejected {
  /// Takes what the site says.
  ClientNotRegistered(int? status, String code, String detail)
      : super(
          status,
          code,
          detail,
          'The site does not know this app ($code): $detail Put the clientId, with its redirectUri, into '
          'FIREBASE_LOGIN_NATIVE_CLIENTS on the site.',
        );
}

/// The user closed the browser before the sign-in was done.
final class BrowserClosed extends FlaskSessionException {
  /// Says what to do.
  const BrowserClosed()
      : super('browser_closed', 'The browser was closed before the sign-in was done: offer the sign-in again by a button.');
}

/// The app's function that opens the browser threw something.
final class BrowserFailed extends FlaskSessionException {
  /// Takes what it threw.
  BrowserFailed(this.cause)
      : super(
          'browser_failed',
          'The browser could not be opened, or did not come back (${cause.runtimeType}): see `cause`, and what the package '
          'that opens it needs on this platform.',
        );

  /// What was thrown.
  final Object cause;
}

/// What the browser came back with is no answer to this sign-in.
final class AnswerUnreadable extends FlaskSessionException {
  /// Takes what is wrong with it.
  const AnswerUnreadable(String why)
      : super(
          'answer_unreadable',
          'What the browser came back with is not taken: $why. Begin the sign-in again; where that happens again, see which '
          'app opens the redirectUri on this device, and what stands between the site and its users.',
        );
}

/// Another user has signed in than the one that the call began as. It was not sent, or not repeated, in their name.
final class UserChanged extends FlaskSessionException {
  /// Says to see who is signed in now.
  const UserChanged()
      : super(
          'user_changed',
          'Another user has signed in since this call began, and it is not made in their name. See who is signed in now '
          '(`account`), show that, then make the call again where it still makes sense.',
        );
}

/// The site redirects a call again and again.
final class TooManyRedirects extends FlaskSessionException {
  /// Takes the address that was redirected last.
  TooManyRedirects(this.url) : super('too_many_redirects', 'Redirect limit exceeded: the site redirects again and again.');

  /// The address that was redirected last.
  final Uri url;
}

/// What answers is no site with Flask-Firebase-Login, or only half an answer came.
final class UnexpectedAnswer extends FlaskSessionException {
  /// Takes a sentence that says what to look at.
  const UnexpectedAnswer(String message) : super('not_our_site', message);
}

/// The session could not be stored. It holds in memory, and what was stored before is whole.
final class StoreFailed extends FlaskSessionException {
  /// Takes the store's own error.
  StoreFailed(this.cause)
      : super(
          'store_failed',
          'The session could not be stored (${cause.runtimeType}). It holds until this app ends: free space or mend the permissions, '
          'then repeat the call.',
        );

  /// What the store threw.
  final Object cause;
}

/// `FlaskSession.cancel`, `close` or the request's abort ended a wait, or the user signed out while a sign-in was under way.
final class CallCancelled extends FlaskSessionException {
  /// Says which.
  const CallCancelled([String why = 'The wait was cancelled.']) : super('cancelled', why);

  /// The user signed out while the call was under way.
  static const bySignOut = CallCancelled('The user has signed out meanwhile.');

  /// The request's own trigger ended the call.
  static const byAbort = CallCancelled('The call was aborted.');

  /// The session was closed while the call was under way.
  static const byClose = CallCancelled('The session has been closed meanwhile.');

  /// `cancel()` ended the wait for the browser, for every call that waits.
  static const whileBrowsing = CallCancelled('The wait for the browser was cancelled.');
}
