"""What a flow asks for: the effects that it yields, each with what it is sent back.

A flow says what is to be done and does none of it, so that one flow serves `httpx.Client` and `httpx.AsyncClient`, as httpx's
own `Auth` classes do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True)
class Send:
    """Send a request; the result is the response, its body unread."""

    request: httpx.Request


@dataclass(frozen=True)
class Read:
    """Read the body of a response; the result is its bytes."""

    response: httpx.Response


@dataclass(frozen=True)
class AskIDToken:
    """Ask the app for an ID token."""

    force_refresh: bool


@dataclass(frozen=True)
class Load:
    """Load what the store keeps."""


@dataclass(frozen=True)
class Save:
    """Save a text in the store; None clears it."""

    text: str | None = field(repr=False)


@dataclass(frozen=True)
class Sleep:
    """Wait for so many seconds, or until `cancelled` is done."""

    seconds: float
    cancelled: Future[None]


@dataclass(frozen=True)
class Join:
    """Wait until another flow has done its work; raises what that raised."""

    work: Future[None]


Effect = Send | Read | AskIDToken | Load | Save | Sleep | Join
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
