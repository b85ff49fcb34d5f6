/// Who is signed in at Firebase, as the app tells it.
library;

import 'dart:async';

/// Returns the Firebase uid of who is signed in there now; null for nobody. It is asked before each call, so it must be quick.
///
/// With `firebase_auth`: `() => auth.currentUser?.uid`.
typedef IdentitySource = FutureOr<String?> Function();

/// Knows who is signed in at Firebase, by a function or by a stream of the app's.
final class Identity {
  /// Takes the app's function, or its stream, which first tells who is signed in now; neither, where the app does not tell.
  Identity(this._source, Stream<String?>? changes, {required void Function(String? uid) onChange})
      : _isStreamed = _source == null && changes != null {
    _listening = changes?.listen((uid) {
      _streamed = uid;
      if (!_isTold.isCompleted) _isTold.complete();
      onChange(uid);
    });
  }

  final IdentitySource? _source;
  final bool _isStreamed;
  final Completer<void> _isTold = Completer();
  StreamSubscription<String?>? _listening;
  String? _streamed;

  /// Whether the app tells.
  bool get isTold => _source != null || _isStreamed;

  /// Returns who is signed in now; a stream that has told nothing yet is waited for.
  Future<String?> ask() async {
    if (_source case final source?) return source();
    await _isTold.future;
    return _streamed;
  }

  /// Listens no more.
  Future<void> close() async => _listening?.cancel();
}
