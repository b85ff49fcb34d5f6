"""One call of a Google API: bounded in time and size, and repeated where that helps."""

from __future__ import annotations

import json
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from ..clock import utc_now
from ..errors import FirebaseUnavailable

log = logging.getLogger(__name__)

MAX_BYTES = 8 * 1024 * 1024
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 32.0
CALL_SECONDS = 30.0
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_AGAIN_CODES = ("QUOTA_EXCEEDED", "TOO_MANY_ATTEMPTS_TRY_LATER", "RESOURCE_EXHAUSTED", "UNAVAILABLE")

Pause = Callable[[float], object]
"""Waits some seconds; returns something true where whoever waits is to give up."""


class CallRejected(Exception):
    """Google has answered, and would answer the same again.

    Args:
        status: The HTTP status.
        code: What Identity Toolkit calls it, such as `USER_NOT_FOUND`; or Google's own status, such as `PERMISSION_DENIED`.
        message: What Google says; for logs and the site's owner.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class _Again(Exception):
    """The call may succeed a moment later.

    Args:
        why: For the log.
        after_seconds: What `Retry-After` asks for.
    """

    def __init__(self, why: str, after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds


@dataclass(frozen=True)
class Patience:
    """How long a call is worth waiting for.

    Attributes:
        seconds: In all, with every attempt and every pause.
        pause: How to wait.
    """

    seconds: float
    pause: Pause = field(default=time.sleep, repr=False)


class Calls:
    """Calls a Google API. Safe with threads, and across fork.

    An attempt that finds nobody, a 408, a 429 and a 5xx are repeated: after what `Retry-After` asks for, else after pauses that double, with full
    jitter; as long as the caller's patience lasts.

    Args:
        authorize: Returns the headers that say who calls; asked at each attempt.
        transport: How httpx connects; None is httpx's own way.
        monotonic: Seconds that only grow.
        jitter: A random number between two.

    Source: cloud.google.com/iam/docs/retry-strategy; RFC 9110, section 10.2.3 (Retry-After).
    """

    def __init__(
        self,
        *,
        authorize: Callable[[], Mapping[str, str]] = dict,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._authorize = authorize
        self._transport = transport
        self._monotonic = monotonic
        self._jitter = jitter
        self._lock = threading.Lock()
        self._client: tuple[int, httpx.Client] | None = None

    def post(
        self, url: str, body: Mapping[str, Any], patience: Patience, *, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Send a JSON object, and return the one that comes back.

        Raises:
            CallRejected: Google rejects the call.
            FirebaseUnavailable: There is no good answer within the patience.
        """
        return self._send("POST", url, patience, json=dict(body), params=params)

    def get(self, url: str, patience: Patience, *, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at an address.

        Raises:
            CallRejected: Google rejects the call.
            FirebaseUnavailable: There is no good answer within the patience.
        """
        return self._send("GET", url, patience, params=params)

    def _send(self, method: str, url: str, patience: Patience, **options: Any) -> dict[str, Any]:
        ends_at, attempt = self._monotonic() + patience.seconds, 0
        while True:
            attempt += 1
            try:
                return self._send_once(method, url, ends_at, options)
            except _Again as again:
                seconds = self._choose_pause(again, attempt)
                if self._monotonic() + seconds >= ends_at:
                    log.warning("Firebase does not answer: %s", again)
                    raise FirebaseUnavailable(
                        "Firebase does not answer.", retry_after_seconds=max(5, round(seconds))
                    ) from again
                log.info("Firebase is asked again in %.1f seconds: %s", seconds, again)
            if patience.pause(seconds):
                raise FirebaseUnavailable("Nobody waits for the answer any more.")

    def _choose_pause(self, again: _Again, attempt: int) -> float:
        """What was asked for is waited in full, and a little longer, so that those who were turned away together do not come back together."""
        longest = min(FIRST_PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS)
        jitter = self._jitter(0, longest)
        return jitter if again.after_seconds is None else again.after_seconds + jitter

    def _send_once(self, method: str, url: str, ends_at: float, options: Mapping[str, Any]) -> dict[str, Any]:
        headers = {**self._authorize(), "Accept": "application/json"}
        seconds = max(0.001, min(CALL_SECONDS, ends_at - self._monotonic()))
        ends_at = self._monotonic() + seconds
        try:
            with self._get_client().stream(method, url, headers=headers, timeout=seconds, **options) as response:
                return self._read(response, ends_at)
        except httpx.HTTPError as error:
            raise _Again(type(error).__name__) from error  # its message may hold the address, and that the API key

    def _read(self, response: httpx.Response, ends_at: float) -> dict[str, Any]:
        encoded = bytearray()
        for chunk in response.iter_bytes():
            encoded += chunk
            if len(encoded) > MAX_BYTES:
                raise _Again(f"the answer has more than {MAX_BYTES} bytes")
            if self._monotonic() >= ends_at:
                raise _Again("the answer was not complete in time")
        answer = _parse(bytes(encoded))
        if response.status_code == httpx.codes.OK and answer is not None:
            return answer
        code, message = _read_error(answer)
        if response.status_code in _AGAIN or code in _AGAIN_CODES or answer is None:
            raise _Again(f"{response.status_code} {code}".strip(), _read_retry_after(response.headers.get("Retry-After")))
        raise CallRejected(response.status_code, code, message)

    def _get_client(self) -> httpx.Client:
        """Return this process's own client: a forked one does not share its parent's connections."""
        with self._lock:
            if self._client is None or self._client[0] != os.getpid():
                self._client = (os.getpid(), httpx.Client(transport=self._transport))
            return self._client[1]


def _parse(encoded: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(encoded)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _read_error(answer: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the code and the message of Google's error object; Identity Toolkit writes `CODE : what it means` into the message.

    Source: cloud.google.com/apis/design/errors, "HTTP mapping".
    """
    error = answer.get("error") if answer else None
    if not isinstance(error, Mapping):
        return "", ""
    message, status = str(error.get("message", "")), str(error.get("status", ""))
    named = message.partition(":")[0].strip()
    is_code = bool(named) and all(letter.isupper() or letter.isdigit() or letter == "_" for letter in named)
    return (named if is_code else status), message


def _read_retry_after(header: str | None) -> float | None:
    """Return the seconds of `Retry-After`, which is a number of them or a date (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - utc_now()).total_seconds())
