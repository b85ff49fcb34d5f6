/// The client that sends a session's requests by default: package:http's own.
library;

import 'package:http/http.dart' as http;

/// Returns package:http's client for this platform.
http.Client makeDefaultClient() => http.Client();
