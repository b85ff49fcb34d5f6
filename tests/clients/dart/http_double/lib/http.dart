/// A double of `package:http`; README.md says where it differs from the original.
library;

import 'dart:async';
import 'dart:collection';
import 'dart:convert';
import 'dart:io' as io;
import 'dart:typed_data';

class ClientException implements Exception {
  ClientException(this.message, [this.uri]);

  final String message;
  final Uri? uri;

  @override
  String toString() => uri == null ? 'ClientException: $message' : 'ClientException: $message, uri=$uri';
}

class RequestAbortedException extends ClientException {
  RequestAbortedException([Uri? uri]) : super('Request aborted by `abortTrigger`', uri);
}

class ByteStream extends StreamView<List<int>> {
  const ByteStream(super.stream);

  factory ByteStream.fromBytes(List<int> bytes) => ByteStream(Stream.value(bytes));

  Future<Uint8List> toBytes() async => Uint8List.fromList([for (final chunk in await toList()) ...chunk]);

  Future<String> bytesToString([Encoding encoding = utf8]) => encoding.decodeStream(this);

  Stream<String> toStringStream([Encoding encoding = utf8]) => encoding.decoder.bind(this);
}

final _token = RegExp(r"^[\w!#%&'*+\-.^`|~]+$");

abstract class BaseRequest {
  BaseRequest(this.method, this.url) {
    if (!_token.hasMatch(method)) throw ArgumentError.value(method, 'method', 'Not a valid method');
  }

  final String method;
  final Uri url;
  final Map<String, String> headers = LinkedHashMap(
    equals: (one, other) => one.toLowerCase() == other.toLowerCase(),
    hashCode: (name) => name.toLowerCase().hashCode,
  );
  int? _contentLength;
  bool _followRedirects = true;
  int _maxRedirects = 5;
  bool _persistentConnection = true;
  bool _finalized = false;

  int? get contentLength => _contentLength;
  set contentLength(int? value) {
    if (value != null && value < 0) throw ArgumentError('Invalid content length $value.');
    _contentLength = _unsent(value);
  }

  bool get followRedirects => _followRedirects;
  set followRedirects(bool value) => _followRedirects = _unsent(value);

  int get maxRedirects => _maxRedirects;
  set maxRedirects(int value) => _maxRedirects = _unsent(value);

  bool get persistentConnection => _persistentConnection;
  set persistentConnection(bool value) => _persistentConnection = _unsent(value);

  bool get finalized => _finalized;

  ByteStream finalize() {
    if (_finalized) throw StateError("Can't finalize a finalized Request.");
    _finalized = true;
    return const ByteStream(Stream.empty());
  }

  T _unsent<T>(T value) => _finalized ? throw StateError("Can't modify a finalized Request.") : value;

  @override
  String toString() => '$method $url';
}

abstract mixin class Abortable implements BaseRequest {
  abstract final Future<void>? abortTrigger;
}

class Request extends BaseRequest {
  Request(super.method, super.url);

  Uint8List _bytes = Uint8List(0);

  Uint8List get bodyBytes => _bytes;
  set bodyBytes(List<int> value) => _bytes = _unsent(Uint8List.fromList(value));

  String get body => utf8.decode(_bytes);
  set body(String value) {
    bodyBytes = utf8.encode(value);
    headers.putIfAbsent('content-type', () => 'text/plain; charset=utf-8');
  }

  @override
  int get contentLength => _bytes.length;

  @override
  set contentLength(int? value) =>
      throw UnsupportedError('Cannot set the contentLength property of non-streaming Request objects.');

  @override
  ByteStream finalize() {
    super.finalize();
    return ByteStream.fromBytes(_bytes);
  }
}

final class AbortableRequest extends Request with Abortable {
  AbortableRequest(super.method, super.url, {this.abortTrigger});

  @override
  final Future<void>? abortTrigger;
}

class StreamedRequest extends BaseRequest {
  StreamedRequest(super.method, super.url);

  final StreamController<List<int>> _controller = StreamController(sync: true);

  StreamSink<List<int>> get sink => _controller.sink;

  @override
  ByteStream finalize() {
    super.finalize();
    return ByteStream(_controller.stream);
  }
}

final class AbortableStreamedRequest extends StreamedRequest with Abortable {
  AbortableStreamedRequest(super.method, super.url, {this.abortTrigger});

  @override
  final Future<void>? abortTrigger;
}

class MultipartFile {
  MultipartFile(this.field, Stream<List<int>> stream, this.length, {this.filename}) : _stream = stream;

  factory MultipartFile.fromBytes(String field, List<int> value, {String? filename}) =>
      MultipartFile(field, Stream.value(value), value.length, filename: filename);

  final String field;
  final int length;
  final String? filename;
  final Stream<List<int>> _stream;

  ByteStream finalize() => ByteStream(_stream);
}

class MultipartRequest extends BaseRequest {
  MultipartRequest(super.method, super.url);

  static const _boundary = 'dart-http-boundary-double';

  final Map<String, String> fields = {};
  final List<MultipartFile> files = [];

  @override
  int get contentLength {
    final parts = [
      for (final MapEntry(:key, :value) in fields.entries) utf8.encode('${_head(key)}$value\r\n').length,
      for (final file in files) utf8.encode('${_head(file.field, file.filename)}\r\n').length + file.length,
    ];
    return parts.fold(utf8.encode(_end).length, (sum, length) => sum + length);
  }

  @override
  set contentLength(int? value) => throw UnsupportedError('Cannot set the contentLength property of multipart requests.');

  @override
  ByteStream finalize() {
    headers['content-type'] = 'multipart/form-data; boundary=$_boundary';
    super.finalize();
    return ByteStream(_write());
  }

  String get _end => '--$_boundary--\r\n';

  String _head(String field, [String? filename]) =>
      '--$_boundary\r\ncontent-disposition: form-data; name="$field"${filename == null ? '' : '; filename="$filename"'}\r\n\r\n';

  Stream<List<int>> _write() async* {
    for (final MapEntry(:key, :value) in fields.entries) {
      yield utf8.encode('${_head(key)}$value\r\n');
    }
    for (final file in files) {
      yield utf8.encode(_head(file.field, file.filename));
      yield* file.finalize();
      yield utf8.encode('\r\n');
    }
    yield utf8.encode(_end);
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
  }) {
    if (statusCode < 100) throw ArgumentError('Invalid status code $statusCode.');
    if (contentLength != null && contentLength! < 0) throw ArgumentError('Invalid content length $contentLength.');
  }

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

class Response extends BaseResponse {
  Response(
    String body,
    int statusCode, {
    BaseRequest? request,
    Map<String, String> headers = const {},
    bool isRedirect = false,
    bool persistentConnection = true,
    String? reasonPhrase,
  }) : this.bytes(
          utf8.encode(body),
          statusCode,
          request: request,
          headers: headers,
          isRedirect: isRedirect,
          persistentConnection: persistentConnection,
          reasonPhrase: reasonPhrase,
        );

  Response.bytes(
    List<int> bytes,
    super.statusCode, {
    super.request,
    super.headers,
    super.isRedirect,
    super.persistentConnection,
    super.reasonPhrase,
  })  : bodyBytes = Uint8List.fromList(bytes),
        super(contentLength: bytes.length);

  static Future<Response> fromStream(StreamedResponse answer) async => Response.bytes(
        await answer.stream.toBytes(),
        answer.statusCode,
        request: answer.request,
        headers: answer.headers,
        isRedirect: answer.isRedirect,
        persistentConnection: answer.persistentConnection,
        reasonPhrase: answer.reasonPhrase,
      );

  final Uint8List bodyBytes;

  String get body => utf8.decode(bodyBytes);
}

Future<String> read(Uri url, {Map<String, String>? headers}) async {
  final client = Client();
  try {
    return await client.read(url, headers: headers);
  } finally {
    client.close();
  }
}

abstract interface class Client {
  factory Client() => IOClient();

  Future<Response> get(Uri url, {Map<String, String>? headers});

  Future<Response> post(Uri url, {Map<String, String>? headers, Object? body});

  Future<String> read(Uri url, {Map<String, String>? headers});

  Future<StreamedResponse> send(BaseRequest request);

  void close();
}

abstract mixin class BaseClient implements Client {
  @override
  Future<Response> get(Uri url, {Map<String, String>? headers}) => _ask(Request('GET', url), headers);

  @override
  Future<Response> post(Uri url, {Map<String, String>? headers, Object? body}) {
    final request = Request('POST', url);
    switch (body) {
      case final String text:
        request.body = text;
      case final List<Object?> bytes:
        request.bodyBytes = bytes.cast();
      case null:
        break;
      default:
        throw ArgumentError('Invalid request body "$body".');
    }
    return _ask(request, headers);
  }

  @override
  Future<String> read(Uri url, {Map<String, String>? headers}) async {
    final answer = await get(url, headers: headers);
    if (answer.statusCode >= 400) throw ClientException('Request to $url failed with status ${answer.statusCode}', url);
    return answer.body;
  }

  Future<Response> _ask(BaseRequest request, Map<String, String>? headers) async {
    if (headers != null) request.headers.addAll(headers);
    return Response.fromStream(await send(request));
  }

  @override
  void close() {}
}

/// As the original's: of a socket, and of package:http as well.
class _ClientSocketException extends ClientException implements io.SocketException {
  _ClientSocketException(this._cause, Uri uri) : super(_cause.message, uri);

  final io.SocketException _cause;

  @override
  io.InternetAddress? get address => _cause.address;

  @override
  io.OSError? get osError => _cause.osError;

  @override
  int? get port => _cause.port;

  @override
  String toString() => 'ClientException with $_cause, uri=$uri';
}

class _AnswerWithUrl extends StreamedResponse implements BaseResponseWithUrl {
  _AnswerWithUrl(
    super.stream,
    super.statusCode, {
    required this.url,
    super.contentLength,
    super.request,
    super.headers,
    super.isRedirect,
    super.persistentConnection,
    super.reasonPhrase,
  });

  @override
  final Uri url;
}

class IOClient extends BaseClient {
  IOClient([io.HttpClient? inner]) : _inner = inner ?? io.HttpClient();

  io.HttpClient? _inner;

  @override
  Future<StreamedResponse> send(BaseRequest request) async {
    final inner = _inner;
    if (inner == null) throw ClientException('HTTP request failed. Client is already closed.', request.url);
    final body = request.finalize();
    try {
      final opened = await inner.openUrl(request.method, request.url);
      opened
        ..followRedirects = request.followRedirects
        ..maxRedirects = request.maxRedirects
        ..contentLength = request.contentLength ?? -1
        ..persistentConnection = request.persistentConnection;
      request.headers.forEach(opened.headers.set);
      StreamSubscription<List<int>>? reading;
      final read = StreamController<List<int>>(sync: true);
      if (request case Abortable(:final abortTrigger?)) {
        unawaited(abortTrigger.whenComplete(() async {
          if (reading == null) {
            opened.abort(RequestAbortedException(request.url));
          } else if (!read.isClosed) {
            read.addError(RequestAbortedException(request.url));
            await reading.cancel();
          }
          await read.close();
        }));
      }
      final answer = await body.pipe(opened) as io.HttpClientResponse;
      reading = answer.listen(
        read.add,
        onDone: read.close,
        onError: (Object error, StackTrace trace) =>
            read.addError(error is io.HttpException ? ClientException(error.message, error.uri) : error, trace),
      );
      read
        ..onPause = reading.pause
        ..onResume = reading.resume
        ..onCancel = reading.cancel;
      final headers = <String, String>{};
      answer.headers.forEach((name, values) => headers[name] = values.map((value) => value.trimRight()).join(','));
      return _AnswerWithUrl(
        read.stream,
        answer.statusCode,
        url: answer.redirects.isEmpty ? request.url : answer.redirects.last.location,
        contentLength: answer.contentLength == -1 ? null : answer.contentLength,
        request: request,
        headers: headers,
        isRedirect: answer.isRedirect,
        persistentConnection: answer.persistentConnection,
        reasonPhrase: answer.reasonPhrase,
      );
    } on io.SocketException catch (error) {
      throw _ClientSocketException(error, request.url);
    } on io.HttpException catch (error) {
      throw ClientException(error.message, error.uri);
    }
  }

  @override
  void close() {
    _inner?.close(force: true);
    _inner = null;
  }
}
