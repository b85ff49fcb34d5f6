"""The session in memory, and the store that it is written to whenever it has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .cookies import CookieJar
from .dates import Clock
from .effects import Flow, Load, Update
from .errors import StoreFailed
from .merging import merge
from .request_cookies import RequestCookies
from .site import Site
from .state import PendingSignOut, SessionState, StoredSession, from_text, to_text
from .works import SharedWorks

log = logging.getLogger(__name__)


class StoredState:
    """A session in memory, and in the store that other windows and processes may write too.

    A sign-in and a sign-out each begin a new generation, here or in another window; what belongs to an old one, such as the late
    answer to a call, changes nothing any more.

    Args:
        site: The one site that it is for.
        works: What reads and writes the store, once at a time.
        clock: The time, aware and in UTC.
        on_state: Told the state whenever it, or the user, has changed.
        on_store_failed: Told where a session could not be stored, and the call goes on.

    Attributes:
        generation: Which session it is, counted from the program's start.
        ended_generation: The youngest session that the site is known to have ended: the next call signs in anew. -1 where none is.
        sign_outs: How often the user has signed out since the program's start, here or in another window.
    """

    def __init__(
        self,
        site: Site,
        works: SharedWorks,
        clock: Clock,
        on_state: Callable[[SessionState], None],
        on_store_failed: Callable[[StoreFailed], object],
    ) -> None:
        self.site = site
        self.generation = 0
        self.ended_generation = -1
        self.sign_outs = 0
        self._now = self._base = StoredSession()
        self._base_text: str | None = None
        self._works = works
        self._clock = clock
        self._on_state = on_state
        self._on_store_failed = on_store_failed
        self._lock = threading.RLock()
        self._jar = self._make_jar(())
        self._sent = RequestCookies(site.url.host)
        self._is_loaded = self._is_offline = False
        self._version = self._saved_version = 0
        self._told: tuple[SessionState, str | None] = (SessionState.UNKNOWN, None)

    @property
    def account(self) -> Mapping[str, Any] | None:
        """The account as the sign-in told it; None where nobody is signed in."""
        return self._now.account

    @property
    def firebase_uid(self) -> str | None:
        """Whose session it is; None where there is none."""
        return self._now.firebase_uid

    @property
    def is_of_bearer(self) -> bool:
        """Whether the session is one that the site knows by a bearer."""
        return self._now.bearer is not None

    @property
    def pending(self) -> tuple[PendingSignOut, ...]:
        """Sessions still to be ended at the site."""
        return self._now.pending

    @property
    def is_signed_in(self) -> bool:
        """Whether a bearer is kept, or a cookie that a sign-in set and that has not ended."""
        with self._lock:
            if self._now.bearer is not None:
                return True
            now = self._clock()
            return any(self._jar.has(name, now) for name in self._now.session_cookies)

    @property
    def has_session(self) -> bool:
        """Whether somebody is signed in, by a session that the site is not known to have ended."""
        return self.generation > self.ended_generation and self.is_signed_in

    @property
    def is_ready(self) -> bool:
        """Whether a call needs no more than the session: somebody is signed in, and nothing is still to be ended or renewed."""
        return self._is_loaded and not self._now.pending and self.has_session

    @property
    def state(self) -> SessionState:
        """Where the session stands, without a call."""
        if not self._is_loaded:
            return SessionState.UNKNOWN
        if not self.is_signed_in:
            return SessionState.SIGNED_OUT
        return SessionState.OFFLINE if self._is_offline else SessionState.SIGNED_IN

    def load(self) -> Flow[None]:
        """Read the store, once."""
        while not self._is_loaded:
            yield from self._works.once("store", self._load)

    def reload(self) -> Flow[None]:
        """Read the store again: another window, or another process, may have signed in or out."""
        yield from self._works.alone("store", self._load)

    def save(self) -> Flow[None]:
        """See that the store keeps the newest version; several at once write one after the other.

        Raises:
            StoreFailed: It cannot be written.
        """
        wanted = self._version
        while self._saved_version < wanted:
            yield from self._works.once("store", self._write)

    def save_or_tell(self) -> Flow[None]:
        """As `save`, where a call is under way that must not be lost."""
        yield from self.telling(self.save())

    def telling(self, flow: Flow[None]) -> Flow[None]:
        """Tell of a store that fails, and go on: the next change is stored with this one."""
        try:
            yield from flow
        except StoreFailed as error:
            log.warning("%s", error)
            self._on_store_failed(error)

    def _load(self) -> Flow[None]:
        try:
            text = yield Load()
        except TypeError:
            raise  # a mistake of the program's, such as a store of coroutines without an event loop
        except Exception as error:
            log.warning("The stored session cannot be read (%s); what is known of it stays.", type(error).__name__)
        else:
            self._adopt(text)
        self._is_loaded = True
        self._tell()

    def _write(self, settle: Callable[[], None] | None = None) -> Flow[None]:
        """Write, after what another window has written since is taken in, and `settle` has had its say."""
        version, stored = 0, StoredSession()

        def change(text: str | None, is_read: bool) -> str | None:
            nonlocal version, stored
            with self._lock:
                if is_read:
                    self._adopt(text)
                if settle is not None:
                    settle()
                version, stored = self._version, self._snapshot()
            return None if stored.is_empty else to_text(stored, self.site.origin)

        def done(text: str | None) -> None:
            with self._lock:
                self._base, self._base_text, self._saved_version = stored, text, version

        try:
            yield Update(change, done)
        except TypeError:
            raise
        except Exception as error:
            raise StoreFailed(error) from error
        finally:
            self._tell()

    def _adopt(self, text: str | None) -> None:
        """Take in what the store holds, where another than this client has written it."""
        with self._lock:
            if text == self._base_text:
                return
            theirs, ours = from_text(text, self.site.origin), self._snapshot()
            merged = merge(self._base, ours, theirs)
            self._base, self._base_text = theirs, text
            if merged != theirs:
                self._version += 1
            if merged.sign_in_id != ours.sign_in_id:
                self.generation += 1
                self.sign_outs += merged.sign_in_id is None
            self._now, self._jar = merged, self._make_jar(merged.cookies)
            self._sent.note(self._jar)

    def _snapshot(self) -> StoredSession:
        return replace(self._now, cookies=tuple(self._jar))

    def _tell(self) -> None:
        with self._lock:
            told, self._told = self._told, (self.state, self.firebase_uid)
            is_new = told[0] is not self._told[0] or (None not in (told[1], self._told[1]) and told[1] != self._told[1])
        if is_new:
            self._on_state(self._told[0])

    def _make_jar(self, cookies: Any) -> CookieJar:
        return CookieJar(self.site.url.host, is_secure=self.site.is_secure, cookies=cookies)
