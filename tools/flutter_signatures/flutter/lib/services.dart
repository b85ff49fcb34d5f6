/// A double of signatures: `package:flutter/services.dart`, as far as it is used here.
library;

class PlatformException implements Exception {
  PlatformException({required this.code, this.message, this.details, this.stacktrace});

  final String code;
  final String? message;
  final dynamic details;
  final String? stacktrace;
}

class TextInputType {
  const TextInputType._();

  static const TextInputType emailAddress = TextInputType._();
}

abstract final class AutofillHints {
  static const String email = 'email';
  static const String password = 'password';
}
