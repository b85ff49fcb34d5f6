/// A double of signatures: `package:firebase_app_check/firebase_app_check.dart`, as far as it is used here.
library;

import 'package:firebase_core/firebase_core.dart';

class FirebaseAppCheck {
  FirebaseAppCheck._({required this.app});

  static FirebaseAppCheck get instance => throw UnimplementedError();

  FirebaseApp app;

  Future<void> activate() => throw UnimplementedError();
  Future<String?> getToken([bool? forceRefresh]) => throw UnimplementedError();
}
