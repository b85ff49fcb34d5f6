/// The session that is kept: in memory, and in the store.
library;

import 'dart:async';

import 'answers.dart';
import 'cookies.dart';
import 'errors.dart';
import 'state.dart';
import 'store.dart';
import 'transport.dart';
import 'works.dart';

const _maxPending = 10;
const _defaultPorts = {'http': 80, 'https': 443};

/// Returns scheme, host and port of an address, the default port filled in (RFC 6454, section 4).
(String, String, int) originOf(Uri url) =>
    (url.scheme.toLowerCase(), url.host.toLowerCase(), url.hasPort ? url.port : _defaultPorts[url.scheme] ?? 0);

/// A session in memory, and in the store whenever it has changed.
///
/// A sign-in and a sign-out each begin a new generation; what belongs to an old one, such as the late answer to a call,
/// changes nothing any more.
final class KeptSession {
  /// Takes the one site that it is for, and where it is kept.
  KeptSession(
    this.site,
    this._store,
    this._works, {
    required this.signOutPath,
    required this.browserOwnsCookies,
    required DateTime Function() clock,
  }) : _clock = clock;

  /// The one site that it is for.
  final Uri site;

  /// Where sessions are ended.
  final String signOutPath;

  /// Whether a browser keeps and sends the cookies, and shows none of them.
  final bool browserOwnsCookies;

  /// The account as the last sign-in told it; null where nobody is signed in.
  Map<String, Object?>? account;

  /// Which session it is, counted from the app's start.
  int generation = 0;

  /// How often the user has signed out since the app's start.
  int signOuts = 0;

  /// Sessions still to be ended at the site.
  List<PendingSignOut> pending = [];

  final SessionStore _store;
  final SharedWorks _works;
  final DateTime Function() _clock;
  final StreamController<SessionState> _changes = StreamController.broadcast(sync: true);
  late CookieJar _jar = _makeJar();
  List<String> _sessionCookies = [];
  final Set<(String, String)> _seen = {};
  bool _isLoaded = false;
  bool _isOffline = false;
  int _version = 0;
  int _savedVersion = 0;
  SessionState _told = SessionState.unknown;

  /// Every change of [state].
  Stream<SessionState> get changes => _changes.stream;

  /// The site's origin as text; the default port is left out.
  String get origin {
    final (scheme, host, port) = originOf(site);
    final shown = host.contains(':') ? '[$host]' : host;
    return '$scheme://$shown${port == _defaultPorts[scheme] ? '' : ':$port'}';
  }

  /// Whether an address is the site's: the same scheme, host and port.
  bool owns(Uri url) => originOf(url) == originOf(site);

  /// Whether a cookie that a sign-in set is kept and has not ended.
  bool get isSignedIn => browserOwnsCookies
      ? account != null
      : _sessionCookies.any((name) => _jar.has(name, _clock()));

  /// Where the session stands, without a call.
  SessionState get state => switch ((_isLoaded, isSignedIn, _isOffline)) {
        (false, _, _) => SessionState.unknown,
        (_, false, _) => SessionState.signedOut,
        (_, _, true) => SessionState.offline,
        _ => SessionState.signedIn,
      };

  /// Reads the store, once; a store that fails to be read is an empty store.
  Future<void> load() async {
    while (!_isLoaded) {
      await _works.once('load', _load);
    }
  }

  /// Sees that the store keeps the newest version; several at once write one after the other.
  Future<void> save() async {
    final wanted = _version;
    while (_savedVersion < wanted) {
      await _works.once('save', _write);
    }
  }

  /// Takes the answer to a sign-in.
  void enter(TransportResponse response, Map<String, Object?> account) {
    if (!browserOwnsCookies) {
      final now = _clock();
      final headers = _setCookies(response);
      final taken = _jar.receive(headers, path: response.url.path, now: now, serverNow: dateOf(response));
      final names = [for (final cookie in taken) if (_jar.has(cookie.name, now)) cookie.name];
      if (names.isEmpty) throw notOurSite(response, _whyNoCookie(headers));
      _sessionCookies = names;
    }
    this.account = account;
    generation += 1;
    _version += 1;
    _tell();
  }

  /// Takes the cookies of any other answer; one of an older generation is dropped.
  Future<void> receive(TransportResponse response, int generation) async {
    final headers = _setCookies(response);
    if (headers.isEmpty || generation != this.generation) return;
    final before = _jar.fingerprint;
    _jar.receive(headers, path: response.url.path, now: _clock(), serverNow: dateOf(response));
    if (before == _jar.fingerprint) return;
    _version += 1;
    _tell();
    await _saveQuietly();
  }

  /// The site has ended this session, and there is no other: the user is signed out.
  Future<void> forget(int generation) async {
    if (generation != this.generation || !isSignedIn) return;
    _sessionCookies = [];
    account = null;
    _version += 1;
    _tell();
    await _saveQuietly();
  }

  /// Signs out: begins a generation without a session; what was one is to be ended at the site.
  void leave() {
    if (isSignedIn) _endLater(_jar, _sessionCookies);
    _noteSeen();
    _jar = _makeJar();
    _sessionCookies = [];
    account = null;
    generation += 1;
    signOuts += 1;
    _version += 1;
    _tell();
  }

  /// The user has signed out while this sign-in was under way: its session is to be ended at the site.
  void turnAway(TransportResponse response) {
    final jar = _makeJar();
    final taken = jar.receive(
      _setCookies(response),
      path: response.url.path,
      now: _clock(),
      serverNow: dateOf(response),
    );
    _endLater(jar, [for (final cookie in taken) cookie.name]);
    _version += 1;
  }

  /// That session has been ended at the site, or has ended by itself.
  void dropPending(PendingSignOut one) {
    pending = [...pending.where((other) => !identical(other, one))];
    _version += 1;
  }

  /// Puts the cookies into a request to the site, beside the app's own of other names; returns the generation they are of.
  int putInto(TransportRequest request) {
    if (browserOwnsCookies) return generation;
    _noteSeen();
    final names = {for (final (name, _) in _seen) name};
    final theirs = parsePairs(request.headers['cookie'] ?? '').where((pair) => !names.contains(pair.$1));
    _setHeader(request, [
      for (final (name, value) in theirs) '$name=$value',
      if (_jar.headerFor(request.url.path, _clock()) case final ours?) ours,
    ]);
    return generation;
  }

  /// Takes the cookies out of a request to another host.
  void keepOutOf(TransportRequest request) {
    if (!request.headers.containsKey('cookie')) return;
    _noteSeen();
    final theirs = parsePairs(request.headers['cookie']!).where((pair) => !_seen.contains(pair));
    _setHeader(request, [for (final (name, value) in theirs) '$name=$value']);
  }

  /// Notes whether the last call reached a user.
  void setOffline({required bool isOffline}) {
    _isOffline = isOffline;
    _tell();
  }

  Future<void> _load() async {
    String? text;
    try {
      text = await _store.load();
    } on Object {
      text = null;
    }
    final stored = StoredSession.fromText(text, origin);
    _jar = _makeJar(stored.cookies);
    _sessionCookies = stored.sessionCookies;
    account = stored.account;
    pending = stored.pending;
    _isLoaded = true;
    _tell();
  }

  Future<void> _write() async {
    final version = _version;
    final stored = StoredSession(
      cookies: [..._jar.all],
      sessionCookies: _sessionCookies,
      account: account,
      pending: pending,
    );
    try {
      await (stored.isEmpty ? _store.clear() : _store.save(stored.toText(origin)));
    } on Object catch (error) {
      throw StoreFailed(error);
    }
    _savedVersion = version;
  }

  /// An answer is here and must not be lost; where the store fails, the next change is stored with this one.
  Future<void> _saveQuietly() async {
    try {
      await save();
    } on StoreFailed {
      return;
    }
  }

  void _tell() {
    final now = state;
    if (now == _told) return;
    _told = now;
    _changes.add(now);
  }

  CookieJar _makeJar([List<Cookie> cookies = const []]) =>
      CookieJar(site.host.toLowerCase(), isSecure: site.scheme == 'https', cookies: cookies);

  void _endLater(CookieJar jar, List<String> sessionCookies) {
    final header = browserOwnsCookies ? '' : jar.headerFor(signOutPath, _clock());
    if (header == null) return;
    final ends = [
      for (final cookie in jar.all)
        if (sessionCookies.contains(cookie.name) && cookie.expiresAt != null) cookie.expiresAt!,
    ]..sort();
    pending = [...pending, PendingSignOut(header, ends.lastOrNull)];
    if (pending.length > _maxPending) pending = pending.sublist(pending.length - _maxPending);
  }

  void _noteSeen() => _seen.addAll(_jar.all.map((cookie) => (cookie.name, cookie.value)));

  List<String> _setCookies(TransportResponse response) => response.headers['set-cookie'] ?? const [];

  String _whyNoCookie(List<String> headers) {
    if (site.scheme != 'https' && headers.any((header) => header.toLowerCase().contains('secure'))) {
      return ', and its session cookie travels over HTTPS only: use an https:// address, or for development set '
          'FIREBASE_LOGIN_COOKIE_SECURE to False on the site';
    }
    return ', but set no session cookie that can be kept: see whether something between drops Set-Cookie';
  }
}

void _setHeader(TransportRequest request, List<String> pairs) {
  if (pairs.isEmpty) {
    request.headers.remove('cookie');
  } else {
    request.headers['cookie'] = pairs.join('; ');
  }
}
