"""`SiteClient` and `AsyncSiteClient`: httpx clients of one site, with the session."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar
from typing import Any

import httpx
from httpx import USE_CLIENT_DEFAULT

from .auth import FirebaseLoginAuth
from .cookie_policy import AllButTheSites
from .flows import AS_IT_IS
from .session_flows import SessionFlows

RETRIES = 2
_PAUSE_SECONDS = 0.1
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_NOBODY_ANSWERS = (httpx.ConnectError, httpx.ConnectTimeout)
_Hooks = Mapping[str, list[Callable[..., Any]]]


class SiteClient(httpx.Client):
    """An `httpx.Client` of one site, that sends the session with each call to it.

    More than `httpx.Client(base_url=site, auth=auth)`: the site's cookies stay out of httpx's own jar, so that a call with
    `auth=None` carries none of them, whatever the port; hooks for responses see the answers that the app gets, not those that
    the session deals with; a call that only reads is tried again where the site does not answer.

    Args:
        auth: The session.
        retries: How often a call that only reads is tried again where the connection fails.
        sleep: Waits so many seconds between.
        options: Those of `httpx.Client`; `base_url` is the site. Redirects are `auth`'s to follow.

    Example:
        with SiteClient(FirebaseLoginAuth("https://shop.example", get_id_token)) as client:
            client.get("/api/hello")
    """

    def __init__(
        self,
        auth: FirebaseLoginAuth,
        *,
        retries: int = RETRIES,
        sleep: Callable[[float], object] = time.sleep,
        event_hooks: _Hooks | None = None,
        **options: Any,
    ) -> None:
        self._hooks = _copy(event_hooks)
        self._session_auth, self._retries, self._pause = auth, retries, sleep
        own: dict[str, Any] = {"base_url": auth.site, "cookies": CookieJar(AllButTheSites(auth.owns))}
        super().__init__(**own | options, auth=auth, event_hooks=_of_requests(event_hooks))

    @property
    def event_hooks(self) -> dict[str, list[Callable[..., Any]]]:
        """The hooks; those for responses are called with the answer to the app's call."""
        return self._hooks

    @event_hooks.setter
    def event_hooks(self, hooks: _Hooks) -> None:
        self._hooks = _copy(hooks)
        self._event_hooks = _of_requests(hooks) | {"response": []}

    def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = USE_CLIENT_DEFAULT,
        follow_redirects: Any = USE_CLIENT_DEFAULT,
    ) -> httpx.Response:
        """Send a request with the session, or with `auth` where that is given."""
        chosen = self._session_auth if auth is USE_CLIENT_DEFAULT else auth
        if chosen is AS_IT_IS:
            return super().send(request, stream=stream, auth=chosen, follow_redirects=follow_redirects)
        if isinstance(chosen, SessionFlows):
            response = chosen.run(self._send_as_it_is, request)
        else:
            response = super().send(request, stream=True, auth=chosen, follow_redirects=follow_redirects)
        try:
            for hook in self._hooks["response"]:
                hook(response)
            if not stream:
                response.read()
        except BaseException:
            response.close()
            raise
        return response

    def _send_as_it_is(self, request: httpx.Request) -> httpx.Response:
        for attempt in range(self._retries if request.method in _SAFE_METHODS else 0):
            try:
                return super().send(request, auth=AS_IT_IS, stream=True, follow_redirects=False)
            except _NOBODY_ANSWERS:
                self._pause(_PAUSE_SECONDS * 2**attempt)
        return super().send(request, auth=AS_IT_IS, stream=True, follow_redirects=False)


class AsyncSiteClient(httpx.AsyncClient):
    """As `SiteClient`, for asyncio and trio. A sign-in whose call is cancelled is answered first, and its session ended.

    Args:
        auth: The session.
        retries: As for `SiteClient`.
        sleep: A coroutine function that waits so many seconds between; by default the event loop's.
        options: Those of `httpx.AsyncClient`; `base_url` is the site.
    """

    def __init__(
        self,
        auth: FirebaseLoginAuth,
        *,
        retries: int = RETRIES,
        sleep: Callable[[float], Any] | None = None,
        event_hooks: _Hooks | None = None,
        **options: Any,
    ) -> None:
        import anyio

        self._hooks = _copy(event_hooks)
        self._session_auth, self._retries, self._pause = auth, retries, sleep or anyio.sleep
        own: dict[str, Any] = {"base_url": auth.site, "cookies": CookieJar(AllButTheSites(auth.owns))}
        super().__init__(**own | options, auth=auth, event_hooks=_of_requests(event_hooks))

    @property
    def event_hooks(self) -> dict[str, list[Callable[..., Any]]]:
        """The hooks; those for responses are called with the answer to the app's call."""
        return self._hooks

    @event_hooks.setter
    def event_hooks(self, hooks: _Hooks) -> None:
        self._hooks = _copy(hooks)
        self._event_hooks = _of_requests(hooks) | {"response": []}

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = USE_CLIENT_DEFAULT,
        follow_redirects: Any = USE_CLIENT_DEFAULT,
    ) -> httpx.Response:
        """Send a request with the session, or with `auth` where that is given."""
        chosen = self._session_auth if auth is USE_CLIENT_DEFAULT else auth
        if chosen is AS_IT_IS:
            return await super().send(request, stream=stream, auth=chosen, follow_redirects=follow_redirects)
        if isinstance(chosen, SessionFlows):
            response = await chosen.arun(self._send_as_it_is, request)
        else:
            response = await super().send(request, stream=True, auth=chosen, follow_redirects=follow_redirects)
        try:
            for hook in self._hooks["response"]:
                await hook(response)
            if not stream:
                await response.aread()
        except BaseException:
            await response.aclose()
            raise
        return response

    async def _send_as_it_is(self, request: httpx.Request) -> httpx.Response:
        for attempt in range(self._retries if request.method in _SAFE_METHODS else 0):
            try:
                return await super().send(request, auth=AS_IT_IS, stream=True, follow_redirects=False)
            except _NOBODY_ANSWERS:
                await self._pause(_PAUSE_SECONDS * 2**attempt)
        return await super().send(request, auth=AS_IT_IS, stream=True, follow_redirects=False)


def _copy(hooks: _Hooks | None) -> dict[str, list[Callable[..., Any]]]:
    return {kind: [*(hooks or {}).get(kind, [])] for kind in ("request", "response")}


def _of_requests(hooks: _Hooks | None) -> dict[str, list[Callable[..., Any]]]:
    return {"request": _copy(hooks)["request"]}
