// What the package's tests have in common.

import 'dart:async';
import 'dart:convert';

import 'package:test/test.dart';

/// Makes a test of each sentence.
void checkAll(Map<String, FutureOr<void> Function()> checks) => checks.forEach(test);

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
