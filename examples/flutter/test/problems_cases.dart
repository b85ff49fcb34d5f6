/// What is said of errors, and where the site is: cases that run by `flutter test`, and on a Dart VM without Flutter.
library;

import 'dart:async';

import 'package:firebase_auth/firebase_auth.dart';
import 'package:flask_firebase_login/flask_client.dart';
import 'package:google_sign_in/google_sign_in.dart';
import 'package:http/http.dart' as http;
import 'package:notes_app/addresses.dart';
import 'package:notes_app/notes.dart';
import 'package:notes_app/problems.dart';

const _noConnection = 'There is no connection. Try again in a while.';

/// A sentence, and what must hold.
final Map<String, FutureOr<void> Function()> problemsCases = {
  for (final MapEntry(key: sentence, value: errors) in _errors.entries)
    for (final error in errors) '"$sentence" of ${error.runtimeType} $error': () => _same(_tell(error), sentence),
  'what two calls at once throw is an Error, and told as what the first threw': () async {
    final offline = http.ClientException('no route to host');
    for (final two in [
      (Future<int>.error(offline), Future.value(1)),
      (Future.value(1), Future<int>.error(offline)),
      (Future<int>.error(offline), Future<int>.error(const Refused(400, 'no'))),
    ]) {
      try {
        await two.wait;
        throw StateError('nothing was thrown');
      } on ParallelWaitError<Object?, Object?> catch (error) {
        _same(_tell(error), _noConnection);
      }
    }
  },
  'who closes the window is told nothing': () {
    _same(_tell(const GoogleSignInException(code: GoogleSignInExceptionCode.canceled)), null);
    _same(_tell(FirebaseAuthException(code: 'popup-closed-by-user')), null);
  },
  'an Android emulator reaches the machine by an address of its own': () {
    Uri reach(String address, {bool isAndroid = true, bool isReversed = false}) =>
        reachFrom(Uri.parse(address), isAndroid: isAndroid, isReversed: isReversed);
    _same(reach('http://127.0.0.1:8000'), 'http://10.0.2.2:8000');
    _same(reach('http://localhost:9099'), 'http://10.0.2.2:9099');
    _same(reach('https://notes.example'), 'https://notes.example');
    _same(reach('http://127.0.0.1:8000', isReversed: true), 'http://127.0.0.1:8000');
    _same(reach('http://127.0.0.1:8000', isAndroid: false), 'http://127.0.0.1:8000');
  },
};

final _errors = {
  _noConnection: [
    http.ClientException('no route to host'),
    TimeoutException(null),
    FirebaseAuthException(code: 'network-request-failed'),
  ],
  'Wrong e-mail address or password.': [
    for (final code in ['invalid-credential', 'wrong-password', 'user-not-found']) FirebaseAuthException(code: code),
  ],
  'A note has 1 to 2000 characters.': [const Refused(400, 'A note has 1 to 2000 characters.')],
  'This account is disabled.': [SignInRejected(403, 'account_disabled', 'This account is disabled.')],
  'Google: no client': [
    const GoogleSignInException(code: GoogleSignInExceptionCode.clientConfigurationError, description: 'no client'),
  ],
};

String? _tell(Object error) => tellProblem(error, StackTrace.empty);

void _same(Object? found, Object? wanted) {
  if ('$found' != '$wanted') throw StateError('found $found, not $wanted');
}
