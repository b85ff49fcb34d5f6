"""The session that is kept: by answers of the site, and by what the user does."""

from __future__ import annotations

import secrets
from dataclasses import replace

import httpx

from .answers import date_of, not_our_site
from .cookies import Cookie, CookieJar
from .effects import Flow
from .errors import Cancelled, UserChanged
from .opened import OpenedSession
from .request_bearers import keep_bearer_out, put_bearer
from .site import Site
from .state import PendingSignOut, StoredSession
from .stored import StoredState

MAX_PENDING = 10


class KeptSession(StoredState):
    """What becomes of the session by answers of the site and by what the user does."""

    def enter(self, opened: OpenedSession, *, sign_outs: int, generation: int, replaces_any: bool) -> Flow[bool]:
        """Take the session of a sign-in, unless the user has signed out since it began, here or in another window.

        Args:
            opened: The session.
            sign_outs: How often the user had signed out when it began.
            generation: Which session was there when it began.
            replaces_any: Whether it replaces one that another window has opened meanwhile too.

        Returns:
            Whether it was taken; otherwise it is to be ended at the site.

        Raises:
            NotOurSite: It is one of cookies, and its answer sets none that can be kept.
            StoreFailed: It holds, but could not be stored.
        """
        if opened.response is not None and not self._names_in(opened.response):
            raise not_our_site(opened.response, _why_no_cookie(opened.response, self.site))
        is_taken: bool | None = None

        def settle() -> None:
            nonlocal is_taken
            is_taken = sign_outs == self.sign_outs and (replaces_any or generation == self.generation)
            if is_taken:
                is_replaced = generation == self.generation and self._is_of_cookies(opened)
                self._take(opened, ends_former=replaces_any and not is_replaced)
            else:
                self.turn_away(opened)

        try:
            yield from self._works.alone("store", lambda: self._write(settle))
        finally:
            if is_taken is None:
                self.turn_away(opened)
        return is_taken is True

    def turn_away(self, opened: OpenedSession) -> None:
        """A session that is not wanted any more is to be ended at the site."""
        with self._lock:
            if opened.bearer is not None:
                self._end_later(PendingSignOut("", bearer=opened.bearer))
            elif opened.response is not None:
                jar = self._make_jar(())
                self._end_cookies_later(jar, self._receive_into(jar, opened.response))

    def receive(self, response: httpx.Response, generation: int) -> Flow[None]:
        """Take the cookies of any other answer; one of an older generation is dropped."""
        if "Set-Cookie" not in response.headers:
            return
        with self._lock:
            if generation != self.generation:
                return
            before = tuple(self._jar)
            self._receive_into(self._jar, response)
            if before == tuple(self._jar):
                return
            self._sent.note(self._jar)
            self._version += 1
        self._tell()
        yield from self.save_or_tell()

    def forget(self, generation: int) -> Flow[None]:
        """The site has ended this session, and there is no other: the user is signed out."""
        before = self._version
        self.drop(generation)
        if before != self._version:
            yield from self.save_or_tell()

    def drop(self, generation: int) -> None:
        """As `forget`, where nothing can be stored just now: it is with the next change."""
        with self._lock:
            if generation == self.generation and (self._now.session_cookies or self.is_of_bearer):
                self._clear_jar()
                self._now = StoredSession(pending=self.pending)
                self._version += 1
        self._tell()

    def leave(self, generation: int | None = None) -> Flow[None]:
        """Sign out: begin a generation without a session; what was one, here or in the store, is to be ended at the site.

        Args:
            generation: Where given, only a session of this generation.

        Raises:
            StoreFailed: The session is forgotten, but the store still holds it.
        """
        with self._lock:
            if generation not in (None, self.generation):
                return
            self._leave()
        self._tell()
        yield from self._works.alone("store", lambda: self._write(self._leave if generation is None else None))

    def drop_pending(self, pending: PendingSignOut) -> None:
        """That session has been ended at the site, or has ended by itself."""
        with self._lock:
            self._now = replace(self._now, pending=tuple(one for one in self.pending if one.key != pending.key))
            self._version += 1

    def put_into(self, request: httpx.Request, owner: str | None = None) -> int:
        """Put the session into a request to the site: the cookies beside the app's own of other names, and the bearer.

        Args:
            request: The request.
            owner: Whose request it is; None where the session does not matter: then no bearer goes along.

        Returns:
            The generation that it is of.

        Raises:
            UserChanged: The session is another user's.
            Cancelled: The user has signed out.
        """
        with self._lock:
            if owner is not None and owner != self.firebase_uid:
                raise UserChanged if self.firebase_uid else Cancelled("The user has signed out meanwhile.")
            self._sent.put_into(request, self._jar.header_for(request.url.path, self._clock()))
            if owner is not None:
                put_bearer(request, self._now.bearer)
            return self.generation

    def keep_out_of(self, request: httpx.Request) -> None:
        """Take the session out of a request to another host: httpx keeps cookies by host alone, whatever the port."""
        keep_bearer_out(request)
        with self._lock:
            self._sent.keep_out_of(request, self._jar)

    def set_offline(self, *, is_offline: bool) -> None:
        """Note whether the last call reached a user."""
        if is_offline is not self._is_offline:
            self._is_offline = is_offline
            self._tell()

    def _take(self, opened: OpenedSession, *, ends_former: bool) -> None:
        if ends_former and self.is_signed_in:
            self._end_kept_later()
        is_of_another = self.firebase_uid not in (None, opened.firebase_uid)
        if is_of_another or (opened.bearer is not None and self._now.session_cookies):
            self._clear_jar()
        names = () if opened.response is None else self._receive_into(self._jar, opened.response)
        self._sent.note(self._jar)
        session = replace(self._now, account=opened.account, session_cookies=names, bearer=opened.bearer)
        self._become(replace(session, sign_in_id=secrets.token_hex(8)))

    def _is_of_cookies(self, opened: OpenedSession) -> bool:
        """Whether both the session that is kept and this one are of cookies: then the site has replaced the one by the other."""
        return not self.is_of_bearer and opened.bearer is None

    def _leave(self) -> None:
        if self.is_signed_in:
            self._end_kept_later()
        self.sign_outs += 1
        self._clear_jar()
        self._become(StoredSession(pending=self.pending))

    def _clear_jar(self) -> None:
        self._jar = self._make_jar(())

    def _become(self, session: StoredSession) -> None:
        self._now = session
        self.generation += 1
        self._version += 1

    def _names_in(self, response: httpx.Response) -> tuple[str, ...]:
        """Return the names of the cookies that an answer sets and that can be kept."""
        return self._receive_into(self._make_jar(()), response)

    def _receive_into(self, jar: CookieJar, response: httpx.Response) -> tuple[str, ...]:
        """Put the cookies of an answer into a jar, and return the names of those that it now keeps."""
        headers, now = response.headers.get_list("Set-Cookie"), self._clock()
        taken: list[Cookie] = jar.receive(headers, path=response.request.url.path, now=now, server_now=date_of(response))
        return tuple(cookie.name for cookie in taken if jar.has(cookie.name, now))

    def _end_kept_later(self) -> None:
        """The session that is kept is to be ended at the site."""
        if self._now.bearer is not None:
            self._end_later(PendingSignOut("", bearer=self._now.bearer))
        else:
            self._end_cookies_later(self._jar, self._now.session_cookies)

    def _end_cookies_later(self, jar: CookieJar, session_cookies: tuple[str, ...]) -> None:
        header = jar.header_for(self.site.endpoint("sign-out").path, self._clock())
        if header is not None:
            ends = [cookie.expires_at for cookie in jar if cookie.name in session_cookies and cookie.expires_at]
            self._end_later(PendingSignOut(header, max(ends, default=None)))

    def _end_later(self, one: PendingSignOut) -> None:
        self._now = replace(self._now, pending=(*self.pending, one)[-MAX_PENDING:])
        self._version += 1


def _why_no_cookie(response: httpx.Response, site: Site) -> str:
    if not site.is_secure and any("secure" in one.lower() for one in response.headers.get_list("Set-Cookie")):
        return (
            ", and its session cookie travels over HTTPS only: use an https:// address, or for development set "
            "FIREBASE_LOGIN_COOKIE_SECURE to False on the site"
        )
    return ", but set no session cookie that can be kept: see whether something between drops Set-Cookie"
