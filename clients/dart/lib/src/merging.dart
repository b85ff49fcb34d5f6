/// What becomes of a session that two windows, or two processes, have changed in one store.
library;

import 'dart:convert';

import 'cookies.dart';
import 'state.dart';

/// Puts two changes of one stored session together: [ours] and [theirs], both made of [base].
///
/// A sign-in or sign-out of theirs is obeyed. Ours stands where they did neither. Cookies of one and the same session are put
/// together one by one, and so are the sign-outs that the site has still to be told of.
StoredSession merge(StoredSession base, StoredSession ours, StoredSession theirs) {
  final pending = _mergePending(base, ours, theirs);
  if (theirs.signInID != base.signInID) return theirs.copyWith(pending: pending);
  if (ours.signInID != base.signInID) return ours.copyWith(pending: pending);
  return ours.copyWith(cookies: _mergeCookies(base, ours, theirs), pending: pending);
}

List<Cookie> _mergeCookies(StoredSession base, StoredSession ours, StoredSession theirs) {
  final before = _byKey(base);
  final here = _byKey(ours);
  final merged = _byKey(theirs);
  for (final key in {...before.keys, ...here.keys}) {
    if (_same(before[key], here[key])) continue;
    merged.remove(key);
    if (here[key] case final cookie?) merged[key] = cookie;
  }
  return [...merged.values];
}

Map<(String, String), Cookie> _byKey(StoredSession stored) => {
      for (final cookie in stored.cookies) (cookie.name, cookie.path): cookie,
    };

bool _same(Cookie? one, Cookie? other) => jsonEncode(one?.toJson()) == jsonEncode(other?.toJson());

/// Theirs, without those that we have ended, and with those that we have added.
List<PendingSignOut> _mergePending(StoredSession base, StoredSession ours, StoredSession theirs) {
  final known = {for (final one in base.pending) one.key};
  final here = {for (final one in ours.pending) one.key: one};
  final merged = {
    for (final one in theirs.pending)
      if (here.containsKey(one.key) || !known.contains(one.key)) one.key: one,
  };
  for (final MapEntry(:key, :value) in here.entries) {
    if (!known.contains(key)) merged[key] = value;
  }
  return [...merged.values];
}
