/// Every error that a session raises.
///
///     FlaskSessionException
///     ├── NotSignedInAtFirebase   there is no ID token to sign in with; no call was made
///     ├── SignInRejected           the site rejects the ID token; `code` is the site's
///     │   ├── ClockWrong          … taking it for one of the future; `deviceTime`, `serverTime`
///     │   └── TryLater            … asking to wait longer than this client does; `retryAfter`
///     ├── UserChanged             another user has signed in than the one that the call began as
///     ├── NotOurSite              what answers is no site with Flask-Firebase-Login, or only half an answer came
///     ├── StoreFailed             the session could not be stored
///     └── Cancelled               `cancel()` ended a wait, or the user signed out meanwhile
///
/// Where the network fails, the transport's own error comes through unchanged. No message holds an ID token or a cookie.
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

/// The site rejects the ID token, or the user.
base class SignInRejected extends FlaskSessionException {
  /// Takes what the site's problem details says (RFC 9457).
  SignInRejected(this.status, String code, this.detail, [String? message])
      : super(code, message ?? 'The site rejects the sign-in ($status $code): $detail');

  /// The HTTP status of the site's answer.
  final int status;

  /// The site's sentence.
  final String detail;
}

/// The site takes the ID token for one of the future: one of the clocks is wrong.
final class ClockWrong extends SignInRejected {
  /// Takes both times.
  ClockWrong(int status, String code, String detail, {required this.deviceTime, required this.serverTime})
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
final class TryLater extends SignInRejected {
  /// Takes how long the site asks to wait.
  TryLater(super.status, super.code, super.detail, {required this.retryAfter});

  /// How long the site asks to wait; null where it does not tell.
  final Duration? retryAfter;
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

/// What answers is no site with Flask-Firebase-Login, or only half an answer came.
final class NotOurSite extends FlaskSessionException {
  /// Takes a sentence that says what to look at.
  const NotOurSite(String message) : super('not_our_site', message);
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

/// `FlaskSession.cancel` ended a wait, or the user signed out while a sign-in was under way.
final class Cancelled extends FlaskSessionException {
  /// Says which.
  const Cancelled([String why = 'The wait was cancelled.']) : super('cancelled', why);
}
