/// Whether the network may be gone: outside of a browser, exceptions tell.
library;

/// Whether an exception of package:http's may mean that the network is gone.
bool get mayBeOffline => true;
