/// The session's cookies in requests, and those of the app's own client of the same names out of them.
library;

import 'cookies.dart';
import 'transport.dart';

const _maxNames = 100;

/// Puts cookies into requests to the site, and keeps them out of those to others.
final class RequestCookies {
  /// Takes the site's host.
  RequestCookies(this._host);

  final String _host;
  final Set<String> _names = {};

  /// Remembers cookies that are about to be sent, or to be dropped.
  void note(Iterable<Cookie> cookies) {
    for (final cookie in cookies) {
      _names.add(cookie.name);
    }
    while (_names.length > _maxNames) {
      _names.remove(_names.first);
    }
  }

  /// Puts a `Cookie` header of ours beside the app's own cookies of other names.
  void putInto(TransportRequest request, String? ours) {
    final theirs = parsePairs(request.headers['cookie'] ?? '').where((pair) => !_names.contains(pair.$1));
    _setHeader(request, [for (final (name, value) in theirs) '$name=$value', if (ours != null) ours]);
  }

  /// Takes the session's cookies out of a request to another scheme, host or port; [cookies] are those that are kept now.
  void keepOutOf(TransportRequest request, Iterable<Cookie> cookies) {
    final there = request.headers['cookie'];
    if (there == null) return;
    final pairs = {for (final cookie in cookies) (cookie.name, cookie.value)};
    final host = request.url.host.toLowerCase();
    final isRelated = host == _host || host.endsWith('.$_host') || _host.endsWith('.$host');
    _setHeader(request, [
      for (final pair in parsePairs(there))
        if (!pairs.contains(pair) && !(isRelated && _names.contains(pair.$1))) '${pair.$1}=${pair.$2}',
    ]);
  }
}

void _setHeader(TransportRequest request, List<String> pairs) {
  if (pairs.isEmpty) {
    request.headers.remove('cookie');
  } else {
    request.headers['cookie'] = pairs.join('; ');
  }
}
