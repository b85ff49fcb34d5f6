"""What a flow asks for: the effects that it yields, each with what it is sent back.

A flow says what is to be done and does none of it, so that one flow serves `httpx.Client` and `httpx.AsyncClient`, as httpx's
own `Auth` classes do.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import httpx

from .page_sign_in import AnswerPage, DeviceCode
from .pkce import CameBack

T = TypeVar("T")
OPENS_SESSION = "flask_firebase_login_client.opens_session"
"""An extension of requests whose answer must not be lost: the site opens a session by it."""

HOLDS_SESSION = "flask_firebase_login_client.holds_session"
"""An extension of requests whose answer's body must not be lost either: the session is in it, and not in a cookie."""


@dataclass(frozen=True)
class Patience:
    """How long a call waits for what comes before its own request: its own `read` timeout, in all.

    Attributes:
        request: The call.
        ends_at: When it ends, by `time.monotonic`; None waits for ever.
    """

    request: httpx.Request
    ends_at: float | None

    @classmethod
    def of(cls, request: httpx.Request) -> Patience:
        """Take it from the timeouts of a call that begins now."""
        seconds = request.extensions.get("timeout", {}).get("read")
        return cls(request, None if seconds is None else time.monotonic() + seconds)

    def without_end(self) -> Patience:
        """Return one that waits for ever: what it waits for has a time limit of its own."""
        return Patience(self.request, None)

    def seconds_left(self) -> float | None:
        """How many seconds are left; None for ever."""
        return None if self.ends_at is None else max(0.0, self.ends_at - time.monotonic())

    def end(self) -> httpx.TimeoutException:
        """Return the error for a call whose patience is at its end; nothing of it was sent."""
        return httpx.PoolTimeout("The sign-in took longer than the call's own timeout.", request=self.request)


@dataclass
class Send:
    """Send a request; the result is the response, its body unread.

    Attributes:
        request: The request.
        is_ended: Set where the flow is closed by an answer that it does not get to see, a 401 to a client with a hook that raises.
    """

    request: httpx.Request
    is_ended: bool = False


@dataclass(frozen=True)
class Read:
    """Read the body of a response; the result is its bytes."""

    response: httpx.Response


@dataclass(frozen=True)
class AskIDToken:
    """Ask the app for an ID token."""

    force_refresh: bool
    patience: Patience


@dataclass(frozen=True)
class AskAppCheck:
    """Ask the app for an App Check token; the result is None where it has no source, or none at hand."""

    force_refresh: bool
    patience: Patience


@dataclass(frozen=True)
class AskIdentity:
    """Ask who is signed in at Firebase; the result is their uid, None for nobody.

    Attributes:
        again: Whether what is known is to be looked up again, where another process may have changed it.
    """

    again: bool


@dataclass(frozen=True)
class Visit:
    """Have the user's browser visit the site, and wait until it comes back; the result is what `read` returned.

    Attributes:
        redirect_uri: Where it comes back to, a loopback address; a port is added.
        address: Given the redirect URI with its port, returns the address to open.
        read: Given the query of a request there and the redirect URI, returns what it says; None where it is not the one.
        open_browser: Opens an address; returns False where it could not.
        pages: What the browser shows in the end: where it came back with a code, and where it did not.
        seconds: How long to wait.
        cancelled: Ends the wait when it is done.
    """

    redirect_uri: str
    address: Callable[[str], str]
    read: Callable[[Mapping[str, Sequence[str]], str], CameBack | None]
    open_browser: Callable[[str], Any]
    pages: tuple[AnswerPage, AnswerPage]
    seconds: float
    cancelled: Future[None]


@dataclass(frozen=True)
class Show:
    """Show a device's code to the user."""

    show: Callable[[DeviceCode], Any]
    code: DeviceCode


@dataclass(frozen=True)
class Load:
    """Load what the store keeps."""


@dataclass(frozen=True)
class Update:
    """Change what the store keeps, under its lock and to its end, also where the call is cancelled meanwhile.

    Attributes:
        change: Given what the store keeps and whether it could be read, returns what it is to keep; None for nothing.
        done: Told what the store now keeps.
    """

    change: Callable[[str | None, bool], str | None]
    done: Callable[[str | None], None]


@dataclass(frozen=True)
class Sleep:
    """Wait for so many seconds, or until `cancelled` is done."""

    seconds: float
    cancelled: Future[None]


@dataclass(frozen=True)
class Work:
    """What one flow does and others wait for.

    Attributes:
        name: Which work.
        outcome: Done when the work is: None, or the error that it ended by.
        thread: The thread in which it is done, which must not wait for it.
    """

    name: str
    outcome: Future[BaseException | None]
    thread: int


@dataclass(frozen=True)
class Join:
    """Wait until another flow has done its work; the result is the error that it ended by, or None."""

    work: Work
    patience: Patience | None


Effect = Send | Read | AskIDToken | AskAppCheck | AskIdentity | Visit | Show | Load | Update | Sleep | Join
Flow = Generator[Effect, Any, T]


class NoAnswer(Exception):
    """Thrown into a flow whose request got no answer. The flow ends by it; httpx's own error is what the caller sees.

    Args:
        cause: What httpx raised, where it is known.
    """

    def __init__(self, cause: httpx.TransportError | None) -> None:
        super().__init__(cause)
        self.cause = cause or httpx.ConnectError("The site does not answer.")


class IDTokenSource(Protocol):
    """Where ID tokens come from: a function or a coroutine function of the app's, or `IdentityToolkit.id_token`."""

    def __call__(self, *, force_refresh: bool) -> str | Awaitable[str | None] | None:
        """Return an ID token; None where nobody is signed in at Firebase.

        Args:
            force_refresh: Whether it must be a fresh one, because the site found the last one expired.
        """


class AppCheckSource(Protocol):
    """Where App Check tokens come from: a function or a coroutine function of the app's."""

    def __call__(self, *, force_refresh: bool) -> str | Awaitable[str | None] | None:
        """Return an App Check token; None where there is none.

        Args:
            force_refresh: Whether it must be a fresh one, because the site did not take the last one.
        """


class IdentitySource(Protocol):
    """Who is signed in at Firebase, as far as the app knows: a quick function, asked before each call, or a coroutine function."""

    def __call__(self) -> str | Awaitable[str | None] | None:
        """Return their Firebase uid; None for nobody."""
