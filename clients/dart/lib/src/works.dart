/// Work that several calls need at once: done once, or one after the other.
library;

import 'dart:async';

import 'errors.dart';

/// Does each piece of work once at a time, whatever the number of calls that need it.
final class SharedWorks {
  final Map<String, Future<void>> _underWay = {};

  /// Does a piece of work, or waits while another call does it.
  ///
  /// Throws what the site, or Firebase, answered to the other, which holds for everybody. Where the other failed by something
  /// of its own, this returns all the same: see whether the work is done, and ask again.
  Future<void> once(String name, Future<void> Function() work) async {
    final underWay = _underWay[name];
    if (underWay == null) return _do(name, work);
    try {
      await underWay;
    } on Object catch (error) {
      if (error is SignInRejected || error is UnexpectedAnswer || error is NotSignedInAtFirebase) rethrow;
      if (error is IdTokenFailed) rethrow;
      // Or each of the calls that wait would open the browser again.
      if (error is BrowserClosed || error is BrowserFailed || error is AnswerUnreadable) rethrow;
      if (identical(error, CallCancelled.whileBrowsing)) rethrow;
    }
  }

  /// Does a piece of work here, after whoever does it now, whatever becomes of that.
  Future<void> alone(String name, Future<void> Function() work) async {
    while (_underWay[name] != null) {
      try {
        await _underWay[name];
      } on Object {
        continue; // that is the other's to tell
      }
    }
    return _do(name, work);
  }

  Future<void> _do(String name, Future<void> Function() work) async {
    final ours = _underWay[name] = work();
    try {
      await ours;
    } finally {
      unawaited(_underWay.remove(name));
    }
  }
}

/// Lets one piece of work run at a time, in the order in which they were asked for.
final class Mutex {
  Future<void> _last = Future.value();

  /// Runs a piece of work when those before it have ended, however they did.
  Future<T> run<T>(Future<T> Function() work) {
    final ours = _last.then((_) => work());
    _last = ours.then<void>((_) {}, onError: (Object _) {});
    return ours;
  }
}
