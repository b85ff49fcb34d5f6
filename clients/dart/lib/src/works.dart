/// Work that several calls need at once and that is done once.
library;

/// Does each piece of work once at a time, whatever the number of calls that need it.
final class SharedWorks {
  final Map<String, Future<void>> _underWay = {};

  /// Does a piece of work, or waits while another call does it and shares its error. Returns whether it was done here.
  Future<bool> once(String name, Future<void> Function() work) async {
    final underWay = _underWay[name];
    if (underWay != null) {
      await underWay;
      return false;
    }
    final ours = _underWay[name] = work();
    try {
      await ours;
    } finally {
      _underWay.remove(name);
    }
    return true;
  }
}
