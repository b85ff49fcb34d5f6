"""Identity Toolkit as Google answers it, for what cannot run here: quotas, faults, and a million users."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import httpx

UserInfo = dict[str, Any]


class GoogleDouble(httpx.BaseTransport):
    """Answers `accounts:lookup` and `accounts:delete` with the site's credentials. Safe with threads.

    Args:
        find: Returns the `UserInfo` of a uid, or None where there is no such user.

    Attributes:
        failures: What is answered first, one each: an answer, or what is raised.
        requests: What was asked, as method and body.
        deleted: Who was deleted.
        most_at_once: How many calls were under way at once at most.
    """

    def __init__(self, find: Callable[[str], UserInfo | None]) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._under_way = 0
        self.failures: deque[httpx.Response | Exception] = deque()
        self.requests: list[tuple[str, Mapping[str, Any]]] = []
        self.deleted: list[str] = []
        self.most_at_once = 0
        self.keeps_requests = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a call."""
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            return self._answer(request)
        finally:
            with self._lock:
                self._under_way -= 1

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.read())
        method = request.url.path.rpartition(":")[2]
        with self._lock:
            if self.keeps_requests:
                self.requests.append((method, body))
            failure = self.failures.popleft() if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        if failure is not None:
            return failure
        if method == "delete":
            return self._delete(body["localId"])
        users = [user for user in map(self._find, body["localId"]) if user is not None and user["localId"] not in self.deleted]
        return httpx.Response(
            200, json={"kind": "identitytoolkit#GetAccountInfoResponse"} | ({"users": users} if users else {})
        )

    def _delete(self, uid: str) -> httpx.Response:
        with self._lock:
            if uid in self.deleted or self._find(uid) is None:
                return refuse(400, "USER_NOT_FOUND")
            self.deleted.append(uid)
        return httpx.Response(200, json={"kind": "identitytoolkit#DeleteAccountResponse"})


def refuse(status: int, message: str, google_status: str = "INVALID_ARGUMENT", **headers: str) -> httpx.Response:
    """Return an error as Google writes one.

    Args:
        status: The HTTP status.
        message: Identity Toolkit's code, or a sentence.
        google_status: Google's name of the status.
        headers: Such as `retry_after`.
    """
    error = {"code": status, "message": message, "status": google_status}
    return httpx.Response(
        status, json={"error": error}, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
