/// Whether the network may be gone: in a browser, the browser tells; its exceptions are the same for a refusal by CORS.
library;

import 'dart:js_interop';

/// Whether an exception of package:http's may mean that the network is gone.
bool get mayBeOffline => !_isOnline;

@JS('navigator.onLine')
external bool get _isOnline;
