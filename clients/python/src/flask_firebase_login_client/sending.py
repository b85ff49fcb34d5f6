"""Sending requests to the site, as flows: patiently, and what is to be ended there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Any, Literal

import httpx

from .answers import retry_after
from .dates import Clock
from .effects import Flow, NoAnswer, Send, Sleep
from .errors import RedirectsTaken
from .kept import KeptSession
from .site import Site
from .works import SharedWorks

Step = Literal["id_token", "sign_in", "wait"]
"""What a call waits for: the source of ID tokens, the site's answer to a sign-in, or as long as the site asks to."""

OnProgress = Callable[[Step, float], object]
"""Told what a call waits for, and for how many seconds; 0 where that is not known."""

MAX_WAITS = 3


class Sender:
    """Sends requests to the site.

    Args:
        site: The one site.
        kept: The session, which is told whether the site answers.
        works: What is done once at a time.
        max_wait: How long, in all, one call waits where the site asks to.
        clock: The time, aware and in UTC.
        on_progress: Told what is being waited for.
    """

    def __init__(
        self,
        site: Site,
        kept: KeptSession,
        works: SharedWorks,
        *,
        max_wait: timedelta,
        clock: Clock,
        on_progress: OnProgress,
    ) -> None:
        self._site = site
        self._kept = kept
        self._works = works
        self._max_wait_seconds = max_wait.total_seconds()
        self._clock = clock
        self._on_progress = on_progress
        self._cancelled: Future[None] = Future()

    def cancel(self) -> None:
        """End every wait that the site asked for."""
        cancelled, self._cancelled = self._cancelled, Future()
        cancelled.set_result(None)

    def send(self, request: httpx.Request) -> Flow[httpx.Response]:
        """Send a request, and note whether the site answers."""
        try:
            response: httpx.Response = yield Send(request)
        except NoAnswer:
            self._kept.set_offline(is_offline=True)
            raise
        if response.request is not request:
            raise RedirectsTaken
        self._kept.set_offline(is_offline=False)
        return response

    def send_patiently(
        self, request: httpx.Request, *, owner: str | None, is_repeatable: bool
    ) -> Flow[tuple[httpx.Response, int]]:
        """Send a request with the session, again where the site asks to wait and that is within the bound.

        Args:
            request: The request.
            owner: Whose it is: it goes out in nobody else's name. None where the session does not matter.
            is_repeatable: Whether it may be sent again.

        Returns:
            The answer, and the generation of the session that it was sent with.

        Raises:
            UserChanged: The session is another user's.
            Cancelled: The user has signed out, or `cancel` has ended a wait.
        """
        waited = 0.0
        for attempt in range(MAX_WAITS + 1):
            generation = self._kept.put_into(request, owner)
            response = yield from self.send(request)
            asked = retry_after(response, self._clock()) if response.status_code in (429, 503) else None
            if asked is None or not is_repeatable or attempt == MAX_WAITS or waited + asked > self._max_wait_seconds:
                break
            self._on_progress("wait", asked)
            yield Sleep(asked, self._cancelled)
            waited += asked
        return response, generation

    def end_pending(self, template: httpx.Request) -> Flow[None]:
        """End at the site what is to be ended there; what cannot be now stays for later."""
        if self._kept.pending:
            yield from self._works.once("end-pending", lambda: self._end_each_pending(template))

    def post(self, endpoint: str, template: httpx.Request, *, json: Any = None) -> httpx.Request:
        """Return a request to an endpoint of the site's.

        Args:
            endpoint: Such as `sign-in`.
            template: Its `User-Agent`, time limits and other extensions are taken over.
            json: The body.
        """
        headers = {"Accept": "application/json"}
        if "User-Agent" in template.headers:
            headers["User-Agent"] = template.headers["User-Agent"]
        return httpx.Request(
            "POST", self._site.endpoint(endpoint), headers=headers, json=json, extensions=dict(template.extensions)
        )

    def _end_each_pending(self, template: httpx.Request) -> Flow[None]:
        for pending in self._kept.pending:
            if pending.expires_at is None or pending.expires_at > self._clock():
                request = self.post("sign-out", template)
                request.headers["Cookie"] = pending.cookie
                response = yield from self.send(request)
                if response.is_server_error or response.status_code == 429:
                    return
            self._kept.drop_pending(pending)
        yield from self._kept.save_or_tell()
