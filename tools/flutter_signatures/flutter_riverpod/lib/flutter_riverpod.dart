/// A double of signatures: `package:flutter_riverpod/flutter_riverpod.dart`, as far as it is used here.
library;

import 'dart:async';

typedef Retry = Duration? Function(int retryCount, Object error);

abstract class ProviderListenable<T> {}

extension ProviderListenableSelect<T> on ProviderListenable<T> {
  ProviderListenable<R> select<R>(R Function(T value) selector) => throw UnimplementedError();
}

abstract class Ref {
  T watch<T>(ProviderListenable<T> listenable);
}

abstract class AsyncValue<T> {
  T? get value;
}

base class Provider<T> implements ProviderListenable<T> {
  Provider(T Function(Ref ref) create, {String? name, bool isAutoDispose = false, Retry? retry});
}

base class FutureProvider<T> implements ProviderListenable<AsyncValue<T>> {
  FutureProvider(FutureOr<T> Function(Ref ref) create, {String? name, bool isAutoDispose = false, Retry? retry});
}

base class StreamProvider<T> implements ProviderListenable<AsyncValue<T>> {
  StreamProvider(Stream<T> Function(Ref ref) create, {String? name, bool isAutoDispose = false, Retry? retry});
}
