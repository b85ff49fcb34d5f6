/// A double of `package:flutter_web_auth_2`: what the README uses of it, with the shapes that it documents.
library;

class FlutterWebAuth2 {
  static Future<String> authenticate({
    required String url,
    required String callbackUrlScheme,
    FlutterWebAuth2Options options = const FlutterWebAuth2Options(),
  }) async =>
      throw PlatformException(code: 'CANCELED', message: 'User canceled login');
}

class FlutterWebAuth2Options {
  const FlutterWebAuth2Options({bool? useWebview}) : useWebview = useWebview ?? true;

  final bool useWebview;
}

/// That of Flutter's services.
class PlatformException implements Exception {
  PlatformException({required this.code, this.message});

  final String code;
  final String? message;

  @override
  String toString() => 'PlatformException($code, $message, null, null)';
}
