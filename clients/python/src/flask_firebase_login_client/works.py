"""Work that several calls need at once and that is done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from .effects import Flow, Join, Patience, Work
from .errors import AnswerUnreadable, BrowserNotOpened, NotOurSite, NotSignedInAtFirebase, SignInRejected, SignInTimedOut

_ANSWERS = (SignInRejected, NotOurSite, NotSignedInAtFirebase, SignInTimedOut, AnswerUnreadable, BrowserNotOpened)
"""What holds for everybody who waits, so that none of them need ask again."""


class SharedWorks:
    """Does each piece of work once at a time, whatever the number of threads and tasks that need it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Work] = {}

    def once(self, name: str, work: Callable[[], Flow[None]], patience: Patience | None = None) -> Flow[None]:
        """Do a piece of work, or wait while another does it.

        Where the other fails by something of its own, such as its own timeout, or is cancelled, this returns all the same: see
        whether the work is done, and ask again.

        Args:
            name: Which work.
            work: The flow that does it.
            patience: How long to wait for another; for ever by default.

        Raises:
            ClientError: What the site, or Firebase, answered to the other, where that holds for everybody.
        """
        is_ours, error = yield from self._do_or_wait(name, work, patience)
        if not is_ours and isinstance(error, _ANSWERS):
            raise error.again()

    def alone(self, name: str, work: Callable[[], Flow[None]], patience: Patience | None = None) -> Flow[None]:
        """Do a piece of work here, after whoever does it now, whatever becomes of that."""
        while not (yield from self._do_or_wait(name, work, patience))[0]:
            pass

    def _do_or_wait(
        self, name: str, work: Callable[[], Flow[None]], patience: Patience | None
    ) -> Flow[tuple[bool, BaseException | None]]:
        ours = Work(name, Future(), threading.get_ident())
        with self._lock:
            under_way = self._under_way.setdefault(name, ours)
        if under_way is not ours:
            return False, (yield Join(under_way, patience))
        outcome: BaseException | None = None
        try:
            yield from work()
        except BaseException as raised:
            outcome = raised
            raise
        finally:
            with self._lock:
                del self._under_way[name]
            ours.outcome.set_result(outcome)
        return True, None
