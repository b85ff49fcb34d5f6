/// A double of `package:shared_preferences`: the three methods that the README's store uses, with the shapes that it documents.
library;

class SharedPreferencesAsync {
  static final Map<String, String> _kept = {};

  Future<String?> getString(String key) async => _kept[key];
  Future<void> setString(String key, String value) async => _kept[key] = value;
  Future<void> remove(String key) async => _kept.remove(key);
}
