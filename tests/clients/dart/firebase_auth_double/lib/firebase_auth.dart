/// A double of `package:firebase_auth`: what the README uses of it, with the shapes that it documents.
library;

class FirebaseAuth {
  static final FirebaseAuth instance = FirebaseAuth();

  User? currentUser;
}

class User {
  final String uid = 'ada';

  Future<String?> getIdToken([bool forceRefresh = false]) async => 'id-token';
}
