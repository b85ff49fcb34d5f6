"""`SiteClient` and `AsyncSiteClient`, a session of requests', and headers for any other client."""

from __future__ import annotations

import asyncio
import threading

import anyio
import httpx
import pytest
import requests

from flask_firebase_login_client import (
    AsyncSiteClient,
    FirebaseLoginAuth,
    MemoryStore,
    NotSignedInAtFirebase,
    SessionState,
    SiteClient,
    UserChanged,
)
from scripted_site import ScriptedSite

SITE = "https://shop.example"
DATE = "Mon, 01 Jun 2026 12:00:00 GMT"
SIGNED_IN = {
    "json": {"account": {"firebase_uid": "ada"}, "session": {"id": "s1"}},
    "headers": {"Set-Cookie": "session=s1; Path=/"},
}
SIGNED_IN_AGAIN = SIGNED_IN | {"headers": {"Set-Cookie": "session=s2; Path=/"}}
SIGNED_IN_AS_BOB = SIGNED_IN_AGAIN | {"json": {"account": {"firebase_uid": "bob"}, "session": {"id": "s2"}}}
ENDED = {"status": 401, "json": {"code": "not_signed_in"}}
HELLO = {"json": {"hello": "Ada"}}
BOTH = pytest.mark.parametrize("make", ["threads", "asyncio"], indirect=True)


def get_id_token(*, force_refresh):
    return "id-token"


class Blocking:
    """An `AsyncSiteClient` whose coroutines run to their end on a loop of its own, so that one test serves both."""

    def __init__(self, runner, client):
        self._runner, self._client = runner, client

    def __getattr__(self, name):
        found = getattr(self._client, name)
        return (lambda *args, **kwargs: self._runner.run(found(*args, **kwargs))) if callable(found) else found


@pytest.fixture
def site():
    with ScriptedSite(DATE) as scripted:
        yield scripted
        scripted.check_played()
        assert scripted.problems == []


@pytest.fixture
def make(request, site):
    """A function that makes a client of either kind, and of the same options."""
    if request.param == "threads":
        clients = []

        def make_one(**options):
            clients.append(SiteClient(FirebaseLoginAuth(site.url, get_id_token), **{"trust_env": False} | options))
            return clients[-1]

        yield make_one
        for client in clients:
            client.close()
        return
    with asyncio.Runner() as runner:
        made = []

        def make_later(**options):
            hooks = {kind: [later(hook) for hook in hooks] for kind, hooks in options.pop("event_hooks", {}).items()}
            made.append(
                AsyncSiteClient(FirebaseLoginAuth(site.url, get_id_token), trust_env=False, event_hooks=hooks, **options)
            )
            return Blocking(runner, made[-1])

        yield make_later
        for client in made:
            runner.run(client.aclose())


def later(hook):
    async def call(response):
        hook(response)

    return call


def signed_in_then(*more):
    return [{"asked": "POST /auth/sign-in", "answer": SIGNED_IN}, *more]


@BOTH
def test_the_site_is_its_base_url(make, site):
    """And the session goes along."""
    site.play(signed_in_then({"asked": "GET /hello", "cookies": {"session": "s1"}, "answer": HELLO}))
    assert make().get("/hello").json() == {"hello": "Ada"}


@BOTH
def test_a_call_without_the_session_carries_none_of_it_whatever_the_port(make, site):
    """The site's cookies are no part of httpx's own jar; another site's are."""
    theirs = {"json": {}, "headers": {"Set-Cookie": "theirs=x; Path=/"}}
    site.play(
        signed_in_then({"asked": "GET /hello", "answer": HELLO}, {"asked": "GET (other) /x", "cookies": {}, "answer": theirs})
    )
    site.play([{"asked": "GET (other) /x", "cookies": {"theirs": "x"}, "answer": HELLO}])
    client = make()
    client.get("/hello")
    for _ in range(2):
        assert client.get(f"{site.other_url}/x", auth=None).status_code == 200


@BOTH
def test_a_hook_sees_the_answer_that_the_app_gets(make, site):
    """Not the 401 that the client deals with."""
    seen = []
    site.play(signed_in_then({"asked": "GET /hello", "answer": ENDED}))
    site.play([{"asked": "POST /auth/sign-in", "answer": SIGNED_IN_AGAIN}, {"asked": "GET /hello", "answer": HELLO}])
    client = make(
        event_hooks={"response": [httpx.Response.raise_for_status, lambda response: seen.append(response.status_code)]}
    )
    assert client.get("/hello").status_code == 200
    assert seen == [200]


@BOTH
def test_a_hook_that_raises_closes_the_answer(make, site):
    """And the user is still signed in."""
    site.play(
        signed_in_then({"asked": "GET /gone", "answer": {"status": 404, "json": {}}}, {"asked": "GET /hello", "answer": HELLO})
    )
    client = make(event_hooks={"response": [httpx.Response.raise_for_status]})
    with pytest.raises(httpx.HTTPStatusError):
        client.get("/gone")
    assert client.get("/hello").status_code == 200


def test_hooks_may_be_set_later():
    """As httpx has them."""
    seen = []
    auth = FirebaseLoginAuth(SITE, get_id_token)
    with SiteClient(auth, transport=httpx.MockTransport(lambda _: httpx.Response(200, **SIGNED_IN))) as client:
        client.event_hooks = {
            "request": [lambda request: seen.append(request.url.path)],
            "response": [lambda _: seen.append("answer")],
        }
        client.get("/hello")
        assert [*client.event_hooks] == ["request", "response"]
    assert seen == ["/auth/sign-in", "/hello", "answer"]


@pytest.mark.parametrize(("method", "tries"), [("GET", 3), ("POST", 1)])
@pytest.mark.parametrize("is_async", [False, True])
def test_a_call_that_only_reads_is_tried_again_where_the_connection_fails(method, tries, is_async):
    """With a pause that grows; nothing of it had arrived."""
    tried, pauses = [], []

    def answer(request):
        if request.url.path == "/auth/sign-in":
            return httpx.Response(200, **SIGNED_IN)
        tried.append(request.method)
        raise httpx.ConnectError("nobody", request=request)

    async def pause(seconds):
        pauses.append(seconds)

    async def call_later():
        async with AsyncSiteClient(auth, transport=httpx.MockTransport(answer), sleep=pause) as client:
            await client.request(method, "/hello")

    def call():
        with SiteClient(auth, transport=httpx.MockTransport(answer), sleep=pauses.append) as client:
            client.request(method, "/hello")

    auth = FirebaseLoginAuth(SITE, get_id_token)
    with pytest.raises(httpx.ConnectError):
        asyncio.run(call_later()) if is_async else call()
    assert (len(tried), pauses) == (tries, [0.1, 0.2][: tries - 1])
    assert auth.state is SessionState.OFFLINE


@BOTH
def test_a_streamed_answer_is_the_app_s_to_read(make, site):
    """Its body is not read ahead."""
    site.play(signed_in_then({"asked": "GET /story", "answer": {"text": "long"}}))
    client = make()
    response = client.send(
        client._client.build_request("GET", "/story")
        if isinstance(client, Blocking)
        else client.build_request("GET", "/story"),
        stream=True,
    )
    assert not response.is_stream_consumed
    assert (client._runner.run(response.aread()) if isinstance(client, Blocking) else response.read()) == b"long"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_sign_in_whose_call_is_cancelled_leaves_no_session_at_the_site(site, backend):
    """It is answered, and ended."""
    sign_in = {"asked": "POST /auth/sign-in", "answer": SIGNED_IN | {"held": True}}
    site.play([sign_in, {"asked": "POST /auth/sign-out", "cookies": {"session": "s1"}, "answer": {"status": 204}}])

    async def main():
        auth = FirebaseLoginAuth(site.url, get_id_token, store=MemoryStore())
        async with AsyncSiteClient(auth, trust_env=False) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.get, "/hello")
            while not site.lines:
                await anyio.sleep(0)
            tasks.cancel_scope.cancel()
            site.release()
        assert auth.state is SessionState.SIGNED_OUT

    anyio.run(main, backend=backend)
    assert site.lines == ["POST /auth/sign-in", "POST /auth/sign-out"]


def test_so_does_a_sign_in_by_hand_of_a_task_of_asyncio(site):
    """By any httpx client."""
    sign_in = {"asked": "POST /auth/sign-in", "answer": SIGNED_IN | {"held": True}}
    site.play([sign_in, {"asked": "POST /auth/sign-out", "cookies": {"session": "s1"}, "answer": {"status": 204}}])

    async def main():
        auth = FirebaseLoginAuth(site.url, get_id_token)
        async with httpx.AsyncClient(trust_env=False) as client:
            signing_in = asyncio.create_task(auth.asign_in(client))
            while not site.lines:
                await asyncio.sleep(0)
            signing_in.cancel()
            site.release()
            with pytest.raises(asyncio.CancelledError):
                await signing_in

    asyncio.run(main())


def test_requests_sends_the_session_too(site):
    """Signs in, signs in again where the site has ended it, and keeps the site's cookies out of its own jar."""
    site.play(signed_in_then({"asked": "POST /notes", "body": "a note", "cookies": {"session": "s1"}, "answer": ENDED}))
    site.play(
        [
            {"asked": "POST /auth/sign-in", "answer": SIGNED_IN_AGAIN},
            {"asked": "POST /notes", "body": "a note", "cookies": {"session": "s2"}, "answer": HELLO},
            {"asked": "GET /hello", "cookies": {"session": "s2"}, "answer": HELLO},
            {"asked": "GET (other) /x", "cookies": {}, "answer": HELLO},
        ]
    )
    with FirebaseLoginAuth(site.url, get_id_token).requests_session() as session:
        session.trust_env = False
        assert session.post(f"{site.url}/notes", data="a note", timeout=30).json() == {"hello": "Ada"}
        assert session.get(f"{site.url}/hello", timeout=30).json() == {"hello": "Ada"}
        assert session.get(f"{site.other_url}/x", timeout=30).status_code == 200
        assert len(session.cookies) == 0


def test_requests_own_errors_come_through_it(site):
    """Where nobody answers; the session is offline then. Other errors are ours."""
    site.play(signed_in_then({"asked": "GET /hello", "answer": {"dropped": "whole"}}))
    auth = FirebaseLoginAuth(site.url, get_id_token)
    with auth.requests_session() as session:
        session.trust_env = False
        with pytest.raises(requests.ConnectionError):
            session.get(f"{site.url}/hello", timeout=30)
    assert auth.state is SessionState.OFFLINE
    with FirebaseLoginAuth(site.url, lambda *, force_refresh: None).requests_session() as session:
        session.trust_env = False
        with pytest.raises(NotSignedInAtFirebase):
            session.get(f"{site.url}/hello", timeout=30)


def test_requests_does_not_speak_for_another_user(site):
    """A body is not sent again in their name."""
    site.play(
        signed_in_then({"asked": "POST /notes", "answer": ENDED}, {"asked": "POST /auth/sign-in", "answer": SIGNED_IN_AS_BOB})
    )
    with FirebaseLoginAuth(site.url, get_id_token).requests_session() as session:
        session.trust_env = False
        with pytest.raises(UserChanged):
            session.post(f"{site.url}/notes", data="a note", timeout=30)


def test_another_client_gets_the_session_s_header():
    """For the site alone, and for whom Firebase names."""
    named = ["ada"]
    auth = FirebaseLoginAuth(SITE, get_id_token, identity=lambda: named[0])
    assert auth.headers_for(f"{SITE}/hello") == {}
    with SiteClient(auth, transport=httpx.MockTransport(lambda _: httpx.Response(200, **SIGNED_IN))) as client:
        auth.sign_in(client)
    assert auth.headers_for("wss://shop.example/socket") == {"Cookie": "session=s1"}
    assert asyncio.run(auth.aheaders_for(f"{SITE}/hello")) == {"Cookie": "session=s1"}
    for elsewhere in ("http://shop.example/", "https://shop.example:8443/", "https://other.example/"):
        assert auth.headers_for(elsewhere) == {}
    named[0] = "bob"
    assert auth.headers_for(f"{SITE}/hello") == {}


def test_threads_share_one_site_client():
    """And sign in once."""
    asked, held = [], threading.Barrier(5)

    def answer(request):
        asked.append(request.url.path)
        return httpx.Response(200, **SIGNED_IN)

    auth = FirebaseLoginAuth(SITE, get_id_token)
    with SiteClient(auth, transport=httpx.MockTransport(answer)) as client:

        def call():
            held.wait(30)
            client.get("/hello")

        threads = [threading.Thread(target=call) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert asked.count("/auth/sign-in") == 1
