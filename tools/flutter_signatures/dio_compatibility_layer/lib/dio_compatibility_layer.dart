/// A double of signatures: `package:dio_compatibility_layer/dio_compatibility_layer.dart`.
library;

import 'package:dio/dio.dart';
import 'package:http/http.dart' as http;

class ConversionLayerAdapter implements HttpClientAdapter {
  ConversionLayerAdapter(this.client);

  final http.Client client;

  @override
  void close({bool force = false}) => throw UnimplementedError();
}
