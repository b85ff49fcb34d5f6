"""Has the user's browser visit the site, and waits until it comes back: in this thread, or beside the event loop."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import partial

from .calling import begin_in_thread, called, finished
from .effects import Visit
from .errors import BrowserNotOpened, Cancelled, ClientError, SignInTimedOut
from .loopback import Listener
from .pkce import CameBack


def visit(effect: Visit) -> CameBack:
    """Wait in this thread; the browser is opened from another, because that may take until it is closed."""
    with Listener(effect.redirect_uri, effect.read, effect.pages) as listener:
        opening = begin_in_thread(partial(effect.open_browser, effect.address(listener.redirect_uri)))

        def look(_: Future[object]) -> None:
            if _failure(opening) is not None:
                listener.stop()

        opening.add_done_callback(look)
        effect.cancelled.add_done_callback(lambda _: listener.stop())
        came_back = listener.wait(effect.seconds)
    return _outcome(effect, came_back, _failure(opening) if opening.done() else None)


async def avisit(effect: Visit) -> CameBack:
    """Wait in a thread, which ends with the task, also where that is cancelled."""
    import anyio

    from .loops import wait_for

    failure: BaseException | None = None
    waited: Future[CameBack | None] = Future()

    async def open_browser() -> None:
        nonlocal failure
        try:
            opened = await called(effect.open_browser, effect.address(listener.redirect_uri))
            failure = BrowserNotOpened() if opened is False else None
        except Exception as error:
            failure = _not_opened(error)
        if failure is not None:
            listener.stop()

    with Listener(effect.redirect_uri, effect.read, effect.pages) as listener:
        thread = threading.Thread(target=lambda: waited.set_result(listener.wait(effect.seconds)), daemon=True)
        thread.start()
        try:
            effect.cancelled.add_done_callback(lambda _: listener.stop())
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(open_browser)
                await wait_for(waited, None)
                tasks.cancel_scope.cancel()
        finally:
            listener.stop()
            thread.join()
    return _outcome(effect, waited.result(), failure)


def _outcome(effect: Visit, came_back: CameBack | None, failure: BaseException | None) -> CameBack:
    if came_back is not None:
        return came_back
    if effect.cancelled.done():
        raise Cancelled
    raise failure or SignInTimedOut()


def _failure(opening: Future[object]) -> BaseException | None:
    error = opening.exception()
    if error is not None:
        return _not_opened(error)
    try:
        return BrowserNotOpened() if finished(opening.result(), "The function that opens the browser") is False else None
    except TypeError as mistake:
        return mistake


def _not_opened(error: BaseException) -> BaseException:
    """A mistake of the program's shows as it is."""
    return error if isinstance(error, TypeError | ClientError) else BrowserNotOpened(error)
