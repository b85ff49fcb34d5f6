/// A double of `package:flutter_secure_storage`: the three methods that the README's store uses, with the shapes that it documents.
library;

class FlutterSecureStorage {
  const FlutterSecureStorage();

  static final Map<String, String> _kept = {};

  Future<String?> read({required String key}) async => _kept[key];
  Future<void> write({required String key, required String? value}) async => value == null ? null : _kept[key] = value;
  Future<void> delete({required String key}) async => _kept.remove(key);
}
