/// Signing in through the site's page: the browser, its code, and whose session that is.
library;

import 'dart:convert';

import 'answers.dart';
import 'app_check.dart';
import 'errors.dart';
import 'hand_off.dart';
import 'kept.dart';
import 'opened.dart';
import 'progress.dart';
import 'sending.dart';
import 'state.dart';
import 'transport.dart';

/// Opens sessions through the site's page, known to the site by a bearer.
final class HandOffs {
  /// Takes the session, what sends requests, how the app opens the browser, and where App Check tokens come from.
  HandOffs(this._kept, this._sender, this._handOff, this._appCheckToken);

  final KeptSession _kept;
  final Sender _sender;
  final HandOff _handOff;
  final AppCheckTokenSource? _appCheckToken;

  /// Begins a sign-in that the app ends by [redeem].
  BegunHandOff begin() => _handOff.begin(_sender.issuer);

  /// Whether a code is to be exchanged at the session's own site.
  bool isOfSite(AuthorizationCode code) => code.tokenEndpoint == _sender.post('token', const {}).url;

  /// Opens the browser, and a session by the code that it comes back with.
  Future<OpenedSession> open() async {
    final signOuts = _kept.signOuts;
    final begun = begin();
    _sender.onProgress(SessionStep.browser, Duration.zero);
    try {
      final answer = await _sender.whileBrowsing(_openBrowser(begun.address));
      if (signOuts == _kept.signOuts) return await redeem(begun.finish(answer));
    } on Object {
      if (signOuts == _kept.signOuts) rethrow;
    }
    throw CallCancelled.bySignOut;
  }

  Future<Object?> _openBrowser(Uri address) async {
    try {
      return await _handOff.open(address);
    } on Object catch (error, trace) {
      final isClosed = '$error'.startsWith('PlatformException(CANCELED,'); // as Flutter's plug-ins say it
      Error.throwWithStackTrace(isClosed ? const BrowserClosed() : BrowserFailed(error), trace);
    }
  }

  /// Exchanges a code for a bearer, and asks whose session that is.
  Future<OpenedSession> redeem(AuthorizationCode code) async {
    _sender.onProgress(SessionStep.signIn, Duration.zero);
    final bearer = await _exchange(code);
    try {
      return OpenedSession.byBearer(await _readAccount(bearer), bearer);
    } on Object catch (error) {
      await _turnAway(bearer);
      if (error is FlaskSessionException) await _sender.tryEndPending(); // otherwise nobody answers just now
      rethrow;
    }
  }

  Future<String> _exchange(AuthorizationCode code) async {
    const type = {'content-type': 'application/x-www-form-urlencoded'};
    final request = _sender.post('token', type, utf8.encode(Uri(queryParameters: code.form).query));
    final attestation = Attestation(_appCheckToken);
    TransportResponse response;
    Map<String, Object?>? answer;
    do {
      await attestation.putInto(request);
      response = await _sender.sendAlone(request);
      answer = await _read(response);
    } while (await attestation.renew(answer)); // a code that was rejected for its app is not used up
    if (response.status < 200 || response.status > 299) throw attestation.explain(_rejection(response, answer));
    if (answer case {'access_token': final String bearer, 'token_type': final String type}
        when type.toLowerCase() == 'bearer' && isBearer(bearer)) {
      return bearer;
    }
    throw unexpectedAnswer(response);
  }

  Future<Map<String, Object?>> _readAccount(String bearer) async {
    final response = await _sender.sendAlone(_sender.get('account', {'authorization': 'Bearer $bearer'}));
    final answer = await _read(response);
    if (response.status < 200 || response.status > 299) throw reject(response, answer, _kept.clock());
    if (answer != null && answer['firebase_uid'] is String) return answer;
    throw unexpectedAnswer(response, ', and does not say whose session that is: the account has no firebase_uid');
  }

  FlaskSessionException _rejection(TransportResponse response, Map<String, Object?>? answer) => switch (answer) {
        {'error': final String error, 'error_description': final String detail} =>
          rejectByError(rejectedBy(answer) ?? error, detail, response.status),
        {'error': final String error} => rejectByError(rejectedBy(answer) ?? error, null, response.status),
        _ => reject(response, answer, _kept.clock()),
      };

  /// Nobody will ever use that session: it is to be ended at the site.
  Future<void> _turnAway(String bearer) async {
    _kept.endBearerLater(bearer);
    await _kept.telling(_kept.save);
  }

  Future<Map<String, Object?>?> _read(TransportResponse response) async {
    try {
      return await readJson(response);
    } on Object {
      throw unexpectedAnswer(response);
    }
  }
}
