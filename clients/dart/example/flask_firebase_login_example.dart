// Calls a Flask site as a signed-in user, and keeps the session for the next run:
//
//     dart run example/flask_firebase_login_example.dart https://shop.example <ID token>

import 'dart:convert';

import 'package:flask_firebase_login/io.dart';

Future<void> main(List<String> arguments) async {
  final transport = IoTransport();
  final session = FlaskSession(
    Uri.parse(arguments[0]),
    idToken: ({required forceRefresh}) => arguments.elementAtOrNull(1), // in Flutter: firebase_auth
    transport: transport,
    store: FileSessionStore('session.json'),
    clientName: 'Example',
  );
  print('before any call: ${(await session.load()).code}');
  final answer = await session.send(TransportRequest('GET', session.site.resolve('/api/hello')));
  print('${answer.status} ${await utf8.decodeStream(answer.body)}');
  print('signed in as ${session.account?['name']}');
  transport.close();
}
