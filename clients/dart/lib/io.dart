/// For command lines, servers and tests on the Dart VM: a transport over `dart:io`, and a store in a file.
library;

import 'dart:async';
import 'dart:io';

import 'flask_firebase_login.dart';
import 'src/works.dart' show Mutex;

export 'flask_firebase_login.dart';

/// Sends a session's requests by `dart:io`'s own client.
final class IoTransport implements OfflineTellingTransport {
  /// Takes the client, or makes one.
  IoTransport([HttpClient? client]) : _client = client ?? HttpClient();

  final HttpClient _client;

  @override
  Future<TransportResponse> send(TransportRequest request) async {
    final opened = await _client.openUrl(request.method, request.url);
    unawaited(request.abortTrigger?.whenComplete(opened.abort));
    opened
      ..followRedirects = request.maxRedirects > 0
      ..maxRedirects = request.maxRedirects
      ..persistentConnection = request.persistentConnection;
    request.headers.forEach(opened.headers.set);
    if (request.stream case final stream?) {
      opened.contentLength = request.contentLength ?? -1;
      await opened.addStream(stream);
    } else {
      if (request.bytes.isNotEmpty || !const {'GET', 'HEAD'}.contains(request.method)) {
        opened.contentLength = request.bytes.length;
      }
      opened.add(request.bytes);
    }
    final answer = await opened.close();
    final headers = <String, List<String>>{};
    answer.headers.forEach((name, values) => headers[name.toLowerCase()] = values);
    return TransportResponse(
      answer.statusCode,
      answer.redirects.isEmpty ? request.url : request.url.resolveUri(answer.redirects.last.location),
      headers: headers,
      body: answer,
      contentLength: answer.contentLength < 0 ? null : answer.contentLength,
      reason: answer.reasonPhrase,
    );
  }

  /// Not a certificate that is not trusted: somebody has answered then.
  @override
  bool isOffline(Object error) => error is SocketException || (error is HttpException && error is! RedirectException);

  /// Closes the client.
  void close() => _client.close();
}

const _staleAfter = Duration(seconds: 30);
const _pause = Duration(milliseconds: 5);
final Map<String, Mutex> _ofFiles = {};

/// Keeps the session in a file, written whole or not at all; on Linux and macOS only its owner reads it, and on a telephone only the app
/// reads its own files.
///
/// Other stores, isolates and processes may write the same file: each changes it under a lock, by other files beside it.
final class FileSessionStore implements LockingSessionStore {
  /// Takes the file's path; its folder must be there.
  FileSessionStore(this._path);

  final String _path;

  /// The operating system tells processes apart, but not the isolates of one; among those, the one that makes a file does it.
  @override
  Future<T> locked<T>(Future<T> Function() work) {
    final file = File(_path).absolute;
    final beside = '${file.parent.path}/.${file.uri.pathSegments.last}.lock';
    return _ofFiles.putIfAbsent(file.path, Mutex.new).run(() => _amongIsolates(File('$beside.$pid'), () async {
          final lock = await File(beside).open(mode: FileMode.append);
          try {
            await lock.lock(FileLock.blockingExclusive);
            return await work();
          } finally {
            await lock.close(); // which unlocks it
          }
        }));
  }

  Future<T> _amongIsolates<T>(File made, Future<T> Function() work) async {
    while (!await _make(made)) {
      await Future<void>.delayed(_pause);
    }
    try {
      return await work();
    } finally {
      await made.delete();
    }
  }

  /// A file that an earlier process of this number has left behind is removed after a while.
  Future<bool> _make(File made) async {
    try {
      await made.create(exclusive: true);
      return true;
    } on PathExistsException {
      final found = await made.stat();
      final isLeft = found.type == FileSystemEntityType.file && DateTime.now().difference(found.modified) > _staleAfter;
      if (isLeft) await made.delete();
      return false;
    }
  }

  @override
  Future<String?> load() async {
    final file = File(_path);
    return file.existsSync() ? file.readAsString() : null;
  }

  @override
  Future<void> save(String text) async {
    final beside = File('$_path.new');
    try {
      await beside.writeAsString('', flush: true);
      if (Platform.isLinux || Platform.isMacOS) await Process.run('chmod', ['600', beside.path]);
      await beside.writeAsString(text, flush: true);
      await beside.rename(_path);
    } on Object {
      if (beside.existsSync()) beside.deleteSync();
      rethrow;
    }
  }

  @override
  Future<void> clear() async {
    final file = File(_path);
    if (file.existsSync()) await file.delete();
  }
}
