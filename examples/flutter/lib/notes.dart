/// What the app asks of the site: pure Dart, nothing of the screen and nothing of Firebase.
library;

import 'dart:convert';

import 'package:flask_firebase_login/flask_client.dart';
import 'package:http/http.dart' as http;

/// Notes and settings of the person who is signed in.
final class Notes {
  /// Takes the client that keeps the person signed in.
  Notes(this._client);

  final FlaskClient _client;
  final Map<String, (String, Map<String, Object?>)> _kept = {};

  /// Returns theme, language and sort order.
  Future<Map<String, Object?>> readSettings() async => (await _askAgain('/auth/account'))['settings']! as Map<String, Object?>;

  /// Changes one setting; the others stay, whoever changes them meanwhile.
  Future<void> writeSetting(String name, String value) => _send('PATCH', '/auth/account', {
        'settings': {name: value},
      });

  /// Returns the texts of the notes, in the person's order.
  Future<List<String>> readNotes() async =>
      [for (final note in (await _askAgain('/api/notes'))['notes']! as List) (note as Map)['text'] as String];

  /// Keeps a new note.
  Future<void> addNote(String text) => _send('POST', '/api/notes', {'text': text});

  /// Asks by ETag: the site answers 304 where nothing has changed.
  Future<Map<String, Object?>> _askAgain(String path) async {
    final kept = _kept[path];
    final request = http.Request('GET', _client.session.site.resolve(path));
    if (kept != null) request.headers['If-None-Match'] = kept.$1;
    final answer = await _client.send(request);
    final text = await answer.stream.bytesToString();
    if (answer.statusCode == 304 && kept != null) return kept.$2;
    final read = _check(answer.statusCode, text)! as Map<String, Object?>;
    _kept[path] = (answer.headers['etag'] ?? '', read);
    return read;
  }

  Future<void> _send(String method, String path, Map<String, Object?> body) async {
    final request = http.Request(method, _client.session.site.resolve(path))
      ..headers['Content-Type'] = 'application/json'
      ..bodyBytes = utf8.encode(jsonEncode(body));
    final answer = await _client.send(request);
    _check(answer.statusCode, await answer.stream.bytesToString());
  }

  Object? _check(int status, String text) {
    if (status >= 300) throw Refused(status, _readDetail(text) ?? 'The site answers $status.');
    return text.isEmpty ? null : jsonDecode(text);
  }

  String? _readDetail(String text) {
    try {
      return switch (jsonDecode(text)) { {'detail': final String detail} => detail, _ => null };
    } on FormatException {
      return null; // a page, not problem details
    }
  }
}

/// An answer of the site that is no success.
final class Refused implements Exception {
  /// Takes its status, and what it says.
  const Refused(this.status, this.sentence);

  /// The HTTP status.
  final int status;

  /// The site's sentence.
  final String sentence;

  @override
  String toString() => 'Refused ($status): $sentence';
}
