/// A double of signatures: `package:google_sign_in/google_sign_in.dart`, as far as it is used here.
library;

class GoogleSignIn {
  GoogleSignIn._();

  static final GoogleSignIn instance = GoogleSignIn._();

  Future<void> initialize({String? clientId, String? serverClientId, String? nonce, String? hostedDomain}) =>
      throw UnimplementedError();
  bool supportsAuthenticate() => throw UnimplementedError();
  Future<GoogleSignInAccount> authenticate({List<String> scopeHint = const <String>[]}) => throw UnimplementedError();
  Future<void> signOut() => throw UnimplementedError();
}

class GoogleSignInAccount {
  GoogleSignInAccount._();

  String get id => throw UnimplementedError();
  String get email => throw UnimplementedError();
  GoogleSignInAuthentication get authentication => throw UnimplementedError();
}

class GoogleSignInAuthentication {
  const GoogleSignInAuthentication({required this.idToken});

  final String? idToken;
}

class GoogleSignInException implements Exception {
  const GoogleSignInException({required this.code, this.description, this.details});

  final GoogleSignInExceptionCode code;
  final String? description;
  final Object? details;
}

enum GoogleSignInExceptionCode {
  unknownError,
  canceled,
  interrupted,
  clientConfigurationError,
  providerConfigurationError,
  uiUnavailable,
  userMismatch,
}
