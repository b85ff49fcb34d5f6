// The store in a file: what other isolates and processes do meanwhile.

import 'dart:io';
import 'dart:isolate';

import 'package:flask_firebase_login/io.dart';

import '../support/checks.dart';

const changes = 50;

/// Counts in the file, one under each lock.
Future<void> count(String path) async {
  final store = FileSessionStore(path);
  for (var n = 0; n < changes; n++) {
    await store.locked(() async {
      final before = int.parse(await store.load() ?? '0');
      await Future<void>.delayed(Duration.zero);
      await store.save('${before + 1}');
    });
  }
}

/// Checks with a folder of its own.
Future<void> inFolder(Future<void> Function(Directory folder) check) async {
  final folder = await Directory.systemTemp.createTemp('session');
  try {
    await check(folder);
  } finally {
    await folder.delete(recursive: true);
  }
}

void main() => checkAll({
      'isolates change the file one after the other': () => inFolder((folder) async {
            final path = '${folder.path}/session.json';
            await Future.wait([for (var n = 0; n < 4; n++) Isolate.run(() => count(path))]);
            same(await FileSessionStore(path).load(), '${4 * changes}');
          }),
      'so do stores of one isolate': () => inFolder((folder) async {
            final path = '${folder.path}/session.json';
            await Future.wait([count(path), count(path)]);
            same(await FileSessionStore(path).load(), '${2 * changes}');
          }),
      'what a process that was killed has left behind is removed after a while': () => inFolder((folder) async {
            final left = File('${folder.path}/.session.json.lock.$pid')..createSync();
            left.setLastModifiedSync(DateTime.now().subtract(const Duration(minutes: 1)));
            await count('${folder.path}/session.json');
            same([await FileSessionStore('${folder.path}/session.json').load(), left.existsSync()], ['$changes', false]);
          }),
      'only its owner reads it': () => inFolder((folder) async {
            final store = FileSessionStore('${folder.path}/session.json');
            await store.save('private');
            if (Platform.isLinux) same((await File('${folder.path}/session.json').stat()).modeString(), 'rw-------');
          }),
    });
