/// The cookies of one site, as RFC 6265 has them.
library;

import 'dart:convert';

import 'dates.dart';

const _maxCookieBytes = 4096;
const _maxCookies = 50;
final _joined = RegExp(r",(?=[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+=)");
final _control = RegExp(r'[\x00-\x08\x0A-\x1F\x7F]');
final _deltaSeconds = RegExp(r'^-?[0-9]+$');
final _address = RegExp(r'^[0-9.]+$|:');
final _longAgo = DateTime.utc(1970);
const _forever = Duration(days: 365 * 100);

/// A cookie, as it is kept.
final class Cookie {
  /// Takes all that is kept of it.
  const Cookie(
    this.name,
    this.value, {
    this.path = '/',
    this.secure = false,
    this.httpOnly = false,
    this.hostOnly = true,
    this.expiresAt,
  });

  /// Reads a stored one; throws where it is none.
  factory Cookie.fromJson(Map<String, Object?> json) => Cookie(
        json['name']! as String,
        json['value']! as String,
        path: json['path']! as String,
        secure: json['secure']! as bool,
        httpOnly: json['http_only']! as bool,
        hostOnly: json['host_only']! as bool,
        expiresAt: switch (json['expires_at']) { final String time => DateTime.parse(time), _ => null },
      );

  /// Its name.
  final String name;

  /// Its value, quotes included.
  final String value;

  /// Below which paths it is sent.
  final String path;

  /// Whether it is sent over HTTPS only.
  final bool secure;

  /// Whether it is hidden from scripts; kept because the site said it.
  final bool httpOnly;

  /// Whether it named no `Domain`.
  final bool hostOnly;

  /// When it ends, in UTC; null where the site did not say, and then it is kept until the sign-out.
  final DateTime? expiresAt;

  /// Whether it has ended.
  bool isOver(DateTime now) => switch (expiresAt) { final end? => !end.isAfter(now), null => false };

  /// What is stored of it.
  Map<String, Object?> toJson() => {
        'name': name,
        'value': value,
        'path': path,
        'secure': secure,
        'http_only': httpOnly,
        'host_only': hostOnly,
        'expires_at': switch (expiresAt) { final end? => formatTime(end), null => null },
      };
}

/// The cookies of one site. They are sent to that site alone, whatever their `Domain` would allow.
final class CookieJar {
  /// Takes the site's host, whether it is reached by HTTPS, and what was kept.
  CookieJar(this._host, {required bool isSecure, Iterable<Cookie> cookies = const []}) : _isSecure = isSecure {
    for (final cookie in cookies) {
      _cookies[(cookie.name, cookie.path)] = cookie;
    }
  }

  final String _host;
  final bool _isSecure;
  final Map<(String, String), Cookie> _cookies = {};

  /// Every cookie that is kept, the oldest first.
  Iterable<Cookie> get all => _cookies.values;

  /// Takes the `Set-Cookie` headers of an answer, and returns the cookies that they set or delete.
  ///
  /// Several cookies that were joined by commas are taken apart. `Expires` counts from [serverNow], the answer's `Date`, so
  /// that a wrong clock on the device ends no cookie.
  List<Cookie> receive(Iterable<String> headers, {required String path, required DateTime now, DateTime? serverNow}) {
    final taken = <Cookie>[];
    for (final line in headers.expand((header) => header.split(_joined))) {
      final cookie = _parse(line, defaultPath(path), now, serverNow ?? now);
      if (cookie == null) continue;
      taken.add(cookie);
      if (cookie.isOver(now)) {
        _cookies.remove((cookie.name, cookie.path));
      } else {
        _cookies[(cookie.name, cookie.path)] = cookie;
      }
    }
    while (_cookies.length > _maxCookies) {
      _cookies.remove(_cookies.keys.first);
    }
    return taken;
  }

  /// Returns the `Cookie` header for a request, longest paths first (RFC 6265, section 5.4); null where there is none.
  String? headerFor(String path, DateTime now) {
    final sent = [
      for (final (order, cookie) in _cookies.values.indexed)
        if (!cookie.isOver(now) && matchesPath(path, cookie.path) && (_isSecure || !cookie.secure)) (order, cookie),
    ]..sort((a, b) {
        final longer = b.$2.path.length - a.$2.path.length;
        return longer != 0 ? longer : a.$1 - b.$1;
      });
    return sent.isEmpty ? null : [for (final (_, cookie) in sent) '${cookie.name}=${cookie.value}'].join('; ');
  }

  /// Whether a cookie of that name is kept and has not ended.
  bool has(String name, DateTime now) => all.any((cookie) => cookie.name == name && !cookie.isOver(now));

  /// What tells two states of the jar apart.
  String get fingerprint => jsonEncode([for (final cookie in all) cookie.toJson()]);

  /// RFC 6265, sections 5.2 and 5.3; prefixes and limits are those of its successor (draft rfc6265bis).
  Cookie? _parse(String line, String path, DateTime now, DateTime serverNow) {
    if (_control.hasMatch(line)) return null;
    final [pair, ...attributes] = line.split(';');
    final (name, value) = _divide(pair);
    if (value == null || name.isEmpty || utf8.encode('$name$value').length > _maxCookieBytes) return null;
    final said = {
      for (final attribute in attributes.map(_divide)) attribute.$1.toLowerCase(): attribute.$2 ?? '',
    };
    final below = said['path'] ?? '';
    final named = said['domain'] ?? '';
    final domain = (named.startsWith('.') ? named.substring(1) : named).toLowerCase();
    final cookie = Cookie(
      name,
      value,
      path: below.startsWith('/') ? below : path,
      secure: said.containsKey('secure'),
      httpOnly: said.containsKey('httponly'),
      hostOnly: domain.isEmpty,
      expiresAt: _readEnd(said, now, serverNow),
    );
    return _admits(cookie, domain) ? cookie : null;
  }

  bool _admits(Cookie cookie, String domain) {
    if (cookie.secure && !_isSecure) return false;
    if (domain.isNotEmpty && !matchesDomain(_host, domain)) return false;
    final name = cookie.name.toLowerCase();
    if (name.startsWith('__host-')) return cookie.secure && cookie.path == '/' && domain.isEmpty;
    return cookie.secure || !name.startsWith('__secure-');
  }
}

/// Returns the path that a cookie without `Path` is for (RFC 6265, section 5.1.4).
String defaultPath(String path) {
  final end = path.lastIndexOf('/');
  return end > 0 && path.startsWith('/') ? path.substring(0, end) : '/';
}

/// Whether a request's path lies below a cookie's (RFC 6265, section 5.1.4).
bool matchesPath(String path, String cookiePath) {
  final asked = path.isEmpty ? '/' : path;
  return asked == cookiePath ||
      (asked.startsWith(cookiePath) && (cookiePath.endsWith('/') || asked[cookiePath.length] == '/'));
}

/// Whether a host is a cookie's domain or below it (RFC 6265, section 5.1.3).
bool matchesDomain(String host, String domain) => host == domain || (host.endsWith('.$domain') && !_address.hasMatch(host));

/// Returns the pairs of a `Cookie` header.
Iterable<(String, String)> parsePairs(String header) => header
    .split(';')
    .where((pair) => pair.trim().isNotEmpty)
    .map(_divide)
    .map((pair) => (pair.$1, pair.$2 ?? ''));

/// `Max-Age` goes before `Expires`; zero and less is long ago, and what no calendar holds is a hundred years.
DateTime? _readEnd(Map<String, String> said, DateTime now, DateTime serverNow) {
  final maxAge = said['max-age'] ?? '';
  if (_deltaSeconds.hasMatch(maxAge)) {
    final seconds = int.parse(maxAge.length > 12 ? maxAge.substring(0, 12) : maxAge);
    return seconds <= 0 ? _longAgo : now.add(seconds > _forever.inSeconds ? _forever : Duration(seconds: seconds));
  }
  return parseHttpDate(said['expires'] ?? '')?.add(now.difference(serverNow));
}

(String, String?) _divide(String pair) {
  final at = pair.indexOf('=');
  return at < 0 ? (_trim(pair), null) : (_trim(pair.substring(0, at)), _trim(pair.substring(at + 1)));
}

String _trim(String text) => text.replaceAll(RegExp(r'^[ \t]+|[ \t]+$'), '');
