/// Where the site and the Auth emulator are, for the device that the app runs on.
library;

import 'package:flutter/foundation.dart';

const _site = String.fromEnvironment('SITE');
const _authEmulator = String.fromEnvironment('AUTH_EMULATOR');
const _isReversed = bool.fromEnvironment('ADB_REVERSE');

/// The site: `--dart-define=SITE=…`; on the web, by default, where the app itself comes from.
Uri get siteAddress => _site.isEmpty ? (kIsWeb ? Uri.base.resolve('/') : _reach('http://127.0.0.1:8000')) : _reach(_site);

/// The Auth emulator: `--dart-define=AUTH_EMULATOR=127.0.0.1:9099`; null where Firebase itself is asked.
Uri? get authEmulator => _authEmulator.isEmpty ? null : _reach('http://$_authEmulator');

Uri _reach(String address) => reachFrom(Uri.parse(address), isAndroid: _isAndroid, isReversed: _isReversed);

bool get _isAndroid => !kIsWeb && defaultTargetPlatform == TargetPlatform.android;

/// Returns an address of the developer's machine as the device reaches it.
///
/// To an Android emulator 127.0.0.1 is itself, and the machine that it runs on is 10.0.2.2. A phone on a cable reaches the
/// machine at 127.0.0.1, once `adb reverse` has been told the port.
Uri reachFrom(Uri address, {required bool isAndroid, required bool isReversed}) {
  final isOfMachine = const {'localhost', '127.0.0.1'}.contains(address.host);
  return isAndroid && !isReversed && isOfMachine ? address.replace(host: '10.0.2.2') : address;
}
