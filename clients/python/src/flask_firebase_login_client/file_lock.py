"""A lock across processes, by a file beside the one that it guards."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.005


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other threads and processes respect; the operating system lets go of it where a process ends.

    Args:
        path: The lock's own file, which is made where it is missing and stays.

    Raises:
        TimeoutError: Another holds it for longer than `PATIENCE_SECONDS`.
        OSError: The file cannot be made or locked.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _take(descriptor, time.monotonic() + PATIENCE_SECONDS)
        yield
    finally:
        os.close(descriptor)  # which unlocks it


def _take(descriptor: int, patient_until: float) -> None:
    while not _try(descriptor):
        if time.monotonic() > patient_until:
            raise TimeoutError("another process holds the lock of the store")
        time.sleep(_PAUSE_SECONDS)


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
