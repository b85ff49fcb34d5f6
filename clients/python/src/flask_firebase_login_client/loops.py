"""What asyncio and trio do alike here, on anyio, which httpx brings. Nothing of it is imported where only threads are used."""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Any, Generic, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call a plain function in a thread, so that it does not stop the loop."""
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), abandon_on_cancel=True)


async def let_go() -> None:
    """Raise the cancellation of a task that has been cancelled."""
    await anyio.lowlevel.checkpoint()


async def to_the_end(coroutine: Coroutine[Any, Any, T]) -> T:
    """Await a coroutine to its end, also where the task is cancelled meanwhile; the cancellation follows then."""
    result = await before_cancellation(coroutine)
    await let_go()
    return result


async def before_cancellation(coroutine: Coroutine[Any, Any, T]) -> T:
    """As `to_the_end`, and return what came of it; the cancellation follows where the task waits next."""
    with anyio.CancelScope(shield=True):
        awaited = coroutine if _is_trio() else _before_cancellation(asyncio.ensure_future(coroutine))
        return await awaited
    raise AssertionError("a shielded scope is not left by a cancellation")


async def _before_cancellation(work: asyncio.Task[T]) -> T:
    """A task of asyncio's own is cancelled whatever anyio's scopes say."""
    task, is_cancelled_meanwhile = asyncio.current_task(), False
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            is_cancelled_meanwhile = True
    if is_cancelled_meanwhile and task is not None:
        task.uncancel()
        task.cancel()
    return work.result()


async def wait_for(future: Future[Any], seconds: float | None) -> bool:
    """Wait until a future of any thread or loop is done, so many seconds at most; return whether it is."""
    event, wake = anyio.Event(), _find_waker()
    future.add_done_callback(lambda _: wake(event.set))
    with anyio.move_on_after(seconds):
        await event.wait()
    return future.done()


def is_cancelled() -> bool:
    """Whether the task that runs now has been cancelled."""
    if _is_trio():
        return anyio.current_effective_deadline() == -math.inf
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Mailbox(Generic[T]):
    """Carries values from any thread to one task, on the loop on which it is made."""

    def __init__(self) -> None:
        self._values: deque[T] = deque()
        self._arrived = anyio.Event()
        self._wake = _find_waker()

    def put(self, value: T) -> None:
        """Add a value, from any thread."""
        self._wake(partial(self._put, value))

    async def __aiter__(self) -> AsyncIterator[T]:
        """Yield each value, as it arrives."""
        while True:
            while self._values:
                yield self._values.popleft()
            self._arrived = anyio.Event()
            await self._arrived.wait()

    def _put(self, value: T) -> None:
        self._values.append(value)
        self._arrived.set()


def _find_waker() -> Callable[[Callable[[], Any]], None]:
    """Return a function that has another called on this loop, from any thread; where the loop has ended, nobody waits."""
    later: Callable[[Callable[[], Any]], Any]
    if _is_trio():
        later = sys.modules["trio"].lowlevel.current_trio_token().run_sync_soon
    else:
        later = asyncio.get_running_loop().call_soon_threadsafe

    def wake(function: Callable[[], Any]) -> None:
        with contextlib.suppress(RuntimeError):
            later(function)

    return wake


def _is_trio() -> bool:
    trio = sys.modules.get("trio")
    return trio is not None and trio.lowlevel.in_trio_run()
