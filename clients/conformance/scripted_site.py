"""A double of a site with Flask-Firebase-Login: it answers as a case's script says, and notes what it was asked.

It listens on three ports of loopback: one is the site, one is "another host", where nothing may ever arrive, and one is the user's
browser, which says where it ends up.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from authorize_double import AuthorizeDouble

WAIT_SECONDS = 30


@dataclass
class Asked:
    """A request as it arrived."""

    where: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """Such as `GET /api/hello`; what arrived at the other host says so. A browser's is `open /auth/authorize`."""
        if self.where == "browser":
            return f"open {urlsplit(self.address).path}"
        return f"{self.method} {'' if self.where == 'site' else '(other) '}{self.path}"

    @property
    def address(self) -> str:
        """What a browser was to open."""
        return parse_qs(urlsplit(self.path).query).get("address", [""])[0]

    @property
    def query(self) -> dict[str, str]:
        """The query of what a browser was to open."""
        return dict(parse_qsl(urlsplit(self.address).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that came along."""
        pairs = [pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";") if pair.strip()]
        return {name: value for name, _, value in pairs}


@dataclass
class Exchange:
    """What is expected, how often, and its answer."""

    asked: str
    answer: dict[str, Any]
    expected: dict[str, Any]
    times: int = 1
    released: threading.Event = field(default_factory=threading.Event)


class ScriptedSite:
    """Plays one step's script at a time.

    Args:
        date: What its clock says, as HTTP writes it.
        url_prefix: Where the site's endpoints are.
    """

    def __init__(self, date: str, url_prefix: str = "/auth") -> None:
        self.date = date
        self.problems: list[str] = []
        self.lines: list[str] = []
        self._script: list[Exchange] = []
        self._held: list[Exchange] = []
        self._lock = threading.Lock()
        self._servers = {where: self._make_server(where) for where in ("site", "other", "browser")}
        self.authorize = AuthorizeDouble(self.url, url_prefix)

    @property
    def url(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self._servers['site'].server_port}"

    @property
    def other_url(self) -> str:
        """The same host, another port."""
        return f"http://127.0.0.1:{self._servers['other'].server_port}"

    @property
    def other_host_url(self) -> str:
        """Another host."""
        return f"http://localhost:{self._servers['other'].server_port}"

    @property
    def browser_url(self) -> str:
        """The user's browser: a GET with an `address` opens that, and is told what the browser comes back to."""
        return f"http://127.0.0.1:{self._servers['browser'].server_port}/"

    def __enter__(self) -> ScriptedSite:
        """Start listening."""
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.release()
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def play(self, script: list[dict[str, Any]]) -> None:
        """Expect these requests from now on, in their order.

        Args:
            script: Each with `asked`, `answer`, and what else the request must hold.
        """
        with self._lock:
            for one in script:
                expected = {key: value for key, value in one.items() if key not in ("asked", "answer", "times")}
                exchange = Exchange(one["asked"], one["answer"], expected, one.get("times", 1))
                self._script.append(exchange)
                if one["answer"].get("held"):
                    self._held.append(exchange)
                else:
                    exchange.released.set()

    def release(self) -> None:
        """Let go of the answers that are held back."""
        with self._lock:
            held, self._held = self._held, []
        for exchange in held:
            exchange.released.set()

    @property
    def is_played(self) -> bool:
        """Whether all that was expected has come."""
        with self._lock:
            return not self._script

    def check_played(self) -> None:
        """See that all that was expected came."""
        with self._lock:
            self.problems += [f"expected {one.asked}, {one.times} more of it" for one in self._script]
            self._script.clear()

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Return the script's answer to a request, and note where it is not what was expected."""
        with self._lock:
            self.lines.append(asked.line)
            exchange = self._find(asked.line)
            if exchange is None:
                expected = self._script[0].asked if self._script else "nothing"
                self.problems.append(f"asked {asked.line}, where the case expects {expected}")
                return {"status": 599}
            exchange.times -= 1
            if exchange.times == 0:
                self._script.remove(exchange)
            self.problems += _compare(asked, exchange.expected) + self.authorize.check(asked, exchange.expected)
        exchange.released.wait(WAIT_SECONDS)
        if asked.where == "browser":
            return {"json": {"comes_back": self.authorize.come_back(asked, exchange.answer["comes_back"])}}
        return exchange.answer

    def _find(self, line: str) -> Exchange | None:
        for exchange in self._script:
            if exchange.asked == line:
                return exchange
            if not exchange.expected.get("unordered"):
                break
        return None

    def _make_server(self, where: str) -> ThreadingHTTPServer:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = (
                    _read_chunks(self.rfile) if self.headers.get("Transfer-Encoding") == "chunked" else self.rfile.read(length)
                )
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.give(site.answer(Asked(where, self.command, self.path, headers, body)))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

            def give(self, answer: dict[str, Any]) -> None:
                if answer.get("dropped") == "whole":
                    self.close_connection = True
                    return
                body = json.dumps(answer["json"]).encode() if "json" in answer else answer.get("text", "").encode()
                self.send_response_only(answer.get("status", 200))
                headers = {"Date": site.date, "Content-Type": "application/json"} | answer.get("headers", {})
                for name, values in headers.items():
                    for value in values if isinstance(values, list) else [values]:
                        self.send_header(name, value)
                self.send_header("Connection", "close")
                self.send_header("Content-Length", str(len(body) + (100 if answer.get("dropped") == "half" else 0)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Keep silent."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: Any) -> None:
                """A client that went away is its own matter."""

        return Server(("127.0.0.1", 0), Handler)


def _compare(asked: Asked, expected: dict[str, Any]) -> list[str]:
    found: list[str] = []
    if "json" in expected and json.loads(asked.body or b"null") != expected["json"]:
        found.append(f"{asked.line} has the body {asked.body!r}, not {expected['json']}")
    if "body" in expected and asked.body.decode() != expected["body"]:
        found.append(f"{asked.line} has the body {asked.body!r}, not {expected['body']!r}")
    if "cookies" in expected and asked.cookies != expected["cookies"]:
        found.append(f"{asked.line} has the cookies {asked.cookies}, not {expected['cookies']}")
    for name, value in expected.get("query", {}).items():
        there = asked.query.get(name)
        if name == "redirect_uri" and there is not None:
            there = re.sub(
                r"^(http://127\.0\.0\.1):\d+/", r"\1/", there
            )  # any port of loopback is as good (RFC 8252, section 7.3)
        if there != value:
            found.append(f"{asked.line} has {name}={there}, not {value}")
    for name, value in expected.get("headers", {}).items():
        if asked.headers.get(name.lower()) != value:
            found.append(f"{asked.line} has {name}: {asked.headers.get(name.lower())}, not {value}")
    return found


def _read_chunks(file: Any) -> bytes:
    body = b""
    while size := int(file.readline().split(b";")[0], 16):
        body += file.read(size)
        file.readline()
    file.readline()
    return body
