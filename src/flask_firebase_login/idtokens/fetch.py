"""How the JWK set is fetched: bounded in time and size, and never led elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Fetched:
    """A good answer.

    Attributes:
        body: The whole body, at most 1 MiB.
        cache_control: The header `Cache-Control`, empty where there is none.
    """

    body: bytes
    cache_control: str


class FetchFailed(Exception):
    """There is no good answer; the message says why, for the log."""


Fetch = Callable[[str], Fetched]
"""Fetches a URL, or raises `FetchFailed`."""


@dataclass(frozen=True)
class HttpFetch:
    """Fetches over HTTP: no redirect is followed, and at most 1 MiB is read.

    The timeout holds for each wait of the connection; whoever calls bounds the whole (`PublicKeys` does).

    Attributes:
        timeout: How long connecting, or waiting for the next bytes, may take.
        transport: How httpx connects; None is httpx's own way.
    """

    timeout: timedelta = timedelta(seconds=5)
    transport: httpx.BaseTransport | None = None

    def __call__(self, url: str) -> Fetched:
        """Fetch a URL.

        Raises:
            FetchFailed: No answer, not a 200, or too large.
        """
        try:
            with (
                httpx.Client(timeout=self.timeout.total_seconds(), transport=self.transport) as client,
                client.stream("GET", url) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise FetchFailed(f"the answer was {response.status_code}")
                return Fetched(_read_bounded(response), response.headers.get("Cache-Control", ""))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchFailed(f"{type(error).__name__}: {error}") from error


def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchFailed(f"the answer has more than {MAX_BYTES} bytes")
    return bytes(body)
