"""How the JWK set is fetched, from a real server on loopback."""

from __future__ import annotations

import itertools
import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from joserfc.jwk import RSAKey

from clocks import StandingClock
from flask_firebase_login import KeysUnavailable, PublicKeys
from flask_firebase_login.idtokens import HttpFetch
from flask_firebase_login.idtokens.fetch import MAX_BYTES, FetchFailed, _read_time
from tls_site import make_certificate

KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


class Handler(BaseHTTPRequestHandler):
    release, gone = threading.Event(), threading.Event()

    def do_GET(self):
        answer = {
            "/good": lambda: self.answer(200, b"keys", {"Cache-Control": "max-age=5"}),
            "/bare": lambda: self.answer(200, b"keys", {}),
            "/500": lambda: self.answer(500, b"sorry", {}),
            "/redirect": lambda: self.answer(302, b"", {"Location": "/good"}),
            "/huge": lambda: self.answer(200, bytes(2 * MAX_BYTES), {}),
            "/limit": lambda: self.answer(200, bytes(MAX_BYTES), {}),
            "/slow": lambda: self.release.wait(60),
            "/drip": lambda: self.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x" * 200),
            "/drip-without-length": lambda: self.drip(b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 200),
            "/drip-headers": lambda: self.drip(b"", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200),
        }[self.path]
        answer()

    def drip(self, at_once, slowly):
        """A byte every 20 ms, unless the client goes."""
        self.close_connection = True
        try:
            self.wfile.write(at_once)
            for byte in slowly:
                self.wfile.write(bytes([byte]))
                if self.release.wait(0.02):
                    return
        except OSError:
            self.gone.set()

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
    Handler.release.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        Handler.release.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def tls_server(tmp_path):
    """The same answers over TLS, with a certificate that it signed itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_certificate_that_nobody_vouches_for_is_not_taken(tls_server, tmp_path, monkeypatch):
    """Whoever sits between may answer with one; the same is taken where the machine has been told to trust it."""
    with pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED"):
        HttpFetch()(f"{tls_server}/good")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    assert HttpFetch()(f"{tls_server}/good").body == b"keys"


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
        ("/slow", "not complete after 0.3 seconds"),
    ],
)
def test_any_other_answer_is_a_failure_that_says_why(server, path, told):
    """A 500, a redirect, 2 MiB and silence."""
    timeout = timedelta(milliseconds=300) if path == "/slow" else timedelta(seconds=30)
    with pytest.raises(FetchFailed, match=told):
        HttpFetch(timeout)(f"{server}{path}")


@pytest.mark.parametrize("path", ["/drip", "/drip-without-length", "/drip-headers"])
def test_an_answer_that_drips_is_ended_when_its_time_is_over(server, path):
    """Each byte comes in time, the whole does not; the connection is closed, and the next fetch works."""
    Handler.gone.clear()
    with pytest.raises(FetchFailed, match="not complete after 1 seconds"):
        HttpFetch(timedelta(seconds=1))(f"{server}{path}")
    assert Handler.gone.wait(60)
    assert HttpFetch()(f"{server}/good").body == b"keys"


def test_the_keys_are_found_as_soon_as_a_dripping_endpoint_is_healed():
    """The fetch that drips does not stay the one fetch for ever."""
    endpoint, dripping = {"drips": True, "timeout": timedelta(seconds=1)}, threading.Event()

    class Healing(Handler):
        def do_GET(self):
            if endpoint["drips"]:
                dripping.set()
                self.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", itertools.repeat(ord("x")))
            else:
                self.answer(200, json.dumps({"keys": [KEY.as_dict(private=False)]}).encode(), {})

    clock = StandingClock()
    with ThreadingHTTPServer(("127.0.0.1", 0), Healing) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        keys = PublicKeys(
            url, fetch=lambda url: HttpFetch(endpoint["timeout"])(url), clock=clock, timeout=timedelta(seconds=10)
        )
        with pytest.raises(KeysUnavailable):
            keys.find("first")
        assert dripping.wait(60)
        endpoint.update(drips=False, timeout=timedelta(seconds=30))
        clock.advance(seconds=5)
        assert keys.find("first")
        server.shutdown()


def test_an_answer_at_the_limit_is_taken(server):
    """1 MiB is enough for anybody's keys."""
    assert len(HttpFetch()(f"{server}/limit").body) == MAX_BYTES


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/jwks", "nonsense", "http://[", ""])
def test_nobody_there_is_a_failure(url):
    """A rejected connection, and an address that is none."""
    with pytest.raises(FetchFailed):
        HttpFetch()(url)


def test_an_answer_says_what_time_it_is(server):
    """To within a second, by its `Date`."""
    fetched = HttpFetch()(f"{server}/good")
    assert abs(datetime.now(UTC) - fetched.answered_at) < timedelta(seconds=30)


NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "answered_at"),
    [
        ({"Date": "Sat, 28 Nov 2026 12:00:00 GMT"}, NOON),
        ({"Date": "Sat, 28 Nov 2026 12:00:00 -0000"}, NOON),
        ({"Date": "Sat, 28 Nov 2026 12:00:00 GMT", "Age": "90"}, NOON + timedelta(seconds=90)),
        ({"Date": "Sat, 28 Nov 2026 12:00:00 GMT", "Age": "old"}, None),
        ({"Date": "Sat, 28 Nov 2026 12:00:00 GMT", "Age": "9" * 30}, None),
        ({"Date": "noon"}, None),
        ({}, None),
    ],
)
def test_the_time_of_an_answer_counts_how_long_a_cache_has_kept_it(headers, answered_at):
    """What cannot be read says nothing."""
    assert _read_time(headers) == answered_at
