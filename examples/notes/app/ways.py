"""The two ways to a session at the site: with Firebase in the app, or through the site's page in the user's browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx

from flask_firebase_login_client import (
    AnswerPage,
    AsyncIdentityToolkit,
    BrowserSignIn,
    FirebaseLoginAuth,
    SessionState,
    Store,
)

CLIENT_ID = "notes-app"
"""What the site registers the app as, in `FIREBASE_LOGIN_NATIVE_CLIENTS`."""

USER_AGENT = "Notes/1.0"

OpenAddress = Callable[[str], Awaitable[object]]


class Ways:
    """One session at the site, whichever way it came.

    Both ways share one store, so that a sign-in by one replaces the session of the other, and ends it at the site. What the session
    sends tells them apart: a bearer, where it came through the browser, else a cookie. That of a cookie holds as long as Firebase
    names its user.

    Args:
        site: Where the site is.
        firebase: Who is signed in at Firebase.
        store: Where the session is kept.
        device: What the user will recognise this device by; a session through the browser has the name that the site registers.
        timeout: How long the user may take in the browser.
        pages: What the browser shows in the end: where it worked, and where it did not.
    """

    def __init__(
        self,
        site: str,
        firebase: AsyncIdentityToolkit,
        store: Store,
        device: str,
        *,
        timeout: timedelta,
        pages: tuple[AnswerPage, AnswerPage],
    ) -> None:
        done, failed = pages
        sign_in = BrowserSignIn(CLIENT_ID, open_browser=self._open, timeout=timeout, done=done, failed=failed)
        self._firebase = firebase
        self._by_firebase = FirebaseLoginAuth(site, firebase.id_token, store=store, client_name=device)
        self._by_browser = FirebaseLoginAuth(site, sign_in, store=store, optional=True)  # no call opens a browser by itself
        self._clients = {
            auth: httpx.AsyncClient(base_url=site, auth=auth, timeout=10, headers={"User-Agent": USER_AGENT})
            for auth in (self._by_firebase, self._by_browser)
        }
        self._open_address: OpenAddress | None = None
        self.auth = self._by_firebase

    @property
    def client(self) -> httpx.AsyncClient:
        """The client that sends the session."""
        return self._clients[self.auth]

    def subscribe(self, listener: Callable[[SessionState], object]) -> None:
        """Tell a listener each new state."""
        for auth in self._clients:
            auth.subscribe(listener)

    async def load(self) -> None:
        """Read what is kept, whichever way it came; once more, and it is what another window did."""
        await self._firebase.current_uid(again=True)
        await self._by_browser.aload()
        sent = await self._by_browser.aheaders_for(self._by_browser.site)
        await self._take(self._by_browser if "Authorization" in sent else self._by_firebase)
        if self.auth.state is not SessionState.SIGNED_OUT:
            self.cancel()  # another window has signed in

    async def sign_in_with_firebase(self) -> None:
        """Open a session for who is signed in at Firebase."""
        await self._take(self._by_firebase)
        await self.auth.asign_in(self.client)

    async def sign_in_by_browser(self, open_address: OpenAddress) -> None:
        """Open a session through the site's page, and wait until the user has come back from there.

        Args:
            open_address: Opens the page.
        """
        await self._firebase.sign_out()
        await self._take(self._by_browser)
        self._open_address = open_address
        await self.auth.asign_in(self.client)

    async def sign_out(self) -> None:
        """Sign out at Firebase first, or the next call would sign in again."""
        await self._firebase.sign_out()
        await self.auth.asign_out(self.client)

    def cancel(self) -> None:
        """Wait for the browser no longer."""
        self._by_browser.cancel()

    async def close(self) -> None:
        """Close the connections."""
        self.cancel()
        for client in self._clients.values():
            await client.aclose()

    async def _take(self, auth: FirebaseLoginAuth) -> None:
        await auth.aload()
        self.auth = auth

    async def _open(self, address: str) -> object:
        return await self._open_address(address) if self._open_address else False
