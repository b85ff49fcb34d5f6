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
          (method, url, headers, body, {required streamed, required abortTrigger}) async {
            final request = _makeRequest(method, url, body, streamed, abortTrigger)
              ..headers.addAll(headers)
              ..followRedirects = around.followRedirects;
            final answer = await client.send(request);
            return (answer.statusCode, await readText(answer.stream), (answer as http.BaseResponseWithUrl).url);
          },
        );
      },
      isUnreachable: (error) => error is http.ClientException,
      describe: (error) => switch (error) {
        http.RequestAbortedException() => 'cancelled',
        http.ClientException(:final message) when message.startsWith('Redirect limit exceeded') => 'too_many_redirects',
        _ => null,
      },
    ).run();

http.BaseRequest _makeRequest(String method, Uri url, String body, Object? streamed, Future<void> abortTrigger) {
  if (streamed == null) return http.AbortableRequest(method, url, abortTrigger: abortTrigger)..body = body;
  final request = http.AbortableStreamedRequest(method, url, abortTrigger: abortTrigger);
  unawaited(request.sink.addStream(streamBody(body, streamed)).whenComplete(request.sink.close));
  return request;
}
