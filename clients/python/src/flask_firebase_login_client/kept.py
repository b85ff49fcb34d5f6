"""The session that is kept: by answers of the site, and by what the user does."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from .answers import date_of, not_our_site
from .cookies import Cookie, CookieJar
from .effects import Flow
from .errors import Cancelled, UserChanged
from .site import Site
from .state import PendingSignOut, StoredSession
from .stored import StoredState

MAX_PENDING = 10


class KeptSession(StoredState):
    """What becomes of the session by answers of the site and by what the user does."""

    def enter(
        self, response: httpx.Response, account: Mapping[str, Any], *, sign_outs: int, generation: int, replaces_any: bool
    ) -> Flow[bool]:
        """Take the answer to a sign-in, unless the user has signed out since it began, here or in another window.

        Args:
            response: The answer.
            account: The account that it tells.
            sign_outs: How often the user had signed out when it began.
            generation: Which session was there when it began.
            replaces_any: Whether it replaces one that another window has opened meanwhile too.

        Returns:
            Whether it was taken; otherwise its session is to be ended at the site.

        Raises:
            NotOurSite: It sets no cookie that can be kept.
            StoreFailed: It holds, but could not be stored.
        """
        if not self._names_in(response):
            raise not_our_site(response, _why_no_cookie(response, self.site))
        is_taken: bool | None = None

        def settle() -> None:
            nonlocal is_taken
            is_taken = sign_outs == self.sign_outs and (replaces_any or generation == self.generation)
            if is_taken:
                self._take(response, account, is_alone=generation == self.generation)
            else:
                self.turn_away(response)

        try:
            yield from self._works.alone("store", lambda: self._write(settle))
        finally:
            if is_taken is None:
                self.turn_away(response)
        return is_taken is True

    def turn_away(self, response: httpx.Response) -> None:
        """The answer to a sign-in that is not wanted any more: its session is to be ended at the site."""
        with self._lock:
            jar = self._make_jar(())
            self._end_later(jar, self._receive_into(jar, response))

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
            if generation == self.generation and self._now.session_cookies:
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
            self._now = replace(self._now, pending=tuple(one for one in self.pending if one.cookie != pending.cookie))
            self._version += 1

    def put_into(self, request: httpx.Request, owner: str | None = None) -> int:
        """Put the cookies into a request to the site, beside the app's own of other names.

        Args:
            request: The request.
            owner: Whose request it is; None where the session does not matter.

        Returns:
            The generation that they are of.

        Raises:
            UserChanged: The session is another user's.
            Cancelled: The user has signed out.
        """
        with self._lock:
            if owner is not None and owner != self.firebase_uid:
                raise UserChanged if self.firebase_uid else Cancelled("The user has signed out meanwhile.")
            self._sent.put_into(request, self._jar.header_for(request.url.path, self._clock()))
            return self.generation

    def keep_out_of(self, request: httpx.Request) -> None:
        """Take the cookies out of a request to another host: httpx keeps cookies by host alone, whatever the port."""
        with self._lock:
            self._sent.keep_out_of(request, self._jar)

    def set_offline(self, *, is_offline: bool) -> None:
        """Note whether the last call reached a user."""
        if is_offline is not self._is_offline:
            self._is_offline = is_offline
            self._tell()

    def _take(self, response: httpx.Response, account: Mapping[str, Any], *, is_alone: bool) -> None:
        if not is_alone:
            self._end_later(self._jar, self._now.session_cookies)  # the site has not replaced that one
        if self.firebase_uid not in (None, account["firebase_uid"]):
            self._clear_jar()
        names = self._receive_into(self._jar, response)
        self._sent.note(self._jar)
        self._become(replace(self._now, session_cookies=names, account=account, sign_in_id=secrets.token_hex(8)))

    def _leave(self) -> None:
        if self.is_signed_in:
            self._end_later(self._jar, self._now.session_cookies)
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

    def _end_later(self, jar: CookieJar, session_cookies: tuple[str, ...]) -> None:
        header = jar.header_for(self.site.endpoint("sign-out").path, self._clock())
        if header is not None:
            ends = [cookie.expires_at for cookie in jar if cookie.name in session_cookies and cookie.expires_at]
            pending = (*self.pending, PendingSignOut(header, max(ends, default=None)))[-MAX_PENDING:]
            self._now = replace(self._now, pending=pending)
            self._version += 1


def _why_no_cookie(response: httpx.Response, site: Site) -> str:
    if not site.is_secure and any("secure" in one.lower() for one in response.headers.get_list("Set-Cookie")):
        return (
            ", and its session cookie travels over HTTPS only: use an https:// address, or for development set "
            "FIREBASE_LOGIN_COOKIE_SECURE to False on the site"
        )
    return ", but set no session cookie that can be kept: see whether something between drops Set-Cookie"
