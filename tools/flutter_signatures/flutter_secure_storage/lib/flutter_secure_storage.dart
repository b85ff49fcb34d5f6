/// A double of signatures: `package:flutter_secure_storage/flutter_secure_storage.dart`, as far as it is used here.
library;

class FlutterSecureStorage {
  const FlutterSecureStorage({
    this.iOptions = IOSOptions.defaultOptions,
    this.aOptions = AndroidOptions.defaultOptions,
    this.mOptions = MacOsOptions.defaultOptions,
  });

  final IOSOptions iOptions;
  final AndroidOptions aOptions;
  final AppleOptions mOptions;

  Future<String?> read({
    required String key,
    AppleOptions? iOptions,
    AndroidOptions? aOptions,
    LinuxOptions? lOptions,
    WebOptions? webOptions,
    AppleOptions? mOptions,
    WindowsOptions? wOptions,
  }) =>
      throw UnimplementedError();

  Future<void> write({
    required String key,
    required String? value,
    AppleOptions? iOptions,
    AndroidOptions? aOptions,
    LinuxOptions? lOptions,
    WebOptions? webOptions,
    AppleOptions? mOptions,
    WindowsOptions? wOptions,
  }) =>
      throw UnimplementedError();

  Future<void> delete({
    required String key,
    AppleOptions? iOptions,
    AndroidOptions? aOptions,
    LinuxOptions? lOptions,
    WebOptions? webOptions,
    AppleOptions? mOptions,
    WindowsOptions? wOptions,
  }) =>
      throw UnimplementedError();
}

enum KeychainAccessibility { passcode, unlocked, unlocked_this_device, first_unlock, first_unlock_this_device }

abstract class Options {
  const Options();
}

class LinuxOptions extends Options {
  const LinuxOptions();
}

class WebOptions extends Options {
  const WebOptions();
}

class WindowsOptions extends Options {
  const WindowsOptions();
}

class AndroidOptions extends Options {
  const AndroidOptions({bool resetOnError = true, this.storageNamespace});

  static const AndroidOptions defaultOptions = AndroidOptions();

  final String? storageNamespace;
}

abstract class AppleOptions extends Options {
  const AppleOptions({
    this.accountName = defaultAccountName,
    this.groupId,
    this.accessibility = KeychainAccessibility.unlocked,
    this.synchronizable = false,
  });

  static const defaultAccountName = 'flutter_secure_storage_service';

  final String? accountName;
  final String? groupId;
  final KeychainAccessibility? accessibility;
  final bool synchronizable;
}

class IOSOptions extends AppleOptions {
  const IOSOptions({super.accountName, super.groupId, super.accessibility, super.synchronizable});

  static const IOSOptions defaultOptions = IOSOptions();
}

class MacOsOptions extends AppleOptions {
  const MacOsOptions({
    super.accountName,
    super.groupId,
    super.accessibility,
    super.synchronizable,
    this.usesDataProtectionKeychain = true,
  });

  static const MacOsOptions defaultOptions = MacOsOptions();

  final bool usesDataProtectionKeychain;
}
