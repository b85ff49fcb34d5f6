/// Where a session is kept between two runs of an app.
library;

/// Keeps one text. The README has the ten lines for `shared_preferences` and for `flutter_secure_storage`.
abstract interface class SessionStore {
  /// Returns the text that was saved last; null where there is none.
  Future<String?> load();

  /// Keeps a text instead of the one before, wholly or not at all; throws where it cannot.
  Future<void> save(String text);

  /// Keeps nothing; nothing being kept is as good.
  Future<void> clear();
}

/// A store that others change too: other processes, or other clients by stores of their own.
abstract interface class LockingSessionStore implements SessionStore {
  /// Runs work that reads, changes and writes, while nobody else does; throws where the lock cannot be had.
  Future<T> locked<T>(Future<T> Function() work);
}

/// Keeps the session as long as the app runs.
final class MemorySessionStore implements SessionStore {
  /// Takes what it holds at first.
  MemorySessionStore([this._text]);

  String? _text;

  @override
  Future<String?> load() async => _text;

  @override
  Future<void> save(String text) async => _text = text;

  @override
  Future<void> clear() async => _text = null;
}
