/// [FlaskClient]: a client of `package:http` that keeps a user signed in at a Flask site.
library;

import 'dart:async';

import 'package:http/http.dart' as http;

import 'flask_firebase_login.dart';
import 'src/default_client.dart' if (dart.library.js_interop) 'src/default_client_browser.dart';
import 'src/online.dart' if (dart.library.js_interop) 'src/online_browser.dart';

export 'flask_firebase_login.dart';

/// A client of `package:http` that keeps a user signed in at a Flask site with Flask-Firebase-Login.
///
/// Use it as any other client: `client.get(client.session.site.resolve('/api/hello'))`. Calls to other hosts go out unchanged,
/// and without the session.
final class FlaskClient extends http.BaseClient {
  /// Makes the client of one user at one site.
  ///
  /// [inner] sends the requests; by default package:http's own for the platform, in a browser with credentials. The other
  /// arguments are those of [FlaskSession].
  factory FlaskClient(
    Uri site, {
    IdTokenSource? idToken,
    HandOff? signInBy,
    AppCheckTokenSource? appCheckToken,
    IdentitySource? identity,
    Stream<String?>? identityChanges,
    SessionStore? store,
    String urlPrefix = '/auth',
    String? clientName,
    Duration maxWait = const Duration(seconds: 10),
    bool browserOwnsCookies = const bool.fromEnvironment('dart.library.js_interop'),
    OnProgress? onProgress,
    void Function(StoreFailed error)? onStoreFailed,
    http.Client? inner,
  }) {
    final sender = inner ?? makeDefaultClient();
    final session = FlaskSession(
      site,
      idToken: idToken,
      signInBy: signInBy,
      appCheckToken: appCheckToken,
      identity: identity,
      identityChanges: identityChanges,
      transport: HttpTransport(sender),
      store: store,
      urlPrefix: urlPrefix,
      clientName: clientName,
      maxWait: maxWait,
      browserOwnsCookies: browserOwnsCookies,
      onProgress: onProgress,
      onStoreFailed: onStoreFailed,
    );
    return FlaskClient.of(session, inner: sender);
  }

  /// Makes a client of a session that the app made itself, with an [HttpTransport] over [inner], which [close] closes.
  FlaskClient.of(this.session, {required http.Client inner}) : _inner = inner;

  /// Where the user stands; signs in and out.
  final FlaskSession session;

  final http.Client _inner;
  bool _isClosed = false;

  /// Returns an address that signs the system browser in as the user, as [FlaskSession.browserUrl] does.
  Future<Uri> browserUrl({String? next}) => session.browserUrl(next: next);

  /// Returns the headers that send the session to an address of the site without this client, as [FlaskSession.headersFor] does.
  Future<Map<String, String>> headersFor(Uri url) => session.headersFor(url);

  @override
  Future<http.StreamedResponse> send(http.BaseRequest request) async {
    if (_isClosed) throw http.ClientException('HTTP request failed. Client is already closed.', request.url);
    final body = request.finalize();
    final asked = TransportRequest(
      request.method,
      request.url,
      headers: request.headers,
      bytes: request is http.Request ? request.bodyBytes : const [],
      stream: request is http.Request ? null : body,
      contentLength: request.contentLength,
      abortTrigger: request is http.Abortable ? request.abortTrigger : null,
      persistentConnection: request.persistentConnection,
    );
    try {
      final answer = await session.send(
        asked,
        followRedirects: request.followRedirects,
        maxRedirects: request.maxRedirects,
      );
      return FlaskResponse(answer, request);
    } on TooManyRedirects catch (error) {
      throw http.ClientException(error.message, error.url);
    } on CallCancelled catch (error) {
      throw identical(error, CallCancelled.byAbort) ? http.RequestAbortedException(request.url) : error;
    }
  }

  /// Closes the session and the client that sends; what has changed is stored all the same.
  @override
  void close() {
    _isClosed = true;
    unawaited(session.close());
    _inner.close();
  }
}

/// An answer, with the address that it came from after redirects.
final class FlaskResponse extends http.StreamedResponse implements http.BaseResponseWithUrl {
  /// Takes the answer, and the request that was made.
  FlaskResponse(TransportResponse answer, http.BaseRequest request)
      : url = answer.url,
        super(
          answer.body,
          answer.status,
          contentLength: answer.contentLength,
          request: request,
          headers: {for (final MapEntry(:key, :value) in answer.headers.entries) key: value.join(',')},
          isRedirect: answer.status >= 300 && answer.status < 400 && answer.headers.containsKey('location'),
          reasonPhrase: answer.reason,
        );

  @override
  final Uri url;
}

/// Sends a session's requests by a client of `package:http`.
final class HttpTransport implements OfflineTellingTransport {
  /// Takes the client; in a browser, a `BrowserClient` with `withCredentials` set.
  HttpTransport(this._client);

  final http.Client _client;

  @override
  Future<TransportResponse> send(TransportRequest request) async {
    final answer = await _client.send(_ready(request));
    return TransportResponse(
      answer.statusCode,
      answer is http.BaseResponseWithUrl ? request.url.resolveUri((answer as http.BaseResponseWithUrl).url) : request.url,
      headers: {for (final MapEntry(:key, :value) in answer.headers.entries) key.toLowerCase(): [value]},
      body: answer.stream,
      contentLength: answer.contentLength,
      reason: answer.reasonPhrase,
    );
  }

  /// In a browser, an exception may as well be a refusal by CORS: there the browser says whether it is online.
  @override
  bool isOffline(Object error) => error is http.ClientException && error is! http.RequestAbortedException && mayBeOffline;

  http.BaseRequest _ready(TransportRequest request) {
    const isBrowser = bool.fromEnvironment('dart.library.js_interop');
    final ready = switch (request.stream) {
      final stream? => _Upload(request, stream),
      null => http.AbortableRequest(request.method, request.url, abortTrigger: request.abortTrigger)
        ..bodyBytes = request.bytes,
    };
    return ready
      ..headers.addAll(request.headers)
      ..followRedirects = isBrowser || request.maxRedirects > 0
      ..maxRedirects = isBrowser ? 5 : request.maxRedirects
      ..persistentConnection = request.persistentConnection;
  }
}

/// A request whose body is read as fast as it is sent, and cancelled where it is not; `StreamedRequest` has a buffer between.
final class _Upload extends http.BaseRequest with http.Abortable {
  _Upload(TransportRequest request, this._body)
      : abortTrigger = request.abortTrigger,
        super(request.method, request.url) {
    contentLength = request.contentLength;
  }

  final Stream<List<int>> _body;

  @override
  final Future<void>? abortTrigger;

  @override
  http.ByteStream finalize() {
    super.finalize();
    return http.ByteStream(_body);
  }
}
