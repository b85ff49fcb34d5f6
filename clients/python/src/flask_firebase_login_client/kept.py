"""The session that is kept: in memory, and in the store."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from .answers import date_of, not_our_site
from .cookies import CookieJar, parse_names
from .dates import Clock
from .effects import Flow, Load, Save
from .errors import StoreFailed
from .site import Site
from .state import PendingSignOut, SessionState, StoredSession, from_text, to_text
from .works import SharedWorks

log = logging.getLogger(__name__)

MAX_PENDING = 10


class KeptSession:
    """A session in memory, and in the store whenever it has changed.

    A sign-in and a sign-out each begin a new generation; what belongs to an old one, such as the late answer to a call, changes
    nothing any more.

    Args:
        site: The one site that it is for.
        works: What reads and writes the store, once at a time.
        clock: The time, aware and in UTC.
        on_state: Told the state whenever it has changed.
    """

    def __init__(self, site: Site, works: SharedWorks, clock: Clock, on_state: Callable[[SessionState], None]) -> None:
        self.site = site
        self.account: Mapping[str, Any] | None = None
        self.generation = 0
        self.sign_outs = 0
        self.pending: tuple[PendingSignOut, ...] = ()
        self._works = works
        self._clock = clock
        self._on_state = on_state
        self._lock = threading.RLock()
        self._jar = self._make_jar(())
        self._session_cookies: tuple[str, ...] = ()
        self._seen: set[tuple[str, str]] = set()
        self._is_loaded = self._is_offline = False
        self._version = self._saved_version = 0
        self._told = SessionState.UNKNOWN

    @property
    def is_signed_in(self) -> bool:
        """Whether a cookie that a sign-in set is kept and has not ended."""
        with self._lock:
            now = self._clock()
            return any(self._jar.has(name, now) for name in self._session_cookies)

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
            yield from self._works.once("load", self._load)

    def save(self) -> Flow[None]:
        """See that the store keeps the newest version; several at once write one after the other.

        Raises:
            StoreFailed: It cannot be written.
        """
        wanted = self._version
        while self._saved_version < wanted:
            yield from self._works.once("save", self._write)

    def enter(self, response: httpx.Response, account: Mapping[str, Any]) -> None:
        """Take the answer to a sign-in.

        Raises:
            NotOurSite: It sets no cookie that can be kept.
        """
        headers, now = response.headers.get_list("Set-Cookie"), self._clock()
        with self._lock:
            taken = self._jar.receive(headers, path=response.request.url.path, now=now, server_now=date_of(response))
            names = tuple(cookie.name for cookie in taken if self._jar.has(cookie.name, now))
            if not names:
                raise not_our_site(response, _why_no_cookie(headers, self.site))
            self._session_cookies, self.account = names, account
            self.generation += 1
            self._version += 1
        self._tell()

    def receive(self, response: httpx.Response, generation: int) -> Flow[None]:
        """Take the cookies of any other answer; one of an older generation is dropped."""
        headers = response.headers.get_list("Set-Cookie")
        with self._lock:
            if not headers or generation != self.generation:
                return
            before, path = tuple(self._jar), response.request.url.path
            self._jar.receive(headers, path=path, now=self._clock(), server_now=date_of(response))
            if before == tuple(self._jar):
                return
            self._version += 1
        self._tell()
        yield from self._save_or_warn()

    def forget(self, generation: int) -> Flow[None]:
        """The site has ended this session, and there is no other: the user is signed out."""
        with self._lock:
            if generation != self.generation or not self._session_cookies:
                return
            self._session_cookies, self.account = (), None
            self._version += 1
        self._tell()
        yield from self._save_or_warn()

    def leave(self) -> None:
        """Sign out: begin a generation without a session; what was one is to be ended at the site."""
        with self._lock:
            if self.is_signed_in:
                self._end_later(self._jar, self._session_cookies)
            self._note_seen()
            self._jar = self._make_jar(())
            self._session_cookies, self.account = (), None
            self.generation += 1
            self.sign_outs += 1
            self._version += 1
        self._tell()

    def turn_away(self, response: httpx.Response) -> None:
        """The user has signed out while this sign-in was under way: its session is to be ended at the site."""
        jar, now = self._make_jar(()), self._clock()
        headers = response.headers.get_list("Set-Cookie")
        taken = jar.receive(headers, path=response.request.url.path, now=now, server_now=date_of(response))
        with self._lock:
            self._end_later(jar, tuple(cookie.name for cookie in taken))
            self._version += 1

    def drop_pending(self, pending: PendingSignOut) -> None:
        """That session has been ended at the site, or has ended by itself."""
        with self._lock:
            self.pending = tuple(one for one in self.pending if one is not pending)
            self._version += 1

    def put_into(self, request: httpx.Request) -> int:
        """Put the cookies into a request to the site, beside the app's own of other names.

        Returns:
            The generation that they are of.
        """
        with self._lock:
            self._note_seen()
            names = self._jar.names() | {name for name, _ in self._seen}
            theirs = [(name, value) for name, value in parse_names(request.headers.get("Cookie", "")) if name not in names]
            _set_cookies(request, theirs, self._jar.header_for(request.url.path, self._clock()))
            return self.generation

    def keep_out_of(self, request: httpx.Request) -> None:
        """Take the cookies out of a request to another host: httpx keeps cookies by host alone, whatever the port."""
        with self._lock:
            self._note_seen()
            theirs = parse_names(request.headers.get("Cookie", ""))
            _set_cookies(request, [pair for pair in theirs if pair not in self._seen], None)

    def set_offline(self, *, is_offline: bool) -> None:
        """Note whether the last call reached a user."""
        self._is_offline = is_offline
        self._tell()

    def _load(self) -> Flow[None]:
        try:
            stored = from_text((yield Load()), self.site.origin)
        except TypeError:
            raise  # a mistake of the program's, such as a store of coroutines without an event loop
        except Exception as error:
            log.warning("The stored session cannot be read (%s); it counts as empty.", type(error).__name__)
            stored = StoredSession()
        with self._lock:
            self._jar = self._make_jar(stored.cookies)
            self._session_cookies, self.account, self.pending = stored.session_cookies, stored.account, stored.pending
            self._is_loaded = True
        self._tell()

    def _write(self) -> Flow[None]:
        with self._lock:
            version = self._version
            stored = StoredSession(tuple(self._jar), self._session_cookies, self.account, self.pending)
        try:
            yield Save(None if stored.is_empty else to_text(stored, self.site.origin))
        except TypeError:
            raise
        except Exception as error:
            raise StoreFailed(error) from error
        self._saved_version = version

    def _save_or_warn(self) -> Flow[None]:
        """An answer is here and must not be lost; where the store fails, the next change is stored with this one."""
        try:
            yield from self.save()
        except StoreFailed as error:
            log.warning("%s", error)

    def _tell(self) -> None:
        with self._lock:
            state, told, self._told = self.state, self._told, self.state
        if state is not told:
            self._on_state(state)

    def _make_jar(self, cookies: tuple[Any, ...]) -> CookieJar:
        return CookieJar(self.site.url.host, is_secure=self.site.is_secure, cookies=cookies)

    def _end_later(self, jar: CookieJar, session_cookies: tuple[str, ...]) -> None:
        header = jar.header_for(self.site.endpoint("sign-out").path, self._clock())
        if header is not None:
            ends = [cookie.expires_at for cookie in jar if cookie.name in session_cookies and cookie.expires_at]
            self.pending = (*self.pending, PendingSignOut(header, max(ends, default=None)))[-MAX_PENDING:]

    def _note_seen(self) -> None:
        self._seen |= {(cookie.name, cookie.value) for cookie in self._jar}


def _set_cookies(request: httpx.Request, theirs: list[tuple[str, str]], ours: str | None) -> None:
    header = "; ".join([*(f"{name}={value}" for name, value in theirs), *([ours] if ours else [])])
    if header:
        request.headers["Cookie"] = header
    else:
        request.headers.pop("Cookie", None)


def _why_no_cookie(headers: list[str], site: Site) -> str:
    if not site.is_secure and any("secure" in one.lower() for one in headers):
        return (
            ", and its session cookie travels over HTTPS only: use an https:// address, or for development set "
            "FIREBASE_LOGIN_COOKIE_SECURE to False on the site"
        )
    return ", but set no session cookie that can be kept: see whether something between drops Set-Cookie"
