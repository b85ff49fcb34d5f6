"""Performs the effects of flows: in this thread for `httpx.Client`, on the event loop for `httpx.AsyncClient`."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_futures
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from .calling import awaited, begin_in_thread, called, finished
from .effects import (
    HOLDS_SESSION,
    AppCheckSource,
    AskAppCheck,
    AskIdentity,
    AskIDToken,
    Effect,
    IDTokenSource,
    Join,
    Load,
    Patience,
    Read,
    Show,
    Sleep,
    Update,
    Visit,
)
from .errors import CallWithinSignIn, Cancelled
from .pkce import CameBack
from .stores import Store
from .visiting import avisit, visit

log = logging.getLogger(__name__)

_Call = Callable[[], Any]
_asking: contextvars.ContextVar[tuple[int, ...]] = contextvars.ContextVar("asking", default=())


@dataclass(frozen=True, eq=False)
class Performer:
    """Performs every effect but `Send`.

    Attributes:
        store: Where the session is kept.
        id_token: Where ID tokens come from.
        identity: Who is signed in at Firebase, looked up again where it is given True; None where the app does not tell.
        sleep: Waits so many seconds, a function or a coroutine function; None waits by the clock on the wall.
        app_check: Where App Check tokens come from; None where the app has none.
    """

    store: Store
    id_token: IDTokenSource
    identity: Callable[[bool], Any] | None = None
    sleep: Callable[[float], Any] | None = None
    app_check: AppCheckSource | None = None

    def perform(self, effect: Effect) -> Any:
        """Perform an effect in this thread."""
        match effect:
            case Read(response):
                return response.read()
            case AskIDToken() | AskAppCheck():
                return self._ask(effect)
            case AskIdentity(again):
                return finished(self._ask_identity(again), "The source of identities")
            case Visit() | Show():
                return self._call_user(effect)
            case Load() | Update():
                return self._use_store(effect)
            case Join():
                return self._join(effect)
            case Sleep(seconds, cancelled):
                return self._sleep(seconds, cancelled)
        return None

    async def aperform(self, effect: Effect) -> Any:
        """Perform an effect on the event loop; plain functions of the app's run in a thread, so that none of them stops the loop."""
        match effect:
            case Read(response):
                return await self._aread(response)
            case AskIDToken() | AskAppCheck():
                return await self._aask(effect)
            case AskIdentity(again):
                return await awaited(self._ask_identity(again))
            case Visit() | Show():
                return await self._acall_user(effect)
            case Load() | Update():
                return await self._ause_store(effect)
            case Join():
                return await self._ajoin(effect)
            case Sleep(seconds, cancelled):
                return await self._asleep(seconds, cancelled)
        return None

    def _call_user(self, effect: Visit | Show) -> CameBack | None:
        with self._asks():
            if isinstance(effect, Visit):
                return visit(effect)
            finished(effect.show(effect.code), "The function that shows a device's code")
        return None

    async def _acall_user(self, effect: Visit | Show) -> CameBack | None:
        with self._asks():
            if isinstance(effect, Visit):
                return await avisit(effect)
            await called(effect.show, effect.code)
        return None

    async def _aread(self, response: httpx.Response) -> bytes:
        from .loops import before_cancellation, let_go

        if HOLDS_SESSION in response.request.extensions:
            return await before_cancellation(response.aread())
        await let_go()  # of a call that was cancelled while it was answered
        return await response.aread()

    def _use_store(self, effect: Load | Update) -> Any:
        if isinstance(effect, Load):
            return finished(self.store.load(), "The store")
        return _run(_transact(self.store, effect))

    async def _ause_store(self, effect: Load | Update) -> Any:
        from .loops import to_the_end

        if isinstance(effect, Load):
            return await called(self.store.load)
        return await to_the_end(_arun(_transact(self.store, effect)))

    def _ask_identity(self, again: bool) -> Any:
        assert self.identity is not None
        return self.identity(again)

    def _join(self, effect: Join) -> BaseException | None:
        if effect.work.thread == threading.get_ident() or self._is_asking(effect.work.name):
            raise CallWithinSignIn
        wait_for_futures([effect.work.outcome], timeout=_seconds_left(effect.patience))
        return _outcome(effect)

    async def _ajoin(self, effect: Join) -> BaseException | None:
        from .loops import wait_for

        if self._is_asking(effect.work.name):
            raise CallWithinSignIn
        await wait_for(effect.work.outcome, _seconds_left(effect.patience))
        return _outcome(effect)

    def _ask(self, effect: AskIDToken | AskAppCheck) -> str | None:
        """In a thread of its own where the call does not wait for ever, so that a slow source does not hold it up."""
        source, patience = self._source_of(effect), effect.patience
        if source is None:
            return None
        with self._asks():
            ask = partial(source, force_refresh=effect.force_refresh)
            if patience.seconds_left() is None:
                answer = ask()
            else:
                asked = begin_in_thread(ask)
                if not wait_for_futures([asked], timeout=patience.seconds_left()).done:
                    raise patience.end()
                answer = asked.result()
        token: str | None = finished(answer, f"The source of {'ID' if isinstance(effect, AskIDToken) else 'App Check'} tokens")
        return token

    async def _aask(self, effect: AskIDToken | AskAppCheck) -> str | None:
        import anyio

        source, patience = self._source_of(effect), effect.patience
        if source is None:
            return None
        with self._asks(), anyio.move_on_after(patience.seconds_left()):
            token: str | None = await called(source, force_refresh=effect.force_refresh)
            return token
        raise patience.end()

    def _source_of(self, effect: AskIDToken | AskAppCheck) -> IDTokenSource | AppCheckSource | None:
        return self.id_token if isinstance(effect, AskIDToken) else self.app_check

    @contextmanager
    def _asks(self) -> Iterator[None]:
        """Note, for what the app's own function calls, that a sign-in waits for it."""
        before = _asking.set((*_asking.get(), id(self)))
        try:
            yield
        finally:
            _asking.reset(before)

    def _is_asking(self, work: str) -> bool:
        return work == "sign-in" and id(self) in _asking.get()

    def _sleep(self, seconds: float, cancelled: Future[None]) -> None:
        if self.sleep is not None:
            finished(self.sleep(seconds), "The sleep")
        elif wait_for_futures([cancelled], timeout=seconds).done:
            raise Cancelled

    async def _asleep(self, seconds: float, cancelled: Future[None]) -> None:
        from .loops import wait_for

        if self.sleep is not None:
            await called(self.sleep, seconds)
        elif await wait_for(cancelled, seconds):
            raise Cancelled


def _transact(store: Store, update: Update) -> Generator[_Call, Any, None]:
    """Read, change and write, under the store's own lock; yields what is to be called, one after the other."""
    make_lock = getattr(store, "lock", nullcontext)
    try:
        lock = yield make_lock
        yield partial(_enter, lock)
    except TypeError:
        raise
    except Exception:
        update.change(None, False)  # without the lock nothing is written, but what has changed has changed
        raise
    try:
        text, is_read = yield from _read(store)
        changed = update.change(text, is_read)
        if changed != text or not is_read:
            yield store.clear if changed is None else partial(store.save, changed)
        update.done(changed)
    finally:
        yield partial(_exit, lock)


def _read(store: Store) -> Generator[_Call, Any, tuple[str | None, bool]]:
    try:
        return (yield store.load), True
    except TypeError:
        raise
    except Exception as error:
        log.warning("The store cannot be read (%s); it is written all the same.", type(error).__name__)
        return None, False


def _enter(lock: AbstractContextManager[Any] | AbstractAsyncContextManager[Any]) -> Any:
    return lock.__enter__() if isinstance(lock, AbstractContextManager) else lock.__aenter__()


def _exit(lock: AbstractContextManager[Any] | AbstractAsyncContextManager[Any]) -> Any:
    leave = lock.__exit__ if isinstance(lock, AbstractContextManager) else lock.__aexit__
    return leave(None, None, None)


def _run(calls: Generator[_Call, Any, None]) -> None:
    """Make each call in this thread."""
    step: Callable[[], _Call] = partial(next, calls)
    while True:
        try:
            call = step()
        except StopIteration:
            return
        try:
            step = partial(calls.send, finished(call(), "The store"))
        except BaseException as error:
            step = partial(calls.throw, error)


async def _arun(calls: Generator[_Call, Any, None]) -> None:
    """Make each call: coroutines on the event loop, plain functions in a thread."""
    step: Callable[[], _Call] = partial(next, calls)
    while True:
        try:
            call = step()
        except StopIteration:
            return
        try:
            step = partial(calls.send, await called(call))
        except BaseException as error:
            step = partial(calls.throw, error)


def _seconds_left(patience: Patience | None) -> float | None:
    return None if patience is None else patience.seconds_left()


def _outcome(joined: Join) -> BaseException | None:
    if not joined.work.outcome.done():
        assert joined.patience is not None
        raise joined.patience.end()
    return joined.work.outcome.result()
