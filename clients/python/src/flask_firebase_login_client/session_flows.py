"""What httpx runs for each call; the ordinary one, which finds a session and an ordinary answer, takes the short way."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Generator

import httpx

from .calling import awaited, finished
from .flows import SendPlainly, SendPlainlyLater, acall, arun_by, arun_call, drive, run_call
from .performing import Performer
from .session import Sent, Session
from .watching import Watch


class SessionFlows(httpx.Auth):
    """Sends calls with a session.

    Args:
        session: The session.
        performer: Performs what its flows ask for.
        is_optional: Whether calls go out without it where nobody is signed in.
    """

    def __init__(self, session: Session, performer: Performer, *, is_optional: bool) -> None:
        self._session = session
        self._performer = performer
        self._is_optional = is_optional

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """What `httpx.Client` runs for each call."""
        sent = self._session.send_quickly(request, *self._ask(), is_optional=self._is_optional)
        if sent is None:
            yield from drive(self._session.call(request, is_optional=self._is_optional), self._performer)
            return
        watch = Watch(request, is_async=False)
        try:
            response = yield request
        except GeneratorExit:
            self._session.miss(sent, watch)
            raise
        if not self._session.is_ordinary(sent, response):
            yield from drive(self._session.go_on(sent, response), self._performer)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """What `httpx.AsyncClient` runs for each call."""
        identity = self._performer.identity
        told: tuple[str | None, ...] = ()
        if identity is not None:
            uid = identity(False)
            told = (uid if isinstance(uid, str) else await awaited(uid),)
        sent = self._session.send_quickly(request, *told, is_optional=self._is_optional)
        if sent is None:
            flow = self._session.call(request, is_optional=self._is_optional)
        else:
            watch = Watch(request, is_async=True)
            try:
                response = yield request
            except GeneratorExit:
                from .loops import is_cancelled

                watch.is_answered = watch.is_answered or is_cancelled()
                self._session.miss(sent, watch)
                raise
            if self._session.is_ordinary(sent, response):
                return
            flow = self._session.go_on(sent, response)
        calls = acall(flow, self._performer)
        try:
            step = await anext(calls)
            while True:
                step = await calls.asend((yield step))
        except StopAsyncIteration:
            return
        finally:
            await calls.aclose()

    def run(self, send: SendPlainly, request: httpx.Request) -> httpx.Response:
        """Send a call by a function that sends requests as they are; the body of the answer is unread.

        Args:
            send: Such a function.
            request: The call.
        """
        sent, response = self._session.send_quickly(request, *self._ask(), is_optional=self._is_optional), None
        if sent is None:
            flow = self._session.call(request, is_optional=self._is_optional)
        else:
            response = self._send_first(send, sent)
            if self._session.is_ordinary(sent, response):
                return response
            flow = self._session.go_on(sent, response)
        answer = run_call(send, flow, self._performer, response)[1]
        assert answer is not None
        return answer

    async def arun(self, send: SendPlainlyLater, request: httpx.Request) -> httpx.Response:
        """As `run`, on the event loop. Where the call is cancelled, a session that it has opened is ended at the site."""
        try:
            flow = self._session.call(request, is_optional=self._is_optional)
            answer = (await arun_call(send, flow, self._performer))[1]
        except Exception:
            raise
        except BaseException:
            await self._aend_abandoned(send, request)
            raise
        assert answer is not None
        return answer

    async def _aend_abandoned(self, send: SendPlainlyLater, template: httpx.Request) -> None:
        from .loops import before_cancellation

        if self._session.has_abandoned:
            with contextlib.suppress(Exception):
                await before_cancellation(arun_by(send, self._session.end_abandoned(template), self._performer))

    def _ask(self) -> tuple[str | None, ...]:
        identity = self._performer.identity
        if identity is None:
            return ()
        uid = identity(False)
        return (uid if isinstance(uid, str) else finished(uid, "The source of identities"),)

    def _send_first(self, send: SendPlainly, sent: Sent) -> httpx.Response:
        try:
            return send(sent.request)
        except httpx.TransportError:
            self._session.miss(sent, Watch(sent.request, is_async=False))
            raise
