/// [FlaskSession]: keeps a user signed in at a site with Flask-Firebase-Login.
library;

import 'dart:async';
import 'dart:convert';

import 'answers.dart';
import 'errors.dart';
import 'kept.dart';
import 'progress.dart';
import 'state.dart';
import 'store.dart';
import 'transport.dart';
import 'works.dart';

/// Returns an ID token of Firebase's, a fresh one where [forceRefresh] is set; null where nobody is signed in there.
///
/// With `firebase_auth`: `({required forceRefresh}) async => auth.currentUser?.getIdToken(forceRefresh)`.
typedef IDTokenSource = FutureOr<String?> Function({required bool forceRefresh});

const _maxWaits = 3;
const _safeMethods = {'GET', 'HEAD', 'OPTIONS'};

/// Keeps a user signed in at a site with Flask-Firebase-Login.
///
/// The first call signs in with the ID token; the session cookie then goes along with each call, and into the store. Calls at
/// once sign in once. A call that finds the session ended signs in again and is repeated once, where its body can be. Nothing
/// goes to another host, scheme or port.
///
/// Every call throws [NotSignedInAtFirebase], [SignInRejected], [NotOurSite] or [StoreFailed] where it has to sign in and
/// cannot, and what the transport throws where nobody answers.
final class FlaskSession {
  /// Makes the session of one user at one site.
  ///
  /// [site] is its address, of which scheme, host and port count; [urlPrefix] is its `FIREBASE_LOGIN_URL_PREFIX`;
  /// [clientName] is what the user will recognise this device by, 1 to 80 characters; [maxWait] is how long one call waits,
  /// in all, where the site answers 429 or 503 with `Retry-After`. In a browser, [browserOwnsCookies] is true: the browser
  /// keeps and sends the cookies, and the transport must send credentials along (`withCredentials`).
  FlaskSession(
    Uri site, {
    required IDTokenSource idToken,
    required SessionTransport transport,
    SessionStore? store,
    String urlPrefix = '/auth',
    String? clientName,
    Duration maxWait = const Duration(seconds: 10),
    bool browserOwnsCookies = const bool.fromEnvironment('dart.library.js_interop'),
    OnProgress? onProgress,
    DateTime Function() clock = _utcNow,
    Future<void> Function(Duration duration)? sleep,
  })  : _idToken = idToken,
        _transport = transport,
        _urlPrefix = urlPrefix,
        _clientName = clientName,
        _maxWait = maxWait,
        _onProgress = onProgress ?? _tellNobody,
        _clock = clock,
        _sleep = sleep {
    if (!const {'http', 'https'}.contains(site.scheme) || site.host.isEmpty) {
      throw ArgumentError.value('$site', 'site', "must be an address such as 'https://shop.example'");
    }
    _kept = KeptSession(
      site,
      store ?? MemorySessionStore(),
      _works,
      signOutPath: '$urlPrefix/sign-out',
      browserOwnsCookies: browserOwnsCookies,
      clock: clock,
    );
  }

  final IDTokenSource _idToken;
  final SessionTransport _transport;
  final String _urlPrefix;
  final String? _clientName;
  final Duration _maxWait;
  final OnProgress _onProgress;
  final DateTime Function() _clock;
  final Future<void> Function(Duration duration)? _sleep;
  final SharedWorks _works = SharedWorks();
  late final KeptSession _kept;
  Completer<void> _cancelled = Completer();

  /// The site.
  Uri get site => _kept.site;

  /// Where the session stands, without a call; unknown until [load], or the first call, has read the store.
  SessionState get state => _kept.state;

  /// The state as it is, then each new one: what an app builds its first frame by.
  Stream<SessionState> get states => Stream.multi((listener) {
        listener.addSync(state);
        final changes = _kept.changes.listen(listener.addSync);
        listener.onCancel = changes.cancel;
      });

  /// The account as the last sign-in told it, also without a connection; null where nobody is signed in.
  Map<String, Object?>? get account => _kept.account;

  /// Reads the store, so that the first frame is right.
  Future<SessionState> load() async {
    await _kept.load();
    return state;
  }

  /// Sends a request with the session: signs in where there is none, and once more where the site has ended it.
  ///
  /// Redirects within the site are followed, [maxRedirects] at most, where [followRedirects] is set; one that leads elsewhere
  /// is the answer.
  Future<TransportResponse> send(
    TransportRequest request, {
    bool followRedirects = true,
    int maxRedirects = 5,
  }) async {
    if (!_kept.owns(request.url)) {
      _kept.keepOutOf(request);
      return _transport.send(request);
    }
    await _kept.load();
    await _endPending();
    final signOuts = _kept.signOuts;
    final hops = followRedirects ? maxRedirects : 0;
    await _ensureSignedIn(after: -1);
    final (response, generation) = await _exchange(request, hops);
    if (response.status != 401 || signOuts != _kept.signOuts) return response;
    final problem = await readJson(response);
    if (problem?['code'] != 'not_signed_in') return response;
    if (!request.isRepeatable) {
      await _kept.forget(generation);
      return response;
    }
    await response.drop();
    try {
      await _ensureSignedIn(after: generation);
    } on TryLater {
      rethrow;
    } on SignInRejected {
      await _kept.forget(generation);
      rethrow;
    } on NotSignedInAtFirebase {
      await _kept.forget(generation);
      rethrow;
    }
    return (await _exchange(request, hops)).$1;
  }

  /// Signs in now, also where a session is kept: for a user who has changed, or whose sign-in must be recent.
  ///
  /// Returns the account, as the site tells it.
  Future<Map<String, Object?>> signIn() async {
    await _kept.load();
    await _endPending();
    while (!await _works.once('sign-in', _signIn)) {
      // Another user's may be with an older ID token.
    }
    return _kept.account ?? const {};
  }

  /// Forgets the session, here and then at the site; sign out at Firebase first, or the next call signs in again.
  ///
  /// Without a connection it is forgotten here all the same, and ended at the site before the next call. Returns whether the
  /// site has ended it already; throws [StoreFailed] where the store still holds it.
  Future<bool> signOut() async {
    await _kept.load();
    _kept.leave();
    StoreFailed? failed;
    try {
      await _kept.save();
    } on StoreFailed catch (error) {
      failed = error;
    }
    try {
      await _endPending();
    } on StoreFailed catch (error) {
      failed = error;
    } on Object {
      // The site does not answer; it is told before the next call.
    }
    if (failed != null) throw failed;
    return _kept.pending.isEmpty;
  }

  /// Ends every wait that the site asked for; the calls that wait throw [Cancelled].
  void cancel() {
    _cancelled.complete();
    _cancelled = Completer();
  }

  /// Returns once there is a session of a younger generation than the one that failed.
  Future<void> _ensureSignedIn({required int after}) async {
    while (!(_kept.isSignedIn && _kept.generation > after)) {
      await _works.once('sign-in', _signIn);
    }
  }

  Future<void> _signIn() async {
    final signOuts = _kept.signOuts;
    var response = await _postIDToken(forceRefresh: false);
    var answer = await _read(response);
    if (answer?['code'] == 'id_token_expired') {
      response = await _postIDToken(forceRefresh: true);
      answer = await _read(response);
    }
    if (response.status < 200 || response.status > 299) throw reject(response, answer, _clock());
    final account = answer?['account'];
    if (account is! Map<String, Object?> || answer?['session'] is! Map) throw notOurSite(response);
    if (signOuts != _kept.signOuts) {
      _kept.turnAway(response);
      await _kept.save();
      await _endPending();
      throw const Cancelled('The user has signed out meanwhile.');
    }
    _kept.enter(response, account);
    await _kept.save();
  }

  Future<TransportResponse> _postIDToken({required bool forceRefresh}) async {
    _onProgress(SessionStep.idToken, Duration.zero);
    final idToken = await _idToken(forceRefresh: forceRefresh);
    if (idToken == null || idToken.isEmpty) throw const NotSignedInAtFirebase();
    _onProgress(SessionStep.signIn, Duration.zero);
    final body = {'id_token': idToken, 'transport': 'cookie', if (_clientName != null) 'client_name': _clientName};
    final request = _post('sign-in', {'content-type': 'application/json'}, utf8.encode(jsonEncode(body)));
    _kept.putInto(request);
    return _sendPatiently(request, isRepeatable: true);
  }

  Future<Map<String, Object?>?> _read(TransportResponse response) async {
    try {
      return await readJson(response);
    } on Object {
      throw notOurSite(response);
    }
  }

  /// Sends a request with the cookies, and follows where it leads within the site.
  Future<(TransportResponse, int)> _exchange(TransportRequest first, int hops) async {
    var request = first;
    for (var hop = 0;; hop++) {
      final generation = _kept.putInto(request);
      final response = await _sendPatiently(request, isRepeatable: _safeMethods.contains(request.method));
      await _kept.receive(response, generation);
      final onward = hop < hops ? request.onward(response) : null;
      if (onward == null || !_kept.owns(onward.url)) return (response, generation);
      await response.drop();
      request = onward;
    }
  }

  /// Sends a request, again where the site asks to wait and that is within the bound.
  Future<TransportResponse> _sendPatiently(TransportRequest request, {required bool isRepeatable}) async {
    var waited = Duration.zero;
    for (var attempt = 0;; attempt++) {
      final response = await _send(request);
      final isAsked = response.status == 429 || response.status == 503;
      final asked = isAsked ? retryAfter(response, _clock()) : null;
      if (asked == null || !isRepeatable || attempt == _maxWaits || waited + asked > _maxWait) return response;
      await response.drop();
      _onProgress(SessionStep.wait, asked);
      await _wait(asked);
      waited += asked;
    }
  }

  Future<void> _wait(Duration duration) async {
    if (_sleep case final sleep?) return sleep(duration);
    final elapsed = Completer<bool>();
    final timer = Timer(duration, () => elapsed.isCompleted ? null : elapsed.complete(false));
    unawaited(_cancelled.future.then((_) => elapsed.isCompleted ? null : elapsed.complete(true)));
    final isCancelled = await elapsed.future;
    timer.cancel();
    if (isCancelled) throw const Cancelled();
  }

  Future<TransportResponse> _send(TransportRequest request) async {
    final TransportResponse response;
    try {
      response = await _transport.send(request);
    } on Object {
      _kept.setOffline(isOffline: true);
      rethrow;
    }
    _kept.setOffline(isOffline: false);
    return response;
  }

  Future<void> _endPending() async {
    if (_kept.pending.isNotEmpty) await _works.once('end-pending', _endEachPending);
  }

  Future<void> _endEachPending() async {
    for (final pending in _kept.pending) {
      if (pending.expiresAt == null || pending.expiresAt!.isAfter(_clock())) {
        final request = _post('sign-out', {if (pending.cookie.isNotEmpty) 'cookie': pending.cookie});
        final response = await _send(request);
        await response.drop();
        if (response.status >= 500 || response.status == 429) return;
      }
      _kept.dropPending(pending);
    }
    await _kept.save();
  }

  TransportRequest _post(String endpoint, Map<String, String> headers, [List<int> bytes = const []]) {
    final url = Uri(
      scheme: site.scheme,
      host: site.host,
      port: site.hasPort ? site.port : null,
      path: '$_urlPrefix/$endpoint',
    );
    return TransportRequest('POST', url, headers: {'accept': 'application/json', ...headers}, bytes: bytes);
  }
}

DateTime _utcNow() => DateTime.now().toUtc();

void _tellNobody(SessionStep step, Duration duration) {}
