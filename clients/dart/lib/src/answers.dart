/// What an answer of the site says.
library;

import 'dart:convert';

import 'dates.dart';
import 'errors.dart';
import 'transport.dart';

const _maxJsonBytes = 1024 * 1024;
const _passing = {429, 502, 503, 504};

/// Returns the JSON object of an answer; null where it is none. Throws the transport's own error where only half of it came.
///
/// The body can be read again afterwards.
Future<Map<String, Object?>?> readJson(TransportResponse response) async {
  final type = (response.header('content-type') ?? '').split(';').first.trim().toLowerCase();
  if (type != 'application/json' && !type.endsWith('+json')) return null;
  if ((response.contentLength ?? 0) > _maxJsonBytes) return null;
  final bytes = [for (final chunk in await response.body.toList()) ...chunk];
  response.body = Stream.value(bytes);
  try {
    return switch (jsonDecode(utf8.decode(bytes))) { final Map<String, Object?> object => object, _ => null };
  } on FormatException {
    return null;
  }
}

/// Whether an answer sends a browser to [signInPage], and back by `next`: what a page does where nobody is signed in.
bool redirectsToSignIn(TransportResponse response, Uri signInPage) {
  final location = Uri.tryParse(response.header('location') ?? '');
  if (location == null || (response.status != 302 && response.status != 303)) return false;
  final target = response.url.resolveUri(location);
  return target.path == signInPage.path &&
      target.authority == signInPage.authority &&
      target.queryParameters.containsKey('next');
}

/// Returns the error for an answer that is no sign-in.
FlaskSessionException reject(TransportResponse response, Map<String, Object?>? answer, DateTime deviceTime) {
  final told = answer?['code'];
  final status = response.status;
  if (told is! String && !_passing.contains(status)) return unexpectedAnswer(response);
  final code = told is String ? told : 'unavailable';
  final detail = answer?['detail'] is String ? answer!['detail']! as String : 'what stands before it does not reach it.';
  if (code == 'id_token_not_yet_valid') {
    return ClockWrong(status, code, detail, deviceTime: deviceTime, serverTime: dateOf(response));
  }
  if (_passing.contains(status)) {
    return SiteBusy(status, code, detail, retryAfter: retryAfter(response, deviceTime));
  }
  return SignInRejected(status, code, detail);
}

/// Returns the address that an answer of `browser-links` tells; [isOfSite] says which addresses are the site's.
Future<Uri> readBrowserLink(TransportResponse response, bool Function(Uri url) isOfSite, DateTime deviceTime) async {
  final Map<String, Object?>? answer;
  try {
    answer = await readJson(response);
  } on Object {
    throw unexpectedAnswer(response);
  }
  if (response.status < 200 || response.status > 299) throw reject(response, answer, deviceTime);
  final told = answer?['url'];
  final url = told is String ? Uri.tryParse(told) : null;
  return url != null && isOfSite(url) ? url : throw unexpectedAnswer(response);
}

/// Returns the error that the site's page or its token endpoint tells (RFC 6749, sections 4.1.2.1 and 5.2).
SignInRejected rejectByError(String error, String? description, [int? status]) {
  final detail = description ?? 'no reason is given.';
  return switch (error) {
    'access_denied' => SignInDenied(status, error, detail),
    'invalid_client' || 'unauthorized_client' => ClientNotRegistered(status, error, detail),
    _ => SignInRejected(status, error, detail),
  };
}

/// Returns the error for an answer that a site with Flask-Firebase-Login does not give.
UnexpectedAnswer unexpectedAnswer(TransportResponse response, [String? why]) {
  final place = response.url.replace(query: '').toString().replaceAll('?', '');
  final type = response.header('content-type') ?? 'no content type';
  return UnexpectedAnswer(
    '$place answered ${response.status} with $type'
    '${why ?? ', which is no answer of Flask-Firebase-Login, or only half of one. '
        'Check the address and the urlPrefix, and what stands between'}.',
  );
}

/// Returns what the site's clock said when it answered.
DateTime? dateOf(TransportResponse response) => parseHttpDate(response.header('date') ?? '');

/// Returns how long the site asks to wait; null where it does not ask (RFC 9110, section 10.2.3).
Duration? retryAfter(TransportResponse response, DateTime now) {
  final told = (response.header('retry-after') ?? '').trim();
  if (RegExp(r'^\d{1,9}$').hasMatch(told)) return Duration(seconds: int.parse(told));
  final wait = parseHttpDate(told)?.difference(dateOf(response) ?? now);
  return wait == null || !wait.isNegative ? wait : Duration.zero;
}
