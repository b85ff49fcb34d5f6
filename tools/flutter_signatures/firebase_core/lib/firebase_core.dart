/// A double of signatures: `package:firebase_core/firebase_core.dart`, as far as it is used here.
library;

class FirebaseOptions {
  const FirebaseOptions({
    required this.apiKey,
    required this.appId,
    required this.messagingSenderId,
    required this.projectId,
    this.authDomain,
    this.databaseURL,
    this.storageBucket,
    this.measurementId,
    this.androidClientId,
    this.iosClientId,
    this.iosBundleId,
  });

  final String apiKey;
  final String appId;
  final String messagingSenderId;
  final String projectId;
  final String? authDomain;
  final String? databaseURL;
  final String? storageBucket;
  final String? measurementId;
  final String? androidClientId;
  final String? iosClientId;
  final String? iosBundleId;
}

class FirebaseApp {
  FirebaseApp._();

  String get name => throw UnimplementedError();
  FirebaseOptions get options => throw UnimplementedError();
}

class Firebase {
  Firebase._();

  static Future<FirebaseApp> initializeApp({String? name, FirebaseOptions? options, String? demoProjectId}) =>
      throw UnimplementedError();
  static FirebaseApp app([String name = '[DEFAULT]']) => throw UnimplementedError();
}

class FirebaseException implements Exception {
  FirebaseException({required this.plugin, this.message, String? code, this.stackTrace}) : code = code ?? 'unknown';

  final String plugin;
  final String? message;
  final String code;
  final StackTrace? stackTrace;
}
