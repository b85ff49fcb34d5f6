// The client for package:http: what the conformance cases do not say.

import 'dart:async';
import 'dart:convert';
import 'dart:io';
import 'dart:typed_data';

import 'package:flask_firebase_login/flask_client.dart';
import 'package:flask_firebase_login/io.dart';
import 'package:http/http.dart' as http;
import 'package:http/testing.dart';

import '../support/checks.dart';

final site = Uri.parse('https://shop.example');
final chunk = Uint8List(64 * 1024);
const chunks = 1024;

http.Response respond(Object? json, {int status = 200, Map<String, String> headers = const {}}) =>
    http.Response(jsonEncode(json), status, headers: {'content-type': 'application/json', ...headers});

http.Response signIn() => respond(
      const {
        'account': {'firebase_uid': 'ada', 'name': 'Ada'},
        'session': {'id': 1},
      },
      headers: {'set-cookie': 'session=s1; Path=/'},
    );

/// A client whose site signs Ada in, and answers as a check says; its bodies are read by [read].
FlaskClient make(
  FutureOr<http.Response> Function(http.BaseRequest request, http.ByteStream body) answer, {
  IdTokenSource? idToken,
}) =>
    FlaskClient(
      site,
      idToken: idToken ?? ({required forceRefresh}) => 'id-token',
      inner: MockClient.streaming((request, body) async {
        final answered = request.url.path == '/auth/sign-in' ? signIn() : await answer(request, body);
        return http.StreamedResponse(
          http.ByteStream.fromBytes(answered.bodyBytes),
          answered.statusCode,
          headers: answered.headers,
          request: request,
        );
      }),
    );

/// The body of an upload of 64 MiB, and how far it has been read.
final class Upload {
  int read = 0;
  bool isCancelled = false;

  late final Stream<List<int>> body = _make();

  http.StreamedRequest makeRequest(String path, {Future<void>? abortTrigger}) {
    final request = http.AbortableStreamedRequest('POST', site.resolve(path), abortTrigger: abortTrigger);
    unawaited(
      request.sink.addStream(body).then((_) {
        isCancelled = read < chunks;
        return request.sink.close();
      }),
    );
    return request;
  }

  Stream<List<int>> _make() async* {
    while (read < chunks) {
      read += 1;
      yield chunk;
    }
  }
}

/// A store without space.
final class _FullStore implements SessionStore {
  @override
  Future<String?> load() async => null;

  @override
  Future<void> clear() async {}

  @override
  Future<void> save(String text) => throw const FileSystemException('No space left on device');
}

Future<void> settle() => Future<void>.delayed(Duration.zero);

void main() => checkAll({
      'a streamed upload is read as fast as it is sent': () async {
        final upload = Upload();
        var (sent, ahead) = (0, 0);
        final client = make((request, body) async {
          await for (final _ in body) {
            sent += 1;
            await settle(); // the server takes its time
            if (upload.read - sent > ahead) ahead = upload.read - sent;
          }
          return respond(null);
        });
        same((await client.send(upload.makeRequest('/api/upload'))).statusCode, 200);
        same([upload.read, sent], [chunks, chunks]);
        if (ahead * chunk.length > 1024 * 1024) throw StateError('${ahead * chunk.length} bytes ahead of the server');
      },
      'so is one over dart:io': () async {
        final upload = Upload();
        final server = await ServerSocket.bind(InternetAddress.loopbackIPv4, 0);
        final arrived = <Socket>[];
        server.listen((socket) => arrived.add(socket..listen((_) {}).pause())); // it reads nothing
        final transport = IoTransport();
        unawaited(
          transport
              .send(TransportRequest('POST', Uri.parse('http://127.0.0.1:${server.port}/'), stream: upload.body))
              .then((_) {}, onError: (Object _) {}),
        );
        while (arrived.isEmpty || upload.read == 0) {
          await settle();
        }
        for (var seen = -1; seen != upload.read;) {
          seen = upload.read;
          await Future<void>.delayed(const Duration(milliseconds: 100));
        }
        if (upload.read == chunks) throw StateError('64 MiB were read for a server that reads nothing');
        arrived.single.destroy();
        transport.close();
        await server.close();
      },
      'an upload whose call fails before it is sent is cancelled': () async {
        final upload = Upload();
        final client = make((request, body) => respond(null), idToken: ({required forceRefresh}) => null);
        final request = upload.makeRequest('/api/upload');
        await throws<NotSignedInAtFirebase>(() => client.send(request));
        await settle();
        same([upload.isCancelled, upload.read < 20], [true, true]);
      },
      'an upload that is aborted is cancelled, and is no matter of the network': () async {
        final (upload, abort, begun) = (Upload(), Completer<void>(), Completer<void>());
        final client = make((request, body) async {
          final reading = body.listen((_) {});
          reading.pause();
          begun.complete();
          await (request as http.Abortable).abortTrigger;
          await reading.cancel();
          throw http.RequestAbortedException(request.url);
        });
        final call = throws<http.RequestAbortedException>(
          () => client.send(upload.makeRequest('/api/upload', abortTrigger: abort.future)),
        );
        await begun.future;
        abort.complete();
        await call;
        await settle();
        same([upload.isCancelled, client.session.state.code], [true, 'signed_in']);
      },
      'what is not of the network does not say offline': () async {
        Exception? failure;
        final client = make((request, body) => failure == null ? respond(null) : throw failure!);
        final hello = site.resolve('/api/hello');
        await client.get(hello);
        failure = const HandshakeException('CERTIFICATE_VERIFY_FAILED');
        await throws<HandshakeException>(() => client.get(hello));
        same(client.session.state.code, 'signed_in');
        failure = http.ClientException('Connection refused', hello);
        await throws<http.ClientException>(() => client.get(hello));
        same(client.session.state.code, 'offline');
      },
      'a call to another host goes out as it was made': () async {
        http.BaseRequest? seen;
        final client = make((request, body) {
          seen = request;
          return respond(null);
        });
        final request = http.Request('GET', Uri.parse('https://bank.example/'))
          ..maxRedirects = 3
          ..persistentConnection = false;
        await client.send(request);
        same([seen!.followRedirects, seen!.maxRedirects, seen!.persistentConnection], [true, 3, false]);
        await client.send(http.Request('GET', Uri.parse('https://bank.example/'))..followRedirects = false);
        same([seen!.followRedirects, seen!.persistentConnection], [false, true]);
      },
      'whether a connection is kept is the request\'s to say, at the site too': () async {
        http.BaseRequest? seen;
        final client = make((request, body) {
          seen = request;
          return respond(null);
        });
        await client.send(http.Request('GET', site.resolve('/api/hello'))..persistentConnection = false);
        same(seen!.persistentConnection, false);
      },
      'redirects in a circle are told as package:http tells them': () async {
        final client = make((request, body) => respond(null, status: 302, headers: {'location': '/go'}));
        final error = await throws<http.ClientException>(() => client.get(site.resolve('/go')));
        same('$error', 'ClientException: Redirect limit exceeded: the site redirects again and again., uri=$site/go');
      },
      'a form with files is sent once, and its 401 is the answer': () async {
        var calls = 0;
        final client = make((request, body) async {
          calls += 1;
          await body.drain<void>();
          return respond(const {'code': 'not_signed_in'}, status: 401);
        });
        final form = http.MultipartRequest('POST', site.resolve('/api/upload'))
          ..fields['name'] = 'Ada'
          ..files.add(http.MultipartFile.fromBytes('file', utf8.encode('a file')));
        same((await client.send(form)).statusCode, 401);
        same([calls, client.session.state.code], [1, 'signed_in']);
      },
      'a client takes all that its session takes': () async {
        final (steps, failures) = (<String>[], <StoreFailed>[]);
        final client = FlaskClient(
          site,
          idToken: ({required forceRefresh}) => 'id-token',
          store: _FullStore(),
          maxWait: Duration.zero,
          browserOwnsCookies: true,
          onProgress: (step, _) => steps.add(step.code),
          onStoreFailed: failures.add,
          inner: MockClient((request) async => request.url.path == '/auth/sign-in'
              ? signIn()
              : respond(null, status: request.headers.containsKey('cookie') ? 400 : 503, headers: {'retry-after': '1'})),
        );
        same((await client.get(site.resolve('/api/hello'))).statusCode, 503);
        same([steps, failures.length], [
          ['id_token', 'sign_in'],
          1,
        ]);
      },
      'a closed client says so': () async {
        final client = make((request, body) => respond(null))..close();
        await throws<http.ClientException>(() => client.get(site.resolve('/api/hello')));
      },
    });
