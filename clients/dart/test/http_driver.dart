// Drives `FlaskClient`, the client for package:http, through the conformance cases: `dart test/http_driver.dart`.

import 'dart:async';

import 'package:flask_firebase_login/flask_client.dart';
import 'package:http/http.dart' as http;

import 'support/driver.dart';

Future<void> main() => Driver(
      (told, around) {
        final inner = http.Client();
        final session = around.makeSession(HttpTransport(inner));
        final client = FlaskClient.of(session, inner: inner);
        return Subject(
          session,
          (method, url, headers, body, {required isStreamed}) async {
            final request = _makeRequest(method, url, body, isStreamed: isStreamed)
              ..headers.addAll(headers)
              ..followRedirects = around.followRedirects;
            final answer = await client.send(request);
            return (answer.statusCode, await readText(answer.stream), (answer as http.BaseResponseWithUrl).url);
          },
        );
      },
      isUnreachable: (error) => error is http.ClientException,
    ).run();

http.BaseRequest _makeRequest(String method, Uri url, String body, {required bool isStreamed}) {
  if (!isStreamed) return http.Request(method, url)..body = body;
  final request = http.StreamedRequest(method, url);
  request.sink.add(body.codeUnits);
  scheduleMicrotask(request.sink.close);
  return request;
}
