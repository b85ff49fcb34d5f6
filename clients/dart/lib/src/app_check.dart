/// App Check: what tells the site that a sign-in comes from a genuine copy of the app.
library;

import 'dart:async';

import 'errors.dart';
import 'state.dart';
import 'transport.dart';

/// Returns an App Check token of Firebase's, a fresh one where [forceRefresh] is set; null where there is none.
///
/// With `firebase_app_check`: `({required forceRefresh}) => FirebaseAppCheck.instance.getToken(forceRefresh)`.
typedef AppCheckTokenSource = FutureOr<String?> Function({required bool forceRefresh});

const _patience = Duration(seconds: 10);
const _codes = {'app_check_required', 'app_check_invalid'};

/// The App Check token of one sign-in, asked for once, and once more where the site does not take it.
///
/// An attestation that fails, or takes longer than ten seconds, sends no token: a site that only observes signs the user in, as it
/// does without App Check. Source: firebase.google.com/docs/app-check/custom-resource-backend.
final class Attestation {
  /// Takes where tokens come from; null where the app has none.
  Attestation(this._source);

  final AppCheckTokenSource? _source;
  bool _isAsked = false;
  bool _isRenewed = false;
  String? _token;
  Exception? _failure;

  /// Puts the token into a request to the site that opens a session; without one, it goes out as it is.
  Future<void> putInto(TransportRequest request) async {
    if (!_isAsked) await _ask(forceRefresh: false);
    if (_token case final token?) request.headers['x-firebase-appcheck'] = token;
  }

  /// Gets a fresh token where an answer says that the last one is no good, once. Returns whether there is one.
  Future<bool> renew(Map<String, Object?>? answer) async {
    if (_isRenewed || _token == null || rejectedBy(answer) != 'app_check_invalid') return false;
    _isRenewed = true;
    await _ask(forceRefresh: true);
    return _token != null;
  }

  /// Returns a rejection, with why there was no token where that is what it is about.
  FlaskSessionException explain(FlaskSessionException rejection) => switch ((rejection, _failure)) {
        (SignInRejected(:final status, :final code, :final detail), final cause?) when _codes.contains(code) =>
          AppCheckFailed(status, code, detail, cause),
        _ => rejection,
      };

  /// An [Error] of the app's shows as it is.
  Future<void> _ask({required bool forceRefresh}) async {
    _isAsked = true;
    _token = null;
    try {
      final token = await Future.sync(() => _source?.call(forceRefresh: forceRefresh)).timeout(_patience);
      if (token == null || token.isEmpty) return;
      _token = isBearer(token) ? token : throw const FormatException('It holds characters that no token has.');
    } on Exception catch (error) {
      _failure = error;
    }
  }
}

/// The code by which an answer asks for App Check, in problem details or beside OAuth's `invalid_client`; null for another.
String? rejectedBy(Map<String, Object?>? answer) {
  final code = answer?['code'];
  return code is String && _codes.contains(code) ? code : null;
}
