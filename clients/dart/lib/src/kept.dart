/// The session that is kept: by answers of the site, and by what the user does.
library;

import 'dart:async';
import 'dart:math';

import 'answers.dart';
import 'cookies.dart';
import 'errors.dart';
import 'opened.dart';
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

  /// Takes the session of a sign-in, unless the user has signed out since that began, here or in another window.
  ///
  /// [generation] and [signOuts] are those of its beginning. Where [replacesAny] is set, a session that another window has
  /// opened meanwhile is replaced too. Returns whether it was taken; otherwise its session is to be ended at the site.
  Future<bool> enter(
    OpenedSession opened, {
    required int signOuts,
    required int generation,
    required bool replacesAny,
  }) async {
    if (opened.response case final response?) _requireCookie(response);
    var isTaken = false;
    await write(() {
      isTaken = signOuts == this.signOuts && (replacesAny || generation == this.generation);
      if (isTaken) {
        _take(opened, isReplaced: !replacesAny || (generation == this.generation && _isOfCookies(opened)));
      } else {
        turnAway(opened);
      }
    });
    return isTaken;
  }

  /// A session that is not wanted any more is to be ended at the site.
  void turnAway(OpenedSession opened) {
    switch (opened) {
      case OpenedSession(:final bearer?):
        endBearerLater(bearer);
      case OpenedSession(:final response?):
        final theirs = makeJar();
        _endCookiesLater(theirs, _receiveInto(theirs, response));
    }
  }

  /// The session of a bearer is to be ended at the site.
  void endBearerLater(String bearer) {
    sentBearers.note(bearer);
    _endOneLater(PendingSignOut('', null, bearer: bearer));
  }

  /// Takes the cookies of any other answer; one of an older generation is dropped.
  ///
  /// The store is written meanwhile: no answer waits for it.
  void receive(TransportResponse response, int generation) {
    if (_setCookies(response).isEmpty || generation != this.generation) return;
    final before = jar.fingerprint;
    _receiveInto(jar, response);
    if (before == jar.fingerprint) return;
    version += 1;
    tell();
    unawaited(telling(save));
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
    now = now.copyWith(pending: [...pending.where((other) => other.key != one.key)]);
    version += 1;
  }

  /// Puts the cookies into a request to the site, beside the app's own of other names; returns the generation they are of.
  ///
  /// Where [owner] is given, the request is theirs, and the bearer goes along too: throws [UserChanged] where the session is
  /// another user's, and [CallCancelled] where the user has signed out.
  int putInto(TransportRequest request, [String? owner]) {
    if (owner != null && owner != firebaseUID) {
      throw firebaseUID == null ? CallCancelled.bySignOut : const UserChanged();
    }
    noteSent();
    sentBearers.putInto(request, owner == null ? null : now.bearer);
    if (browserOwnsCookies) return generation;
    sent.putInto(request, jar.headerFor(request.url.path, clock()));
    return generation;
  }

  /// Takes the session out of a request to another host.
  void keepOutOf(TransportRequest request) {
    noteSent();
    sentBearers.keepOutOf(request);
    sent.keepOutOf(request, jar.all);
  }

  /// Notes whether the last call reached a user.
  void setOffline({required bool isOffline}) {
    this.isOffline = isOffline;
    tell();
  }

  /// Where [isReplaced] is set, the site has ended what was kept, or replaced it; otherwise that is to be ended there.
  void _take(OpenedSession opened, {required bool isReplaced}) {
    if (isSignedIn && !isReplaced) _endLater();
    final isOfAnother = firebaseUID != null && firebaseUID != opened.firebaseUID;
    if (isOfAnother || (opened.bearer != null && now.sessionCookies.isNotEmpty)) _clearJar();
    final names = switch (opened.response) {
      final response? when !browserOwnsCookies => _receiveInto(jar, response),
      _ => const <String>[],
    };
    _become(StoredSession(
      sessionCookies: names,
      bearer: opened.bearer,
      account: opened.account,
      signInID: _makeID(),
      pending: pending,
    ));
  }

  /// Whether the site knows both the session that is kept and this one by cookies: then the new one replaces the other there.
  bool _isOfCookies(OpenedSession opened) => now.bearer == null && opened.bearer == null;

  void _leave() {
    if (isSignedIn) _endLater();
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
    noteSent();
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

  /// The session that is kept is to be ended at the site.
  void _endLater() {
    if (now.bearer case final bearer?) {
      endBearerLater(bearer);
    } else {
      _endCookiesLater(jar, now.sessionCookies);
    }
  }

  void _endCookiesLater(CookieJar jar, List<String> sessionCookies) {
    final header = browserOwnsCookies ? '' : jar.headerFor(signOutPath, clock());
    if (header == null) return;
    final ends = [
      for (final cookie in jar.all)
        if (sessionCookies.contains(cookie.name) && cookie.expiresAt != null) cookie.expiresAt!,
    ]..sort();
    _endOneLater(PendingSignOut(header, ends.lastOrNull));
  }

  void _endOneLater(PendingSignOut one) {
    final all = [...pending, one];
    now = now.copyWith(pending: all.length > _maxPending ? all.sublist(all.length - _maxPending) : all);
    version += 1;
  }

  void _requireCookie(TransportResponse response) {
    if (!browserOwnsCookies && _receiveInto(makeJar(), response).isEmpty) {
      throw unexpectedAnswer(response, _whyNoCookie(_setCookies(response)));
    }
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
