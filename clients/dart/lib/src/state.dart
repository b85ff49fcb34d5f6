/// What is kept of a session between two runs of an app, as one versioned JSON text.
library;

import 'dart:convert';

import 'cookies.dart';
import 'dates.dart';

const _version = 2;
final _bearer = RegExp(r'^[A-Za-z0-9\-._~+/]+=*$');

/// Where a session stands, as far as the client knows without a call.
enum SessionState {
  /// The store has not been read yet.
  unknown('unknown'),

  /// No session is kept.
  signedOut('signed_out'),

  /// A session is kept.
  signedIn('signed_in'),

  /// A session is kept, and the last call reached nobody.
  offline('offline');

  /// Takes the word.
  const SessionState(this.code);

  /// The same word as in the other clients.
  final String code;
}

/// A session that was signed out of while the site could not be reached.
final class PendingSignOut {
  /// Takes the `Cookie` header by which the site will know it, or its bearer, and when it ends by itself.
  const PendingSignOut(this.cookie, this.expiresAt, {this.bearer});

  /// The `Cookie` header; empty where a browser owns the cookies, and beside a [bearer].
  final String cookie;

  /// The access token of a session that was opened through the site's page; null where it is one of cookies.
  final String? bearer;

  /// What tells it apart from others.
  (String, String?) get key => (cookie, bearer);

  /// When it ends by itself, in UTC; null where that is not known.
  final DateTime? expiresAt;
}

/// All that is kept.
final class StoredSession {
  /// Takes all that is kept; nothing by default.
  const StoredSession({
    this.cookies = const [],
    this.sessionCookies = const [],
    this.bearer,
    this.account,
    this.signInID,
    this.pending = const [],
  });

  /// Reads what a store kept; an empty session where the text is of another version or site, or cannot be read.
  factory StoredSession.fromText(String? text, String origin) {
    if (text == null) return const StoredSession();
    try {
      final kept = jsonDecode(text) as Map<String, Object?>;
      if (kept['version'] != _version || kept['site'] != origin) return const StoredSession();
      return StoredSession(
        cookies: [for (final one in kept['cookies']! as List) Cookie.fromJson((one as Map).cast())],
        sessionCookies: [for (final one in kept['session_cookies']! as List) one as String],
        bearer: _readBearer(kept['bearer']),
        account: _readAccount((kept['account'] as Map?)?.cast()),
        signInID: kept['sign_in_id'] as String?,
        pending: [
          for (final one in kept['pending_sign_outs']! as List)
            PendingSignOut(
              (one as Map)['bearer'] == null ? one['cookie'] as String : '',
              switch (one['expires_at']) { final String time => DateTime.parse(time), _ => null },
              bearer: _readBearer(one['bearer']),
            ),
        ],
      );
    } on Object {
      return const StoredSession();
    }
  }

  /// The site's cookies.
  final List<Cookie> cookies;

  /// The names of those that the sign-in set: while one of them lasts, the user is signed in.
  final List<String> sessionCookies;

  /// The access token of a session that was opened through the site's page; null where the session is one of cookies.
  final String? bearer;

  /// The account as the sign-in's answer told it, its `firebase_uid` among it; null where nobody is signed in.
  final Map<String, Object?>? account;

  /// Which sign-in of this device it comes from; null where nobody is signed in.
  final String? signInID;

  /// Whose session it is; null where nobody is signed in.
  String? get firebaseUID => account?['firebase_uid'] as String?;

  /// Sessions still to be ended at the site.
  final List<PendingSignOut> pending;

  /// Returns this session with other cookies, or other sign-outs that are still to be told.
  StoredSession copyWith({List<Cookie>? cookies, List<PendingSignOut>? pending}) => StoredSession(
        cookies: cookies ?? this.cookies,
        sessionCookies: sessionCookies,
        bearer: bearer,
        account: account,
        signInID: signInID,
        pending: pending ?? this.pending,
      );

  /// Whether there is nothing to keep.
  bool get isEmpty => cookies.isEmpty && pending.isEmpty && account == null;

  /// Returns what a store keeps, for the site of that origin.
  String toText(String origin) => jsonEncode({
        'version': _version,
        'site': origin,
        'account': account,
        'sign_in_id': signInID,
        'session_cookies': sessionCookies,
        'cookies': [for (final cookie in cookies) cookie.toJson()],
        if (bearer case final bearer?) 'bearer': bearer,
        'pending_sign_outs': [
          for (final one in pending)
            {
              'cookie': one.cookie,
              if (one.bearer case final bearer?) 'bearer': bearer,
              'expires_at': switch (one.expiresAt) { final end? => formatTime(end), null => null },
            },
        ],
      });
}

/// Whether a text may be an access token (RFC 6750, section 2.1).
bool isBearer(String text) => _bearer.hasMatch(text);

/// What is stored as a bearer, and can be none, makes the whole unreadable.
String? _readBearer(Object? kept) {
  if (kept is String? && (kept == null || isBearer(kept))) return kept;
  throw const FormatException('no bearer');
}

/// A session without a user's `firebase_uid` is nobody's.
Map<String, Object?>? _readAccount(Map<String, Object?>? account) {
  if (account != null && account['firebase_uid'] is! String) throw const FormatException('nobody');
  return account;
}
