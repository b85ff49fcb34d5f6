/// A double of signatures: `package:cronet_http/cronet_http.dart`, as far as it is used here.
library;

import 'package:http/http.dart';

enum CacheMode { disabled, memory, diskNoHttp, disk }

class CronetEngine {
  CronetEngine._();

  static CronetEngine build({CacheMode? cacheMode, int? cacheMaxSize, String? storagePath, String? userAgent}) =>
      throw UnimplementedError();
}

abstract class CronetClient extends BaseClient {
  factory CronetClient.fromCronetEngine(CronetEngine engine, {bool closeEngine = false}) => throw UnimplementedError();
}
