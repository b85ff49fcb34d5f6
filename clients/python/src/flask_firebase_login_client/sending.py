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
from .state import PendingSignOut
from .works import SharedWorks

Step = Literal["id_token", "browser", "device", "sign_in", "wait"]
"""What a call waits for: the source of ID tokens, the user in the browser or at a device's code, the site's answer to a sign-in, or
as long as the site asks to."""

OnProgress = Callable[[Step, float], object]
"""Told what a call waits for, and for how many seconds; 0 where that is not known."""

MAX_WAITS = 3
_OF_THE_CALL = frozenset(
    {"accept", "cookie", "expect", "idempotency-key", "range", "te", "trailer", "transfer-encoding", "upgrade"}
)


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

    def send(self, request: httpx.Request, *, generation: int | None = None) -> Flow[httpx.Response]:
        """Send a request, and note whether the site answers.

        Args:
            request: The request.
            generation: Of which session it is; None where that does not matter.
        """
        sending = Send(request)
        try:
            response: httpx.Response = yield sending
        except NoAnswer:
            self._kept.set_offline(is_offline=True)
            raise
        except GeneratorExit:
            if sending.is_ended and generation is not None:
                self._kept.drop(generation)
            raise
        self.note_answer(request, response)
        return response

    def note_answer(self, request: httpx.Request, response: httpx.Response) -> None:
        """Note that the site answers.

        Raises:
            RedirectsTaken: It answers another request, which httpx has made of ours.
        """
        if response.request is not request:
            raise RedirectsTaken
        self._kept.set_offline(is_offline=False)

    def send_patiently(
        self,
        request: httpx.Request,
        *,
        owner: str | None,
        is_repeatable: bool,
        check: Callable[[], Flow[None]] | None = None,
        answered: tuple[httpx.Response, int] | None = None,
    ) -> Flow[tuple[httpx.Response, int]]:
        """Send a request with the session, again where the site asks to wait and that is within the bound.

        Args:
            request: The request.
            owner: Whose it is: it goes out in nobody else's name. None where the session does not matter.
            is_repeatable: Whether it may be sent again.
            check: Sees each time, before it goes out, that it may.
            answered: What this returns, where it has been sent once already.

        Returns:
            The answer, and the generation of the session that it was sent with.

        Raises:
            UserChanged: The session is another user's.
            Cancelled: The user has signed out, or `cancel` has ended a wait.
        """

        def prepare() -> Flow[int]:
            if check is not None:
                yield from check()
            return self._kept.put_into(request, owner)

        return (yield from self._patiently(request, prepare, is_repeatable, answered))

    def send_bare(self, request: httpx.Request) -> Flow[httpx.Response]:
        """As `send_patiently`, without the session: neither its cookies nor its bearer go along."""

        def keep_out() -> Flow[int]:
            self._kept.keep_out_of(request)
            yield from ()
            return -1  # of no session: its 401 ends none

        return (yield from self._patiently(request, keep_out, is_repeatable=True))[0]

    def _patiently(
        self,
        request: httpx.Request,
        prepare: Callable[[], Flow[int]],
        is_repeatable: bool,
        answered: tuple[httpx.Response, int] | None = None,
    ) -> Flow[tuple[httpx.Response, int]]:
        waited = 0.0
        for attempt in range(MAX_WAITS + 1):
            if answered is None or attempt:
                generation = yield from prepare()
                response = yield from self.send(request, generation=generation)
            else:
                response, generation = answered
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

    def post(self, endpoint: str, template: httpx.Request, **body: Any) -> httpx.Request:
        """Return a POST to an endpoint of the site's; the arguments are those of `make`."""
        return self.make("POST", endpoint, template, **body)

    def make(self, method: str, endpoint: str, template: httpx.Request, **body: Any) -> httpx.Request:
        """Return a request to an endpoint of the site's.

        Args:
            method: Such as `POST`.
            endpoint: Such as `sign-in`.
            template: Its headers go along, such as a gateway's key, and its time limits and other extensions.
            body: `json`, or `data` for a form.
        """
        headers = [(name, value) for name, value in template.headers.multi_items() if not _is_of_the_call(name, value)]
        return httpx.Request(
            method,
            self._site.endpoint(endpoint),
            headers=[*headers, ("Accept", "application/json")],
            extensions=dict(template.extensions),
            **body,
        )

    def _end_each_pending(self, template: httpx.Request) -> Flow[None]:
        for pending in self._kept.pending:
            if pending.expires_at is None or pending.expires_at > self._clock():
                request = self.post("sign-out", template)
                self._put_pending_into(request, pending)
                response = yield from self.send(request)
                if response.is_server_error or response.status_code == 429:
                    return
            self._kept.drop_pending(pending)
        yield from self._kept.save_or_tell()

    def _put_pending_into(self, request: httpx.Request, pending: PendingSignOut) -> None:
        if pending.bearer is None:
            request.headers["Cookie"] = pending.cookie
        else:
            request.headers["Authorization"] = f"Bearer {pending.bearer}"


def _is_of_the_call(name: str, value: str) -> bool:
    """Whether a header is about the call's own body, its answer or its repetition, or signs in otherwise than by our cookie."""
    if name == "authorization":
        return value.lower().startswith("bearer")  # that alone would be looked at; another may be a gateway's
    return name in _OF_THE_CALL or name.startswith(("content-", "if-"))
