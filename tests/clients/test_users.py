"""An app never speaks for another user: what the cases of `users.json` and `windows.json` cannot say."""

from __future__ import annotations

import asyncio
import threading

import anyio
import httpx
import pytest

from client_drivers import driver_command
from clocks import StandingClock
from conformance import Driver
from flask_firebase_login_client import (
    AsyncIdentityToolkit,
    Cancelled,
    FileStore,
    FirebaseLoginAuth,
    IdentityToolkit,
    MemoryStore,
    SessionState,
    UserChanged,
)
from flask_firebase_login_client.cookies import Cookie
from flask_firebase_login_client.merging import merge
from flask_firebase_login_client.state import PendingSignOut, StoredSession
from scripted_site import ScriptedSite
from threads import at_once

SITE = "https://shop.example"
DATE = "Mon, 01 Jun 2026 12:00:00 GMT"


def signed_in_as(uid, cookie):
    return {
        "json": {"account": {"firebase_uid": uid}, "session": {"id": cookie}},
        "headers": {"Set-Cookie": f"session={cookie}; Path=/"},
    }


class FirebaseDouble:
    """A double of Firebase Auth's REST interface: signs in whom the password names, and refreshes, when it is let go."""

    def __init__(self):
        self.asked = []
        self.reached, self.held, self.saved = threading.Event(), threading.Event(), threading.Event()
        self.held.set()

    def __call__(self, request):
        self.asked.append(request.url.path)
        if request.url.path.endswith("token"):
            self.reached.set()
            assert self.held.wait(30)
            token = {"id_token": "fresh", "refresh_token": "fresh", "expires_in": "3600"}
            return httpx.Response(200, json=token)
        uid = request.read().decode().partition('"email":"')[2].partition("@")[0]
        return httpx.Response(
            200, json={"localId": uid, "idToken": f"of-{uid}", "refreshToken": f"r-{uid}", "expiresIn": "3600"}
        )

    async def later(self, request):
        return await asyncio.to_thread(self, request)

    def hold(self):
        self.reached.clear()
        self.held.clear()


class Toolkits:
    """Toolkits of one Firebase, with one store, as two windows have them."""

    def __init__(self):
        self.firebase, self.store, self.clock = FirebaseDouble(), MemoryStore(), StandingClock()

    def make(self):
        client = httpx.Client(transport=httpx.MockTransport(self.firebase))
        return IdentityToolkit("key", store=self.store, clock=self.clock, client=client)


@pytest.fixture
def toolkits():
    return Toolkits()


def refreshing(toolkit, firebase):
    """Start a refresh in a thread, and return once Firebase has been asked."""
    firebase.hold()
    thread = threading.Thread(target=lambda: toolkit.id_token(force_refresh=True))
    thread.start()
    assert firebase.reached.wait(30)
    return thread


def finish(firebase, thread):
    firebase.held.set()
    thread.join(30)
    assert not thread.is_alive()


def test_a_refresh_under_way_at_the_sign_out_brings_nobody_back(toolkits):
    """Neither into memory nor into the store."""
    toolkit = toolkits.make()
    toolkit.sign_in_with_password("ada@example.com", "x")
    thread = refreshing(toolkit, toolkits.firebase)
    toolkit.sign_out()
    finish(toolkits.firebase, thread)
    assert (toolkit.user, toolkit.id_token(), toolkits.store.load()) == (None, None, None)


def test_a_refresh_under_way_does_not_replace_the_user_who_has_signed_in_meanwhile(toolkits):
    """Neither in memory nor in the store."""
    toolkit = toolkits.make()
    toolkit.sign_in_with_password("ada@example.com", "x")
    thread = refreshing(toolkit, toolkits.firebase)
    toolkit.sign_in_with_password("bob@example.com", "x")
    finish(toolkits.firebase, thread)
    assert (toolkit.current_uid(), toolkit.id_token()) == ("bob", "of-bob")
    assert toolkits.make().load().uid == "bob"


def test_a_refresh_under_way_obeys_a_sign_out_in_another_window(toolkits):
    """The store says so before it is written."""
    toolkit, other = toolkits.make(), toolkits.make()
    toolkit.sign_in_with_password("ada@example.com", "x")
    thread = refreshing(toolkit, toolkits.firebase)
    other.sign_out()
    finish(toolkits.firebase, thread)
    assert (toolkit.user, toolkits.store.load()) == (None, None)


def test_an_id_token_is_that_of_the_user_whom_another_window_has_signed_in(toolkits):
    """The store is read before it is given out."""
    toolkit, other = toolkits.make(), toolkits.make()
    toolkit.sign_in_with_password("ada@example.com", "x")
    other.sign_in_with_password("bob@example.com", "x")
    assert toolkit.current_uid() == "ada"
    assert toolkit.current_uid(again=True) == "bob"
    other.sign_out()
    assert toolkit.id_token() is None


def test_a_sign_in_that_is_answered_after_the_sign_out_signs_nobody_in(toolkits):
    """What was asked for later counts."""
    toolkit, firebase = toolkits.make(), toolkits.firebase
    answer = FirebaseDouble.__call__

    def slowly(self, request):
        self.reached.set()
        assert self.held.wait(30)
        return answer(self, request)

    firebase.hold()
    slow = httpx.Client(transport=httpx.MockTransport(lambda request: slowly(firebase, request)))
    toolkit = IdentityToolkit("key", store=toolkits.store, client=slow)
    errors = []
    thread = threading.Thread(
        target=lambda: errors.extend(at_once(lambda: toolkit.sign_in_with_password("ada@example.com", "x")))
    )
    thread.start()
    assert firebase.reached.wait(30)
    toolkit.sign_out()
    finish(firebase, thread)
    assert "Cancelled" in errors[0]
    assert (toolkit.user, toolkits.store.load()) == (None, None)


def test_a_store_that_is_read_slowly_does_not_bring_back_who_has_signed_out(toolkits):
    """The reading began before the sign-out."""
    toolkits.make().sign_in_with_password("ada@example.com", "x")
    reached, held = threading.Event(), threading.Event()

    class Slow(MemoryStore):
        def load(self):
            text = super().load()
            reached.set()
            assert held.wait(30)
            return text

    toolkit = IdentityToolkit("key", store=Slow(toolkits.store.load()))
    thread = threading.Thread(target=toolkit.load)
    thread.start()
    assert reached.wait(30)
    signing_out = threading.Thread(target=toolkit.sign_out)
    signing_out.start()
    held.set()
    thread.join(30)
    signing_out.join(30)
    assert toolkit.user is None
    assert toolkit.load() is None


class SlowStore:
    """A store of plain functions whose first writing is held up."""

    def __init__(self, text=None):
        self.inner = MemoryStore(text)
        self.reached, self.held, self.saved = threading.Event(), threading.Event(), threading.Event()

    def load(self):
        return self.inner.load()

    def save(self, text):
        if self.reached.is_set():
            self.inner.save(text)
            return
        self.reached.set()
        assert self.held.wait(30)
        self.inner.save(text)
        self.saved.set()

    def clear(self):
        self.inner.clear()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_call_that_is_cancelled_while_it_stores_writes_nothing_later(backend):
    """The sign-out after it finds the store written, and empties it."""

    async def answer(request):
        if request.url.path == "/auth/sign-in":
            return httpx.Response(200, **signed_in_as("ada", "s1"))
        return httpx.Response(204)

    async def main():
        store = SlowStore()
        auth = FirebaseLoginAuth(SITE, lambda *, force_refresh: "id-token", store=store)
        clients = httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(answer))
        async with clients as client, anyio.create_task_group() as tasks:
            call = anyio.CancelScope()
            tasks.start_soon(get_within, call, client)
            await anyio.to_thread.run_sync(store.reached.wait, 30)
            call.cancel()
            tasks.start_soon(sign_out, auth, client, signed_out := anyio.Event())
            with anyio.move_on_after(0.5):  # long enough for a sign-out that does not wait
                await signed_out.wait()
            store.held.set()
            await anyio.to_thread.run_sync(store.saved.wait, 30)
        assert (store.load(), auth.state) == (None, SessionState.SIGNED_OUT)

    async def get_within(scope, client):
        with scope:
            await client.get("/api/hello")

    async def sign_out(auth, client, signed_out):
        await auth.asign_out(client)
        signed_out.set()

    anyio.run(main, backend=backend)


def test_a_task_of_asyncio_that_is_cancelled_while_it_stores_writes_nothing_later():
    """By asyncio's own means as well."""

    async def main():
        store = SlowStore()
        auth = FirebaseLoginAuth(SITE, lambda *, force_refresh: "id-token", store=store)
        shop = httpx.MockTransport(lambda _: httpx.Response(200, **signed_in_as("ada", "s1")))
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=shop) as client:
            call = asyncio.create_task(client.get("/api/hello"))
            await asyncio.to_thread(store.reached.wait, 30)
            call.cancel()
            await asyncio.sleep(0)
            assert not call.done()
            store.held.set()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert auth.state is SessionState.SIGNED_IN
            await auth.asign_out(client)
        assert store.load() is None

    asyncio.run(main())


def test_the_toolkit_that_gives_the_id_tokens_says_who_is_signed_in(toolkits):
    """Without another word: the session of the user before is ended before the next call."""
    toolkit, asked = toolkits.make(), []

    def answer(request):
        cookie = request.headers.get("Cookie", "")
        asked.append((request.method, request.url.path, cookie))
        if request.url.path != "/auth/sign-in":
            return httpx.Response(200)
        uid = request.read().decode().partition("of-")[2][:3]
        return httpx.Response(200, **signed_in_as(uid, f"s-{uid}"))

    auth = FirebaseLoginAuth(SITE, toolkit.id_token)
    with httpx.Client(base_url=SITE, auth=auth, transport=httpx.MockTransport(answer)) as client:
        toolkit.sign_in_with_password("ada@example.com", "x")
        client.get("/one")
        toolkit.sign_in_with_password("bob@example.com", "x")
        client.get("/two")
    assert asked[1:] == [
        ("GET", "/one", "session=s-ada"),
        ("POST", "/auth/sign-out", "session=s-ada"),
        ("POST", "/auth/sign-in", ""),
        ("GET", "/two", "session=s-bob"),
    ]


def test_so_does_the_toolkit_of_coroutines():
    """On the event loop."""

    async def main():
        firebase = FirebaseDouble()
        toolkit = AsyncIdentityToolkit("key", client=httpx.AsyncClient(transport=httpx.MockTransport(firebase.later)))
        auth = FirebaseLoginAuth(SITE, toolkit.id_token)
        shop = httpx.MockTransport(lambda _: httpx.Response(200, **signed_in_as("ada", "s1")))
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=shop) as client:
            await toolkit.sign_in_with_password("ada@example.com", "x")
            await client.get("/one")
            await toolkit.sign_in_with_password("bob@example.com", "x")
            with pytest.raises(UserChanged):  # this site answers Ada to everybody
                await client.get("/two")
        assert auth.state is SessionState.SIGNED_OUT

    asyncio.run(main())


def test_an_identity_may_be_a_coroutine():
    """Such as one that asks a page of the app."""

    async def main():
        async def identity():
            return "ada"

        auth = FirebaseLoginAuth(SITE, lambda *, force_refresh: "id-token", identity=identity)
        shop = httpx.MockTransport(lambda _: httpx.Response(200, **signed_in_as("ada", "s1")))
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=shop) as client:
            assert (await client.get("/one")).status_code == 200

    asyncio.run(main())


@pytest.mark.integration
def test_a_sign_out_in_one_process_is_obeyed_by_another(tmp_path):
    """On one file: the other signs nobody in again, and a third opens signed out."""
    file = str(tmp_path / "session.json")
    with (
        ScriptedSite(DATE) as site,
        Driver(driver_command("python-sync")) as one,
        Driver(driver_command("python-async")) as two,
    ):
        for app in (one, two):
            app.do("start", site=site.url, now="real", id_tokens=["id-token"], file=file)
        hello = {"method": "GET", "url": f"{site.url}/hello"}
        site.play(
            [
                {"asked": "POST /auth/sign-in", "answer": signed_in_as("ada", "s1")},
                {"asked": "GET /hello", "answer": {"json": {}}},
            ]
        )
        assert one.do("call", **hello)["status"] == 200
        assert two.do("load") == {"state": "signed_in"}
        site.play([{"asked": "POST /auth/sign-out", "answer": {"status": 204}}])
        assert two.do("sign_out") == {"ended": True}
        ended = {"status": 401, "json": {"code": "not_signed_in"}}
        site.play([{"asked": "GET /hello", "cookies": {"session": "s1"}, "answer": ended}])
        assert one.do("call", **hello)["status"] == 401
        assert one.do("look")["state"] == "signed_out"
        assert site.problems == []
        with Driver(driver_command("python-sync")) as third:
            third.do("start", site=site.url, now="real", id_tokens=["id-token"], file=file)
            assert third.do("load") == {"state": "signed_out"}


def test_a_file_is_changed_by_one_at_a_time(tmp_path):
    """Whoever reads, changes and writes under its lock loses nothing."""
    path = tmp_path / "counter"

    def count():
        for _ in range(20):
            store = FileStore(path)
            with store.lock():
                store.save(str(int(store.load() or 0) + 1))

    assert at_once(*[count] * 8) == []
    assert FileStore(path).load() == "160"


def session(sign_in_id="one", cookies=(), pending=()):
    kept = tuple(Cookie(name, value) for name, value in cookies)
    account = None if sign_in_id is None else {"firebase_uid": sign_in_id}
    return StoredSession(kept, ("session",), account, sign_in_id, tuple(PendingSignOut(one) for one in pending))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (session("a"), session("a"), session("b"), session("b")),
        (session("a"), session("a"), session(None), session(None)),
        (session("a"), session("b"), session("a"), session("b")),
        (session("a"), session(None), session("a"), session(None)),
        (session("a"), session("b"), session(None), session(None)),
        (session("a"), session(None), session("b"), session("b")),
        (session(cookies=[("x", "1")]), session(cookies=[("x", "2")]), session(cookies=[("x", "1"), ("y", "1")]), session(cookies=[("y", "1"), ("x", "2")])),
        (session(cookies=[("x", "1")]), session(), session(cookies=[("x", "1"), ("y", "1")]), session(cookies=[("y", "1")])),
        (session(pending=["p"]), session(pending=["p", "q"]), session(pending=["p", "r"]), session(pending=["p", "r", "q"])),
        (session(pending=["p"]), session(), session(pending=["p", "r"]), session(pending=["r"])),
        (session(pending=["p"]), session(pending=["p"]), session(), session()),
    ],
)  # fmt: skip
def test_what_two_windows_changed_is_put_together(base, ours, theirs, merged):
    """What they signed in or out is obeyed; cookies and pending sign-outs of both are kept."""
    assert merge(base, ours, theirs) == merged


def test_the_id_token_of_a_user_is_not_refreshed_for_another(toolkits):
    """It is refreshed before its end, for whoever is signed in then."""
    toolkit = toolkits.make()
    toolkit.sign_in_with_password("ada@example.com", "x")
    toolkits.clock.advance(hours=1)
    thread = refreshing(toolkit, toolkits.firebase)
    toolkit.sign_in_with_password("bob@example.com", "x")
    finish(toolkits.firebase, thread)
    assert toolkit.id_token() == "of-bob"


def test_a_sign_in_that_comes_too_late_is_typed():
    """And its code is stable."""
    assert Cancelled("The user has signed out meanwhile.").code == "cancelled"
