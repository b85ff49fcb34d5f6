/// A double of signatures: `package:shared_preferences/shared_preferences.dart`, as far as it is used here.
library;

class SharedPreferencesAsync {
  SharedPreferencesAsync();

  Future<bool?> getBool(String key) => throw UnimplementedError();
  Future<String?> getString(String key) => throw UnimplementedError();
  Future<void> setBool(String key, bool value) => throw UnimplementedError();
  Future<void> setString(String key, String value) => throw UnimplementedError();
  Future<void> remove(String key) => throw UnimplementedError();
}
