/// The session that is kept: by answers of the site, and by what the user does.
library;

import 'dart:math';

import 'answers.dart';
import 'cookies.dart';
import 'errors.dart';
import 'state.dart';
import 'stored.dart';
import 'transport.dart';

const _maxPending = 10;

/// What becomes of the session by answers of the site and by what the user does.
final class KeptSession extends StoredState {
  /// Takes the one site that it is for, and where it is kept; [signOutPath] is where sessions are ended.
  KeptSession(
    super.site,
    super.store, {
    required this.signOutPath,
    required super.browserOwnsCookies,
    required super.clock,
    required super.onStoreFailed,
  });

  /// Where sessions are ended.
  final String signOutPath;

  final Random _random = Random.secure();

  /// Takes the answer to a sign-in, unless the user has signed out since it began, here or in another window.
  ///
  /// [generation] and [signOuts] are those of its beginning. Where [replacesAny] is set, a session that another window has
  /// opened meanwhile is replaced too. Returns whether it was taken; otherwise its session is to be ended at the site.
  Future<bool> enter(
    TransportResponse response,
    Map<String, Object?> account, {
    required int signOuts,
    required int generation,
    required bool replacesAny,
  }) async {
    if (!browserOwnsCookies && _receiveInto(makeJar(), response).isEmpty) {
      throw notOurSite(response, _whyNoCookie(_setCookies(response)));
    }
    var isTaken = false;
    await write(() {
      isTaken = signOuts == this.signOuts && (replacesAny || generation == this.generation);
      if (isTaken) {
        _take(response, account, isAlone: generation == this.generation);
      } else {
        turnAway(response);
      }
    });
    return isTaken;
  }

  /// The answer to a sign-in that is not wanted any more: its session is to be ended at the site.
  void turnAway(TransportResponse response) {
    final theirs = makeJar();
    _endLater(theirs, _receiveInto(theirs, response));
  }

  /// Takes the cookies of any other answer; one of an older generation is dropped.
  Future<void> receive(TransportResponse response, int generation) async {
    if (_setCookies(response).isEmpty || generation != this.generation) return;
    final before = jar.fingerprint;
    _receiveInto(jar, response);
    if (before == jar.fingerprint) return;
    version += 1;
    tell();
    await telling(save);
  }

  /// The site has ended this session, and there is no other: the user is signed out.
  Future<void> forget(int generation) async {
    if (generation != this.generation || account == null) return;
    _clearJar();
    now = StoredSession(pending: pending);
    version += 1;
    tell();
    await telling(save);
  }

  /// Signs out: begins a generation without a session; what was one, here or in the store, is to be ended at the site.
  ///
  /// Where [generation] is given, only a session of this generation.
  Future<void> leave([int? generation]) async {
    if (generation != null && generation != this.generation) return;
    _leave();
    tell();
    await write(generation == null ? _leave : () {});
  }

  /// That session has been ended at the site, or has ended by itself.
  void dropPending(PendingSignOut one) {
    now = now.copyWith(pending: [...pending.where((other) => other.cookie != one.cookie)]);
    version += 1;
  }

  /// Puts the cookies into a request to the site, beside the app's own of other names; returns the generation they are of.
  ///
  /// Where [owner] is given, the request is theirs: throws [UserChanged] where the session is another user's, and [Cancelled]
  /// where the user has signed out.
  int putInto(TransportRequest request, [String? owner]) {
    if (owner != null && owner != firebaseUID) {
      throw firebaseUID == null ? const Cancelled('The user has signed out meanwhile.') : const UserChanged();
    }
    if (browserOwnsCookies) return generation;
    sent.note(jar.all);
    sent.putInto(request, jar.headerFor(request.url.path, clock()));
    return generation;
  }

  /// Takes the cookies out of a request to another host.
  void keepOutOf(TransportRequest request) {
    sent.note(jar.all);
    sent.keepOutOf(request, jar.all);
  }

  /// Notes whether the last call reached a user.
  void setOffline({required bool isOffline}) {
    this.isOffline = isOffline;
    tell();
  }

  void _take(TransportResponse response, Map<String, Object?> account, {required bool isAlone}) {
    if (!isAlone && isSignedIn) _endLater(jar, now.sessionCookies); // the site has not replaced that one
    if (firebaseUID != null && firebaseUID != account['firebase_uid']) _clearJar();
    final names = browserOwnsCookies ? const <String>[] : _receiveInto(jar, response);
    _become(StoredSession(sessionCookies: names, account: account, signInID: _makeID(), pending: pending));
  }

  void _leave() {
    if (isSignedIn) _endLater(jar, now.sessionCookies);
    signOuts += 1;
    _clearJar();
    _become(StoredSession(pending: pending));
  }

  void _become(StoredSession session) {
    now = session;
    generation += 1;
    version += 1;
  }

  void _clearJar() {
    sent.note(jar.all);
    jar = makeJar();
  }

  String _makeID() => [for (var n = 0; n < 8; n++) _random.nextInt(256).toRadixString(16).padLeft(2, '0')].join();

  /// Puts the cookies of an answer into a jar, and returns the names of those that it now keeps.
  List<String> _receiveInto(CookieJar jar, TransportResponse response) {
    final time = clock();
    final taken = jar.receive(
      _setCookies(response),
      path: response.url.path,
      now: time,
      serverNow: dateOf(response),
    );
    return [for (final cookie in taken) if (jar.has(cookie.name, time)) cookie.name];
  }

  void _endLater(CookieJar jar, List<String> sessionCookies) {
    final header = browserOwnsCookies ? '' : jar.headerFor(signOutPath, clock());
    if (header == null) return;
    final ends = [
      for (final cookie in jar.all)
        if (sessionCookies.contains(cookie.name) && cookie.expiresAt != null) cookie.expiresAt!,
    ]..sort();
    final all = [...pending, PendingSignOut(header, ends.lastOrNull)];
    now = now.copyWith(pending: all.length > _maxPending ? all.sublist(all.length - _maxPending) : all);
    version += 1;
  }

  List<String> _setCookies(TransportResponse response) => response.headers['set-cookie'] ?? const [];

  String _whyNoCookie(List<String> headers) {
    if (site.scheme != 'https' && headers.any((header) => header.toLowerCase().contains('secure'))) {
      return ', and its session cookie travels over HTTPS only: use an https:// address, or for development set '
          'FIREBASE_LOGIN_COOKIE_SECURE to False on the site';
    }
    return ', but set no session cookie that can be kept: see whether something between drops Set-Cookie';
  }
}
