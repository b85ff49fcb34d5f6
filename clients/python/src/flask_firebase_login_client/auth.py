"""`FirebaseLoginAuth`: an `httpx.Auth` that keeps a user signed in at a site."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from datetime import timedelta
from typing import Any

import httpx

from .dates import Clock, utc_now
from .effects import IDTokenSource
from .flows import Performer, Returned, adrive, aperform, arun_by, drive, perform, run_by
from .kept import KeptSession
from .session import Session, Step
from .site import Site
from .state import SessionState
from .stores import MemoryStore, Store
from .works import SharedWorks

OnState = Callable[[SessionState], object]
OnProgress = Callable[[Step, float], object]


class FirebaseLoginAuth(httpx.Auth):
    """Keeps a user signed in at a site with Flask-Firebase-Login, for `httpx.Client` and `httpx.AsyncClient`.

    The first call signs in with the ID token; the session cookie then goes along with each call, and into the store. Calls at
    once sign in once. A call that finds the session ended signs in again and is repeated once, where its body can be. Nothing
    goes to another host, scheme or port. One instance serves one user at one site, any number of threads and tasks.

    Args:
        site: Where the site is, such as `https://shop.example`.
        id_token: Where ID tokens come from: a function or a coroutine function that takes `force_refresh`.
        store: Where the session is kept between two runs; by default it ends with the program.
        url_prefix: Where the site's endpoints are, as its `FIREBASE_LOGIN_URL_PREFIX` says.
        client_name: What the user will recognise this device by, 1 to 80 characters.
        follow_redirects: Whether redirects within the site are followed; leave the client's own at False.
        max_wait: How long, in all, one call waits where the site answers 429 or 503 with `Retry-After`; a call that changes
            something is never repeated for that.
        on_progress: Told what is being waited for (`id_token`, `sign_in`, `wait`) and for how many seconds, 0 where unknown.
        clock: The time, aware and in UTC.
        sleep: Waits so many seconds; by default by the clock on the wall, until `cancel` is called.

    Raises:
        ValueError: The site is no http or https address.

    Example:
        auth = FirebaseLoginAuth("https://shop.example", get_id_token, store=FileStore("session.json"))
        with httpx.Client(base_url="https://shop.example", auth=auth) as client:
            client.get("/api/hello")
    """

    def __init__(
        self,
        site: str | httpx.URL,
        id_token: IDTokenSource,
        *,
        store: Store | None = None,
        url_prefix: str = "/auth",
        client_name: str | None = None,
        follow_redirects: bool = False,
        max_wait: timedelta = timedelta(seconds=10),
        on_progress: OnProgress | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], Any] | None = None,
    ) -> None:
        self._site, works = Site(httpx.URL(site), url_prefix), SharedWorks()
        self._listeners: list[OnState] = []
        self._kept = KeptSession(self._site, works, clock, self._tell)
        self._session = Session(
            self._site,
            self._kept,
            works,
            client_name=client_name,
            max_wait=max_wait,
            follow_redirects=follow_redirects,
            clock=clock,
            on_progress=on_progress or (lambda *_: None),
        )
        self._performer = Performer(store or MemoryStore(), id_token, sleep)

    @property
    def state(self) -> SessionState:
        """Where the session stands, without a call; `UNKNOWN` until `load`, or the first call, has read the store."""
        return self._kept.state

    @property
    def account(self) -> Mapping[str, Any] | None:
        """The account as the last sign-in told it, also without a connection; None where nobody is signed in."""
        return self._kept.account

    def load(self) -> SessionState:
        """Read the store, so that an app's first frame is right."""
        perform(self._kept.load(), self._performer)
        return self.state

    async def aload(self) -> SessionState:
        """As `load`, for a store whose methods are coroutines."""
        await aperform(self._kept.load(), self._performer)
        return self.state

    def sign_in(self, client: httpx.Client) -> Mapping[str, Any]:
        """Sign in now, also where a session is kept: for a user who has changed, or whose sign-in must be recent.

        Returns:
            The account.

        Raises:
            NotSignedInAtFirebase: There is no ID token.
            SignInRejected: The site rejects it.
            NotOurSite: What answers is no such site.
            StoreFailed: The session holds, but could not be stored.
            httpx.TransportError: The site does not answer.
        """
        return run_by(client, self._session.sign_in(self._template(client)), self._performer)

    async def asign_in(self, client: httpx.AsyncClient) -> Mapping[str, Any]:
        """As `sign_in`."""
        return await arun_by(client, self._session.sign_in(self._template(client)), self._performer)

    def sign_out(self, client: httpx.Client) -> bool:
        """Forget the session, here and then at the site; sign out at Firebase first, or the next call signs in again.

        Without a connection it is forgotten here all the same, and ended at the site before the next call.

        Returns:
            Whether the site has ended it already.

        Raises:
            StoreFailed: The session is forgotten, but the store still holds it.
        """
        return run_by(client, self._session.sign_out(self._template(client)), self._performer)

    async def asign_out(self, client: httpx.AsyncClient) -> bool:
        """As `sign_out`."""
        return await arun_by(client, self._session.sign_out(self._template(client)), self._performer)

    def cancel(self) -> None:
        """End every wait that the site asked for; the calls that wait raise `Cancelled`."""
        self._session.cancel()

    def subscribe(self, listener: OnState) -> Callable[[], None]:
        """Tell a listener each new state, from the thread in which it comes about.

        Returns:
            A function that ends it.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def states(self) -> AsyncIterator[SessionState]:
        """Yield the state as it is, then each new one."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[SessionState]()
        unsubscribe = self.subscribe(lambda state: loop.call_soon_threadsafe(queue.put_nowait, state))
        try:
            yield self.state
            while True:
                yield await queue.get()
        finally:
            unsubscribe()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """What `httpx.Client` runs for each call."""
        yield from drive(self._session.call(request), self._performer)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """What `httpx.AsyncClient` runs for each call."""
        driven = adrive(self._session.call(request), self._performer)
        try:
            step = await anext(driven)
            while not isinstance(step, Returned):
                step = await driven.asend((yield step))
        finally:
            await driven.aclose()

    def _template(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        return client.build_request("POST", self._site.endpoint("sign-in"))

    def _tell(self, state: SessionState) -> None:
        for listener in [*self._listeners]:
            listener(state)
