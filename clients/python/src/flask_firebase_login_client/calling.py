"""Calls functions of the app's, plain ones and coroutine functions, from threads and from the event loop."""

from __future__ import annotations

import contextvars
import inspect
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any


def begin_in_thread(function: Callable[[], Any]) -> Future[Any]:
    """Call a function of the app's in a thread of its own, with this one's context variables."""
    future: Future[Any] = Future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(function))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def finished(result: Any, what: str) -> Any:
    """Return what a function of the app's returned; `TypeError` where that is to be awaited."""
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError(f"{what} is asynchronous, and this httpx client is not: use httpx.AsyncClient.")
    return result


async def called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function of the app's from the event loop: a coroutine function on it, another in a thread; return what comes of it."""
    from .loops import in_thread

    if inspect.iscoroutinefunction(_innermost(function)):
        return await function(*args, **kwargs)
    return await awaited(await in_thread(function, *args, **kwargs))


async def awaited(result: Any) -> Any:
    """Return what a function of the app's returned, or what comes of it."""
    return await result if inspect.isawaitable(result) else result


def _innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    return _innermost(function.func) if isinstance(function, partial) else function
