/// A double of `package:http`, because pub.dev is not asked: the names that `flask_client.dart` uses, with the shapes that
/// package:http 1.2 documents, over `dart:io`. It is no part of the package, and no replacement for the real one.
library;

import 'dart:async';
import 'dart:convert';
import 'dart:io' as io;
import 'dart:typed_data';

class ClientException implements Exception {
  ClientException(this.message, [this.uri]);

  final String message;
  final Uri? uri;

  @override
  String toString() => 'ClientException: $message';
}

class ByteStream extends StreamView<List<int>> {
  ByteStream(super.stream);

  factory ByteStream.fromBytes(List<int> bytes) => ByteStream(Stream.value(bytes));

  Future<Uint8List> toBytes() async => Uint8List.fromList([for (final chunk in await toList()) ...chunk]);

  Future<String> bytesToString([Encoding encoding = utf8]) => encoding.decodeStream(this);
}

abstract class BaseRequest {
  BaseRequest(this.method, this.url);

  final String method;
  final Uri url;
  final Map<String, String> headers = {};
  bool followRedirects = true;
  int maxRedirects = 5;
  bool persistentConnection = true;
  bool _finalized = false;

  int? get contentLength;
  set contentLength(int? value) => throw UnsupportedError('Cannot set the contentLength of this request.');

  bool get finalized => _finalized;

  ByteStream finalize() {
    if (_finalized) throw StateError("Can't finalize a finalized Request.");
    _finalized = true;
    return ByteStream(const Stream.empty());
  }
}

class Request extends BaseRequest {
  Request(super.method, super.url);

  Uint8List _bytes = Uint8List(0);

  Uint8List get bodyBytes => _bytes;

  set bodyBytes(List<int> value) {
    if (finalized) throw StateError("Can't modify a finalized Request.");
    _bytes = Uint8List.fromList(value);
  }

  set body(String value) => bodyBytes = utf8.encode(value);

  @override
  int get contentLength => _bytes.length;

  @override
  ByteStream finalize() {
    super.finalize();
    return ByteStream.fromBytes(_bytes);
  }
}

class StreamedRequest extends BaseRequest {
  StreamedRequest(super.method, super.url);

  final StreamController<List<int>> _controller = StreamController(sync: true);
  int? _contentLength;

  EventSink<List<int>> get sink => _controller.sink;

  @override
  int? get contentLength => _contentLength;

  @override
  set contentLength(int? value) => _contentLength = value;

  @override
  ByteStream finalize() {
    super.finalize();
    return ByteStream(_controller.stream);
  }
}

abstract class BaseResponse {
  BaseResponse(
    this.statusCode, {
    this.contentLength,
    this.request,
    this.headers = const {},
    this.isRedirect = false,
    this.persistentConnection = true,
    this.reasonPhrase,
  });

  final int statusCode;
  final int? contentLength;
  final BaseRequest? request;
  final Map<String, String> headers;
  final bool isRedirect;
  final bool persistentConnection;
  final String? reasonPhrase;
}

abstract interface class BaseResponseWithUrl implements BaseResponse {
  Uri get url;
}

class StreamedResponse extends BaseResponse {
  StreamedResponse(
    Stream<List<int>> stream,
    super.statusCode, {
    super.contentLength,
    super.request,
    super.headers,
    super.isRedirect,
    super.persistentConnection,
    super.reasonPhrase,
  }) : stream = stream is ByteStream ? stream : ByteStream(stream);

  final ByteStream stream;
}

abstract interface class Client {
  factory Client() => _IoClient();

  Future<StreamedResponse> send(BaseRequest request);

  void close();
}

abstract mixin class BaseClient implements Client {
  Future<String> read(Uri url) async {
    final answer = await send(Request('GET', url));
    if (answer.statusCode >= 400) throw ClientException('Request to $url failed with status ${answer.statusCode}.', url);
    return answer.stream.bytesToString();
  }

  @override
  void close() {}
}

/// As package:http's IOClient: headers of several values joined by commas, errors wrapped.
class _IoClient extends BaseClient {
  final io.HttpClient _inner = io.HttpClient();

  @override
  Future<StreamedResponse> send(BaseRequest request) async {
    final body = request.finalize();
    try {
      final opened = await _inner.openUrl(request.method, request.url);
      opened
        ..followRedirects = request.followRedirects
        ..maxRedirects = request.maxRedirects
        ..contentLength = request.contentLength ?? -1;
      request.headers.forEach(opened.headers.set);
      await opened.addStream(body);
      final answer = await opened.close();
      final headers = <String, String>{};
      answer.headers.forEach((name, values) => headers[name] = values.join(','));
      return StreamedResponse(
        answer.handleError((Object error) => throw ClientException('$error', request.url), test: (e) => e is io.IOException),
        answer.statusCode,
        contentLength: answer.contentLength == -1 ? null : answer.contentLength,
        request: request,
        headers: headers,
        isRedirect: answer.isRedirect,
        reasonPhrase: answer.reasonPhrase,
      );
    } on io.IOException catch (error) {
      throw ClientException('$error', request.url);
    }
  }

  @override
  void close() => _inner.close(force: true);
}
