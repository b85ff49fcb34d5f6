/// Sending requests to the site: patiently, and what is to be ended there.
library;

import 'dart:async';

import 'answers.dart';
import 'errors.dart';
import 'kept.dart';
import 'progress.dart';
import 'transport.dart';
import 'works.dart';

const _maxWaits = 3;

/// Sends requests to the site.
final class Sender {
  /// Takes the session, which is told whether the site answers, and how long one call waits where the site asks to.
  Sender(
    this._kept,
    this._transport, {
    required this.urlPrefix,
    required this.maxWait,
    required this.onProgress,
    required this.sleep,
  });

  /// The site's `FIREBASE_LOGIN_URL_PREFIX`.
  final String urlPrefix;

  /// How long, in all, one call waits where the site asks to.
  final Duration maxWait;

  /// Told what is being waited for.
  final OnProgress onProgress;

  /// Waits; null waits by the clock on the wall, until [cancel].
  final Future<void> Function(Duration duration)? sleep;

  final KeptSession _kept;
  final SessionTransport _transport;
  final SharedWorks _works = SharedWorks();
  Completer<CallCancelled> _cancelled = Completer();
  Completer<CallCancelled> _stopped = Completer();
  bool _isClosed = false;

  /// Ends every wait that the site asked for, and that for the browser.
  void cancel() {
    _cancelled.complete(const CallCancelled());
    _cancelled = Completer();
    stopBrowsing();
  }

  /// Ends every wait, and sends nothing more with the session: calls that are under way throw [CallCancelled].
  void close() {
    _isClosed = true;
    _cancelled.complete(CallCancelled.byClose);
    _stopped.complete(CallCancelled.byClose);
  }

  /// Ends the wait for the browser; what that comes back with is not looked at any more.
  void stopBrowsing() {
    _stopped.complete(CallCancelled.whileBrowsing);
    _stopped = Completer();
  }

  /// Sends a request as it is, and notes whether the site answers.
  Future<TransportResponse> send(TransportRequest request) async {
    if (request.isAborted) throw CallCancelled.byAbort;
    final TransportResponse response;
    try {
      response = await _transport.send(request);
    } on Object catch (error) {
      if (_isOffline(request, error)) _kept.setOffline(isOffline: true);
      rethrow;
    }
    _kept.setOffline(isOffline: false);
    return response;
  }

  /// Sends a request that is for another host; the transport follows its redirects by itself, [maxRedirects] at most.
  Future<TransportResponse> sendElsewhere(TransportRequest request, {required int maxRedirects}) {
    _kept.keepOutOf(request);
    request.maxRedirects = maxRedirects;
    return _transport.send(request);
  }

  bool _isOffline(TransportRequest request, Object error) {
    if (request.hasBodyFailed || request.isAborted) return false;
    final transport = _transport;
    return transport is OfflineTellingTransport ? transport.isOffline(error) : error is Exception;
  }

  /// Sends a request with the session, again where the site asks to wait and that is within the bound.
  ///
  /// It goes out in nobody else's name than [owner]'s; null where the session does not matter. [check] sees each time, before it
  /// goes out, that it may. Returns the answer, and the generation of the session that it was sent with.
  Future<(TransportResponse, int)> sendPatiently(
    TransportRequest request, {
    required String? owner,
    required bool isRepeatable,
    Future<void> Function()? check,
  }) =>
      _sendPatiently(
        request,
        () async {
          await check?.call();
          return _kept.putInto(request, owner);
        },
        isRepeatable: isRepeatable,
      );

  /// Sends a request as it is, without the session, again where the site asks to wait and that is within the bound.
  Future<TransportResponse> sendAlone(TransportRequest request) async =>
      (await _sendPatiently(request, () async => _kept.generation, isRepeatable: true)).$1;

  /// Waits for the browser, which takes as long as the user likes, until [stopBrowsing].
  Future<Object?> whileBrowsing(Future<Object?> browser) =>
      Future.any([browser, _stopped.future.then<Object?>((why) => throw why)]);

  Future<(TransportResponse, int)> _sendPatiently(
    TransportRequest request,
    Future<int> Function() prepare, {
    required bool isRepeatable,
  }) async {
    var waited = Duration.zero;
    for (var attempt = 0;; attempt++) {
      if (_isClosed) throw CallCancelled.byClose;
      final generation = await prepare();
      final response = await send(request);
      final isAsked = response.status == 429 || response.status == 503;
      final asked = isAsked ? retryAfter(response, _kept.clock()) : null;
      if (asked == null || !isRepeatable || attempt == _maxWaits || waited + asked > maxWait) return (response, generation);
      await response.drop();
      onProgress(SessionStep.wait, asked);
      await _wait(asked);
      waited += asked;
    }
  }

  /// Ends at the site what is to be ended there; what cannot be now stays for later.
  Future<void> endPending() async {
    if (_kept.pending.isNotEmpty) await _works.once('end-pending', _endEachPending);
  }

  /// As [endPending]; where the site does not answer, it is told before the next call.
  Future<void> tryEndPending() async {
    try {
      await endPending();
    } on Object {
      // That is nobody's matter but the site's.
    }
  }

  /// Returns a request to an endpoint of the site's, such as `sign-in`.
  TransportRequest post(String endpoint, Map<String, String> headers, [List<int> bytes = const []]) =>
      _ask('POST', endpoint, headers, bytes);

  /// Returns a request that reads an endpoint of the site's, such as `account`.
  TransportRequest get(String endpoint, Map<String, String> headers) => _ask('GET', endpoint, headers, const []);

  /// What the site calls itself as an authorization server (RFC 8414): its address and prefix.
  Uri get issuer => Uri.parse('${_kept.origin}$urlPrefix');

  TransportRequest _ask(String method, String endpoint, Map<String, String> headers, List<int> bytes) {
    final site = _kept.site;
    final url = Uri(
      scheme: site.scheme,
      host: site.host,
      port: site.hasPort ? site.port : null,
      path: '$urlPrefix/$endpoint',
    );
    return TransportRequest(method, url, headers: {'accept': 'application/json', ...headers}, bytes: bytes);
  }

  Future<void> _endEachPending() async {
    for (final pending in _kept.pending) {
      if (pending.expiresAt == null || pending.expiresAt!.isAfter(_kept.clock())) {
        final request = post('sign-out', {
          if (pending.cookie.isNotEmpty) 'cookie': pending.cookie,
          if (pending.bearer case final bearer?) 'authorization': 'Bearer $bearer',
        });
        final response = await send(request);
        await response.drop();
        if (response.status >= 500 || response.status == 429) return;
      }
      _kept.dropPending(pending);
    }
    await _kept.telling(_kept.save);
  }

  Future<void> _wait(Duration duration) async {
    if (sleep case final sleep?) return sleep(duration);
    final elapsed = Completer<void>();
    final timer = Timer(duration, elapsed.complete);
    try {
      await Future.any([elapsed.future, _cancelled.future.then<void>((why) => throw why)]);
    } finally {
      timer.cancel();
    }
  }
}
