// Checks without package:test, so that they run where pub does not.

import 'dart:async';
import 'dart:convert';

/// Does one check after the other; the first that fails ends the program with an error.
Future<void> checkAll(Map<String, FutureOr<void> Function()> checks) async {
  for (final MapEntry(key: sentence, value: check) in checks.entries) {
    try {
      await check();
    } on Object catch (error) {
      throw StateError('$sentence: $error');
    }
  }
  print('${checks.length} checks hold');
}

/// Throws where [found] is not [wanted]; lists and maps are compared by what they hold.
void same(Object? found, Object? wanted) {
  if (_show(found) != _show(wanted)) throw StateError('found ${_show(found)}, not ${_show(wanted)}');
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

String _show(Object? value) => jsonEncode(value, toEncodable: (other) => '$other');
