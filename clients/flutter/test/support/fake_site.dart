/// A site that signs in whoever the ID token names, as a client of `package:http`.
library;

import 'dart:convert';

import 'package:http/http.dart' as http;

/// Where it is.
final siteAddress = Uri.parse('https://shop.example');

/// Its ID tokens are uids.
final class FakeSite extends http.BaseClient {
  /// What it was asked, such as `POST /auth/sign-in`.
  final List<String> asked = [];

  /// Whether it answers.
  bool isThere = true;

  var _sessions = 0;

  @override
  Future<http.StreamedResponse> send(http.BaseRequest request) async {
    final body = await request.finalize().bytesToString();
    if (!isThere) throw http.ClientException('no route to host', request.url);
    asked.add('${request.method} ${request.url.path}');
    return switch (request.url.path) {
      '/auth/sign-in' => _signIn((jsonDecode(body) as Map<String, Object?>)['id_token']! as String),
      '/auth/sign-out' => _answer(204, null),
      _ => _answer(200, {'cookie': request.headers['cookie']}),
    };
  }

  http.StreamedResponse _signIn(String uid) => _answer(
        200,
        {
          'account': {'id': 1, 'firebase_uid': uid, 'name': uid},
          'session': {'id': _sessions += 1},
        },
        {'set-cookie': 'session=$uid-$_sessions; Path=/; HttpOnly; Max-Age=1209600; Secure'},
      );

  http.StreamedResponse _answer(int status, Object? body, [Map<String, String> headers = const {}]) => http.StreamedResponse(
        Stream.value(body == null ? const [] : utf8.encode(jsonEncode(body))),
        status,
        headers: {'content-type': 'application/json', ...headers},
      );
}
