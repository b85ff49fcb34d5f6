/// A double of package:http's client for tests.
library;

import 'http.dart';

typedef MockClientHandler = Future<Response> Function(Request request);
typedef MockClientStreamHandler = Future<StreamedResponse> Function(BaseRequest request, ByteStream bodyStream);

class MockClient extends BaseClient {
  MockClient(MockClientHandler fn)
      : _handler = ((request, body) async {
          final asked = Request(request.method, request.url)
            ..persistentConnection = request.persistentConnection
            ..followRedirects = request.followRedirects
            ..maxRedirects = request.maxRedirects
            ..headers.addAll(request.headers)
            ..bodyBytes = await body.toBytes()
            ..finalize();
          final answer = await fn(asked);
          return StreamedResponse(
            ByteStream.fromBytes(answer.bodyBytes),
            answer.statusCode,
            contentLength: answer.contentLength,
            request: answer.request,
            headers: answer.headers,
            isRedirect: answer.isRedirect,
            persistentConnection: answer.persistentConnection,
            reasonPhrase: answer.reasonPhrase,
          );
        });

  MockClient.streaming(MockClientStreamHandler fn) : _handler = fn;

  final MockClientStreamHandler _handler;

  @override
  Future<StreamedResponse> send(BaseRequest request) async => _handler(request, request.finalize());
}
