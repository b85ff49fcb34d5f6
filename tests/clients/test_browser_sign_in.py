"""`BrowserSignIn` and `DeviceSignIn` by a real listener, with threads, asyncio and trio; how any client behaves is in `cases/second_door.json`."""

from __future__ import annotations

import http.client
import logging
import pickle
import socket
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio
import httpx
import pytest

from flask_firebase_login_client import (
    AnswerPage,
    AsyncSiteClient,
    BrowserNotOpened,
    BrowserSignIn,
    CallWithinSignIn,
    Cancelled,
    ClientNotRegistered,
    DeviceSignIn,
    FirebaseLoginAuth,
    MemoryStore,
    SessionState,
    SignInDenied,
    SignInTimedOut,
    SiteClient,
)
from flask_firebase_login_client.loopback import MAX_CONNECTIONS
from flask_firebase_login_client.opened import OpenedSession
from flask_firebase_login_client.pkce import BegunSignIn, CameBack
from flask_firebase_login_client.state import PendingSignOut, StoredSession
from scripted_site import ScriptedSite
from threads import at_once

DATE = "Mon, 01 Jun 2026 12:00:00 GMT"
TOKEN = {"json": {"access_token": "bearer-1", "token_type": "Bearer"}}
ADA = {"json": {"firebase_uid": "ada", "name": "Ada"}}
HELLO = {"json": {"hello": "Ada"}}
BEARER = {"Authorization": "Bearer bearer-1"}
SIGNED_IN = [
    {"asked": "POST /auth/token", "answer": TOKEN},
    {"asked": "GET /auth/account", "headers": BEARER, "answer": ADA},
]
CALLED = [*SIGNED_IN, {"asked": "GET /api/hello", "headers": BEARER, "answer": HELLO}]
EACH = pytest.mark.parametrize("way", ["threads", "asyncio", "trio"])


class Browser:
    """Comes back at once, from a thread of its own, with what it is told.

    Args:
        answer: The members of the answer's query; the right `state` and `iss` are added.
        before: Called with the redirect URI before it comes back, which it does not where that returns False.
    """

    def __init__(self, before=None, **answer):
        self.answer = answer or {"code": "code-1"}
        self.before = before
        self.opened, self.pages, self.threads = [], [], []

    def __call__(self, address):
        self.opened.append(address)
        self.threads.append(threading.Thread(target=self.come_back, args=(address,)))
        self.threads[-1].start()

    def come_back(self, address):
        if self.before is not None and self.before(self.redirect_uri) is False:
            return
        self.pages.append(httpx.get(self.redirect_uri, params=self.right | self.answer, trust_env=False))

    @property
    def query(self):
        return {name: values[0] for name, values in parse_qs(urlsplit(self.opened[-1]).query).items()}

    @property
    def redirect_uri(self):
        return self.query["redirect_uri"]

    @property
    def right(self):
        issuer = self.opened[-1].partition("/authorize?")[0]
        return {"state": self.query["state"], "iss": issuer}

    @property
    def page(self):
        for thread in self.threads:
            thread.join()
        return self.pages[-1]


@pytest.fixture
def site():
    with ScriptedSite(DATE) as scripted:
        yield scripted
        scripted.check_played()
        assert scripted.problems == []


def run(way, auth, **options):
    """Make a call in one of the three ways, and return its answer."""
    if way == "threads":
        with SiteClient(auth, trust_env=False, **options) as client:
            return client.get("/api/hello")

    async def main():
        async with AsyncSiteClient(auth, trust_env=False, **options) as client:
            return await client.get("/api/hello")

    return anyio.run(main, backend=way)


def is_closed(redirect_uri):
    """Whether nobody listens any more."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", urlsplit(redirect_uri).port)) != 0


def make(site, browser, **options):
    return FirebaseLoginAuth(site.url, BrowserSignIn("notes-cli", open_browser=browser, **options))


@EACH
def test_the_first_call_signs_in_in_the_browser(site, way):
    """The page says what to do, nothing of it is kept or told on, and nobody listens any more."""
    site.play(CALLED)
    browser = Browser()
    auth = make(site, browser)
    assert run(way, auth).json() == {"hello": "Ada"}
    assert (auth.state, auth.account["name"]) == (SessionState.SIGNED_IN, "Ada")
    assert urlsplit(browser.redirect_uri).hostname == "127.0.0.1"
    assert browser.page.status_code == 200
    assert "You can close this window." in browser.page.text
    assert browser.page.headers["Cache-Control"] == "no-store"
    assert browser.page.headers["Referrer-Policy"] == "no-referrer"
    assert browser.page.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert is_closed(browser.redirect_uri)


@EACH
def test_no_thread_is_left(site, way):
    """Neither after a sign-in nor after one that nobody finished."""
    site.play(CALLED)
    run(way, make(site, browser := Browser()))
    assert browser.page
    with pytest.raises(SignInTimedOut):
        run(way, make(site, lambda address: None, timeout=timedelta(milliseconds=50)))
    ours = [one for one in threading.enumerate() if "flask_firebase_login_client" in repr(getattr(one, "_target", ""))]
    assert ours == []


@EACH
def test_nobody_who_comes_back_in_time_is_told(site, way):
    """And the port is free again."""
    opened = []
    with pytest.raises(SignInTimedOut, match="not finished in time"):
        run(way, make(site, opened.append, timeout=timedelta(milliseconds=50)))
    assert is_closed(parse_qs(urlsplit(opened[0]).query)["redirect_uri"][0])


def answer_at_once(request):
    """A double of the site that knows no time limits, so that a short one is the wait's alone."""
    answers = {"/auth/token": TOKEN, "/auth/account": ADA, "/api/hello": HELLO}
    return httpx.Response(200, **answers[request.url.path])


IMPATIENT = {"transport": httpx.MockTransport(answer_at_once), "timeout": httpx.Timeout(30, read=0.01)}


def take_time(_):
    """As a user does; longer than a call waits for the site."""
    threading.Event().wait(0.1)


@EACH
def test_the_calls_own_timeout_does_not_hurry_the_user(way):
    """Who takes their time in the browser."""
    auth = FirebaseLoginAuth("https://shop.example", BrowserSignIn("notes-cli", open_browser=Browser(before=take_time)))
    assert run(way, auth, **IMPATIENT).status_code == 200


def test_threads_that_call_at_once_open_one_browser():
    """And wait for it, however short their own timeouts."""
    browser = Browser(before=take_time)
    auth = FirebaseLoginAuth("https://shop.example", BrowserSignIn("notes-cli", open_browser=browser))
    with SiteClient(auth, **IMPATIENT) as client:
        assert at_once(*[lambda: client.get("/api/hello")] * 10) == []
    assert len(browser.opened) == 1


@EACH
def test_a_denial_is_told_in_the_browser_too(site, way):
    """Without the site's sentence, which came by way of the browser."""
    browser = Browser(error="access_denied", error_description="<script>alert(1)</script>")
    with pytest.raises(SignInDenied):
        run(way, make(site, browser))
    assert "That did not work" in browser.page.text
    assert "script" not in browser.page.text


def test_the_pages_are_the_apps_own(site):
    """As plain text, in its language."""
    site.play(CALLED)
    browser = Browser()
    done = AnswerPage("Fertig <b>", "Du kannst das Fenster schließen & weitermachen.", language="de")
    run("threads", make(site, browser, done=done))
    assert "<h1>Fertig &lt;b&gt;</h1>" in browser.page.text
    assert "schließen &amp; weitermachen" in browser.page.text
    assert '<html lang="de" dir="ltr">' in browser.page.text


def say(redirect_uri, text):
    """Send bytes to the listener, and return the status that it answers; None for no answer."""
    with socket.create_connection(("127.0.0.1", urlsplit(redirect_uri).port)) as client:
        client.sendall(text.replace("HOST", urlsplit(redirect_uri).netloc).encode("latin-1"))
        client.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while more := client.recv(4096):
                received += more
        except ConnectionResetError:
            pass
    assert b"hostile" not in received
    return int(received.split()[1]) if received else None


HOSTILE = {
    "an icon": ("GET /favicon.ico HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    "another path": ("GET /callback/hostile?code=c&state=s HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    "a wrong state": ("GET /callback?code=hostile&state=hostile HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    "no query": ("GET /callback HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    "markup": ("GET /callback?error=<hostile>&state=1 HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    "a hundred fields": (f"GET /callback?{'&'.join(['state=1'] * 100)} HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    "another method": ("POST /callback?state=1 HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n", 405),
    "another host, by DNS rebinding": ("GET /callback?state=1 HTTP/1.1\r\nHost: hostile.example\r\n\r\n", 400),
    "no host": ("GET /callback?state=1 HTTP/1.1\r\n\r\n", 400),
    "two hosts": ("GET /callback?state=1 HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n", 400),
    "an absolute address": ("GET http://hostile.example/callback HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    "another protocol": ("\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "half a request": ("GET /callback?state=1 HTTP/1.1\r\nHost: HO", None),
    "nothing": ("", None),
    "a line without an end": ("GET /callback?" + "x" * 20_000, 431),
}


def test_hostile_requests_are_answered_and_forgotten(site):
    """Each by its status, with nothing of it on the page; the right one, which comes after them all, is taken."""
    site.play(CALLED)
    statuses = {}

    def attack(redirect_uri):
        statuses.update({name: say(redirect_uri, text) for name, (text, _) in HOSTILE.items()})

    browser = Browser(before=attack)
    assert run("threads", make(site, browser)).status_code == 200
    assert browser.page.status_code == 200
    assert statuses == {name: status for name, (_, status) in HOSTILE.items()}


def test_connections_that_say_nothing_keep_nobody_out(site):
    """More of them than the listener keeps open: the oldest is closed for the next."""
    site.play(CALLED)
    silent = []

    def occupy(redirect_uri):
        for _ in range(MAX_CONNECTIONS + 5):
            silent.append(socket.create_connection(("127.0.0.1", urlsplit(redirect_uri).port)))

    browser = Browser(before=occupy)
    try:
        assert run("threads", make(site, browser)).status_code == 200
        assert browser.page.status_code == 200
    finally:
        for one in silent:
            one.close()


def test_a_right_state_that_is_there_twice_is_none(site):
    """RFC 6749, section 3.1."""
    site.play(CALLED)
    answered = []

    def attack(redirect_uri):
        twice = [("state", browser.right["state"])] * 2 + [("code", "hostile"), ("iss", browser.right["iss"])]
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(redirect_uri).port)
        connection.request("GET", f"/callback?{urlencode(twice)}")
        answered.append(connection.getresponse().status)
        connection.close()
        return answered == [400]

    browser = Browser(before=attack)
    assert run("threads", make(site, browser)).status_code == 200
    assert answered == [400]


@EACH
def test_cancel_ends_the_wait_at_once(site, way):
    """From another thread; the port is free again."""
    opened = []

    def open_browser(address):
        opened.append(address)
        auth.cancel()

    auth = make(site, open_browser)
    with pytest.raises(Cancelled):
        run(way, auth)
    assert is_closed(parse_qs(urlsplit(opened[0]).query)["redirect_uri"][0])


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_task_that_is_cancelled_ends_the_listener(site, backend):
    """At once; another call then opens the browser again."""
    opened = []

    async def main():
        is_opened = anyio.Event()

        async def open_browser(address):
            opened.append(address)
            is_opened.set()
            await anyio.sleep_forever()

        auth = make(site, open_browser)
        async with AsyncSiteClient(auth, trust_env=False) as client:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.get, "/api/hello")
                await is_opened.wait()
                tasks.cancel_scope.cancel()
            assert is_closed(parse_qs(urlsplit(opened[0]).query)["redirect_uri"][0])
            assert auth.state is SessionState.SIGNED_OUT

    anyio.run(main, backend=backend)


@EACH
def test_a_browser_that_does_not_open_is_told(site, way):
    """With what to do instead, and at once."""
    with pytest.raises(BrowserNotOpened, match="use DeviceSignIn"):
        run(way, make(site, lambda address: False))

    def fail(address):
        raise OSError(address)

    with pytest.raises(BrowserNotOpened, match=r"\(OSError\)") as raised:
        run(way, make(site, fail))
    assert "state=" not in str(raised.value)


def test_a_coroutine_function_opens_the_browser_on_the_event_loop(site):
    """And is a mistake with threads, which is told."""
    browser = Browser()

    async def open_browser(address):
        browser(address)

    site.play(CALLED)
    assert run("asyncio", make(site, open_browser)).status_code == 200
    with pytest.raises(TypeError, match="asynchronous"):
        run("threads", make(site, open_browser))


@EACH
def test_a_function_that_calls_the_site_by_the_same_auth_is_told(site, way):
    """It would wait for itself."""

    def open_browser(address):
        with SiteClient(auth, trust_env=False) as client:
            client.get("/api/hello")

    auth = make(site, open_browser)
    with pytest.raises(CallWithinSignIn):
        run(way, auth)


def test_a_port_of_the_apps_own_choice(site):
    """For a site that knows one port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site.play(CALLED)
    browser = Browser()
    run("threads", make(site, browser, redirect_uri=f"http://127.0.0.1:{port}/callback"))
    assert browser.redirect_uri == f"http://127.0.0.1:{port}/callback"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"redirect_uri": "https://shop.example/callback"}, "loopback"),
        ({"redirect_uri": "http://localhost/callback"}, "loopback"),
        ({"redirect_uri": "com.example.notes:/signed-in"}, "loopback"),
        ({"redirect_uri": "http://127.0.0.1/callback?x=1"}, "loopback"),
        ({"prompt": "always"}, "select_account"),
        ({"client_id": "two words"}, "FIREBASE_LOGIN_NATIVE_CLIENTS"),
        ({"client_id": ""}, "FIREBASE_LOGIN_NATIVE_CLIENTS"),
    ],
)
def test_mistakes_are_told_when_it_is_made(arguments, what):
    """With what is meant."""
    with pytest.raises(ValueError, match=what):
        BrowserSignIn(**{"client_id": "notes-cli"} | arguments)


def test_a_way_that_is_none_is_told():
    """With those that there are."""
    for way in (BrowserSignIn, "id-token", None):
        with pytest.raises(TypeError, match="BrowserSignIn"):
            FirebaseLoginAuth("https://shop.example", way)
    with pytest.raises(TypeError, match="shows the code"):
        DeviceSignIn("notes-tv", show="x")


def test_secrets_are_in_no_repr():
    """Neither state nor verifier, neither code nor bearer."""
    begun = BegunSignIn("https://shop.example/auth", BrowserSignIn("notes-cli"))
    told = [
        begun,
        CameBack("secret", "http://127.0.0.1:1/callback"),
        OpenedSession({}, bearer="secret"),
        PendingSignOut("secret", bearer="secret"),
        StoredSession(bearer="secret"),
    ]
    for secret in ("secret", begun.state, begun.verifier):
        assert secret not in repr(told)


def test_errors_travel_between_processes():
    """As all errors do."""
    for error in (ClientNotRegistered(400, "invalid_client", "No."), SignInDenied(0, "access_denied", ""), SignInTimedOut()):
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), again.code) == (str(error), error.code)
    assert '"device_code": True' in str(ClientNotRegistered(400, "invalid_client", "No."))


STORED = (
    '{"version":2,"site":"%s","account":{"firebase_uid":"ada"},"sign_in_id":"x","session_cookies":[],"cookies":[],'
    '"bearer":"bearer-1","pending_sign_outs":[]}'
)


def test_headers_for_any_other_client(site):
    """The bearer's header, to the site alone."""
    auth = FirebaseLoginAuth(site.url, BrowserSignIn("notes-cli"), store=MemoryStore(STORED % site.url))
    assert auth.headers_for(site.url + "/live") == BEARER
    assert auth.headers_for(site.url.replace("http", "ws") + "/live") == BEARER
    assert auth.headers_for(site.other_url) == {}


def test_requests_sends_the_bearer_too(site):
    """And leaves it out of a redirect elsewhere."""
    pytest.importorskip("requests")
    auth = FirebaseLoginAuth(site.url, BrowserSignIn("notes-cli"), store=MemoryStore(STORED % site.url))
    site.play(
        [
            {"asked": "GET /api/hello", "headers": BEARER, "answer": HELLO},
            {"asked": "GET /go", "headers": BEARER, "answer": {"status": 302, "headers": {"Location": f"{site.other_url}/x"}}},
            {"asked": "GET (other) /x", "headers": {"Authorization": None}, "answer": HELLO},
        ]
    )
    with auth.requests_session() as session:
        session.trust_env = False
        assert session.get(f"{site.url}/api/hello").json() == {"hello": "Ada"}
        assert session.get(f"{site.url}/go").status_code == 200


def test_a_header_of_the_apps_own_is_told_once(site, caplog):
    """Because a client with one for all its calls would never be signed in."""
    auth = FirebaseLoginAuth(site.url, BrowserSignIn("notes-cli"), store=MemoryStore(STORED % site.url))
    basic = {"Authorization": "Basic Z2F0ZXdheTp4"}
    site.play([{"asked": "GET /api/hello", "times": 2, "headers": basic, "answer": HELLO}])
    with SiteClient(auth, trust_env=False, headers=basic) as client, caplog.at_level(logging.WARNING):
        for _ in range(2):
            client.get("/api/hello")
    assert len([one for one in caplog.records if "Authorization header of their own" in one.message]) == 1
    assert "Z2F0ZXdheTp4" not in caplog.text


def test_a_request_that_is_sent_twice_has_no_header_of_its_own(site):
    """The header of the first time is the session's."""
    auth = FirebaseLoginAuth(site.url, BrowserSignIn("notes-cli"), store=MemoryStore(STORED % site.url))
    site.play([{"asked": "GET /api/hello", "times": 2, "headers": BEARER, "answer": HELLO}])
    with SiteClient(auth, trust_env=False) as client:
        request = client.build_request("GET", "/api/hello")
        assert [client.send(request).status_code for _ in range(2)] == [200, 200]


CODE = {
    "json": {
        "device_code": "device-1",
        "user_code": "BCDF-GHJK",
        "verification_uri": "https://shop.example/auth/device",
        "expires_in": 600,
        "interval": 1,
    }
}
PENDING = {"status": 400, "json": {"error": "authorization_pending"}}


@EACH
def test_a_code_for_another_device(site, way):
    """Polls go on where one is lost, and `show` may be a coroutine function on an event loop."""
    site.play([{"asked": "POST /auth/device", "answer": CODE}, {"asked": "POST /auth/token", "answer": {"dropped": "whole"}}])
    site.play([{"asked": "POST /auth/token", "answer": PENDING}, *CALLED])
    shown, waits = [], []

    async def show(code):
        shown.append(code.user_code)

    sign_in = DeviceSignIn("notes-tv", show=show if way != "threads" else lambda code: shown.append(code.user_code))
    auth = FirebaseLoginAuth(site.url, sign_in, sleep=waits.append)
    assert run(way, auth).status_code == 200
    assert (shown, waits) == (["BCDF-GHJK"], [1, 1, 1])


@EACH
def test_cancel_ends_the_polls(site, way):
    """Before the next of them, however long that is off."""
    site.play([{"asked": "POST /auth/device", "answer": CODE | {"json": CODE["json"] | {"interval": 500}}}])
    auth = FirebaseLoginAuth(site.url, DeviceSignIn("notes-tv", show=lambda code: threading.Timer(0.1, auth.cancel).start()))
    with pytest.raises(Cancelled):
        run(way, auth)


def test_a_sign_in_of_a_task_that_is_cancelled_after_the_code_is_ended(site):
    """The answer to the exchange is waited for, and its session ended at the site."""
    held = TOKEN | {"held": True}
    site.play([{"asked": "POST /auth/token", "answer": held}])
    site.play([{"asked": "POST /auth/sign-out", "headers": BEARER, "answer": {"status": 204}}])
    auth = make(site, Browser())

    async def main():
        async with AsyncSiteClient(auth, trust_env=False) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.get, "/api/hello")
            while "POST /auth/token" not in site.lines:
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()
            site.release()

    anyio.run(main)
    assert auth.state is SessionState.SIGNED_OUT
