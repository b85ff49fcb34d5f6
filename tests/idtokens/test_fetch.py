"""How the JWK set is fetched, from a real server on loopback."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flask_firebase_login.idtokens import HttpFetch
from flask_firebase_login.idtokens.fetch import MAX_BYTES, FetchFailed


class Handler(BaseHTTPRequestHandler):
    release = threading.Event()

    def do_GET(self):
        answer = {
            "/good": lambda: self.answer(200, b"keys", {"Cache-Control": "max-age=5"}),
            "/bare": lambda: self.answer(200, b"keys", {}),
            "/500": lambda: self.answer(500, b"sorry", {}),
            "/redirect": lambda: self.answer(302, b"", {"Location": "/good"}),
            "/huge": lambda: self.answer(200, bytes(2 * MAX_BYTES), {}),
            "/limit": lambda: self.answer(200, bytes(MAX_BYTES), {}),
            "/slow": lambda: self.release.wait(10),
        }[self.path]
        answer()

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        Handler.release.set()
        server.shutdown()
        thread.join()


def test_a_good_answer_tells_body_and_cache_header(server):
    """What the cache needs, and nothing more."""
    fetched = HttpFetch()(f"{server}/good")
    assert (fetched.body, fetched.cache_control) == (b"keys", "max-age=5")
    assert HttpFetch()(f"{server}/bare").cache_control == ""


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/500", "the answer was 500"),
        ("/redirect", "the answer was 302"),
        ("/huge", "more than 1048576 bytes"),
        ("/slow", "Timeout"),
    ],
)
def test_any_other_answer_is_a_failure_that_says_why(server, path, told):
    """A 500, a redirect, 2 MiB and silence."""
    with pytest.raises(FetchFailed, match=told):
        HttpFetch(timedelta(milliseconds=300))(f"{server}{path}")


def test_an_answer_at_the_limit_is_taken(server):
    """1 MiB is enough for anybody's keys."""
    assert len(HttpFetch()(f"{server}/limit").body) == MAX_BYTES


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/jwks", "nonsense", "http://[", ""])
def test_nobody_there_is_a_failure(url):
    """A rejected connection, and an address that is none."""
    with pytest.raises(FetchFailed):
        HttpFetch()(url)
