/// A double of `package:test`: as far as the package's own tests use it, and run by `dart FILE`.
library;

import 'dart:async';

final Map<String, FutureOr<void> Function()> _tests = {};

/// Runs once `main` has named all; the first that fails ends the program with an error.
void test(String description, FutureOr<void> Function() body) {
  if (_tests.isEmpty) scheduleMicrotask(_run);
  _tests[description] = body;
}

Future<void> _run() async {
  for (final MapEntry(key: description, value: body) in _tests.entries) {
    try {
      await body();
    } on Object catch (error) {
      throw StateError('$description: $error');
    }
  }
  print('${_tests.length} tests passed');
}
