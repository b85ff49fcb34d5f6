/// What an app is told while a call waits.
library;

/// What a call waits for.
enum SessionStep {
  /// The app's own [IdTokenSource].
  idToken('id_token'),

  /// The user, at the site's page in the browser.
  browser('browser'),

  /// The site's answer to a sign-in.
  signIn('sign_in'),

  /// As long as the site asks to wait.
  wait('wait');

  /// Takes the word.
  const SessionStep(this.code);

  /// The same word as in the other clients.
  final String code;
}

/// Told what a call waits for, and for how long; zero where that is not known.
typedef OnProgress = void Function(SessionStep step, Duration duration);
