"""Performs flows: in this thread for `httpx.Client`, on the event loop for `httpx.AsyncClient`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import httpx

from .effects import OPENS_SESSION, Effect, Flow, NoAnswer, Send
from .performing import Performer
from .watching import Watch

T = TypeVar("T")
SendPlainly = Callable[[httpx.Request], httpx.Response]
SendPlainlyLater = Callable[[httpx.Request], Coroutine[Any, Any, httpx.Response]]
AS_IT_IS = httpx.Auth()


def drive(flow: Flow[T], performer: Performer) -> Generator[httpx.Request, httpx.Response, T]:
    """Perform a flow in this thread; yields the requests to be sent, and returns what the flow returns."""
    run = _Run(flow)
    while (effect := run.effect) is not None:
        if isinstance(effect, Send):
            watch = Watch(effect.request, is_async=False)
            try:
                response = yield effect.request
            except GeneratorExit:
                effect.is_ended = watch.is_ended
                run.end(is_abandoned=watch.is_answered or watch.is_broken)
                raise
            except BaseException as error:
                run.miss(error)
            else:
                run.go_on(response)
        else:
            try:
                performed = performer.perform(effect)
            except BaseException as error:
                run.fail(error)
            else:
                run.go_on(performed)
    return run.result


async def adrive(flow: Flow[T], performer: Performer) -> AsyncGenerator[httpx.Request | Returned[T], httpx.Response]:
    """Perform a flow on the event loop; yields the requests to be sent, and last, what the flow returns."""
    run = _Run(flow)
    while (effect := run.effect) is not None:
        if isinstance(effect, Send):
            watch = Watch(effect.request, is_async=True)
            try:
                response = yield effect.request
            except GeneratorExit:
                from .loops import is_cancelled

                effect.is_ended = watch.is_ended
                run.end(is_abandoned=watch.is_answered or watch.is_broken or is_cancelled())
                raise
            except BaseException as error:
                run.miss(error)
            else:
                run.go_on(response)
        else:
            try:
                performed = await performer.aperform(effect)
            except BaseException as error:
                run.fail(error)
            else:
                run.go_on(performed)
    yield Returned(run.result)


@dataclass(frozen=True)
class Returned(Generic[T]):
    """What a flow returned."""

    value: T = field(repr=False)


async def acall(flow: Flow[object], performer: Performer) -> AsyncGenerator[httpx.Request, httpx.Response]:
    """As `adrive`, for a flow that returns nothing: yields the requests alone."""
    driven = adrive(flow, performer)
    try:
        step = await anext(driven)
        while not isinstance(step, Returned):
            step = await driven.asend((yield step))
    finally:
        await driven.aclose()


def perform(flow: Flow[T], performer: Performer) -> T:
    """Perform a flow that sends nothing."""
    try:
        request = next(drive(flow, performer))
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError(request.url)


async def aperform(flow: Flow[T], performer: Performer) -> T:
    """As `perform`, on the event loop."""
    step = await anext(adrive(flow, performer))
    assert isinstance(step, Returned)
    result: T = step.value
    return result


def run_by(send: SendPlainly, flow: Flow[T], performer: Performer) -> T:
    """Perform a whole flow, its requests sent by a function, such as `plainly(client)`; its answers are closed."""
    result, response = run_call(send, flow, performer)
    _close(response)
    return result


def run_call(
    send: SendPlainly, flow: Flow[T], performer: Performer, response: httpx.Response | None = None
) -> tuple[T, httpx.Response | None]:
    """Perform a whole flow, and return what it returns and the last answer, which is left open.

    Args:
        send: Sends a request as it is; the body of its answer is unread.
        flow: The flow.
        performer: Performs all but that.
        response: The answer that it goes on from.
    """
    driven = drive(flow, performer)
    try:
        request = next(driven)
        while True:
            try:
                answer = send(request)
            except BaseException as error:
                request = driven.throw(error)
            else:
                _close(response)
                response = answer
                request = driven.send(response)
    except StopIteration as done:
        return done.value, response
    except NoAnswer as error:
        _close(response)
        raise error.cause from None
    except BaseException:
        _close(response)
        raise


async def arun_by(send: SendPlainlyLater, flow: Flow[T], performer: Performer) -> T:
    """As `run_by`, on the event loop."""
    result, response = await arun_call(send, flow, performer)
    await _aclose(response)
    return result


async def arun_call(
    send: SendPlainlyLater, flow: Flow[T], performer: Performer, response: httpx.Response | None = None
) -> tuple[T, httpx.Response | None]:
    """As `run_call`, on the event loop. A request that opens a session is answered, also where the call is cancelled meanwhile."""
    from .loops import before_cancellation

    driven = adrive(flow, performer)
    try:
        step = await anext(driven)
        while not isinstance(step, Returned):
            try:
                answer = await (before_cancellation(send(step)) if OPENS_SESSION in step.extensions else send(step))
            except BaseException as error:
                step = await driven.athrow(error)
            else:
                await _aclose(response)
                response = answer
                step = await driven.asend(response)
    except NoAnswer as error:
        await _aclose(response)
        raise error.cause from None
    except BaseException:
        await _aclose(response)
        raise
    else:
        return step.value, response
    finally:
        await driven.aclose()


def plainly(client: httpx.Client) -> SendPlainly:
    """Return what sends requests by a client as they are: with no auth of the client's, and no redirects."""
    return partial(client.send, auth=AS_IT_IS, stream=True, follow_redirects=False)


def aplainly(client: httpx.AsyncClient) -> SendPlainlyLater:
    """As `plainly`."""
    return partial(client.send, auth=AS_IT_IS, stream=True, follow_redirects=False)


class _Run(Generic[T]):
    """One run of a flow: the effect to perform next, or the result."""

    result: T

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self.effect: Effect | None = None
        self._step(lambda: next(flow))

    def go_on(self, performed: Any) -> None:
        self._step(lambda: self._flow.send(performed))

    def fail(self, error: BaseException) -> None:
        self._step(lambda: self._flow.throw(error))

    def miss(self, error: BaseException) -> None:
        """No answer came: the flow is told where nobody answers, and ends where that is by a mistake, or a cancellation."""
        if not isinstance(error, httpx.TransportError):
            self.end(is_abandoned=True)
            raise error
        self.fail(NoAnswer(error))

    def end(self, *, is_abandoned: bool) -> None:
        """The caller will not send an answer any more: because none came, or because it is not wanted."""
        if is_abandoned:
            self._flow.close()
        else:
            with contextlib.suppress(NoAnswer, StopIteration):
                self._flow.throw(NoAnswer(None))
            self._flow.close()  # where it would go on, httpx does not

    def _step(self, step: Callable[[], Effect]) -> None:
        try:
            self.effect = step()
        except StopIteration as done:
            self.effect, self.result = None, done.value


def _close(response: httpx.Response | None) -> None:
    if response is not None:
        response.close()


async def _aclose(response: httpx.Response | None) -> None:
    if response is not None:
        await response.aclose()
