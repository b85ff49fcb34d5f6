/// How a session sends requests: abstract, so that the package depends on no HTTP client.
library;

import 'dart:async';

/// A request to be sent.
final class TransportRequest {
  /// Takes the body as [bytes], which can be sent again, or as a [stream], which cannot.
  TransportRequest(
    this.method,
    this.url, {
    Map<String, String> headers = const {},
    this.bytes = const [],
    this.stream,
    this.contentLength,
  }) : headers = {for (final MapEntry(:key, :value) in headers.entries) key.toLowerCase(): value};

  /// Such as `GET`.
  final String method;

  /// Where it goes.
  final Uri url;

  /// By names in lower case.
  final Map<String, String> headers;

  /// The body, where it is no stream.
  final List<int> bytes;

  /// The body, where it can be read once only; null where [bytes] are it.
  final Stream<List<int>>? stream;

  /// How many bytes the [stream] has; null where that is not known.
  final int? contentLength;

  /// Whether it can be sent again.
  bool get isRepeatable => stream == null;

  /// Returns the request that an answer redirects to; null where it does not, or where the body cannot be sent again.
  ///
  /// RFC 9110, section 15.4: 307 and 308 keep method and body, the others make a GET.
  TransportRequest? onward(TransportResponse response) {
    final location = response.header('location');
    if (location == null || !_redirects.contains(response.status)) return null;
    final target = Uri.tryParse(location);
    if (target == null) return null;
    final keepsMethod = response.status == 307 || response.status == 308 || method == 'GET' || method == 'HEAD';
    return keepsMethod && !isRepeatable ? null : _to(url.resolveUri(target), asGet: !keepsMethod);
  }

  TransportRequest _to(Uri url, {required bool asGet}) => TransportRequest(
        asGet ? 'GET' : method,
        url,
        headers: {
          for (final MapEntry(:key, :value) in headers.entries)
            if (!asGet || !_ofBodies.contains(key)) key: value,
        },
        bytes: asGet ? const [] : bytes,
        stream: asGet ? null : stream,
        contentLength: asGet ? null : contentLength,
      );

  static const _redirects = {301, 302, 303, 307, 308};
  static const _ofBodies = {'content-type', 'content-length', 'transfer-encoding', 'content-encoding'};
}

/// What was answered.
final class TransportResponse {
  /// Takes the headers by names in lower case, each with every value that it came with.
  TransportResponse(this.status, this.url, {required this.headers, required this.body, this.contentLength, this.reason});

  /// The HTTP status.
  final int status;

  /// Where the answer comes from.
  final Uri url;

  /// By names in lower case.
  final Map<String, List<String>> headers;

  /// The body; it can be read once, and must be read or cancelled.
  Stream<List<int>> body;

  /// How many bytes the body has; null where that is not known.
  final int? contentLength;

  /// The reason phrase, where the answer has one.
  final String? reason;

  /// Returns a header; several values of one are joined by commas (RFC 9110, section 5.3).
  String? header(String name) => headers[name]?.join(', ');

  /// Reads the body to its end and drops it, so that the connection can be used again.
  Future<void> drop() => body.drain<void>().catchError((Object _) {});
}

/// Sends a request as it is: without cookies of its own, and without following redirects (a browser does both by itself).
abstract interface class SessionTransport {
  /// Returns the answer; throws, whatever it likes, where there is none.
  Future<TransportResponse> send(TransportRequest request);
}
