/// A double of signatures: `package:dio/dio.dart`, as far as it is used here.
library;

class BaseOptions {
  BaseOptions({this.baseUrl = ''});

  String baseUrl;
}

abstract class Dio {
  factory Dio([BaseOptions? options]) => throw UnimplementedError();

  late HttpClientAdapter httpClientAdapter;

  Future<Response<T>> get<T>(String path, {Object? data, Map<String, dynamic>? queryParameters});
}

class Response<T> {
  Response({this.data});

  T? data;
}

abstract class HttpClientAdapter {
  void close({bool force = false});
}

class DioException implements Exception {
  DioException({this.error});

  final Object? error;
}
