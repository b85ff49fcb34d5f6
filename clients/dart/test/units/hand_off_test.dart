// What a `HandOff` sends the browser to, and what it takes for an answer.

import 'dart:convert';
import 'dart:math';

import 'package:flask_firebase_login/flask_firebase_login.dart';
import 'package:flask_firebase_login/src/sha256.dart';

import '../support/checks.dart';

final issuer = Uri.parse('https://shop.example/auth');

HandOff make({String? loginHint, String? prompt, Random? random}) => HandOff(
      clientId: 'notes',
      redirectUri: 'com.example.notes:/signed-in',
      open: (_) => null,
      loginHint: loginHint,
      prompt: prompt,
      random: random,
    );

/// The address that the browser comes back to; a member that is null is left out.
String back(BegunHandOff begun, [Map<String, String?> members = const {}]) {
  final all = {'state': begun.address.queryParameters['state'], 'iss': '$issuer', ...members};
  final told = {
    for (final MapEntry(:key, :value) in all.entries)
      if (value != null) key: value,
  };
  return 'com.example.notes:/signed-in?${Uri(queryParameters: told).query}';
}

Future<void> refuses<E extends FlaskSessionException>(String Function(BegunHandOff begun) answer, String code) async {
  final begun = make().begin(issuer);
  final error = await throws<E>(() => begun.finish(answer(begun)));
  same(error.code, code);
  final state = begun.address.queryParameters['state']!;
  for (final secret in ['the-code', state, 'another-secret']) {
    same('$error'.contains(secret), false);
  }
}

void main() => checkAll({
      'the address holds what RFC 6749 and RFC 7636 ask for': () {
        final address = make(loginHint: 'ada+1@example.com', prompt: 'login').begin(issuer).address;
        same([address.scheme, address.host, address.path], ['https', 'shop.example', '/auth/authorize']);
        final query = {...address.queryParameters};
        same([query.remove('state')!.length, query.remove('code_challenge')!.length], [43, 43]);
        same(query, {
          'response_type': 'code',
          'client_id': 'notes',
          'redirect_uri': 'com.example.notes:/signed-in',
          'code_challenge_method': 'S256',
          'login_hint': 'ada+1@example.com',
          'prompt': 'login',
        });
      },
      'what the app does not say is not in it': () {
        final query = make().begin(issuer).address.queryParameters;
        same([query.containsKey('login_hint'), query.containsKey('prompt')], [false, false]);
      },
      'state and verifier are new each time, and the challenge is the SHA-256 of the verifier': () {
        final handOff = make();
        final seen = <String>{};
        for (var n = 0; n < 20; n++) {
          final begun = handOff.begin(issuer);
          final {'code_verifier': verifier} = begun.finish(back(begun, {'code': 'the-code'})).form;
          same(RegExp(r'^[A-Za-z0-9_-]{43}$').hasMatch(verifier!), true);
          final challenge = base64Url.encode(sha256(ascii.encode(verifier))).replaceAll('=', '');
          same(begun.address.queryParameters['code_challenge'], challenge);
          seen.addAll([verifier, begun.address.queryParameters['state']!]);
        }
        same(seen.length, 40);
      },
      'the randomness can be handed in': () {
        String state() => make(random: Random(1)).begin(issuer).address.queryParameters['state']!;
        same(state(), state());
      },
      'a code comes with all that its exchange needs, from a text and from a Uri': () {
        final begun = make().begin(issuer);
        for (final answer in [back(begun, {'code': 'the-code'}), Uri.parse(back(begun, {'code': 'the-code'}))]) {
          final code = begun.finish(answer);
          same('${code.tokenEndpoint}', 'https://shop.example/auth/token');
          same({...code.form}..remove('code_verifier'), {
            'grant_type': 'authorization_code',
            'code': 'the-code',
            'redirect_uri': 'com.example.notes:/signed-in',
            'client_id': 'notes',
          });
          same('$code $begun'.contains('the-code') || '$begun'.contains(code.form['code_verifier']!), false);
        }
      },
      'what must be remembered goes through a text': () {
        final begun = make().begin(issuer);
        final later = BegunHandOff.fromText(begun.toText());
        same('${later.address}', '${begun.address}');
        final answer = back(begun, {'code': 'the-code'});
        same(later.finish(answer).form, begun.finish(answer).form);
      },
      'another text is refused': () async {
        for (final text in ['', '{}', '[]', 'null', '{"state": 1}']) {
          await throws<FormatException>(() => BegunHandOff.fromText(text));
        }
      },
      'a browser that was closed': () async {
        await throws<BrowserClosed>(() => make().begin(issuer).finish(null));
      },
      'another state': () => refuses<AnswerUnreadable>(
            (begun) => back(begun, {'code': 'the-code', 'state': 'another-secret'}),
            'answer_unreadable',
          ),
      'no state': () =>
          refuses<AnswerUnreadable>((begun) => back(begun, {'code': 'the-code', 'state': null}), 'answer_unreadable'),
      'two states': () =>
          refuses<AnswerUnreadable>((begun) => '${back(begun, {'code': 'the-code'})}&state=x', 'answer_unreadable'),
      'another issuer': () => refuses<AnswerUnreadable>(
            (begun) => back(begun, {'code': 'the-code', 'iss': 'https://evil.example/auth'}),
            'answer_unreadable',
          ),
      'no issuer': () =>
          refuses<AnswerUnreadable>((begun) => back(begun, {'code': 'the-code', 'iss': null}), 'answer_unreadable'),
      'state goes before an error': () => refuses<AnswerUnreadable>(
            (begun) => back(begun, {'error': 'access_denied', 'state': 'another-secret'}),
            'answer_unreadable',
          ),
      'neither code nor error': () => refuses<AnswerUnreadable>(back, 'answer_unreadable'),
      'an empty code': () => refuses<AnswerUnreadable>((begun) => back(begun, {'code': ''}), 'answer_unreadable'),
      'two codes': () =>
          refuses<AnswerUnreadable>((begun) => '${back(begun, {'code': 'the-code'})}&code=x', 'answer_unreadable'),
      'no address': () => refuses<AnswerUnreadable>((_) => 'http://[', 'answer_unreadable'),
      'what no percent-encoding makes': () =>
          refuses<AnswerUnreadable>((begun) => '${back(begun)}&code=%E0%A4%A', 'answer_unreadable'),
      'nothing at all': () => refuses<AnswerUnreadable>((_) => '', 'answer_unreadable'),
      'the user said no': () => refuses<SignInDenied>((begun) => back(begun, {'error': 'access_denied'}), 'access_denied'),
      'the app is not registered': () =>
          refuses<ClientNotRegistered>((begun) => back(begun, {'error': 'unauthorized_client'}), 'unauthorized_client'),
      'an error goes before a code': () =>
          refuses<SignInRejected>((begun) => back(begun, {'error': 'login_required', 'code': 'the-code'}), 'login_required'),
    });
