"""Signing in lazily and once, calling, signing out: as flows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import timedelta
from typing import Any, Literal

import httpx

from .answers import CUT_OFF, not_our_site, problem_of, read_json, reject, retry_after
from .dates import Clock
from .effects import AskIDToken, Flow, NoAnswer, Send, Sleep
from .errors import Cancelled, NotSignedInAtFirebase, RedirectsTaken, SignInRejected, StoreFailed, TryLater
from .kept import KeptSession
from .site import Site
from .works import SharedWorks

log = logging.getLogger(__name__)

Step = Literal["id_token", "sign_in", "wait"]
MAX_REDIRECTS = 5
MAX_WAITS = 3
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Session:
    """What an app does with a session. The methods are flows; `flows.py` performs them.

    Args:
        site: The one site that it is for.
        kept: The session itself.
        works: What is done once at a time.
        client_name: What the user will recognise the device by.
        max_wait: How long, in all, one call waits where the site asks to.
        follow_redirects: Whether redirects within the site are followed.
        clock: The time, aware and in UTC.
        on_progress: Told what is being waited for, and for how many seconds.
    """

    def __init__(
        self,
        site: Site,
        kept: KeptSession,
        works: SharedWorks,
        *,
        client_name: str | None,
        max_wait: timedelta,
        follow_redirects: bool,
        clock: Clock,
        on_progress: Callable[[Step, float], object],
    ) -> None:
        self._site = site
        self._kept = kept
        self._works = works
        self._client_name = client_name
        self._max_wait_seconds = max_wait.total_seconds()
        self._follow_redirects = follow_redirects
        self._clock = clock
        self._on_progress = on_progress
        self._cancelled: Future[None] = Future()

    def call(self, request: httpx.Request) -> Flow[None]:
        """Send a request with the session: sign in where there is none, and once more where the site has ended it."""
        if not self._site.owns(request.url):
            self._kept.keep_out_of(request)
            yield Send(request)
            return
        yield from self._kept.load()
        yield from self._end_pending(request)
        sign_outs = self._kept.sign_outs
        yield from self._ensure_signed_in(request, after=-1)
        response, generation = yield from self._exchange(request)
        if response.status_code != 401 or sign_outs != self._kept.sign_outs:
            return
        problem = problem_of(response, (yield from read_json(response)))
        if problem is None or problem.code != "not_signed_in":
            return
        if not _is_repeatable(request):
            yield from self._kept.forget(generation)
            return
        try:
            yield from self._ensure_signed_in(request, after=generation)
        except TryLater:
            raise
        except (NotSignedInAtFirebase, SignInRejected):
            yield from self._kept.forget(generation)
            raise
        yield from self._exchange(request)

    def sign_in(self, template: httpx.Request) -> Flow[Mapping[str, Any]]:
        """Sign in, also where a session is kept; the site replaces it.

        Args:
            template: Its `User-Agent`, time limits and other extensions are taken over.

        Returns:
            The account, as the site tells it.
        """
        yield from self._kept.load()
        yield from self._end_pending(template)
        while not (yield from self._works.once("sign-in", lambda: self._sign_in(template))):
            pass  # another user's may be with an older ID token
        return self._kept.account or {}

    def sign_out(self, template: httpx.Request) -> Flow[bool]:
        """Forget the session, then end it at the site; where that does not answer, later.

        Args:
            template: As for `sign_in`.

        Returns:
            Whether nothing is left to be ended at the site.
        """
        yield from self._kept.load()
        self._kept.leave()
        failed: StoreFailed | None = None
        try:
            yield from self._kept.save()
        except StoreFailed as error:
            failed = error
        try:
            yield from self._end_pending(template)
        except NoAnswer:
            log.info("The site does not answer; the session will be ended there later.")
        except StoreFailed as error:
            failed = error
        if failed is not None:
            raise failed
        return not self._kept.pending

    def cancel(self) -> None:
        """End every wait that the site asked for."""
        cancelled, self._cancelled = self._cancelled, Future()
        cancelled.set_result(None)

    def _ensure_signed_in(self, request: httpx.Request, *, after: int) -> Flow[None]:
        """Return once there is a session of a younger generation than the one that failed."""
        while not (self._kept.is_signed_in and self._kept.generation > after):
            yield from self._works.once("sign-in", lambda: self._sign_in(request))

    def _sign_in(self, template: httpx.Request) -> Flow[None]:
        sign_outs = self._kept.sign_outs
        response = yield from self._post_id_token(template, force_refresh=False)
        answer = yield from self._read(response)
        if answer is not None and answer.get("code") == "id_token_expired":
            response = yield from self._post_id_token(template, force_refresh=True)
            answer = yield from self._read(response)
        if not response.is_success:
            raise reject(response, problem_of(response, answer), self._clock())
        if answer is None or not isinstance(answer.get("account"), dict) or not isinstance(answer.get("session"), dict):
            raise not_our_site(response)
        if sign_outs != self._kept.sign_outs:
            self._kept.turn_away(response)
            yield from self._kept.save()
            yield from self._end_pending(template)
            raise Cancelled("The user has signed out meanwhile.")
        self._kept.enter(response, answer["account"])
        yield from self._kept.save()

    def _read(self, response: httpx.Response) -> Flow[Mapping[str, Any] | None]:
        try:
            return (yield from read_json(response))
        except CUT_OFF:
            raise not_our_site(response) from None

    def _post_id_token(self, template: httpx.Request, *, force_refresh: bool) -> Flow[httpx.Response]:
        self._on_progress("id_token", 0)
        id_token = yield AskIDToken(force_refresh)
        if not id_token:
            raise NotSignedInAtFirebase
        self._on_progress("sign_in", 0)
        body = {"id_token": id_token, "transport": "cookie"} | ({"client_name": self._client_name} if self._client_name else {})
        request = self._post("sign-in", template, json=body)
        self._kept.put_into(request)
        return (yield from self._send_patiently(request, is_repeatable=True))

    def _exchange(self, request: httpx.Request) -> Flow[tuple[httpx.Response, int]]:
        """Send a request with the cookies, and follow where it leads within the site."""
        for _ in range(MAX_REDIRECTS + 1):
            generation = self._kept.put_into(request)
            response = yield from self._send_patiently(request, is_repeatable=request.method in _SAFE_METHODS)
            yield from self._kept.receive(response, generation)
            onward = response.next_request if self._follow_redirects else None
            if onward is None or not self._site.owns(onward.url) or not _is_repeatable(onward):
                break
            request = onward
        return response, generation

    def _send_patiently(self, request: httpx.Request, *, is_repeatable: bool) -> Flow[httpx.Response]:
        """Send a request, again where the site asks to wait and that is within the bound."""
        waited = 0.0
        for attempt in range(MAX_WAITS + 1):
            response = yield from self._send(request)
            asked = retry_after(response, self._clock()) if response.status_code in (429, 503) else None
            if asked is None or not is_repeatable or attempt == MAX_WAITS or waited + asked > self._max_wait_seconds:
                break
            self._on_progress("wait", asked)
            yield Sleep(asked, self._cancelled)
            waited += asked
        return response

    def _send(self, request: httpx.Request) -> Flow[httpx.Response]:
        try:
            response: httpx.Response = yield Send(request)
        except NoAnswer:
            self._kept.set_offline(is_offline=True)
            raise
        if response.request is not request:
            raise RedirectsTaken
        self._kept.set_offline(is_offline=False)
        return response

    def _end_pending(self, template: httpx.Request) -> Flow[None]:
        if self._kept.pending:
            yield from self._works.once("end-pending", lambda: self._end_each_pending(template))

    def _end_each_pending(self, template: httpx.Request) -> Flow[None]:
        for pending in self._kept.pending:
            if pending.expires_at is None or pending.expires_at > self._clock():
                request = self._post("sign-out", template)
                request.headers["Cookie"] = pending.cookie
                response = yield from self._send(request)
                if response.is_server_error or response.status_code == 429:
                    return
            self._kept.drop_pending(pending)
        yield from self._kept.save()

    def _post(self, endpoint: str, template: httpx.Request, *, json: Any = None) -> httpx.Request:
        headers = {"Accept": "application/json"}
        if "User-Agent" in template.headers:
            headers["User-Agent"] = template.headers["User-Agent"]
        return httpx.Request(
            "POST", self._site.endpoint(endpoint), headers=headers, json=json, extensions=dict(template.extensions)
        )


def _is_repeatable(request: httpx.Request) -> bool:
    """Whether the body can be sent again: httpx keeps it as bytes, where it is not streamed."""
    return isinstance(request.stream, httpx.ByteStream)
