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
    Stream<List<int>>? stream,
    this.contentLength,
    this.abortTrigger,
    this.persistentConnection = true,
  }) : headers = {for (final MapEntry(:key, :value) in headers.entries) key.toLowerCase(): value} {
    this.stream = stream?.handleError((Object error, StackTrace trace) {
      hasBodyFailed = true;
      Error.throwWithStackTrace(error, trace);
    });
    unawaited(abortTrigger?.whenComplete(() => isAborted = true));
  }

  /// Such as `GET`.
  final String method;

  /// Where it goes.
  final Uri url;

  /// By names in lower case.
  final Map<String, String> headers;

  /// The body, where it is no stream.
  final List<int> bytes;

  /// The body, where it can be read once only; null where [bytes] are it. Read it as fast as it is sent, and cancel it where it is not.
  late final Stream<List<int>>? stream;

  /// How many bytes the [stream] has; null where that is not known.
  final int? contentLength;

  /// Ends the request when it completes, until the answer has come; it must not complete with an error.
  final Future<void>? abortTrigger;

  /// Whether the connection may serve other requests afterwards.
  final bool persistentConnection;

  /// How many redirects the transport follows by itself: none, but where the request is for another host than the site.
  int maxRedirects = 0;

  /// Whether [abortTrigger] has completed.
  bool isAborted = false;

  /// Whether the [stream] of the app's has failed, which is no fault of the network.
  bool hasBodyFailed = false;

  /// Whether it can be sent again.
  bool get isRepeatable => stream == null;

  /// Cancels a [stream] that will not be sent, so that whoever fills it knows.
  Future<void> drop() async {
    try {
      await stream?.listen(null, onError: (Object _) {}).cancel();
    } on StateError {
      // It has been sent, or is being sent.
    }
  }

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
        abortTrigger: abortTrigger,
        persistentConnection: persistentConnection,
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

/// Sends a request as it is: without cookies of its own, and without following more redirects than it says (a browser does both by
/// itself).
abstract interface class SessionTransport {
  /// Returns the answer; throws, whatever it likes, where there is none.
  Future<TransportResponse> send(TransportRequest request);
}

/// A transport that tells a network that is gone from whatever else fails, such as a certificate that is not trusted.
///
/// With any other transport, each exception counts as offline that is not of the app's own making: not one of the body's stream, and
/// no abort.
abstract interface class OfflineTellingTransport implements SessionTransport {
  /// Whether what [send] threw says that nobody can be reached.
  bool isOffline(Object error);
}
