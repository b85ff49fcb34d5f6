/// Firebase, as far as a session asks it.
library;

import 'dart:async';

import 'package:firebase_auth/firebase_auth.dart';
import 'package:flutter_test/flutter_test.dart' show Fake;

/// Tells who is signed in, at once and at each change, as `firebase_auth` does.
final class FakeAuth extends Fake implements FirebaseAuth {
  /// Takes the uid of who is signed in at first.
  FakeAuth([this._uid]);

  /// Which ID tokens were asked for, `fresh` or `kept`.
  final List<String> asked = [];

  final StreamController<User?> _changes = StreamController.broadcast();
  String? _uid;

  /// Another user signs in, or with null the user signs out.
  void become(String? uid) {
    _uid = uid;
    _changes.add(currentUser);
  }

  @override
  User? get currentUser => switch (_uid) { final uid? => _FakeUser(uid, asked), null => null };

  @override
  Stream<User?> authStateChanges() => Stream.multi((listener) {
        listener.add(currentUser);
        listener.onCancel = _changes.stream.listen(listener.add).cancel;
      });
}

final class _FakeUser extends Fake implements User {
  _FakeUser(this.uid, this._asked);

  @override
  final String uid;

  final List<String> _asked;

  @override
  Future<String?> getIdToken([bool forceRefresh = false]) async {
    _asked.add(forceRefresh ? 'fresh' : 'kept');
    return uid;
  }
}
