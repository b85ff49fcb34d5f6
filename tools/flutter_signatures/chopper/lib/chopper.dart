/// A double of signatures: `package:chopper/chopper.dart`, as far as it is used here.
library;

import 'package:http/http.dart' as http;

base class ChopperClient {
  ChopperClient({Uri? baseUrl, http.Client? client, Converter? converter, Iterable<ChopperService>? services});
}

abstract interface class Converter {}

class JsonConverter implements Converter {
  const JsonConverter();
}

abstract class ChopperService {}
