/// The session's bearer in requests to the site, and out of those to others.
library;

import 'transport.dart';

const _maxKept = 20;

/// Puts the bearer into requests to the site, and keeps it, and those before it, out of requests to others.
final class RequestBearers {
  final Set<String> _headers = {};

  /// Remembers a bearer that is about to be sent, or to be dropped.
  void note(String? bearer) {
    if (bearer != null) _headers.add('Bearer $bearer');
    while (_headers.length > _maxKept) {
      _headers.remove(_headers.first);
    }
  }

  /// Puts an `Authorization` header of ours into a request to the site, unless the app has set one of its own.
  void putInto(TransportRequest request, String? bearer) {
    keepOutOf(request);
    if (bearer != null) request.headers.putIfAbsent('authorization', () => 'Bearer $bearer');
  }

  /// Takes the session's `Authorization` header out of a request; one of the app's own stays.
  void keepOutOf(TransportRequest request) {
    if (_headers.contains(request.headers['authorization'])) request.headers.remove('authorization');
  }
}
