/// Who is signed in at Firebase, as the app tells it.
library;

import 'dart:async';

import 'errors.dart';

/// Returns the Firebase uid of who is signed in there now; null for nobody. It is asked before each call, so it must be quick.
///
/// With `firebase_auth`: `() => auth.currentUser?.uid`.
typedef IdentitySource = FutureOr<String?> Function();

/// Knows who is signed in at Firebase, by a function or by a stream of the app's.
final class Identity {
  /// Takes the app's function, or its stream, which first tells who is signed in now; neither, where the app does not tell.
  Identity(this._source, Stream<String?>? changes, {required void Function(String? uid) onChange})
      : _isStreamed = _source == null && changes != null {
    _first.future.ignore();
    _listening = changes?.listen(
      (uid) {
        _streamed = (uid,);
        if (!_first.isCompleted) _first.complete();
        onChange(uid);
      },
      onError: _fail,
      onDone: () => _fail(StateError('identityChanges ended before it told who is signed in at Firebase.')),
    );
  }

  final IdentitySource? _source;
  final bool _isStreamed;
  final Completer<void> _first = Completer();
  StreamSubscription<String?>? _listening;
  (String?,)? _streamed;

  /// Whether the app tells.
  bool get isTold => _source != null || _isStreamed;

  /// Returns who is signed in now; a stream that has told nothing yet is waited for.
  ///
  /// Throws the stream's own error where that comes first, and a [StateError] where the stream ends without a word.
  Future<String?> ask() async {
    if (_source case final source?) return source();
    if (_streamed == null) await _first.future;
    return _streamed!.$1;
  }

  /// Listens no more; who waits for the stream's first word gets [CallCancelled].
  Future<void> close() async {
    _fail(CallCancelled.byClose);
    await _listening?.cancel();
  }

  /// After the stream's first word, the last one holds.
  void _fail(Object error, [StackTrace? trace]) {
    if (!_first.isCompleted) _first.completeError(error, trace);
  }
}
