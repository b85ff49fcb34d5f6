"""What is httpx's alone about `FirebaseLoginAuth`; how any client behaves is in `clients/conformance/cases`."""

from __future__ import annotations

import asyncio
import logging
import threading

import httpx
import pytest

from flask_firebase_login_client import (
    Cancelled,
    ClientError,
    FirebaseLoginAuth,
    FletStore,
    MemoryStore,
    NotSignedInAtFirebase,
    RedirectsTaken,
    SessionState,
    TryLater,
)
from preferences_double import PreferencesInMemory
from scripted_site import ScriptedSite
from threads import at_once

SITE = "https://shop.example"
SIGNED_IN = {
    "json": {"account": {"name": "Ada", "firebase_uid": "ada"}, "session": {"id": 1}},
    "headers": {"Set-Cookie": "session=s1; Path=/"},
}


class Shop:
    """A double of a site, in this process: signs anybody in, and answers as it is told."""

    def __init__(self, answer=None):
        self.asked = []
        self.answer = answer or (lambda request: httpx.Response(200, json={"hello": "Ada"}))

    def __call__(self, request):
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/auth/sign-in":
            return httpx.Response(200, **SIGNED_IN)
        return self.answer(request)

    async def later(self, request):
        await asyncio.sleep(0)
        return self(request)


def get_id_token(*, force_refresh):
    return "id-token"


def make_client(shop, auth, **options):
    return httpx.Client(base_url=SITE, auth=auth, transport=httpx.MockTransport(shop), **options)


def test_a_client_in_three_lines():
    """As the README has it."""
    shop = Shop()
    auth = FirebaseLoginAuth(SITE, get_id_token)
    with make_client(shop, auth) as client:
        assert client.get("/api/hello").json() == {"hello": "Ada"}
    assert (auth.state, auth.account) == (SessionState.SIGNED_IN, {"name": "Ada", "firebase_uid": "ada"})


def test_threads_that_call_at_once_sign_in_once():
    """Fifty of them, in one process."""
    shop = Shop()
    with make_client(shop, FirebaseLoginAuth(SITE, get_id_token)) as client:
        assert at_once(*[lambda: client.get("/api/hello")] * 50) == []
    assert shop.asked.count("POST /auth/sign-in") == 1
    assert shop.asked.count("GET /api/hello") == 50


def test_a_call_without_the_auth_is_anybodys():
    """For pages that ask for nobody."""
    shop = Shop()
    with make_client(shop, FirebaseLoginAuth(SITE, get_id_token)) as client:
        client.get("/public", auth=None)
    assert shop.asked == ["GET /public"]


def test_a_client_that_follows_redirects_itself_is_told():
    """It would send the next request without the session."""
    shop = Shop(
        lambda request: (
            httpx.Response(302, headers={"Location": "/there"}) if request.url.path == "/go" else httpx.Response(200)
        )
    )
    auth = FirebaseLoginAuth(SITE, get_id_token)
    with make_client(shop, auth, follow_redirects=True) as client, pytest.raises(RedirectsTaken, match="follow_redirects"):
        client.get("/go")


def test_the_time_limits_and_the_user_agent_of_the_call_are_those_of_the_sign_in():
    """A sign-in must not wait for ever because nobody told it how long."""
    seen = []

    def look(request):
        seen.append((request.url.path, request.extensions["timeout"]["read"], request.headers["User-Agent"]))
        return httpx.Response(200, **SIGNED_IN)

    auth = FirebaseLoginAuth(SITE, get_id_token)
    with httpx.Client(
        base_url=SITE, auth=auth, transport=httpx.MockTransport(look), headers={"User-Agent": "Notes/1"}
    ) as client:
        client.get("/api/hello", timeout=3)
    assert seen == [("/auth/sign-in", 3, "Notes/1"), ("/api/hello", 3, "Notes/1")]


def test_a_streamed_answer_is_not_read_ahead():
    """The app reads it, when it likes."""
    shop = Shop(lambda request: httpx.Response(200, stream=httpx.ByteStream(b"a long story")))
    with make_client(shop, FirebaseLoginAuth(SITE, get_id_token)) as client, client.stream("GET", "/story") as response:
        assert not response.is_closed
        assert response.read() == b"a long story"


def test_an_error_of_the_app_s_own_hook_is_no_missing_connection():
    """httpx tells an auth of neither; the answer had arrived."""

    def complain(response):
        response.raise_for_status()

    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site:
        site.play(
            [{"asked": "POST /auth/sign-in", "answer": SIGNED_IN}, {"asked": "GET /x", "answer": {"status": 404, "json": {}}}]
        )
        auth = FirebaseLoginAuth(site.url, get_id_token)
        hooked = httpx.Client(base_url=site.url, auth=auth, event_hooks={"response": [complain]}, trust_env=False)
        with hooked as client, pytest.raises(httpx.HTTPStatusError):
            client.get("/x")
    assert auth.state is SessionState.SIGNED_IN


def test_the_app_s_own_trace_is_left_alone():
    """httpx has one place for it."""
    shop, events = Shop(), []
    with make_client(shop, FirebaseLoginAuth(SITE, get_id_token)) as client:
        response = client.get("/api/hello", extensions={"trace": lambda *event: events.append(event)})
    assert response.request.extensions["trace"] is not None
    assert not hasattr(response.request.extensions["trace"], "__self__")


def test_coroutines_in_a_client_with_threads_are_told():
    """For ID tokens and for stores."""

    async def id_token(*, force_refresh):
        return "id-token"

    for auth in (
        FirebaseLoginAuth(SITE, id_token),
        FirebaseLoginAuth(SITE, get_id_token, store=FletStore(PreferencesInMemory())),
    ):
        with make_client(Shop(), auth) as client, pytest.raises(TypeError, match=r"use httpx\.AsyncClient"):
            client.get("/api/hello")


def test_what_the_app_s_own_source_of_id_tokens_raises_comes_through():
    """Unchanged, and the next call tries again."""
    tokens = [RuntimeError("no keychain"), "id-token"]

    def id_token(*, force_refresh):
        if isinstance(tokens[0], Exception):
            raise tokens.pop(0)
        return tokens[0]

    with make_client(Shop(), FirebaseLoginAuth(SITE, id_token)) as client:
        with pytest.raises(RuntimeError, match="no keychain"):
            client.get("/api/hello")
        assert client.get("/api/hello").status_code == 200


@pytest.mark.parametrize("address", ["shop.example", "ftp://shop.example", "https://", "/auth"])
def test_a_site_that_is_no_address_is_rejected_at_once(address):
    """With an example of one."""
    with pytest.raises(ValueError, match=r"https://shop\.example"):
        FirebaseLoginAuth(address, get_id_token)


def test_no_repr_shows_a_secret():
    """Of what an app may print."""
    from flask_firebase_login_client.cookies import Cookie
    from flask_firebase_login_client.state import PendingSignOut, StoredSession

    cookie = Cookie("session", "s1-secret")
    stored = StoredSession((cookie,), ("session",), pending=(PendingSignOut("session=s1-secret"),))
    for shown in (cookie, stored, FirebaseLoginAuth(SITE, get_id_token, store=MemoryStore("s1-secret"))):
        assert "s1-secret" not in repr(shown)


def test_the_log_shows_no_secret(caplog):
    """Neither ours nor httpx's."""
    with caplog.at_level(logging.DEBUG), make_client(Shop(), FirebaseLoginAuth(SITE, get_id_token)) as client:
        client.get("/api/hello")
    assert "s1" not in caplog.text.replace("HTTP/1.1", "")
    assert "id-token" not in caplog.text


def test_tasks_that_call_at_once_sign_in_once():
    """On one event loop."""

    async def main():
        shop = Shop()
        auth = FirebaseLoginAuth(SITE, get_id_token)
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(shop.later)) as client:
            answers = await asyncio.gather(*(client.get("/api/hello") for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert shop.asked.count("POST /auth/sign-in") == 1

    asyncio.run(main())


def test_one_auth_serves_threads_and_event_loops_at_once():
    """A program may have both."""
    shop, auth = Shop(), FirebaseLoginAuth(SITE, get_id_token)

    async def call_later():
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(shop.later)) as client:
            await asyncio.gather(*(client.get("/api/hello") for _ in range(10)))

    def call():
        with make_client(shop, auth) as client:
            client.get("/api/hello")

    assert at_once(*[call] * 10, *[lambda: asyncio.run(call_later())] * 3) == []
    assert shop.asked.count("POST /auth/sign-in") == 1


def test_where_the_task_that_signs_in_is_cancelled_another_takes_over():
    """Nobody waits for ever, and nobody is told of the cancelling of another."""

    async def main():
        shop, asked = Shop(), asyncio.Event()
        never, tokens = asyncio.Event(), []

        async def id_token(*, force_refresh):
            tokens.append(force_refresh)
            if len(tokens) == 1:
                asked.set()
                await never.wait()
            return "id-token"

        auth = FirebaseLoginAuth(SITE, id_token)
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(shop.later)) as client:
            first = asyncio.create_task(client.get("/api/hello"))
            await asked.wait()
            others = [asyncio.create_task(client.get("/api/hello")) for _ in range(3)]
            await asyncio.sleep(0)
            first.cancel()
            assert [answer.status_code for answer in await asyncio.gather(*others)] == [200] * 3
            with pytest.raises(asyncio.CancelledError):
                await first
        assert len(tokens) == 2

    asyncio.run(main())


def test_a_call_that_is_cancelled_is_no_missing_connection():
    """The person went away, not the site."""

    async def main():
        arrived = asyncio.Event()

        async def answer(request):
            if request.url.path == "/auth/sign-in":
                return httpx.Response(200, **SIGNED_IN)
            arrived.set()
            await asyncio.Event().wait()
            return None

        auth = FirebaseLoginAuth(SITE, get_id_token)
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(answer)) as client:
            call = asyncio.create_task(client.get("/slow"))
            await arrived.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        assert auth.state is SessionState.SIGNED_IN

    asyncio.run(main())


def test_the_states_come_as_a_stream():
    """The one that is, then each new one."""

    async def main():
        auth, seen = FirebaseLoginAuth(SITE, get_id_token), []

        async def watch():
            async for state in auth.states():
                seen.append(state)
                if len(seen) == 4:
                    return

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(Shop().later)) as client:
            await client.get("/api/hello")
            await auth.asign_out(client)
        await watching
        assert seen == ["unknown", "signed_out", "signed_in", "signed_out"]

    asyncio.run(main())


@pytest.mark.parametrize("is_async", [False, True])
def test_a_wait_ends_when_it_is_cancelled(is_async):
    """With its own error, at once."""
    waits = threading.Event()
    later = {"status_code": 503, "json": {"code": "keys_unavailable", "detail": "Later."}, "headers": {"Retry-After": "9"}}
    auth = FirebaseLoginAuth(SITE, get_id_token, on_progress=lambda step, _: waits.set() if step == "wait" else None)
    transport = httpx.MockTransport(lambda request: httpx.Response(**later))

    def cancel():
        assert waits.wait(30)
        while caught.is_alive():
            auth.cancel()
            caught.join(0.01)

    async def call_later():
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=transport) as client:
            await client.get("/api/hello")

    def call():
        with httpx.Client(base_url=SITE, auth=auth, transport=transport) as client:
            client.get("/api/hello")

    def expect_to_be_cancelled():
        with pytest.raises(Cancelled):
            asyncio.run(call_later()) if is_async else call()

    errors = []
    caught = threading.Thread(target=lambda: errors.extend(at_once(expect_to_be_cancelled)))
    caught.start()
    cancel()
    assert errors == []


def test_a_wait_that_nobody_cancels_is_as_long_as_the_site_asks():
    """By the clock on the wall: here no time at all."""
    answers = [httpx.Response(503, headers={"Retry-After": "0"}), httpx.Response(200, **SIGNED_IN), httpx.Response(200)]
    auth = FirebaseLoginAuth(SITE, get_id_token)
    with httpx.Client(base_url=SITE, auth=auth, transport=httpx.MockTransport(lambda _: answers.pop(0))) as client:
        assert client.get("/api/hello").status_code == 200


def test_errors_have_one_root_and_a_code():
    """And an error of the site's is told with the site's own code."""
    for error in (NotSignedInAtFirebase(), TryLater(503, "keys_unavailable", "Later.", retry_after_seconds=5)):
        assert isinstance(error, ClientError)
        assert error.code in ("not_signed_in_at_firebase", "keys_unavailable")
