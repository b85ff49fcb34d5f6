/// The client that sends a session's requests by default, in a browser: one that lets the browser's cookies travel.
library;

import 'package:http/browser_client.dart';
import 'package:http/http.dart' as http;

/// Returns package:http's client for browsers, with credentials.
http.Client makeDefaultClient() => BrowserClient()..withCredentials = true;
