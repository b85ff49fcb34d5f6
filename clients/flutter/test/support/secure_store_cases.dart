/// What the store does with the keychain and the keystore, which are played here.
library;

import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';
import 'package:flutter/foundation.dart';
import 'package:flutter/services.dart';
import 'package:flutter_secure_storage/flutter_secure_storage.dart';
import 'package:flutter_test/flutter_test.dart' show Fake;
import 'package:shared_preferences/shared_preferences.dart';

import 'checks.dart';

/// See [Cases].
final Cases secureStoreCases = {
  for (final platform in [TargetPlatform.android, TargetPlatform.iOS, TargetPlatform.macOS, TargetPlatform.windows])
    'the last text is kept on ${platform.name}': () async {
      final device = _Device(platform);
      final store = device.store;
      same(await store.load(), null);
      await store.save('one');
      await store.save('two');
      same([await store.load(), await device.store.load()], ['two', 'two']);
      await store.clear();
      same([await store.load(), device.keychain], [null, <String, String>{}]);
    },
  for (final platform in [TargetPlatform.iOS, TargetPlatform.macOS])
    'a session of an earlier installation is dropped on ${platform.name}': () async {
      final device = _Device(platform);
      await device.store.save('of before');
      device.preferences.clear(); // the app is removed, and installed again
      same([await device.store.load(), device.keychain], [null, <String, String>{}]);
      await device.store.save('of now');
      same(await device.store.load(), 'of now');
    },
  'on Android, where nothing outlives the app, no preference is read or written': () async {
    final device = _Device(TargetPlatform.android);
    await device.store.save('one');
    same([await device.store.load(), device.preferences], ['one', <String, bool>{}]);
  },
  'a keychain that cannot be read yet loses nothing': () async {
    final device = _Device(TargetPlatform.iOS);
    await device.store.save('one');
    device.failure = -25308; // errSecInteractionNotAllowed: the device has not been unlocked since it was started
    await throws<PlatformException>(() => device.store.load());
    device.failure = null;
    same(await device.store.load(), 'one');
  },
  'where an entitlement is missing, it is said which, and where': () async {
    final device = _Device(TargetPlatform.macOS)..failure = -34018;
    final error = await throws<KeychainEntitlementMissing>(() => device.store.save('one'));
    for (final name in ['keychain-access-groups', 'DebugProfile.entitlements', 'Release.entitlements']) {
      same('$error'.contains(name), true);
    }
  },
};

final class _Device {
  _Device(this.platform);

  final TargetPlatform platform;
  final Map<String, String> keychain = {};
  final Map<String, bool> preferences = {};
  int? failure;

  SecureStore get store => SecureStore(storage: _Keychain(this), preferences: _Preferences(preferences), platform: platform);
}

final class _Keychain extends Fake implements FlutterSecureStorage {
  _Keychain(this._device);

  final _Device _device;

  @override
  Future<String?> read({
    required String key,
    AppleOptions? iOptions,
    AndroidOptions? aOptions,
    LinuxOptions? lOptions,
    WebOptions? webOptions,
    AppleOptions? mOptions,
    WindowsOptions? wOptions,
  }) async {
    _fail();
    return _device.keychain[key];
  }

  @override
  Future<void> write({
    required String key,
    required String? value,
    AppleOptions? iOptions,
    AndroidOptions? aOptions,
    LinuxOptions? lOptions,
    WebOptions? webOptions,
    AppleOptions? mOptions,
    WindowsOptions? wOptions,
  }) async {
    _fail();
    _device.keychain[key] = value!;
  }

  @override
  Future<void> delete({
    required String key,
    AppleOptions? iOptions,
    AndroidOptions? aOptions,
    LinuxOptions? lOptions,
    WebOptions? webOptions,
    AppleOptions? mOptions,
    WindowsOptions? wOptions,
  }) async {
    _fail();
    _device.keychain.remove(key);
  }

  void _fail() {
    final failure = _device.failure;
    if (failure != null) throw PlatformException(code: 'Unexpected security result code', details: failure);
  }
}

final class _Preferences extends Fake implements SharedPreferencesAsync {
  _Preferences(this._kept);

  final Map<String, bool> _kept;

  @override
  Future<bool?> getBool(String key) async => _kept[key];

  @override
  Future<void> setBool(String key, bool value) async => _kept[key] = value;
}
