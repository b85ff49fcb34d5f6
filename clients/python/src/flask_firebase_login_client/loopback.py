"""The listener on loopback that the browser comes back to (RFC 8252, section 7.3)."""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Self
from urllib.parse import parse_qs, urlsplit

from .page_sign_in import AnswerPage
from .pkce import CameBack

MAX_BYTES = 16 * 1024
MAX_CONNECTIONS = 20
CONNECTION_SECONDS = 5
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "ur", "yi"})
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) (/[!-~]*) HTTP/1\.[01]")
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 431: "Request Header Fields Too Large"}
_HEADERS = (
    "Content-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n"
)
_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>:root{{color-scheme:light dark}}body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto 0;padding:0 1rem}}</style></head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""

Reader = Callable[[Mapping[str, Sequence[str]], str], CameBack | None]


class Listener:
    """Waits for the one request that says what came of a sign-in; every other is answered and forgotten.

    It listens from the moment it is made until it is closed. One thread waits; any thread may stop it.

    Args:
        redirect_uri: A loopback address; where it has no port, a free one is taken.
        read: Says what a request at the redirect URI means; None where it is not the one.
        pages: What the browser shows in the end: where it came back with a code, and where it did not.

    Raises:
        OSError: The address cannot be listened at.
    """

    def __init__(self, redirect_uri: str, read: Reader, pages: tuple[AnswerPage, AnswerPage]) -> None:
        parts = urlsplit(redirect_uri)
        host = parts.hostname or ""
        self._read = read
        self._pages = pages
        self._path = parts.path or "/"
        self._server = _listen(host, parts.port or 0)
        shown = f"[{host}]" if ":" in host else host
        self._authority = f"{shown}:{self._server.getsockname()[1]}"
        self.redirect_uri = parts._replace(netloc=self._authority).geturl()
        self._stop, self._wake = socket.socketpair()
        self._connections: dict[socket.socket, _Connection] = {}

    def __enter__(self) -> Self:
        """Listen until the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every socket."""
        for one in (self._server, self._stop, self._wake, *self._connections):
            one.close()
        self._connections.clear()

    def stop(self) -> None:
        """End the wait, from any thread; once closed, that is nothing."""
        with contextlib.suppress(OSError):
            self._wake.send(b"x")

    def wait(self, seconds: float) -> CameBack | None:
        """Wait for what the browser comes back with.

        Args:
            seconds: How long.

        Returns:
            None where nothing came in time, or the wait was stopped.
        """
        ends_at = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._stop, selectors.EVENT_READ)
            while (left := ends_at - time.monotonic()) > 0:
                ready = [key.fileobj for key, _ in selector.select(min(left, CONNECTION_SECONDS))]
                if self._stop in ready:
                    return None
                for one in ready:
                    if one is self._server:
                        self._accept(selector)
                    elif isinstance(one, socket.socket) and (came_back := self._receive(selector, one)) is not None:
                        return came_back
                self._drop_slow(selector)
        return None

    def _accept(self, selector: selectors.BaseSelector) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._server.accept()
            connection.setblocking(False)
            if len(self._connections) >= MAX_CONNECTIONS:
                self._end(selector, next(iter(self._connections)))
            self._connections[connection] = _Connection()
            selector.register(connection, selectors.EVENT_READ)

    def _receive(self, selector: selectors.BaseSelector, connection: socket.socket) -> CameBack | None:
        if connection not in self._connections:
            return None  # it has been ended meanwhile
        try:
            received = connection.recv(MAX_BYTES)
        except OSError:
            received = b""
        head = self._connections[connection].add(received)
        if not received:
            self._end(selector, connection)
        if head is None:
            return None
        status, came_back = self._judge(head)
        _answer(connection, status, self._pages[came_back is None or came_back.error is not None])
        self._end(selector, connection)
        return came_back

    def _judge(self, head: str) -> tuple[int, CameBack | None]:
        """Return the status for a request, and what it means."""
        if len(head) > MAX_BYTES:
            return 431, None
        lines = head.split("\r\n")
        line = _REQUEST_LINE.fullmatch(lines[0])
        hosts = [value.strip() for name, _, value in (one.partition(":") for one in lines[1:]) if name.lower() == "host"]
        if line is None or hosts != [self._authority]:
            return 400, None
        path, _, query = line[2].partition("?")
        if path != self._path:
            return 404, None
        if line[1] != "GET":
            return 405, None
        try:
            came_back = self._read(parse_qs(query, keep_blank_values=True, max_num_fields=50), self.redirect_uri)
        except ValueError:
            came_back = None
        return (400, None) if came_back is None else (200, came_back)

    def _drop_slow(self, selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        for connection in [one for one, state in self._connections.items() if state.ends_at <= now]:
            self._end(selector, connection)

    def _end(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        if self._connections.pop(connection, None) is not None:
            selector.unregister(connection)
            connection.close()


class _Connection:
    """What has arrived by one connection."""

    def __init__(self) -> None:
        self.ends_at = time.monotonic() + CONNECTION_SECONDS
        self._arrived = b""

    def add(self, received: bytes) -> str | None:
        """Return the head of the request, once it is whole or too long."""
        self._arrived += received
        head, end, _ = self._arrived.partition(b"\r\n\r\n")
        return head.decode("latin-1") if end or len(head) > MAX_BYTES else None


def _listen(host: str, port: int) -> socket.socket:
    server = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows lets another program take the port over otherwise
            server.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        server.bind((host, port))
        server.listen(MAX_CONNECTIONS)
        server.setblocking(False)
    except BaseException:
        server.close()
        raise
    return server


def _answer(connection: socket.socket, status: int, page: AnswerPage) -> None:
    """Send a page; it is small enough for what the system takes at once, and a browser that does not read it misses nothing."""
    values = {name: escape(getattr(page, name)) for name in ("language", "title", "text")}
    values["direction"] = "rtl" if page.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"
    body = _PAGE.format(**values).encode()
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\n{_HEADERS}Content-Length: {len(body)}\r\n\r\n"
    with contextlib.suppress(OSError):
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
