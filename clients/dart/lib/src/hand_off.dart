/// [HandOff]: signing in at the site's own page, in the system browser (RFC 8252), with PKCE (RFC 7636).
library;

import 'dart:async';
import 'dart:convert';
import 'dart:math';

import 'answers.dart';
import 'errors.dart';
import 'sha256.dart';

const _secretBytes = 32; // 43 characters

/// Opens the system browser at [address], and returns the address that it came back to: a [Uri] or a [String].
///
/// It returns null where the user has closed the browser. With `flutter_web_auth_2`:
/// `(address) => FlutterWebAuth2.authenticate(url: '$address', callbackUrlScheme: 'com.example.notes')`.
typedef OpenBrowser = FutureOr<Object?> Function(Uri address);

/// The way to a session through the site's own page: the app needs no provider's SDK, and sees no ID token.
///
/// The site knows the app by `FIREBASE_LOGIN_NATIVE_CLIENTS`. Give it to a session as `signInBy`; or use it alone: [begin],
/// open the address, [BegunHandOff.finish].
final class HandOff {
  /// Takes how the site knows the app, and how the app opens the browser.
  ///
  /// [redirectUri] is one that the site has registered; a loopback address has a port here, which is free. [loginHint] is the
  /// e-mail address that the page offers first; [prompt] is `login`, `consent`, `select_account` or `none`. [random] makes the
  /// secrets; by default the operating system does.
  HandOff({
    required this.clientId,
    required this.redirectUri,
    required this.open,
    this.loginHint,
    this.prompt,
    Random? random,
  }) : _random = random ?? Random.secure();

  /// What the app is called in `FIREBASE_LOGIN_NATIVE_CLIENTS`.
  final String clientId;

  /// Where the browser comes back to, such as `com.example.notes:/signed-in`.
  final String redirectUri;

  /// The app's function that opens the browser.
  final OpenBrowser open;

  /// The e-mail address that the page offers first; null where the app knows none.
  final String? loginHint;

  /// What the page asks the user for in any case; null leaves it to the site.
  final String? prompt;

  final Random _random;

  /// Begins a sign-in at the site whose issuer is given: its address and prefix, such as `https://shop.example/auth`.
  BegunHandOff begin(Uri issuer) {
    final verifier = _makeSecret();
    final state = _makeSecret();
    final address = issuer.replace(
      path: '${issuer.path}/authorize',
      queryParameters: {
        'response_type': 'code',
        'client_id': clientId,
        'redirect_uri': redirectUri,
        'code_challenge': _encode(sha256(ascii.encode(verifier))),
        'code_challenge_method': 'S256',
        'state': state,
        if (loginHint case final hint?) 'login_hint': hint,
        if (prompt case final prompt?) 'prompt': prompt,
      },
    );
    return BegunHandOff._(address, '$issuer', clientId, redirectUri, state, verifier);
  }

  String _makeSecret() => _encode([for (var n = 0; n < _secretBytes; n++) _random.nextInt(256)]);
}

/// A sign-in while the browser is open.
///
/// Where the system may end the app meanwhile, keep [toText] until the browser comes back: it holds the code verifier, so in a
/// place that only the app reads.
final class BegunHandOff {
  BegunHandOff._(this.address, this._issuer, this._clientId, this._redirectUri, this._state, this._verifier);

  /// Reads what [toText] gave; throws a [FormatException] where the text is something else.
  factory BegunHandOff.fromText(String text) {
    final kept = jsonDecode(text);
    if (kept case {
      'address': final String address,
      'issuer': final String issuer,
      'client_id': final String clientId,
      'redirect_uri': final String redirectUri,
      'state': final String state,
      'code_verifier': final String verifier,
    }) {
      return BegunHandOff._(Uri.parse(address), issuer, clientId, redirectUri, state, verifier);
    }
    throw const FormatException('This is no sign-in that has begun.');
  }

  /// What the browser is to open.
  final Uri address;

  final String _issuer;
  final String _clientId;
  final String _redirectUri;
  final String _state;
  final String _verifier;

  /// Returns what must be remembered until the browser comes back.
  String toText() => jsonEncode({
        'address': '$address',
        'issuer': _issuer,
        'client_id': _clientId,
        'redirect_uri': _redirectUri,
        'state': _state,
        'code_verifier': _verifier,
      });

  /// Returns the code that the browser came back with, at [answer]: a [Uri] or a [String], null where it did not come back.
  ///
  /// It looks at `state` and `iss` before anything else (RFC 9700, section 2.1; RFC 9207). Throws [BrowserClosed] or
  /// [AnswerUnreadable], and by what the site says [SignInDenied], [ClientNotRegistered] or [SignInRejected].
  AuthorizationCode finish(Object? answer) {
    if (answer == null) throw const BrowserClosed();
    final told = _read('$answer');
    if (told('state') != _state) throw const AnswerUnreadable('it belongs to another sign-in: its state is another');
    if (told('iss') != _issuer) throw AnswerUnreadable('it does not come from $_issuer: its iss is another');
    if (told('error') case final error?) throw rejectByError(error, told('error_description'));
    final code = told('code');
    if (code == null) throw const AnswerUnreadable('it has neither a code nor an error');
    return AuthorizationCode._(Uri.parse('$_issuer/token'), {
      'grant_type': 'authorization_code',
      'code': code,
      'redirect_uri': _redirectUri,
      'client_id': _clientId,
      'code_verifier': _verifier,
    });
  }

  /// Returns a parameter of the answer; null where it is absent, empty, or there more than once.
  String? Function(String name) _read(String answer) {
    try {
      final told = Uri.parse(answer).queryParametersAll;
      return (name) => switch (told[name]) { [final value] when value.isNotEmpty => value, _ => null };
    } on Object {
      throw const AnswerUnreadable('it is no address');
    }
  }
}

/// The code that the site gave, to be exchanged within a minute, once.
final class AuthorizationCode {
  const AuthorizationCode._(this.tokenEndpoint, this.form);

  /// Where it is exchanged for a session.
  final Uri tokenEndpoint;

  /// What is posted there, as `application/x-www-form-urlencoded`; it holds secrets.
  final Map<String, String> form;
}

String _encode(List<int> bytes) => base64Url.encode(bytes).replaceAll('=', '');
