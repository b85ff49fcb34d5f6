/// A double of signatures: `package:flutter/foundation.dart`, as far as it is used here.
library;

const bool kIsWeb = bool.fromEnvironment('dart.library.js_interop');

typedef VoidCallback = void Function();
typedef ValueChanged<T> = void Function(T value);

enum TargetPlatform { android, fuchsia, iOS, linux, macOS, windows }

TargetPlatform get defaultTargetPlatform => throw UnimplementedError();

TargetPlatform? get debugDefaultTargetPlatformOverride => throw UnimplementedError();
set debugDefaultTargetPlatformOverride(TargetPlatform? value) => throw UnimplementedError();

/// Those of `package:meta` that `foundation.dart` exports.
const immutable = Object();
const protected = Object();
const visibleForTesting = Object();

abstract class Key {
  const factory Key(String value) = ValueKey<String>;
  const Key.empty();
}

abstract class LocalKey extends Key {
  const LocalKey() : super.empty();
}

class ValueKey<T> extends LocalKey {
  const ValueKey(this.value);

  final T value;
}

class FlutterErrorDetails {
  const FlutterErrorDetails({required this.exception, this.stack, this.library = 'Flutter framework'});

  final Object exception;
  final StackTrace? stack;
  final String? library;
}

class FlutterError extends Error {
  static void reportError(FlutterErrorDetails details) => throw UnimplementedError();
}
