/// A double of package:http's client over `dart:io`.
library;

export 'http.dart' show IOClient;
