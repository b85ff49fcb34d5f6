/// Cases are maps from a sentence to what must hold, so that they run by `flutter test`, and on a Dart VM without Flutter.
library;

import 'dart:async';

/// What must hold, by the sentence that says it.
typedef Cases = Map<String, FutureOr<void> Function()>;

/// Throws where [found] is not [wanted]; lists are compared by what they hold.
void same(Object? found, Object? wanted) {
  if ('$found' != '$wanted') throw StateError('found $found, not $wanted');
}

/// Throws where [work] does not throw an [E]; returns what it throws.
Future<E> throws<E extends Object>(FutureOr<void> Function() work) async {
  try {
    await work();
  } on E catch (error) {
    return error;
  }
  throw StateError('threw no $E');
}

/// Lets everything that waits for nothing outside have its turn.
Future<void> settle() => Future<void>.delayed(Duration.zero);
