/// [SecureStore]: the session in the keychain or keystore.
library;

import 'package:flask_firebase_login/flask_firebase_login.dart';
import 'package:flutter/foundation.dart';
import 'package:flutter/services.dart';
import 'package:flutter_secure_storage/flutter_secure_storage.dart';
import 'package:shared_preferences/shared_preferences.dart';

const _ofApple = {TargetPlatform.iOS, TargetPlatform.macOS};
const _missingEntitlement = -34018; // errSecMissingEntitlement

/// Keeps the session with `flutter_secure_storage`: in the keychain, the keystore, or what else the platform has.
///
/// - **A place of its own**, so that neither clears what the app keeps there itself, nor is cleared with it.
/// - **Android** restores a backup of the encrypted text, but not of its key. What cannot be decrypted is dropped, and the
///   user signs in again.
/// - **iOS and macOS** keep the keychain when an app is removed. A session of an earlier installation is dropped. Nothing goes
///   to another device, by a backup or by iCloud. It can be read once the device was unlocked, so in the background too.
/// - **macOS** needs an entitlement; where it is missing, this throws [KeychainEntitlementMissing].
final class SecureStore implements SessionStore {
  /// Makes the store; [name] is its place, another one for each session of the same app.
  ///
  /// [storage] is for other options than these. In the preferences, [preferences] in a test, it is noted that this installation
  /// has kept a session.
  SecureStore({
    String name = 'flask_firebase_login',
    FlutterSecureStorage? storage,
    SharedPreferencesAsync? preferences,
    @visibleForTesting TargetPlatform? platform,
  })  : _key = '$name.session',
        _mark = '$name.is_kept_here',
        _storage = storage ?? _makeStorage(name),
        _givenPreferences = preferences,
        _platform = platform;

  final String _key;
  final String _mark;
  final FlutterSecureStorage _storage;
  final SharedPreferencesAsync? _givenPreferences;
  final TargetPlatform? _platform;
  bool _isMarked = false;

  late final SharedPreferencesAsync _preferences = _givenPreferences ?? SharedPreferencesAsync();

  /// Whether what is kept outlives the app; preferences do not.
  late final bool _outlivesApp = !kIsWeb && _ofApple.contains(_platform ?? defaultTargetPlatform);

  @override
  Future<String?> load() => _explaining(() async {
        final text = await _storage.read(key: _key);
        if (text == null || !_outlivesApp || await _isKeptHere()) return text;
        await _storage.delete(key: _key);
        return null;
      });

  @override
  Future<void> save(String text) => _explaining(() async {
        if (_outlivesApp && !_isMarked) {
          await _preferences.setBool(_mark, true);
          _isMarked = true;
        }
        await _storage.write(key: _key, value: text);
      });

  @override
  Future<void> clear() => _explaining(() => _storage.delete(key: _key));

  Future<bool> _isKeptHere() async => _isMarked = _isMarked || (await _preferences.getBool(_mark) ?? false);

  Future<T> _explaining<T>(Future<T> Function() work) async {
    try {
      return await work();
    } on PlatformException catch (error, trace) {
      if (error.details != _missingEntitlement) rethrow;
      Error.throwWithStackTrace(const KeychainEntitlementMissing(), trace);
    }
  }
}

/// The app may not use the keychain: an entitlement is missing.
final class KeychainEntitlementMissing implements Exception {
  /// Says what to add.
  const KeychainEntitlementMissing();

  @override
  String toString() =>
      'KeychainEntitlementMissing: this app may not use the keychain. Add the key keychain-access-groups, with an array that '
      'may be empty, to macos/Runner/DebugProfile.entitlements and to macos/Runner/Release.entitlements, or in Xcode the '
      'capability Keychain Sharing, and sign the app with a development team.';
}

FlutterSecureStorage _makeStorage(String name) => FlutterSecureStorage(
      aOptions: AndroidOptions(storageNamespace: name, resetOnError: true),
      iOptions: IOSOptions(accountName: name, accessibility: KeychainAccessibility.first_unlock_this_device),
      mOptions: MacOsOptions(accountName: name, accessibility: KeychainAccessibility.first_unlock_this_device),
    );
