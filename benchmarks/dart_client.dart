// What the Dart client costs where an app runs for long, or uploads much:
//
//     python tools/dart_setup.py --run benchmarks/dart_client.dart
//
// Memory and time per call over 20,000 cookies of changing names, and how far an upload of 64 MiB is read ahead of a slow server.

import 'dart:async';
import 'dart:convert';
import 'dart:io';
import 'dart:math';
import 'dart:typed_data';

import 'package:flask_firebase_login/flask_client.dart';
import 'package:flask_firebase_login/io.dart';
import 'package:http/io_client.dart';

const calls = 20000;
final chunk = Uint8List(64 * 1024);
const chunks = 1024;
const _socketLevel = 1; // of Linux
const _sendBuffer = 7;
const _receiveBuffer = 8;

/// A site in memory that sets another cookie with each answer.
final class CookieSite implements SessionTransport {
  int _cookies = 0;

  @override
  Future<TransportResponse> send(TransportRequest request) async {
    final isSignIn = request.url.path == '/auth/sign-in';
    final json = isSignIn ? '{"account": {"firebase_uid": "ada"}, "session": {"id": "s1"}}' : '{}';
    return TransportResponse(
      200,
      request.url,
      headers: {
        'content-type': ['application/json'],
        'set-cookie': [isSignIn ? 'session=s1; Path=/' : 'cookie-${_cookies += 1}=x; Path=/'],
      },
      body: Stream.value(utf8.encode(json)),
    );
  }
}

Future<void> measureCookies() async {
  final site = Uri.parse('https://shop.example');
  final session = FlaskSession(site, idToken: ({required forceRefresh}) => 'id-token', transport: CookieSite());
  final micros = <int>[];
  final memory = <int>[];
  for (var thousand = 0; thousand < calls ~/ 1000; thousand++) {
    final watch = Stopwatch()..start();
    for (var n = 0; n < 1000; n++) {
      await session.send(TransportRequest('GET', site.resolve('/api/hello')));
    }
    micros.add(watch.elapsedMicroseconds ~/ 1000);
    memory.add(ProcessInfo.currentRss ~/ (1024 * 1024));
  }
  print('cookies: µs a call by thousand: $micros');
  print('cookies: MiB of memory after each thousand: $memory');
  print('cookies: last thousand / second: ${(micros.last / micros[1]).toStringAsFixed(2)}');
}

/// A client whose sockets have buffers of 64 KiB, or Linux would let an upload fill some MiB of its own.
HttpClient makeHttpClient() => HttpClient()
  ..connectionFactory = (address, _, __) async {
    final connecting = await Socket.startConnect(address.host, address.port);
    final socket = connecting.socket.then(
      (socket) => socket..setRawOption(RawSocketOption.fromInt(_socketLevel, _sendBuffer, chunk.length)),
    );
    return ConnectionTask.fromSocket(socket, connecting.cancel);
  };

/// Returns how far the body was read ahead of the server, at most, while that reads on.
Future<int> measureUpload(Future<Object?> Function(Uri address, Stream<List<int>> body) upload) async {
  final server = await ServerSocket.bind(InternetAddress.loopbackIPv4, 0);
  var (read, arrived, ahead) = (0, 0, 0);
  server.listen((socket) async {
    socket.setRawOption(RawSocketOption.fromInt(_socketLevel, _receiveBuffer, chunk.length));
    await for (final bytes in socket) {
      arrived += bytes.length;
      ahead = max(ahead, read - arrived);
      await Future<void>.delayed(const Duration(milliseconds: 1)); // the server takes its time
      if (arrived >= chunk.length * chunks) break;
    }
    socket.add(ascii.encode('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
    await socket.flush();
    await socket.close();
  });
  Stream<List<int>> body() async* {
    for (var n = 0; n < chunks; n++) {
      read += chunk.length;
      yield chunk;
    }
  }

  await upload(Uri.parse('http://127.0.0.1:${server.port}/'), body());
  await server.close();
  return ahead;
}

Future<void> main() async {
  await measureCookies();
  final transports = {'dart:io': IoTransport(makeHttpClient()), 'package:http': HttpTransport(IOClient(makeHttpClient()))};
  for (final MapEntry(key: name, value: transport) in transports.entries) {
    final ahead = await measureUpload((address, body) => transport.send(TransportRequest('POST', address, stream: body)));
    print('upload over $name: ${ahead ~/ 1024} KiB ahead, at most');
  }
  exit(0);
}
