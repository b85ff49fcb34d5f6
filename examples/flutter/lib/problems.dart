/// What is said of an error.
library;

import 'dart:async';

import 'package:firebase_auth/firebase_auth.dart';
import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';
import 'package:flutter/foundation.dart';
import 'package:google_sign_in/google_sign_in.dart';
import 'package:http/http.dart' as http;

import 'notes.dart';

const _noConnection = 'There is no connection. Try again in a while.';

/// Returns the sentence for an error; null where there is nothing to say, because the user has closed something.
///
/// What nobody foresaw is reported to Flutter, which shows it to you, or passes it on to what you have for crashes.
String? tellProblem(Object error, StackTrace trace) {
  switch (rootOf(error)) {
    case GoogleSignInException(code: GoogleSignInExceptionCode.canceled || GoogleSignInExceptionCode.interrupted):
    case FirebaseAuthException(code: 'popup-closed-by-user' || 'cancelled-popup-request'):
      return null;
    case GoogleSignInException(:final code, :final description):
      return 'Google: ${description ?? code.name}';
    case FirebaseAuthException(code: 'invalid-credential' || 'wrong-password' || 'user-not-found' || 'invalid-email'):
      return 'Wrong e-mail address or password.';
    case FirebaseAuthException(code: 'network-request-failed') || http.ClientException() || TimeoutException():
      return _noConnection;
    case FirebaseAuthException(:final code, :final message):
      return message ?? code;
    case SignInRejected(:final detail):
      return detail;
    case FlaskSessionException(:final message):
      return message;
    case Refused(:final sentence):
      return sentence;
    case final unforeseen:
      FlutterError.reportError(FlutterErrorDetails(exception: unforeseen, stack: trace, library: 'notes_app'));
      return 'Something went wrong.';
  }
}

/// Returns what was thrown first: `(a, b).wait` throws a [ParallelWaitError], which is an `Error` and no `Exception`.
Object rootOf(Object error) => switch (error) {
      ParallelWaitError(errors: (final AsyncError first, _) || (_, final AsyncError first)) => rootOf(first.error),
      _ => error,
    };
