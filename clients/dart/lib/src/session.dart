/// [FlaskSession]: keeps a user signed in at a site with Flask-Firebase-Login.
library;

import 'dart:async';
import 'dart:convert';
import 'dart:math';

import 'account.dart';
import 'answers.dart';
import 'app_check.dart';
import 'errors.dart';
import 'hand_off.dart';
import 'handing_off.dart';
import 'identity.dart';
import 'kept.dart';
import 'progress.dart';
import 'sending.dart';
import 'signing_in.dart';
import 'state.dart';
import 'store.dart';
import 'transport.dart';

const _safeMethods = {'GET', 'HEAD', 'OPTIONS'};

/// Keeps a user signed in at a site with Flask-Firebase-Login.
///
/// The first call signs in, with an ID token or through the site's page; the session cookie, or the bearer, then goes along with
/// each call, and into the store. Calls at once sign in once. A call that finds the session ended signs in again and is repeated
/// once, where its body can be. Nothing goes to another host, scheme or port.
///
/// A session belongs to one Firebase user, and a call to the user it began as: it throws [UserChanged] where another has signed
/// in by the time it would be sent, repeated or redirected.
///
/// Every call throws [NotSignedInAtFirebase], [SignInRejected] or [UnexpectedAnswer] where it has to sign in and cannot, with a
/// [HandOff] [BrowserClosed], [BrowserFailed] or [AnswerUnreadable] too, and what the transport throws where nobody answers.
final class FlaskSession {
  /// Makes the session of one user at one site.
  ///
  /// [site] is its address, of which scheme, host and port count; [urlPrefix] is its `FIREBASE_LOGIN_URL_PREFIX`;
  /// [clientName] is what the user will recognise this device by, 1 to 80 characters; [maxWait] is how long one call waits,
  /// in all, where the site answers 429 or 503 with `Retry-After`. In a browser, [browserOwnsCookies] is true: the browser
  /// keeps and sends the cookies, and the transport must send credentials along (`withCredentials`).
  ///
  /// Give one of [idToken], where the app has Firebase's ID tokens, and [signInBy], where the site's page signs the user in.
  /// [clientName] goes along with ID tokens alone.
  ///
  /// [appCheckToken] attests the app where the site asks for App Check: one token goes along with each sign-in, and with no other
  /// request. Where it returns null, throws, or takes longer than ten seconds, none does, and a site that asks for one says so
  /// ([AppCheckFailed], [SignInRejected]).
  ///
  /// [identity] or [identityChanges] tells who is signed in at Firebase, by their uid. The session of anybody else is ended
  /// before the next call goes out; by a stream, which must first tell who is signed in now, at once.
  FlaskSession(
    Uri site, {
    required SessionTransport transport,
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
    DateTime Function() clock = _utcNow,
    Future<void> Function(Duration duration)? sleep,
  }) {
    if (!const {'http', 'https'}.contains(site.scheme) || site.host.isEmpty) {
      throw ArgumentError.value('$site', 'site', "must be an address such as 'https://shop.example'");
    }
    if ((idToken == null) == (signInBy == null)) {
      throw ArgumentError('Give idToken, a source of ID tokens, or signInBy, a HandOff: one of them.');
    }
    _kept = KeptSession(
      site,
      store ?? MemorySessionStore(),
      signOutPath: '$urlPrefix/sign-out',
      browserOwnsCookies: browserOwnsCookies,
      clock: clock,
      onStoreFailed: onStoreFailed ?? _tellNobody,
    );
    _sender = Sender(
      _kept,
      transport,
      urlPrefix: urlPrefix,
      maxWait: maxWait,
      onProgress: onProgress ?? _showNobody,
      sleep: sleep,
    );
    _identity = Identity(identity, identityChanges, onChange: _follow);
    final handOffs = signInBy == null ? null : HandOffs(_kept, _sender, signInBy, appCheckToken);
    _signIns = SignIns(
      _kept,
      _sender,
      _identity,
      clientName,
      idToken: idToken,
      appCheckToken: appCheckToken,
      handOffs: handOffs,
    );
  }

  late final KeptSession _kept;
  late final Sender _sender;
  late final Identity _identity;
  late final SignIns _signIns;
  bool _isClosed = false;

  /// The site.
  Uri get site => _kept.site;

  /// Where the session stands, without a call; unknown until [load], or the first call, has read the store.
  SessionState get state => _kept.state;

  /// The state as it is, then each new one, also where the state is the same but the user another; it ends with [close].
  ///
  /// It is one stream, so that a `StreamBuilder` stays with it, and any number may listen.
  late final Stream<SessionState> states = Stream.multi(
    (listener) {
      listener.addSync(state);
      final changes = _kept.changes.listen(listener.addSync, onDone: listener.closeSync);
      listener.onCancel = changes.cancel;
    },
    isBroadcast: true,
  );

  /// The account as the last sign-in told it, also without a connection; null where nobody is signed in.
  FlaskAccount? get account => switch (_kept.account) { final account? => FlaskAccount(account), null => null };

  /// Reads the store, so that the first frame is right; once more, and it shows what another window or process did.
  Future<SessionState> load() async {
    await _kept.reload();
    return state;
  }

  /// Sends a request with the session: signs in where there is none, and once more where the site has ended it.
  ///
  /// Where the session is a bearer, a request with an `Authorization` header of the app's own goes out as it
  /// is, without the session.
  ///
  /// Redirects within the site are followed, [maxRedirects] at most, where [followRedirects] is set; one that leads elsewhere
  /// is the answer, and too many of them throw [TooManyRedirects]. What is for another host goes out without the session, and the
  /// transport follows its redirects. Where [TransportRequest.abortTrigger] completes, the call throws [CallCancelled] at once; a sign-in
  /// that others wait for goes on.
  Future<TransportResponse> send(
    TransportRequest request, {
    bool followRedirects = true,
    int maxRedirects = 5,
  }) async {
    _requireOpen();
    final answer = _send(request, followRedirects ? maxRedirects : 0);
    try {
      return await switch (request.abortTrigger) {
        final trigger? => Future.any([answer, trigger.then((_) => throw CallCancelled.byAbort)]),
        null => answer,
      };
    } on Object {
      await request.drop();
      rethrow;
    }
  }

  Future<TransportResponse> _send(TransportRequest request, int hops) async {
    if (!_kept.owns(request.url)) return _sender.sendElsewhere(request, maxRedirects: hops);
    await _kept.load();
    final isByBearer = _signIns.handOffs != null || _kept.now.bearer != null;
    if (isByBearer && request.headers.containsKey('authorization')) return _sender.send(request);
    var owner = await _signIns.begin();
    final signOuts = _kept.signOuts;
    await _sender.endPending();
    await _signInAfter(_kept.endedGeneration, owner, signOuts);
    owner ??= _kept.firebaseUID;
    final (response, generation) = await _exchange(request, owner, hops);
    if (signOuts != _kept.signOuts || !await _saysNotSignedIn(response)) return response;
    if (!request.isRepeatable) {
      // The next call signs in; the user stays, and uploads once more.
      _kept.endedGeneration = max(_kept.endedGeneration, generation);
      return response;
    }
    try {
      await _signInAfter(generation, owner, signOuts);
    } on CallCancelled {
      if (signOuts != _kept.signOuts) return response; // the user has signed out: the 401 is the answer
      rethrow;
    }
    return (await _exchange(request, owner, hops)).$1;
  }

  /// Signs in now, also where a session is kept: for a user who has changed, or whose sign-in must be recent.
  ///
  /// Returns the account, as the site tells it; throws [StoreFailed] where the session holds but could not be stored.
  Future<FlaskAccount> signIn() async {
    _requireOpen();
    await _kept.load();
    await _sender.endPending();
    return FlaskAccount(await _signIns.byHand());
  }

  /// Begins a sign-in through the site's page that the app ends itself, by [finishSignIn]; it needs `signInBy`.
  ///
  /// For where the app may be ended while the browser is open, such as a web page that becomes the site's page itself: keep
  /// [BegunHandOff.toText], open [BegunHandOff.address].
  BegunHandOff beginSignIn() => _handOffs.begin();

  /// Ends a sign-in that [beginSignIn] began, also in an earlier run: the browser has come back to [answer].
  ///
  /// A session that is kept is ended at the site. Returns the account; throws what [signIn] throws.
  Future<FlaskAccount> finishSignIn(BegunHandOff begun, Object? answer) async {
    _requireOpen();
    final code = begun.finish(answer);
    if (!_handOffs.isOfSite(code)) throw AnswerUnreadable('it was begun at another site than ${_kept.origin}');
    await _kept.load();
    await _sender.endPending();
    return FlaskAccount(await _signIns.finish(code));
  }

  /// Returns an address that signs the system browser in as the user, to be opened at once: it is good for a minute, once.
  ///
  /// [next] is the page that it leads to, a path on the site such as `/auth/`; by default the site's own choice. It signs in
  /// first where nobody is. Throws what a call throws, and [SignInRejected] where the site says no.
  Future<Uri> browserUrl({String? next}) async {
    final body = utf8.encode(jsonEncode({if (next != null) 'next': next}));
    final response = await send(
      _sender.post('browser-links', {'content-type': 'application/json'}, body),
      followRedirects: false,
    );
    return readBrowserLink(response, _kept.owns, _kept.clock());
  }

  /// Returns the session's `Cookie` or `Authorization` header, for what sends its requests without this client: images, videos, web
  /// sockets, web views.
  ///
  /// The map is empty where [url] is not the site's (`ws` counts as `http`, `wss` as `https`), where nobody is signed in, where the
  /// session is of another user than Firebase names, and where the browser keeps the cookies. It makes no call, so sign in before.
  Future<Map<String, String>> headersFor(Uri url) async {
    _requireOpen();
    await _kept.load();
    final owner = _kept.firebaseUID;
    if (!_kept.owns(url) || !_kept.isSignedIn || !await _signIns.isNamed(owner)) return {};
    final request = TransportRequest('GET', url);
    try {
      _kept.putInto(request, owner);
    } on FlaskSessionException {
      return {}; // another user has signed in meanwhile, or this one out
    }
    return {
      if (request.headers['cookie'] case final cookie?) 'Cookie': cookie,
      if (request.headers['authorization'] case final bearer?) 'Authorization': bearer,
    };
  }

  /// Forgets the session, here and then at the site; sign out at Firebase first, or the next call signs in again.
  ///
  /// Without a connection it is forgotten here all the same, and ended at the site before the next call. Returns whether the
  /// site has ended it already; throws [StoreFailed] where the store still holds it.
  Future<bool> signOut() async {
    _requireOpen();
    await _kept.load();
    await _signIns.end();
    return _kept.pending.isEmpty;
  }

  /// Ends every wait that the site asked for, and that for the browser; the calls that wait throw [CallCancelled].
  void cancel() => _sender.cancel();

  /// Returns once all that has changed is stored: an answer's cookies are written while the app goes on.
  ///
  /// For an app that is about to be paused. Throws [StoreFailed].
  Future<void> flush() => _kept.save();

  /// Ends what waits, and [states], once all that has changed is stored; the user stays signed in.
  ///
  /// A call that is under way throws [CallCancelled], a later one a [StateError]. Listens no more to who is signed in at Firebase.
  Future<void> close() async {
    if (_isClosed) return;
    _isClosed = true;
    _sender.close();
    await _identity.close();
    await _kept.telling(flush);
    await _kept.close();
  }

  /// Firebase has told another user, or nobody: their session is ended at once.
  void _follow(String? uid) => unawaited(_endUnlessOf(uid));

  Future<void> _endUnlessOf(String? uid) async {
    try {
      await _kept.load();
      if (_kept.isSignedIn && _kept.firebaseUID != uid) await _signIns.begin();
    } on Object {
      // Nobody is signed in, or the site does not answer: the next call tells.
    }
  }

  /// Sees that there is a session of a younger generation than [generation]; where none can be had, the user is signed out.
  Future<void> _signInAfter(int generation, String? owner, int signOuts) async {
    try {
      await _signIns.ensure(owner, after: generation, signOuts: signOuts);
    } on FlaskSessionException catch (error) {
      if (error is! SiteBusy && error is! CallCancelled && error is! UnexpectedAnswer) await _kept.forget(generation);
      rethrow;
    }
  }

  void _requireOpen() {
    if (_isClosed) throw StateError('This session is closed: make another.');
  }

  HandOffs get _handOffs => _signIns.handOffs ?? (throw StateError('This session has no signInBy: give it a HandOff.'));

  Uri get _signInPage => _sender.post('sign-in', const {}).url;

  /// By a problem to programs, by its sign-in page to browsers.
  Future<bool> _saysNotSignedIn(TransportResponse response) async {
    if (response.status != 401) return redirectsToSignIn(response, _signInPage);
    return (await readJson(response))?['code'] == 'not_signed_in';
  }

  /// Sends a request with the cookies, and follows where it leads within the site.
  Future<(TransportResponse, int)> _exchange(TransportRequest first, String? owner, int hops) async {
    var request = first;
    for (var hop = 0;; hop++) {
      final (response, generation) = await _sender.sendPatiently(
        request,
        owner: owner,
        check: () => _signIns.require(owner),
        isRepeatable: _safeMethods.contains(request.method) && request.isRepeatable,
      );
      _kept.receive(response, generation);
      final onward = hops > 0 ? request.onward(response) : null;
      if (onward == null || !_kept.owns(onward.url) || redirectsToSignIn(response, _signInPage)) {
        return (response, generation);
      }
      await response.drop();
      if (hop == hops) throw TooManyRedirects(response.url);
      request = onward;
    }
  }
}

DateTime _utcNow() => DateTime.now().toUtc();

void _showNobody(SessionStep step, Duration duration) {}

void _tellNobody(StoreFailed error) {}
