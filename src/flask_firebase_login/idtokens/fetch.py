"""How the JWK set is fetched: bounded in time and size, and never led elsewhere."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Fetched:
    """A good answer.

    Attributes:
        body: The whole body, at most 1 MiB.
        cache_control: The header `Cache-Control`, empty where there is none.
        answered_at: What time it was by the endpoint's clock, to within a second; None where it does not say.
    """

    body: bytes
    cache_control: str
    answered_at: datetime | None = None


class FetchFailed(Exception):
    """There is no good answer; the message says why, for the log."""


Fetch = Callable[[str], Fetched]
"""Fetches a URL, or raises `FetchFailed`."""


@dataclass(frozen=True)
class HttpFetch:
    """Fetches over HTTP: no redirect is followed, at most 1 MiB is read, and the timeout holds for the whole.

    Attributes:
        timeout: How long it may take in all, from connecting to the last byte.
        transport: How httpx connects; None is httpx's own way.
    """

    timeout: timedelta = timedelta(seconds=5)
    transport: httpx.BaseTransport | None = None

    def __call__(self, url: str) -> Fetched:
        """Fetch a URL.

        Raises:
            FetchFailed: No answer, not a 200, too large, or not complete in time.
        """
        import httpx  # a third of what importing the package would take; a process that fetches no keys needs none of it

        seconds = self.timeout.total_seconds()
        client = httpx.Client(
            timeout=seconds, transport=self.transport
        )  # it reads certificates, which is not the endpoint's time
        with client, _Deadline(seconds) as deadline:
            try:
                with client.stream("GET", url, extensions={"trace": deadline.trace}) as response:
                    if response.status_code != httpx.codes.OK:
                        raise FetchFailed(f"the answer was {response.status_code}")
                    body, headers = _read_bounded(response), response.headers
                    fetched = Fetched(body, headers.get("Cache-Control", ""), _read_time(headers))
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if not deadline.is_over and not isinstance(error, httpx.TimeoutException):
                    raise FetchFailed(f"{type(error).__name__}: {error}") from error
            else:
                if not deadline.is_over:
                    return fetched
            raise FetchFailed(f"the answer was not complete after {seconds:g} seconds")


class _Deadline:
    """Shuts a connection down when its time is over, whatever it waits for.

    httpx's own timeouts hold for each wait, so that a server that sends a byte now and then is waited for without end.

    Source: httpx, "Extensions", the request extension `trace`.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Take note of the connection, as httpx opens it and as TLS begins on it."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = details["return_value"].get_extra_info("socket")
            if self.is_over:
                self._shut_down()

    def _end(self) -> None:
        self.is_over = True
        self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _read_time(headers: Mapping[str, str]) -> datetime | None:
    """Return the time of the answer: when it was made, and for how long a cache has kept it (RFC 9110, section 6.6.1; RFC 9111, section 5.1)."""
    try:
        made_at = parsedate_to_datetime(headers.get("Date", ""))
        kept = timedelta(seconds=int(headers.get("Age", "0")))
        return (made_at if made_at.tzinfo else made_at.replace(tzinfo=UTC)) + kept
    except (ValueError, OverflowError):
        return None


def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchFailed(f"the answer has more than {MAX_BYTES} bytes")
    return bytes(body)
