/// A double of package:http's client for browsers: its shape alone, so that what uses it is checked by the front end.
library;

import 'http.dart';

class BrowserClient extends BaseClient {
  bool withCredentials = false;

  @override
  Future<StreamedResponse> send(BaseRequest request) => throw UnsupportedError('there is no browser here');
}
