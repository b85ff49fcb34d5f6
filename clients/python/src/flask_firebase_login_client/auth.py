"""`FirebaseLoginAuth`: an `httpx.Auth` that keeps a user signed in at a site."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    import requests

from .dates import Clock, utc_now
from .effects import AppCheckSource, IdentitySource, IDTokenSource
from .errors import StoreFailed
from .flows import aperform, aplainly, arun_by, perform, plainly, run_by
from .kept import KeptSession
from .opening import ByIDToken, Way
from .page_flows import ByBrowser, ByDevice
from .page_sign_in import BrowserSignIn, DeviceSignIn, PageSignIn
from .performing import Performer
from .sending import OnProgress, Sender
from .session import Session
from .session_flows import SessionFlows
from .signing_in import SignIns
from .site import Site
from .state import SessionState
from .stores import Store, check_store
from .works import SharedWorks

log = logging.getLogger(__name__)

OnState = Callable[[SessionState], object]
"""Told each new state, and where the state is the same but the user another."""


class FirebaseLoginAuth(SessionFlows):
    """Keeps a user signed in at a site with Flask-Firebase-Login, for `httpx.Client` and `httpx.AsyncClient`.

    The first call signs in, with an ID token of Firebase's or through the site's own page; the session then goes along with each
    call, and into the store. Calls at once sign in once. A call that finds the session ended signs in again and is repeated once, where its body can be. Nothing
    goes to another host, scheme or port. One instance serves one user at one site, any number of threads and tasks.

    Args:
        site: Where the site is, such as `https://shop.example`.
        sign_in_by: The way to a session. Where ID tokens come from: a function or a coroutine function that takes `force_refresh`; or
            `BrowserSignIn`, or `DeviceSignIn`.
        identity: Who is signed in at Firebase: a quick function, or a coroutine function, that returns their uid, or None for
            nobody. Before each call the session of anybody else is ended. By default that of `IdentityToolkit`, where the ID
            tokens are one's; without it, the site's answers alone tell.
        app_check: Where App Check tokens come from: a function or a coroutine function that takes `force_refresh`. One goes along with each
            sign-in and with no other request; None, or a source that fails, sends none, and `AppCheckFailed` is raised where the site
            asks for one.
        store: Where the session is kept between two runs; by default it ends with the program.
        url_prefix: Where the site's endpoints are, as its `FIREBASE_LOGIN_URL_PREFIX` says.
        client_name: What the user will recognise this device by, 1 to 80 characters.
        follow_redirects: Whether redirects within the site are followed; leave the client's own at False.
        optional: Whether calls go out without a session where nobody is signed in (at Firebase, with ID tokens), for pages that are
            public; `if_signed_in` is that for single calls. No browser is opened for them, and no code is shown.
        max_wait: How long, in all, one call waits where the site answers 429 or 503 with `Retry-After`; a call that changes
            something is never repeated for that.
        on_progress: Told what is being waited for (`id_token`, `browser`, `device`, `sign_in`, `wait`) and for how many seconds, 0
            where unknown.
        on_store_failed: Told where the session of a call could not be stored; the call goes on.
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
        sign_in_by: IDTokenSource | PageSignIn,
        *,
        identity: IdentitySource | None = None,
        app_check: AppCheckSource | None = None,
        store: Store | None = None,
        url_prefix: str = "/auth",
        client_name: str | None = None,
        follow_redirects: bool = False,
        optional: bool = False,
        max_wait: timedelta = timedelta(seconds=10),
        on_progress: OnProgress | None = None,
        on_store_failed: Callable[[StoreFailed], object] | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], Any] | None = None,
    ) -> None:
        self._site, works = Site(httpx.URL(site), url_prefix), SharedWorks()
        self._listeners: list[OnState] = []
        know = _find_identity(sign_in_by, identity)
        told: dict[str, Any] = {"clock": clock, "on_progress": on_progress or (lambda *_: None)}
        self._kept = KeptSession(self._site, works, clock, self._tell, on_store_failed or (lambda _: None))
        self._sender = Sender(self._site, self._kept, works, max_wait=max_wait, **told)
        way = _make_way(sign_in_by, self._site, self._kept, self._sender, client_name, told)
        self._sign_ins = SignIns(self._kept, self._sender, works, way, has_identity=know is not None)
        id_token = _no_id_token if isinstance(sign_in_by, PageSignIn) else sign_in_by
        super().__init__(
            Session(self._site, self._kept, self._sender, self._sign_ins, follow_redirects=follow_redirects, clock=clock),
            Performer(check_store(store), id_token, know, sleep, app_check),
            is_optional=optional,
        )

    @property
    def state(self) -> SessionState:
        """Where the session stands, without a call; `UNKNOWN` until `load`, or the first call, has read the store."""
        return self._kept.state

    @property
    def account(self) -> Mapping[str, Any] | None:
        """The account as the last sign-in told it, also without a connection; None where nobody is signed in."""
        return self._kept.account

    def load(self) -> SessionState:
        """Read the store, so that an app's first frame is right; once more, and it shows what another window or process did."""
        perform(self._kept.reload(), self._performer)
        return self.state

    async def aload(self) -> SessionState:
        """As `load`, for a store whose methods are coroutines."""
        await aperform(self._kept.reload(), self._performer)
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
        return run_by(plainly(client), self._session.sign_in(self._template(client)), self._performer)

    async def asign_in(self, client: httpx.AsyncClient) -> Mapping[str, Any]:
        """As `sign_in`."""
        send, template = aplainly(client), self._template(client)
        try:
            return await arun_by(send, self._session.sign_in(template), self._performer)
        except Exception:
            raise
        except BaseException:
            await self._aend_abandoned(send, template)
            raise

    def sign_out(self, client: httpx.Client) -> bool:
        """Forget the session, here and then at the site; sign out at Firebase first, or the next call signs in again.

        Without a connection it is forgotten here all the same, and ended at the site before the next call.

        Returns:
            Whether the site has ended it already.

        Raises:
            StoreFailed: The session is forgotten, but the store still holds it.
        """
        return run_by(plainly(client), self._session.sign_out(self._template(client)), self._performer)

    def browser_url(self, client: httpx.Client, next: str | None = None) -> str:  # noqa: A002 -- the site's own word
        """Return an address of the site's that signs the user's browser in: open it at once, it is good once and for a minute.

        Whoever opens it is signed in: it is a secret, and belongs in no log. Nobody being signed in, the user is first.

        Args:
            client: Sends the request.
            next: The page that it leads to, a path of the site's; by default the site's own choice.

        Raises:
            SignInRejected: The site rejects it, such as another site's page.
            NotOurSite: What answers is no such site, or one that knows no such addresses.
            httpx.TransportError: The site does not answer.
        """
        return run_by(plainly(client), self._session.browser_url(self._template(client), next), self._performer)

    async def abrowser_url(self, client: httpx.AsyncClient, next: str | None = None) -> str:  # noqa: A002
        """As `browser_url`."""
        flow = self._session.browser_url(self._template(client), next)
        return await arun_by(aplainly(client), flow, self._performer)

    async def asign_out(self, client: httpx.AsyncClient) -> bool:
        """As `sign_out`."""
        return await arun_by(aplainly(client), self._session.sign_out(self._template(client)), self._performer)

    @property
    def site(self) -> httpx.URL:
        """Where the site is."""
        return self._site.url

    def owns(self, url: httpx.URL) -> bool:
        """Whether an address is the site's: the same scheme, host and port; `ws` counts as `http`, `wss` as `https`."""
        return self._site.owns(url)

    def headers_for(self, url: str | httpx.URL) -> dict[str, str]:
        """Return the session's `Cookie` and `Authorization` headers for a client that is not httpx, such as one for web sockets.

        Args:
            url: Where the request goes.

        Returns:
            The headers; nothing where the address is not the site's, nobody is signed in, or the session is of another user than
            Firebase names. Nobody is signed in by this: make a call, or `sign_in`, before.
        """
        return perform(self._session.headers(httpx.URL(url)), self._performer)

    async def aheaders_for(self, url: str | httpx.URL) -> dict[str, str]:
        """As `headers_for`, for a store or an `identity` of coroutines."""
        return await aperform(self._session.headers(httpx.URL(url)), self._performer)

    def requests_session(self) -> requests.Session:
        """Return a `requests.Session` that sends the session to the site; needs the extra `requests`."""
        from .requests_adapter import make_session

        return make_session(self, self._site)

    def cancel(self) -> None:
        """End every wait that the site asked for, and every wait for the user; the calls that wait raise `Cancelled`."""
        self._sender.cancel()
        self._sign_ins.cancel()

    def subscribe(self, listener: OnState) -> Callable[[], None]:
        """Tell a listener each new state, from the thread in which it comes about; what it raises is logged.

        Returns:
            A function that ends it; calling it again does nothing.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    async def states(self) -> AsyncIterator[SessionState]:
        """Yield the state as it is, then each new one."""
        from .loops import Mailbox

        mailbox = Mailbox[SessionState]()
        unsubscribe = self.subscribe(mailbox.put)
        try:
            yield self.state
            async for state in mailbox:
                yield state
        finally:
            unsubscribe()

    @property
    def if_signed_in(self) -> httpx.Auth:
        """The same session, for a call that goes out without it where nobody is signed in: `client.get("/", auth=auth.if_signed_in)`."""
        return SessionFlows(self._session, self._performer, is_optional=True)

    def _template(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        return client.build_request("POST", self._site.endpoint("sign-in"))

    def _tell(self, state: SessionState) -> None:
        for listener in [*self._listeners]:
            try:
                listener(state)
            except Exception:
                log.exception("A listener of the session's state failed.")


def _make_way(
    sign_in_by: IDTokenSource | PageSignIn,
    site: Site,
    kept: KeptSession,
    sender: Sender,
    client_name: str | None,
    told: dict[str, Any],
) -> Way:
    if isinstance(sign_in_by, BrowserSignIn):
        return ByBrowser(sign_in_by, site.issuer, kept, sender, **told)
    if isinstance(sign_in_by, DeviceSignIn):
        return ByDevice(sign_in_by, kept, sender, **told)
    if not callable(sign_in_by) or isinstance(sign_in_by, type):
        raise TypeError("The way to a session is a function that returns an ID token, a BrowserSignIn(…) or a DeviceSignIn(…).")
    return ByIDToken(kept, sender, client_name=client_name, **told)


def _no_id_token(*, force_refresh: bool) -> None:
    """Nobody asks."""


def _find_identity(id_token: object, identity: IdentitySource | None) -> Callable[[bool], Any] | None:
    """Return what tells who is signed in at Firebase: the app's own, or that of the toolkit that the ID tokens come from."""
    if identity is not None:
        return lambda again: identity()
    current_uid = getattr(getattr(id_token, "__self__", None), "current_uid", None)
    return None if current_uid is None else lambda again: current_uid(again=again)
