/// A stand-in for the file that `flutterfire configure` writes, and overwrites: a project that does not exist, for the Auth
/// emulator alone.
library;

import 'package:firebase_core/firebase_core.dart' show FirebaseOptions;
import 'package:flutter/foundation.dart' show TargetPlatform, defaultTargetPlatform, kIsWeb;

class DefaultFirebaseOptions {
  static FirebaseOptions get currentPlatform {
    if (kIsWeb) return web;
    return switch (defaultTargetPlatform) {
      TargetPlatform.android => android,
      TargetPlatform.iOS || TargetPlatform.macOS => ios,
      TargetPlatform.windows => web,
      _ => throw UnsupportedError('Firebase has no plug-in for this platform.'),
    };
  }

  static const web = FirebaseOptions(
    apiKey: '12345',
    appId: '1:1:web:1',
    messagingSenderId: '',
    projectId: 'demo-notes',
    authDomain: 'demo-notes.firebaseapp.com',
  );

  static const android = FirebaseOptions(
    apiKey: '12345',
    appId: '1:1:android:1',
    messagingSenderId: '',
    projectId: 'demo-notes',
  );

  static const ios = FirebaseOptions(
    apiKey: '12345',
    appId: '1:1:ios:1',
    messagingSenderId: '',
    projectId: 'demo-notes',
  );
}
