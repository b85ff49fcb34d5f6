"""The auth domain's pages, served from this host. The auth domain is a double: a transport of httpx that the test scripts."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flask_firebase_login.pages.proxy import MAX_ANSWER_BYTES, AuthProxy
from flask_firebase_login.web import problems

HANDLER = "/__/auth/handler"


def reply(status=200, body=b"", headers=()):
    """An answer whose body is still to come, as one of the network's is."""
    return httpx.Response(status, content=iter([body]), headers=headers)


class DoubleOfTheAuthDomain(httpx.MockTransport):
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self):
        super().__init__(self.answer)
        self.asked = []
        self.answers = lambda request: reply(body=b"<script>inline()</script>", headers={"Content-Type": "text/html"})

    def answer(self, request):
        self.asked.append(request)
        return self.answers(request)


@pytest.fixture
def auth_domain():
    return DoubleOfTheAuthDomain()


@pytest.fixture
def client(auth_domain):
    app = Flask(__name__)
    app.register_error_handler(problems.Rejected, problems.answer_rejection)
    AuthProxy("shop.firebaseapp.com", timeout=timedelta(seconds=5), transport=auth_domain).register(app)
    return app.test_client()


@pytest.mark.parametrize(
    "path",
    [
        f"{HANDLER}?apiKey=k&next=%2Fa%26b&x=1&x=2",
        "/__/auth/iframe.js",
        "/__/auth/experiments.js",
        "/__/firebase/init.json",
        "/__/auth/a/b.html",
    ],
)
def test_what_is_asked_here_is_asked_there(client, auth_domain, path):
    """To the letter, over HTTPS."""
    assert client.get(path).text == "<script>inline()</script>"
    assert str(auth_domain.asked[0].url) == f"https://shop.firebaseapp.com{path}"


@pytest.mark.parametrize(
    "path",
    [
        "/__/auth/../admin",
        "/__/auth/%2e%2e/admin",
        "/__/auth//evil.example",
        "/__/auth/a%3Fb",
        "/__/auth/a%00b",
        "/__/auth/.hidden",
        "/__/auth/@evil",
        "/__/auth/",
        "/__/other",
    ],
)
def test_nothing_else_is_relayed(client, auth_domain, path):
    """Exactly two places, and no way out of them."""
    assert client.get(path).status_code in (308, 404)
    assert auth_domain.asked == []


def test_no_credential_goes_there_and_no_cookie_comes_back(client, auth_domain):
    """The auth domain learns nothing of this site's sessions."""
    auth_domain.answers = lambda request: reply(
        headers=[("Set-Cookie", "a=b"), ("Content-Security-Policy", "script-src 'unsafe-inline'"), ("X-Other", "kept")]
    )
    client.set_cookie("session", "secret")
    answer = client.get(
        HANDLER, headers={"Authorization": "Bearer secret", "X-Forwarded-For": "10.0.0.1", "Accept-Language": "de"}
    )
    asked = auth_domain.asked[0].headers
    assert "secret" not in str(asked.raw)
    assert "x-forwarded-for" not in asked
    assert asked["accept-language"] == "de"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Security-Policy"] == "script-src 'unsafe-inline'"
    assert answer.headers["X-Other"] == "kept"


def test_a_cookie_that_one_visitor_was_given_never_goes_out_with_another_s_request(client, auth_domain):
    """Nothing that the auth domain sets is kept here, and no `Cookie` goes there."""
    auth_domain.answers = lambda request: reply(headers=[("Set-Cookie", "who=first; Path=/"), ("Set-Cookie", "b=c")])
    for _ in range(3):
        assert "Set-Cookie" not in client.get(HANDLER, headers={"Cookie": "session=secret"}).headers
    assert [asked.headers.get("Cookie") for asked in auth_domain.asked] == [None, None, None]


@pytest.mark.parametrize("name", ["User-Agent", "Accept-Language", "Accept", "If-None-Match", "Content-Type"])
@pytest.mark.parametrize(
    ("sent", "relayed"),
    [
        ("plain", b"plain"),
        ("M\xfcller", b"M\xfcller"),
        ("\xe6\x97\xa5", b"\xe6\x97\xa5"),
        ("日本", None),
        ("\ud800", None),
        ("a\x01b", None),
        ("a\x7fb", None),
    ],
)
def test_a_header_of_any_bytes_passes_or_is_left_out(client, auth_domain, name, sent, relayed):
    """Byte for byte where HTTP allows it (RFC 9110, section 5.5), never a 500."""
    environ_name = "CONTENT_TYPE" if name == "Content-Type" else "HTTP_" + name.upper().replace("-", "_")
    assert client.get(HANDLER, environ_overrides={environ_name: sent}).status_code == 200
    assert dict(auth_domain.asked[0].headers.raw).get(name.encode()) == relayed


@pytest.mark.parametrize(
    ("sent", "relayed"),
    [
        ("a=\x01", b"a=%01"),
        ("a=\r\nX: y", b"a=%0D%0AX:%20y"),
        ("a=\x00", b"a=%00"),
        ("a=\xff", b"a=%FF"),
        ("a=\xc3\xbc", b"a=%C3%BC"),
        ("a=%zz", b"a=%zz"),
        ("a b#c", b"a%20b%23c"),
        ("x" * 30_000, b"x" * 30_000),
    ],
)
def test_a_query_of_any_bytes_passes_in_percent_encoding(client, auth_domain, sent, relayed):
    """As browsers would have sent it (RFC 3986, section 2.1)."""
    assert client.get(HANDLER, environ_overrides={"QUERY_STRING": sent}).status_code == 200
    assert auth_domain.asked[0].url.query == relayed


@pytest.mark.parametrize("query", ["x" * 40_000, "x" * 70_000, "\xff" * 30_000])
def test_a_query_that_is_too_long_is_rejected(client, auth_domain, query):
    """414, with what is wrong, before anybody is asked."""
    answer = client.get(HANDLER, environ_overrides={"QUERY_STRING": query})
    assert (answer.status_code, answer.get_json()["code"]) == (414, "too_large")
    assert auth_domain.asked == []


@given(query=st.binary(max_size=60), agent=st.binary(max_size=20))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_of_a_request_make_the_relay_fail(client, query, agent):
    """Whatever a WSGI server may hand on."""
    environ = {"QUERY_STRING": query.decode("latin-1"), "HTTP_USER_AGENT": agent.decode("latin-1")}
    assert client.get(HANDLER, environ_overrides=environ).status_code == 200


def test_the_auth_domain_s_own_headers_may_hold_any_bytes(client, auth_domain):
    """They come through as they were sent."""
    auth_domain.answers = lambda request: reply(headers=[(b"X-Name", "日本".encode())])
    assert client.get(HANDLER).headers["X-Name"].encode("latin-1").decode() == "日本"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_answer_of_the_auth_domain_is_closed(client, auth_domain, method):
    """Also where its body is not read, so that its connection is free for the next request."""
    answers = []

    def answer(request):
        answers.append(reply(304 if method == "GET" else 200, body=b"x"))
        return answers[-1]

    auth_domain.answers = answer
    client.open(HANDLER, method=method).close()
    assert answers[0].is_closed


def test_a_provider_may_post_its_answer(client, auth_domain):
    """As Apple does."""
    client.post(HANDLER, data={"state": "x", "code": "y"})
    assert auth_domain.asked[0].content == b"state=x&code=y"
    assert client.post(HANDLER, data=b"x" * 65_537).status_code == 413
    assert client.put(HANDLER).status_code == 405


def test_a_redirect_is_passed_on_and_not_followed(client, auth_domain):
    """It is the browser's to follow."""
    auth_domain.answers = lambda request: reply(302, headers={"Location": "https://accounts.google.com/o/oauth2"})
    answer = client.get(HANDLER)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://accounts.google.com/o/oauth2")
    assert len(auth_domain.asked) == 1


@pytest.mark.parametrize("error", [httpx.ConnectError("rejected"), httpx.ReadTimeout("slow")])
def test_an_auth_domain_that_does_not_answer_is_a_503(client, auth_domain, error):
    """With a time to come back."""

    def fail(request):
        raise error

    auth_domain.answers = fail
    answer = client.get(HANDLER)
    assert (answer.status_code, answer.get_json()["code"], answer.headers["Retry-After"]) == (503, "firebase_unavailable", "5")


def test_an_answer_without_end_is_cut(client, auth_domain):
    """At 4 MiB, with a warning in the log."""

    def endless():
        while True:
            yield b"x" * 65_536

    auth_domain.answers = lambda request: httpx.Response(200, content=endless())
    assert len(client.get(HANDLER).data) <= MAX_ANSWER_BYTES


def test_an_answer_that_breaks_off_ends(client, auth_domain, caplog):
    """The log tells."""

    def broken():
        yield b"half"
        raise httpx.ReadError("gone")

    auth_domain.answers = lambda request: httpx.Response(200, content=broken())
    assert client.get(HANDLER).data == b"half"
    assert "broke its answer off" in caplog.text


def test_the_page_names_this_host_as_the_auth_domain(make_site):
    """And may frame it; a post from a provider's origin passes the cross-origin protection there."""
    config = {"projectId": "local-test-project", "apiKey": "k", "authDomain": "auth-domain.invalid"}
    site = make_site(FIREBASE_LOGIN_CONFIG=config, FIREBASE_LOGIN_AUTH_PROXY=True)
    answer = site.device().get("/auth/sign-in", headers={"Accept": "text/html"})
    assert '"authDomain": "localhost"' in answer.text
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    device = site.device()
    device.sign_in()
    posted = device.post(HANDLER, data="x", headers={"Origin": "https://appleid.apple.com", "Sec-Fetch-Site": "cross-site"})
    assert posted.get_json()["code"] == "firebase_unavailable"
