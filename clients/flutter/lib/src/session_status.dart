/// What an app shows: of the session, and of who is signed in at Firebase. Pure Dart.
library;

import 'dart:async';

import 'package:flask_firebase_login/flask_firebase_login.dart';

/// What an app shows of its user.
enum SessionStatus {
  /// The store has not been read yet, or Firebase has not told yet who is signed in.
  unknown,

  /// Nobody is signed in: show the sign-in.
  signedOut,

  /// The user is signed in at Firebase, and the site has no session of theirs yet: the next call opens one.
  signingIn,

  /// The user is signed in at Firebase, and at the site.
  signedIn,

  /// As [signedIn], and the last call reached nobody.
  offline;

  /// Whether a user is signed in at Firebase, or, where the app has no Firebase, at the site.
  bool get hasUser => this == signingIn || this == signedIn || this == offline;
}

/// Follows a session, and who is signed in at Firebase.
final class StatusWatch {
  /// Takes the session, and the uid of who is signed in at Firebase, at once and at each change.
  ///
  /// [uid] is who is known to be signed in there already, before [uids] tells. Without [uids] the session alone counts.
  /// [onChange] is called when [status], or the user, may be another.
  StatusWatch(this._session, {required void Function() onChange, Stream<String?>? uids, String? uid})
      : _isByFirebase = uids != null,
        _isTold = uid != null,
        _uid = uid {
    _ofSession = _session.states.listen((_) => onChange());
    _ofFirebase = uids?.listen((uid) {
      _uid = uid;
      _isTold = true;
      onChange();
    });
  }

  final FlaskSession _session;
  final bool _isByFirebase;
  late final StreamSubscription<SessionState> _ofSession;
  late final StreamSubscription<String?>? _ofFirebase;
  String? _uid;
  bool _isTold;

  /// What to show now.
  SessionStatus get status => switch (_session.state) {
        SessionState.unknown => SessionStatus.unknown,
        _ when _isByFirebase && !_isTold => SessionStatus.unknown,
        _ when _isByFirebase && _uid == null => SessionStatus.signedOut,
        SessionState.signedOut => _isByFirebase ? SessionStatus.signingIn : SessionStatus.signedOut,
        _ when _isByFirebase && _uid != _owner => SessionStatus.signingIn,
        SessionState.signedIn => SessionStatus.signedIn,
        SessionState.offline => SessionStatus.offline,
      };

  /// Follows nobody any more.
  Future<void> close() async {
    await _ofSession.cancel();
    await _ofFirebase?.cancel();
  }

  Object? get _owner => _session.account?['firebase_uid'];
}
