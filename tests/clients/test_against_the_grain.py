"""The Python client used in ways that go wrong easily: impatiently, from within itself, with a mistake in an address."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import pickle
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context

import httpx
import pytest

from flask_firebase_login_client import (
    CallWithinSignIn,
    Cancelled,
    ClockWrong,
    FirebaseLoginAuth,
    FirebaseRejected,
    FletStore,
    IdentityToolkit,
    KeyringStore,
    MemoryStore,
    NotOurSite,
    NotSignedInAtFirebase,
    RedirectsTaken,
    SessionState,
    SignInRejected,
    StoreFailed,
    TryLater,
    UserChanged,
)
from flask_firebase_login_client.cookies import Cookie
from flask_firebase_login_client.request_cookies import MAX_NAMES, RequestCookies
from preferences_double import PreferencesInMemory
from scripted_site import ScriptedSite
from threads import at_once

SITE = "https://shop.example"
SIGNED_IN = {
    "json": {"account": {"firebase_uid": "ada"}, "session": {"id": "s1"}},
    "headers": {"Set-Cookie": "session=s1; Path=/"},
}
SIGNED_IN_AGAIN = SIGNED_IN | {"headers": {"Set-Cookie": "session=s2; Path=/"}}
NOT_SIGNED_IN = {
    "json": {"code": "not_signed_in"},
    "headers": {"Content-Type": "application/problem+json", "WWW-Authenticate": "Bearer"},
}


class Shop:
    """A double of a site: answers a sign-in and every other call as it is told, and notes what arrived."""

    def __init__(self, call=lambda _: httpx.Response(200), sign_in=lambda _: httpx.Response(200, **SIGNED_IN)):
        self.call, self.sign_in = call, sign_in
        self.arrived = []

    def __call__(self, request):
        request.read()
        self.arrived.append(request)
        return self.sign_in(request) if request.url.path == "/auth/sign-in" else self.call(request)

    async def later(self, request):
        await asyncio.sleep(0)
        await request.aread()
        self.arrived.append(request)
        return self.sign_in(request) if request.url.path == "/auth/sign-in" else self.call(request)

    @property
    def lines(self):
        return [f"{one.method} {one.url.path}" for one in self.arrived]

    def client(self, auth, **options):
        return httpx.Client(base_url=SITE, auth=auth, transport=httpx.MockTransport(self), **options)

    def async_client(self, auth):
        return httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(self.later))


def get_id_token(*, force_refresh):
    return "id-token"


def once(first, then):
    """Answer by the first function once, then by the second."""
    answers = iter([first])
    return lambda request: next(answers, then)(request)


def time_out(request):
    raise httpx.ReadTimeout("too slow", request=request)


def test_a_call_that_loses_its_patience_fails_alone():
    """The others sign in for themselves."""
    shop, errors = Shop(sign_in=once(time_out, lambda _: httpx.Response(200, **SIGNED_IN))), []

    def call():
        try:
            client.get("/hello")
        except httpx.HTTPError as error:
            errors.append(error)

    with shop.client(FirebaseLoginAuth(SITE, get_id_token)) as client:
        assert at_once(*[call] * 10) == []
    assert [(type(error), error.request.url.path) for error in errors] == [(httpx.ReadTimeout, "/auth/sign-in")]
    assert shop.lines.count("GET /hello") == 9


def test_calls_that_are_rejected_together_raise_errors_of_their_own():
    """Alike in all but the object."""
    held, errors = threading.Event(), []

    def reject(request):
        assert held.wait(30)
        return httpx.Response(403, json={"code": "account_disabled", "detail": "Disabled."})

    def call():
        try:
            client.get("/hello")
        except SignInRejected as error:
            errors.append(error)

    with Shop(sign_in=reject).client(FirebaseLoginAuth(SITE, get_id_token)) as client:
        threads = [threading.Thread(target=call) for _ in range(10)]
        for thread in threads:
            thread.start()
        held.set()
        for thread in threads:
            thread.join(30)
    assert {error.code for error in errors} == {"account_disabled"}
    assert len({id(error) for error in errors}) == 10


def test_a_source_of_id_tokens_that_calls_the_site_by_the_same_client_is_told_at_once():
    """It would wait for itself."""

    def id_token(*, force_refresh):
        return client.get("/token").text

    with (
        Shop().client(FirebaseLoginAuth(SITE, id_token)) as client,
        pytest.raises(CallWithinSignIn, match="another httpx client"),
    ):
        client.get("/hello")

    with Shop().client(FirebaseLoginAuth(SITE, id_token), timeout=None) as client, pytest.raises(CallWithinSignIn):
        client.get("/hello")


def test_so_is_one_that_is_a_coroutine():
    """On the event loop."""

    async def main():
        async def id_token(*, force_refresh):
            return (await client.get("/token")).text

        async with Shop().async_client(FirebaseLoginAuth(SITE, id_token)) as client:
            with pytest.raises(CallWithinSignIn):
                await client.get("/hello")

    asyncio.run(main())


def test_a_synchronous_call_on_the_loop_that_signs_in_is_told_at_once():
    """It would stop the loop that it waits for."""

    async def main():
        asked, shop = asyncio.Event(), Shop()
        go_on = asyncio.Event()

        async def id_token(*, force_refresh):
            asked.set()
            await go_on.wait()
            return "id-token"

        auth = FirebaseLoginAuth(SITE, id_token)
        async with shop.async_client(auth) as client:
            call = asyncio.create_task(client.get("/hello"))
            await asked.wait()
            with shop.client(auth) as other, pytest.raises(CallWithinSignIn):
                other.get("/hello")
            go_on.set()
            assert (await call).status_code == 200

    asyncio.run(main())


@pytest.mark.parametrize("is_async", [False, True])
def test_a_slow_source_of_id_tokens_holds_a_call_up_no_longer_than_its_own_timeout(is_async):
    """And nobody is offline for that."""
    held = threading.Event()

    def id_token(*, force_refresh):
        assert held.wait(5)
        return "id-token"

    async def call_later():
        async with Shop().async_client(auth) as client:
            await client.get("/hello", timeout=0.05)

    def call():
        with Shop().client(auth) as client:
            client.get("/hello", timeout=0.05)

    auth = FirebaseLoginAuth(SITE, id_token)
    with pytest.raises(httpx.PoolTimeout) as caught:
        asyncio.run(call_later()) if is_async else call()
    held.set()
    assert caught.value.request.url.path == "/hello"
    assert auth.state is SessionState.SIGNED_OUT


def test_a_call_that_waits_for_another_s_sign_in_waits_no_longer_than_its_own_timeout():
    """While the other goes on."""
    asked, held = threading.Event(), threading.Event()

    def id_token(*, force_refresh):
        asked.set()
        assert held.wait(30)
        return "id-token"

    with Shop().client(FirebaseLoginAuth(SITE, id_token), timeout=30) as client:
        patient = threading.Thread(target=client.get, args=("/hello",))
        patient.start()
        assert asked.wait(30)
        with pytest.raises(httpx.PoolTimeout):
            client.get("/hello", timeout=0.05)
        held.set()
        patient.join(30)


NOW = datetime(2026, 6, 1, tzinfo=UTC)
ERRORS = [
    NotSignedInAtFirebase(), SignInRejected(403, "sign_in_denied", "No."), RedirectsTaken(), Cancelled(), UserChanged(),
    ClockWrong(401, "id_token_not_yet_valid", "No.", device_time=NOW, server_time=None), CallWithinSignIn(), NotOurSite("HTML"),
    TryLater(503, "keys_unavailable", "Later.", retry_after_seconds=5), StoreFailed(OSError(28, "full")), FirebaseRejected("X", "y"),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_travels_between_processes(error):
    """With all that it says."""
    there = pickle.loads(pickle.dumps(error))
    assert (type(there), str(there), there.args, vars(there)) == (type(error), str(error), error.args, vars(error))


def reject_there():
    raise SignInRejected(403, "sign_in_denied", "No.")


def test_a_rejection_in_a_pool_of_processes_is_that_rejection():
    """And the pool goes on."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        with pytest.raises(SignInRejected, match="sign_in_denied"):
            pool.submit(reject_there).result(30)
        assert pool.submit(int, "3").result(30) == 3


def test_a_listener_that_fails_breaks_nothing(caplog):
    """It is logged; the call goes out, and the session is stored."""
    store, heard = MemoryStore(), []
    auth = FirebaseLoginAuth(SITE, get_id_token, store=store)
    auth.subscribe(lambda state: 1 // 0)
    auth.subscribe(heard.append)
    with Shop().client(auth) as client, caplog.at_level(logging.ERROR):
        assert client.get("/hello").status_code == 200
    assert "s1" in store.load()
    assert heard == ["signed_out", "signed_in"]
    assert "ZeroDivisionError" in caplog.text


def test_unsubscribing_twice_is_once():
    """Such as by a window that is closed twice."""
    auth, heard = FirebaseLoginAuth(SITE, get_id_token), []
    unsubscribe = auth.subscribe(heard.append)
    unsubscribe()
    unsubscribe()
    auth.load()
    assert heard == []


def test_what_is_remembered_of_cookies_is_bounded():
    """The newest names are kept out of other ports; those of long ago are forgotten."""
    cookies = RequestCookies("shop.example")
    for number in range(MAX_NAMES * 3):
        cookies.note([Cookie(f"n{number}", "x")])
    request = httpx.Request("GET", "https://shop.example:8443/", headers={"Cookie": f"n0=x; n{MAX_NAMES * 3 - 1}=x; theirs=y"})
    cookies.keep_out_of(request, [])
    assert request.headers["Cookie"] == "n0=x; theirs=y"


def test_the_client_s_headers_go_with_the_sign_in():
    """But for those of the call's own body, and another way to sign in."""
    shop = Shop()
    headers = {"X-Gateway-Key": "g", "Accept-Language": "de", "User-Agent": "Notes/1", "Host": "inner.example"}
    with shop.client(FirebaseLoginAuth(SITE, get_id_token), headers=headers) as client:
        client.post(
            "/notes",
            json={},
            headers={"Idempotency-Key": "i", "If-Match": "*", "Authorization": "Bearer b", "Accept": "text/html"},
        )
    sign_in = shop.arrived[0].headers
    assert {name: sign_in[name] for name in headers} == headers
    assert sign_in["Accept"] == sign_in["Content-Type"] == "application/json"
    assert not {"Idempotency-Key", "If-Match", "Authorization", "Cookie"} & {*map(str.title, sign_in)}
    assert json.loads(shop.arrived[0].content)["id_token"] == "id-token"


def test_a_gateway_s_own_password_goes_with_the_sign_in():
    """It is no session."""
    shop = Shop()
    with shop.client(FirebaseLoginAuth(SITE, get_id_token), headers={"Authorization": "Basic Zzp4"}) as client:
        client.get("/hello")
    assert shop.arrived[0].headers["Authorization"] == "Basic Zzp4"


@pytest.mark.parametrize(
    ("site", "socket"), [("http://shop.example", "ws"), ("https://shop.example", "wss"), ("https://shop.example:443", "wss")]
)
def test_a_web_socket_of_the_site_carries_the_session(site, socket):
    """Its handshake is a request to the same origin."""
    auth = FirebaseLoginAuth(site, get_id_token)
    with httpx.Client(auth=auth, transport=httpx.MockTransport(Shop())) as client:
        auth.sign_in(client)
    handshake = next(auth.sync_auth_flow(httpx.Request("GET", f"{socket}://shop.example/socket")))
    assert handshake.headers["Cookie"] == "session=s1"


def test_calls_that_go_elsewhere_are_logged_once_for_each_origin(caplog):
    """A typing error in an address would go unnoticed."""
    auth = FirebaseLoginAuth("http://127.0.0.1:8000", get_id_token)
    with httpx.Client(auth=auth, transport=httpx.MockTransport(Shop())) as client:
        for _ in range(3):
            client.get("http://localhost:8000/hello")
            client.get("ws://127.0.0.1:9000/socket")
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [one.split()[2] for one in warnings] == ["http://localhost:8000", "http://127.0.0.1:9000"]
    assert "http://127.0.0.1:8000" in warnings[0]


@pytest.mark.parametrize(("file", "status"), [(b"bytes", 200), (io.BytesIO(b"bytes"), 401)], ids=["bytes", "an open file"])
def test_a_form_is_sent_again_where_its_files_are_bytes(file, status):
    """An open file can be read once."""
    ended = {"status": 401, "json": {"code": "not_signed_in"}}
    again = [{"asked": "POST /auth/sign-in", "answer": SIGNED_IN_AGAIN}, {"asked": "POST /upload", "answer": {"json": {}}}]
    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site:
        auth = FirebaseLoginAuth(site.url, get_id_token)
        with httpx.Client(base_url=site.url, auth=auth, trust_env=False) as client:
            site.play([{"asked": "POST /auth/sign-in", "answer": SIGNED_IN}, {"asked": "POST /upload", "answer": ended}])
            site.play(again if status == 200 else [])
            answer = client.post("/upload", data={"name": "a"}, files={"file": ("a.txt", file)})
        site.check_played()
        assert (answer.status_code, site.problems) == (status, [])


def test_a_hook_that_raises_at_a_401_does_not_keep_the_next_call_from_signing_in():
    """Httpx shows the client no answer then."""
    ended = {"status": 401, "json": {"code": "not_signed_in"}, "headers": {"WWW-Authenticate": "Bearer"}}
    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site:
        auth = FirebaseLoginAuth(site.url, get_id_token)
        hooks = {"response": [httpx.Response.raise_for_status]}
        with httpx.Client(base_url=site.url, auth=auth, event_hooks=hooks, trust_env=False) as client:
            for ended_by in ("the first", "a later"):
                sign_in = {"asked": "POST /auth/sign-in", "answer": SIGNED_IN}
                good = {"asked": "GET /hello", "answer": {"json": {}}}
                site.play([sign_in, *([] if ended_by == "the first" else [good]), {"asked": "GET /hello", "answer": ended}])
                if ended_by == "a later":
                    client.get("/hello")
                with pytest.raises(httpx.HTTPStatusError):
                    client.get("/hello")
                assert auth.state is SessionState.SIGNED_OUT
        assert site.problems == []


def stop(*, force_refresh):
    raise StopIteration


async def stop_later(*, force_refresh):
    return stop(force_refresh=force_refresh)


@pytest.mark.parametrize("id_token", [stop, stop_later])
def test_a_source_of_id_tokens_that_stops_an_iteration_is_an_error(id_token):
    """Not a call that never ends."""

    async def main():
        async with Shop().async_client(FirebaseLoginAuth(SITE, id_token)) as client:
            with pytest.raises(RuntimeError, match="StopIteration"):
                await client.get("/hello")

    asyncio.run(main())
    if id_token is stop:
        with Shop().client(FirebaseLoginAuth(SITE, id_token)) as client, pytest.raises(RuntimeError, match="StopIteration"):
            client.get("/hello")


@pytest.mark.parametrize(
    ("make", "error", "remedy"),
    [
        (lambda: FirebaseLoginAuth(f"{SITE}/shop", get_id_token), ValueError, "url_prefix='/shop/auth'"),
        (lambda: FirebaseLoginAuth(SITE, get_id_token, url_prefix="auth"), ValueError, "write '/auth'"),
        (lambda: FirebaseLoginAuth(SITE, get_id_token, url_prefix="/auth/"), ValueError, "write '/auth'"),
        (lambda: FirebaseLoginAuth(SITE, get_id_token, store="session.json"), TypeError, r"FileStore\('session.json'\)"),
        (lambda: FirebaseLoginAuth(SITE, get_id_token, store=MemoryStore), TypeError, "is a class"),
        (lambda: FirebaseLoginAuth(SITE, get_id_token, store=object()), TypeError, "load, save and clear"),
        (lambda: IdentityToolkit("key", store=FletStore(PreferencesInMemory())), TypeError, "use AsyncIdentityToolkit"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(make, error, remedy):
    """When the client is made, not at its first call."""
    with pytest.raises(error, match=remedy):
        make()


def test_a_site_below_a_path_is_told_by_its_prefix():
    """As the error says."""
    shop = Shop()
    shop.sign_in = lambda _: httpx.Response(200)
    auth = FirebaseLoginAuth(f"{SITE}/", get_id_token, url_prefix="/shop/auth")
    with shop.client(auth) as client, pytest.raises(NotOurSite):
        client.get("/hello")
    assert shop.lines == ["POST /shop/auth/sign-in"]


def test_a_keyring_that_is_not_installed_is_told_with_what_to_install(monkeypatch):
    """By the extra's name."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ModuleNotFoundError, match=r"flask-firebase-login-client\[keyring\]"):
        KeyringStore("notes")


def test_a_public_page_is_asked_for_without_a_session_where_nobody_is_signed_in():
    """For all calls, or for one."""
    shop, nobody = Shop(), lambda *, force_refresh: None
    with shop.client(FirebaseLoginAuth(SITE, nobody, optional=True)) as client:
        assert client.get("/public").status_code == 200
    auth = FirebaseLoginAuth(SITE, nobody)
    with shop.client(auth) as client:
        assert client.get("/public", auth=auth.if_signed_in).status_code == 200
        with pytest.raises(NotSignedInAtFirebase):
            client.get("/private")
    assert shop.lines == ["GET /public", "GET /public"]
    assert all("Cookie" not in one.headers for one in shop.arrived)


def test_it_is_asked_for_with_the_session_where_somebody_is():
    """It may look different then."""
    shop = Shop()
    with shop.client(FirebaseLoginAuth(SITE, get_id_token, optional=True)) as client:
        client.get("/public")
    assert shop.arrived[-1].headers["Cookie"] == "session=s1"


@pytest.mark.parametrize(
    "cause", [OSError(28, "No space left"), RuntimeError("s1-secret"), UnicodeEncodeError("ascii", "s1-secret", 0, 1, "no")]
)
def test_a_store_that_fails_does_not_show_what_it_should_have_kept(cause):
    """Whatever its own error says."""
    assert "s1-secret" not in str(StoreFailed(cause))
