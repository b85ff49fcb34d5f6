/// Signing in lazily and once, as the user whom Firebase names.
library;

import 'dart:async';
import 'dart:convert';

import 'answers.dart';
import 'app_check.dart';
import 'errors.dart';
import 'hand_off.dart';
import 'handing_off.dart';
import 'identity.dart';
import 'kept.dart';
import 'opened.dart';
import 'progress.dart';
import 'sending.dart';
import 'transport.dart';
import 'works.dart';

/// Returns an ID token of Firebase's, a fresh one where [forceRefresh] is set; null where nobody is signed in there.
///
/// With `firebase_auth`: `({required forceRefresh}) async => auth.currentUser?.getIdToken(forceRefresh)`.
typedef IdTokenSource = FutureOr<String?> Function({required bool forceRefresh});

/// The name that [IdTokenSource] had.
@Deprecated('Use IdTokenSource')
typedef IDTokenSource = IdTokenSource;

/// Opens sessions, and ends those of users whom Firebase does not name any more.
final class SignIns {
  /// Takes the session, what sends requests, who is signed in at Firebase, and where ID tokens come from, or else [handOffs].
  SignIns(
    this._kept,
    this._sender,
    this._identity,
    this._clientName, {
    required IdTokenSource? idToken,
    required AppCheckTokenSource? appCheckToken,
    required this.handOffs,
  })  : _idToken = idToken ?? _nobody,
        _appCheckToken = appCheckToken;

  /// Opens sessions through the site's page; null where that is done by ID tokens.
  final HandOffs? handOffs;

  final KeptSession _kept;
  final Sender _sender;
  final IdTokenSource _idToken;
  final AppCheckTokenSource? _appCheckToken;
  final Identity _identity;
  final String? _clientName;
  final SharedWorks _works = SharedWorks();

  /// Ends the session where Firebase names another user than its own.
  ///
  /// Returns whose call this is: Firebase's word, else the session's; null where neither says.
  Future<String?> begin() async {
    if (!_identity.isTold) return _kept.isSignedIn ? _kept.firebaseUID : null;
    for (var isAskedAgain = false;; isAskedAgain = true) {
      final generation = _kept.generation;
      final uid = await _identity.ask();
      if (!_kept.isSignedIn || uid == _kept.firebaseUID) {
        if (uid == null) throw const NotSignedInAtFirebase();
        return uid;
      }
      if (isAskedAgain) {
        await _kept.telling(() => _kept.leave(generation));
        await _sender.endPending();
      } else {
        await _kept.reload(); // another window may have followed already
      }
    }
  }

  /// Forgets the session, then ends it at the site; where that does not answer, later.
  Future<void> end() async {
    StoreFailed? failed;
    try {
      await _kept.leave();
    } on StoreFailed catch (error) {
      failed = error;
    }
    _sender.stopBrowsing();
    await _sender.tryEndPending();
    if (failed != null) throw failed;
  }

  /// Returns once there is a session of a younger generation than the one that failed.
  ///
  /// [owner] is whose call needs it, null where nobody said; [signOuts] is how often the user had signed out when it began.
  Future<void> ensure(String? owner, {required int after, required int signOuts}) async {
    while (!_hasSession(after)) {
      if (signOuts != _kept.signOuts) throw CallCancelled.bySignOut;
      await require(owner);
      await _works.once('sign-in', () => _signInAfter(after, signOuts));
    }
  }

  /// Whether Firebase names a user; where the app does not tell, it does.
  Future<bool> isNamed(String? uid) async => !_identity.isTold || uid == await _identity.ask();

  /// Sees that Firebase still names a call's user; an answer of long ago would be another's.
  Future<void> require(String? owner) async {
    if (owner == null || !_identity.isTold) return;
    final uid = await _identity.ask();
    if (uid == null) throw const NotSignedInAtFirebase();
    if (uid != owner) throw const UserChanged();
  }

  /// Signs in, also where a session is kept; the site replaces it. Returns the account.
  Future<Map<String, Object?>> byHand() async {
    await _works.alone('sign-in', () async {
      await _kept.reload();
      await _signIn(isByHand: true);
    });
    return _kept.account ?? const {};
  }

  /// Ends a sign-in through the site's page that the app has begun itself. Returns the account.
  Future<Map<String, Object?>> finish(AuthorizationCode code) async {
    await _works.alone('sign-in', () async {
      await _kept.reload();
      final (signOuts, generation) = (_kept.signOuts, _kept.generation);
      await _enter(await handOffs!.redeem(code), signOuts: signOuts, generation: generation, isByHand: true);
    });
    return _kept.account ?? const {};
  }

  bool _hasSession(int after) => _kept.generation > after && _kept.isSignedIn;

  Future<void> _signInAfter(int after, int signOuts) async {
    await _kept.reload();
    if (signOuts != _kept.signOuts || _hasSession(after)) return;
    await _sender.endPending();
    await _kept.telling(() => _signIn(isByHand: false));
  }

  Future<void> _signIn({required bool isByHand}) async {
    final (signOuts, before) = (_kept.signOuts, _kept.generation);
    final (opened, generation) = switch (handOffs) {
      final handOffs? => (await handOffs.open(), before),
      null => await _openByIDToken(),
    };
    await _enter(opened, signOuts: signOuts, generation: generation, isByHand: isByHand);
  }

  /// Keeps a session that is opened, unless it is not wanted any more.
  Future<void> _enter(OpenedSession opened, {required int signOuts, required int generation, required bool isByHand}) async {
    try {
      await require(opened.firebaseUID);
    } on FlaskSessionException {
      _kept.turnAway(opened);
      await _kept.telling(_kept.save);
      await _sender.endPending();
      rethrow;
    }
    final isTaken = await _kept.enter(opened, signOuts: signOuts, generation: generation, replacesAny: isByHand);
    if (!isTaken) await _sender.endPending();
    if (isTaken && opened.bearer != null) await _sender.tryEndPending(); // the site replaces cookies by itself
    if (signOuts != _kept.signOuts) throw CallCancelled.bySignOut;
  }

  /// Returns the session, and the generation whose cookies went along: the site has replaced those.
  Future<(OpenedSession, int)> _openByIDToken() async {
    final attestation = Attestation(_appCheckToken);
    var (response, generation, answer) = await _postIDToken(attestation, forceRefresh: false);
    if (answer?['code'] == 'id_token_expired') {
      (response, generation, answer) = await _postIDToken(attestation, forceRefresh: true);
    }
    if (response.status < 200 || response.status > 299) {
      throw attestation.explain(reject(response, answer, _kept.clock()));
    }
    return (OpenedSession.byCookies(_accountOf(response, answer), response), generation);
  }

  Map<String, Object?> _accountOf(TransportResponse response, Map<String, Object?>? answer) {
    final account = answer?['account'];
    if (account is! Map<String, Object?> || answer?['session'] is! Map) throw unexpectedAnswer(response);
    if (account['firebase_uid'] is! String) {
      throw unexpectedAnswer(response, ', and does not say whose session that is: the account has no firebase_uid');
    }
    return account;
  }

  Future<(TransportResponse, int, Map<String, Object?>?)> _postIDToken(
    Attestation attestation, {
    required bool forceRefresh,
  }) async {
    _sender.onProgress(SessionStep.idToken, Duration.zero);
    final idToken = await _askIdToken(forceRefresh: forceRefresh);
    if (idToken == null || idToken.isEmpty) throw const NotSignedInAtFirebase();
    _sender.onProgress(SessionStep.signIn, Duration.zero);
    final body = {'id_token': idToken, 'transport': 'cookie', if (_clientName != null) 'client_name': _clientName};
    final request = _sender.post('sign-in', {'content-type': 'application/json'}, utf8.encode(jsonEncode(body)));
    while (true) {
      await attestation.putInto(request);
      final (response, generation) = await _sender.sendPatiently(request, owner: null, isRepeatable: true);
      final answer = await _read(response);
      if (!await attestation.renew(answer)) return (response, generation, answer);
    }
  }

  /// An [Error] of the app's shows as it is.
  Future<String?> _askIdToken({required bool forceRefresh}) async {
    try {
      return await _idToken(forceRefresh: forceRefresh);
    } on Exception catch (error, trace) {
      Error.throwWithStackTrace(error is FlaskSessionException ? error : IdTokenFailed(error), trace);
    }
  }

  Future<Map<String, Object?>?> _read(TransportResponse response) async {
    try {
      return await readJson(response);
    } on Object {
      throw unexpectedAnswer(response);
    }
  }
}

String? _nobody({required bool forceRefresh}) => null;
