"""Work that several calls need at once and that is done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from .effects import Flow, Join, NoAnswer


class SharedWorks:
    """Does each piece of work once at a time, whatever the number of threads and tasks that need it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[None]] = {}

    def once(self, name: str, work: Callable[[], Flow[None]]) -> Flow[bool]:
        """Do a piece of work, or wait while another does it, and share its error.

        Where the other was abandoned, such as a task that was cancelled, this returns all the same: see whether the work is
        done, and ask again.

        Args:
            name: Which work.
            work: The flow that does it.

        Returns:
            Whether it was done here.
        """
        ours: Future[None] = Future()
        with self._lock:
            under_way = self._under_way.setdefault(name, ours)
        if under_way is not ours:
            yield Join(under_way)
            return False
        error: BaseException | None = None
        try:
            yield from work()
        except BaseException as raised:
            error = raised
            raise
        finally:
            with self._lock:
                del self._under_way[name]
            if isinstance(error, Exception):
                ours.set_exception(error.cause if isinstance(error, NoAnswer) else error)
            else:
                ours.set_result(None)
        return True
