"""Performs flows: in this thread for `httpx.Client`, on the event loop for `httpx.AsyncClient`."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_futures
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

from .effects import AskIDToken, Effect, Flow, IDTokenSource, Join, Load, NoAnswer, Read, Save, Send, Sleep
from .errors import Cancelled
from .stores import Store

T = TypeVar("T")


@dataclass(frozen=True)
class Performer:
    """Performs every effect but `Send`.

    Attributes:
        store: Where the session is kept.
        id_token: Where ID tokens come from.
        sleep: Waits so many seconds, a function or a coroutine function; None waits by the clock on the wall.
    """

    store: Store
    id_token: IDTokenSource
    sleep: Callable[[float], Any] | None = None

    def perform(self, effect: Effect) -> Any:
        """Perform an effect in this thread."""
        match effect:
            case Read(response):
                return response.read()
            case AskIDToken(force_refresh):
                return _finished(self.id_token(force_refresh=force_refresh), "The source of ID tokens")
            case Load():
                return _finished(self.store.load(), "The store")
            case Save(text):
                return _finished(self.store.clear() if text is None else self.store.save(text), "The store")
            case Join(work):
                return work.result()
            case Sleep(seconds, cancelled):
                return self._sleep(seconds, cancelled)
        raise AssertionError(effect)

    async def aperform(self, effect: Effect) -> Any:
        """Perform an effect on the event loop; plain functions of the app's run in a thread, so that none of them stops the loop."""
        match effect:
            case Read(response):
                return await response.aread()
            case AskIDToken(force_refresh):
                return await _called(self.id_token, force_refresh=force_refresh)
            case Load():
                return await _called(self.store.load)
            case Save(text):
                return await (_called(self.store.clear) if text is None else _called(self.store.save, text))
            case Join(work):
                return await asyncio.shield(asyncio.wrap_future(work))
            case Sleep(seconds, cancelled):
                return await self._asleep(seconds, cancelled)
        raise AssertionError(effect)

    def _sleep(self, seconds: float, cancelled: Future[None]) -> None:
        if self.sleep is not None:
            _finished(self.sleep(seconds), "The sleep")
        elif wait_for_futures([cancelled], timeout=seconds).done:
            raise Cancelled

    async def _asleep(self, seconds: float, cancelled: Future[None]) -> None:
        if self.sleep is not None:
            await _called(self.sleep, seconds)
        elif (await asyncio.wait([asyncio.wrap_future(cancelled)], timeout=seconds))[0]:
            raise Cancelled


def drive(flow: Flow[T], performer: Performer) -> Generator[httpx.Request, httpx.Response, T]:
    """Perform a flow in this thread; yields the requests to be sent, and returns what the flow returns."""
    run = _Run(flow)
    while (effect := run.effect) is not None:
        if isinstance(effect, Send):
            watch = _Watch(effect.request, is_async=False)
            try:
                response = yield effect.request
            except GeneratorExit:
                run.end(is_abandoned=watch.is_answered)
                raise
            except httpx.TransportError as error:
                run.fail(NoAnswer(error))
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
            watch = _Watch(effect.request, is_async=True)
            try:
                response = yield effect.request
            except GeneratorExit:
                task = asyncio.current_task()
                run.end(is_abandoned=watch.is_answered or (task is not None and task.cancelling() > 0))
                raise
            except httpx.TransportError as error:
                run.fail(NoAnswer(error))
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

    value: T


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


def run_by(client: httpx.Client, flow: Flow[T], performer: Performer) -> T:
    """Perform a whole flow, its requests sent by a client as they are: with no auth of the client's, and no redirects."""
    driven, response = drive(flow, performer), None
    try:
        request = next(driven)
        while True:
            try:
                answer = client.send(request, auth=_AS_IT_IS, stream=True, follow_redirects=False)
            except httpx.TransportError as error:
                request = driven.throw(error)
            else:
                _close(response)
                response = answer
                request = driven.send(response)
    except StopIteration as done:
        result: T = done.value
        return result
    except NoAnswer as error:
        raise error.cause from None
    finally:
        _close(response)


async def arun_by(client: httpx.AsyncClient, flow: Flow[T], performer: Performer) -> T:
    """As `run_by`, on the event loop."""
    driven, response = adrive(flow, performer), None
    try:
        step = await anext(driven)
        while not isinstance(step, Returned):
            try:
                answer = await client.send(step, auth=_AS_IT_IS, stream=True, follow_redirects=False)
            except httpx.TransportError as error:
                step = await driven.athrow(error)
            else:
                await _aclose(response)
                response = answer
                step = await driven.asend(response)
    except NoAnswer as error:
        raise error.cause from None
    else:
        return step.value
    finally:
        await _aclose(response)
        await driven.aclose()


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

    def end(self, *, is_abandoned: bool) -> None:
        """The caller will not send an answer any more: because none came, or because it is not wanted."""
        if is_abandoned:
            self._flow.close()
        else:
            with contextlib.suppress(NoAnswer):
                self._flow.throw(NoAnswer(None))

    def _step(self, step: Callable[[], Effect]) -> None:
        try:
            self.effect = step()
        except StopIteration as done:
            self.effect, self.result = None, done.value


class _Watch:
    """Notes whether an answer arrived, which httpx does not tell an `Auth`: an error of the network ends the flow as one of the app's own does."""

    def __init__(self, request: httpx.Request, *, is_async: bool) -> None:
        self.is_answered = False
        trace = request.extensions.get("trace")
        if trace is not None and not isinstance(getattr(trace, "__self__", None), _Watch):
            return  # the app has one of its own
        request.extensions["trace"] = self._anote if is_async else self._note

    def _note(self, event: str, _: Any) -> None:
        self.is_answered = self.is_answered or event.endswith("receive_response_headers.complete")

    async def _anote(self, event: str, details: Any) -> None:
        self._note(event, details)


_AS_IT_IS = httpx.Auth()


def _close(response: httpx.Response | None) -> None:
    if response is not None:
        response.close()


async def _aclose(response: httpx.Response | None) -> None:
    if response is not None:
        await response.aclose()


def _finished(result: Any, what: str) -> Any:
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError(f"{what} is asynchronous, and this httpx client is not: use httpx.AsyncClient.")
    return result


async def _called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    if inspect.iscoroutinefunction(function):
        return await function(*args, **kwargs)
    result = await asyncio.to_thread(function, *args, **kwargs)
    return await result if inspect.isawaitable(result) else result
