"""App Check in the Python client: what the conformance cases of `app_check.json` cannot say."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading

import httpx
import pytest

from flask_firebase_login_client import AppCheckFailed, CallWithinSignIn, FirebaseLoginAuth, SignInRejected
from threads import at_once

SITE = "https://shop.example"
HEADER = "X-Firebase-AppCheck"
SIGNED_IN = {
    "json": {"account": {"name": "Ada", "firebase_uid": "ada"}, "session": {"id": 1}},
    "headers": {"Set-Cookie": "session=s1; Path=/"},
}
REJECTED = {"json": {"code": "app_check_required", "detail": "Send the App Check token of the app."}}


class Shop:
    """A double of a site, in this process: signs in whoever sends the token that it asks for, and anybody where it asks for none."""

    def __init__(self, required=None):
        self.required = required
        self.tokens = []

    def __call__(self, request):
        if request.url.path != "/auth/sign-in":
            assert HEADER not in request.headers
            return httpx.Response(200, json={"hello": "Ada"})
        self.tokens.append(request.headers.get(HEADER))
        if self.required in (None, self.tokens[-1]):
            return httpx.Response(200, **SIGNED_IN)
        return httpx.Response(403, **REJECTED)


def get_id_token(*, force_refresh):
    return "id-token"


def fail(*, force_refresh):
    raise ConnectionError("Play Integrity does not answer")


def make_client(shop, source, **options):
    auth = FirebaseLoginAuth(SITE, get_id_token, app_check=source)
    return httpx.Client(base_url=SITE, auth=auth, transport=httpx.MockTransport(shop), **options)


def test_a_coroutine_function_is_asked_on_the_event_loop():
    """As a source of ID tokens is."""

    async def attest(*, force_refresh):
        await asyncio.sleep(0)
        return "genuine"

    async def main():
        auth = FirebaseLoginAuth(SITE, get_id_token, app_check=attest)
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(shop)) as client:
            assert (await client.get("/api/hello")).status_code == 200

    shop = Shop(required="genuine")
    asyncio.run(main())
    assert shop.tokens == ["genuine"]


def test_a_coroutine_function_in_a_client_with_threads_is_told():
    """A mistake of the program's, which no site that only observes may hide."""

    async def attest(*, force_refresh):
        return "genuine"

    shop = Shop()
    with (
        make_client(shop, attest) as client,
        pytest.raises(TypeError, match=r"App Check tokens is asynchronous.*httpx\.AsyncClient"),
    ):
        client.get("/api/hello")
    assert shop.tokens == []


@pytest.mark.parametrize("is_async", [False, True], ids=["threads", "asyncio"])
def test_an_attestation_that_takes_too_long_keeps_nobody_from_signing_in(is_async):
    """It is waited for as long as the call's own timeout."""
    held = threading.Event()

    def attest(*, force_refresh):
        held.wait(30)

    async def hang(*, force_refresh):
        await asyncio.sleep(30)

    async def main():
        auth = FirebaseLoginAuth(SITE, get_id_token, app_check=hang)
        async with httpx.AsyncClient(base_url=SITE, auth=auth, transport=httpx.MockTransport(shop), timeout=0.05) as client:
            return await client.get("/api/hello")

    shop = Shop()
    if is_async:
        assert asyncio.run(main()).status_code == 200
    else:
        with make_client(shop, attest, timeout=0.05) as client:
            assert client.get("/api/hello").status_code == 200
        held.set()
    assert shop.tokens == [None]


def test_what_the_source_raised_is_the_cause_for_each_call_that_waited():
    """The site's code, status and sentence are those of any rejection; and the next call tries again."""
    shop, errors = Shop(required="genuine"), []
    with make_client(shop, fail) as client:

        def call():
            try:
                client.get("/api/hello")
            except SignInRejected as error:
                errors.append(error)

        assert at_once(*[call] * 5) == []
    assert len({id(error) for error in errors}) == 5
    for error in errors:
        assert type(error) is AppCheckFailed
        assert (error.status, error.code, error.detail) == (403, "app_check_required", REJECTED["json"]["detail"])
        assert str(error.__cause__) == "Play Integrity does not answer"


def test_a_source_that_calls_the_site_by_the_same_auth_is_told():
    """It would wait for itself."""

    def attest(*, force_refresh):
        return client.get("/challenge").text

    with make_client(Shop(), attest) as client, pytest.raises(CallWithinSignIn):
        client.get("/api/hello")


def test_no_error_and_no_log_shows_a_token(caplog):
    """Nor what was no token."""
    token = "a-secret\r\nX-Other: 1"
    with (
        caplog.at_level(logging.DEBUG),
        make_client(Shop(required="genuine"), lambda *, force_refresh: token) as client,
        pytest.raises(AppCheckFailed) as raised,
    ):
        client.get("/api/hello")
    assert "a-secret" not in f"{raised.value!r} {raised.value} {raised.value.__cause__!r} {caplog.text}"


def test_the_error_travels_between_processes():
    """With all that it says."""
    error = AppCheckFailed(403, "app_check_required", "Send it.", "ConnectionError")
    there = pickle.loads(pickle.dumps(error))
    assert (type(there), str(there), vars(there)) == (AppCheckFailed, str(error), vars(error))
