/// The session in memory, and the store that it is written to whenever it has changed.
library;

import 'dart:async';

import 'cookies.dart';
import 'errors.dart';
import 'merging.dart';
import 'request_bearers.dart';
import 'request_cookies.dart';
import 'state.dart';
import 'store.dart';
import 'works.dart';

const _defaultPorts = {'http': 80, 'https': 443};
const _ofWebSockets = {'ws': 'http', 'wss': 'https'};
final Expando<Mutex> _mutexes = Expando('what changes a store');

/// Returns scheme, host and port of an address, the default port filled in (RFC 6454, section 4).
///
/// The scheme of a web socket is that of its handshake (RFC 6455, section 3).
(String, String, int) originOf(Uri url) {
  final scheme = _ofWebSockets[url.scheme] ?? url.scheme;
  return (scheme, url.host.toLowerCase(), url.hasPort ? url.port : _defaultPorts[scheme] ?? 0);
}

/// A session in memory, and in the store that other windows and processes may write too.
///
/// A sign-in and a sign-out each begin a new generation, here or in another window; what belongs to an old one, such as the
/// late answer to a call, changes nothing any more.
abstract base class StoredState {
  /// Takes the one site that it is for, and where it is kept.
  StoredState(this.site, this._store, {required this.browserOwnsCookies, required this.clock, required this.onStoreFailed});

  /// The one site that it is for.
  final Uri site;

  /// Whether a browser keeps and sends the cookies, and shows none of them.
  final bool browserOwnsCookies;

  /// The time, in UTC.
  final DateTime Function() clock;

  /// Told where a session could not be stored, and the call goes on.
  final void Function(StoreFailed error) onStoreFailed;

  /// Which session it is, counted from the app's start.
  int generation = 0;

  /// The youngest session that the site is known to have ended: the next call signs in anew; -1 where none is.
  int endedGeneration = -1;

  /// How often the user has signed out since the app's start, here or in another window.
  int signOuts = 0;

  /// All that is kept, but for the cookies, which are in [jar].
  StoredSession now = const StoredSession();

  /// The cookies.
  late CookieJar jar = makeJar();

  /// How often what is kept has changed.
  int version = 0;

  /// Whether the last call reached nobody.
  bool isOffline = false;

  /// What has been sent, and must not be sent elsewhere.
  late final RequestCookies sent = RequestCookies(site.host.toLowerCase());

  /// The bearers among it.
  final RequestBearers sentBearers = RequestBearers();

  final SessionStore _store;
  final SharedWorks _loads = SharedWorks();
  final StreamController<SessionState> _changes = StreamController.broadcast(sync: true);
  StoredSession _base = const StoredSession();
  String? _baseText;
  bool _isLoaded = false;
  int _savedVersion = 0;
  (SessionState, String?) _told = (SessionState.unknown, null);

  /// Every change of [state], or of the user.
  Stream<SessionState> get changes => _changes.stream;

  /// The account as the last sign-in told it; null where nobody is signed in.
  Map<String, Object?>? get account => now.account;

  /// Whose session it is; null where there is none.
  String? get firebaseUID => now.firebaseUID;

  /// Sessions still to be ended at the site.
  List<PendingSignOut> get pending => now.pending;

  /// The site's origin as text; the default port is left out.
  String get origin {
    final (scheme, host, port) = originOf(site);
    final shown = host.contains(':') ? '[$host]' : host;
    return '$scheme://$shown${port == _defaultPorts[scheme] ? '' : ':$port'}';
  }

  /// Whether an address is the site's: the same scheme, host and port.
  bool owns(Uri url) => originOf(url) == originOf(site);

  /// Whether a bearer is kept, or a cookie that a sign-in set, which has not ended.
  bool get isSignedIn => browserOwnsCookies || now.bearer != null
      ? account != null
      : now.sessionCookies.any((name) => jar.has(name, clock()));

  /// Where the session stands, without a call.
  SessionState get state => switch ((_isLoaded, isSignedIn, isOffline)) {
        (false, _, _) => SessionState.unknown,
        (_, false, _) => SessionState.signedOut,
        (_, _, true) => SessionState.offline,
        _ => SessionState.signedIn,
      };

  /// Reads the store, once; a store that fails to be read is an empty store.
  Future<void> load() async {
    while (!_isLoaded) {
      await _loads.once('load', reload);
    }
  }

  /// Reads the store again: another window, or another process, may have signed in or out.
  Future<void> reload() => _mutex.run(() async {
        try {
          _adopt(await _store.load());
        } on Object {
          // What is known stays.
        }
        _isLoaded = true;
        tell();
      });

  /// Sees that the store keeps the newest version; several at once write one after the other.
  Future<void> save() async {
    final wanted = version;
    await _mutex.run(() async {
      if (_savedVersion < wanted) await _locked(null);
    });
  }

  /// Writes, after what another window has written since is taken in, and [settle] has had its say.
  Future<void> write(void Function() settle) => _mutex.run(() => _locked(settle));

  /// Tells of a store that fails, and goes on: the next change is stored with this one.
  Future<void> telling(Future<void> Function() work) async {
    try {
      await work();
    } on StoreFailed catch (error) {
      onStoreFailed(error);
    }
  }

  /// Tells no more of [changes].
  Future<void> close() => _changes.close();

  /// Tells listeners the state, where it, or the user, has changed.
  void tell() {
    final (state, uid) = _told;
    _told = (this.state, firebaseUID);
    final isAnother = uid != null && firebaseUID != null && uid != firebaseUID;
    if ((state != this.state || isAnother) && !_changes.isClosed) _changes.add(this.state);
  }

  /// Remembers what is about to be sent, or to be dropped, so that it never goes elsewhere.
  void noteSent() {
    sent.note(jar.all);
    sentBearers.note(now.bearer);
  }

  /// Makes a jar for the site's cookies.
  CookieJar makeJar([Iterable<Cookie> cookies = const []]) =>
      CookieJar(site.host.toLowerCase(), isSecure: site.scheme == 'https', cookies: cookies);

  Mutex get _mutex => _mutexes[_store] ??= Mutex();

  Future<void> _locked(void Function()? settle) async {
    var isSettled = false;
    void settleOnce() {
      if (!isSettled) settle?.call();
      isSettled = true;
    }

    try {
      final store = _store;
      await (store is LockingSessionStore ? store.locked(() => _write(settleOnce)) : _write(settleOnce));
    } on Object catch (error) {
      settleOnce(); // without the lock nothing is written, but what has changed has changed
      throw StoreFailed(error);
    } finally {
      tell();
    }
  }

  Future<void> _write(void Function() settle) async {
    String? text;
    var isRead = true;
    try {
      text = await _store.load();
    } on Object {
      isRead = false;
    }
    if (isRead) _adopt(text);
    settle();
    final (written, stored) = (version, _snapshot);
    final changed = stored.isEmpty ? null : stored.toText(origin);
    if (changed != text || !isRead) await (changed == null ? _store.clear() : _store.save(changed));
    _base = stored;
    _baseText = changed;
    _savedVersion = written;
  }

  /// Takes in what the store holds, where another than this client has written it.
  void _adopt(String? text) {
    if (text == _baseText) return;
    final theirs = StoredSession.fromText(text, origin);
    final ours = _snapshot;
    final merged = merge(_base, ours, theirs);
    _base = theirs;
    _baseText = text;
    if (merged.toText(origin) != theirs.toText(origin)) version += 1;
    if (merged.signInID != ours.signInID) {
      generation += 1;
      if (merged.signInID == null) signOuts += 1;
    }
    noteSent();
    now = merged;
    jar = makeJar(merged.cookies);
  }

  StoredSession get _snapshot => now.copyWith(cookies: [...jar.all]);
}
