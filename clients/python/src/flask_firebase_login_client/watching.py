"""What becomes of a request where httpx tells its `Auth` nothing: it closes the flow, whether no answer came or a hook of the app's raised."""

from __future__ import annotations

from typing import Any

import httpcore
import httpx

_OF_THE_NETWORK = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)


class Watch:
    """Notes, by httpcore's `trace`, whether an answer arrived, whether it says that the session has ended, and whether the app's own body failed.

    Args:
        request: The request; where the app has a trace of its own, nothing is noted.
        is_async: Whether it is sent on an event loop.
    """

    def __init__(self, request: httpx.Request, *, is_async: bool) -> None:
        self.is_answered = self.is_ended = self.is_broken = False
        trace = request.extensions.get("trace")
        if trace is None or isinstance(getattr(trace, "__self__", None), Watch):
            request.extensions["trace"] = self._anote if is_async else self._note

    def _note(self, event: str, details: dict[str, Any]) -> None:
        if event.endswith("receive_response_headers.complete"):
            self.is_answered = True
            self.is_ended = _is_not_signed_in(details.get("return_value"))
        elif event.endswith("send_request_body.failed"):
            self.is_broken = not isinstance(details.get("exception"), _OF_THE_NETWORK)

    async def _anote(self, event: str, details: dict[str, Any]) -> None:
        self._note(event, details)


def _is_not_signed_in(answer: Any) -> bool:
    """Whether it is a 401 that asks for a session of ours; HTTP/1.1 and HTTP/2 tell status and headers in other places."""
    parts = answer if isinstance(answer, tuple) else ()
    headers = next((part for part in parts if isinstance(part, list)), [])
    return 401 in parts and any(name.lower() == b"www-authenticate" and b"bearer" in value.lower() for name, value in headers)
