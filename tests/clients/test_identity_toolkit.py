"""Firebase Auth by REST, against the real emulator: the same tests for threads and for asyncio."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest

from clocks import StandingClock
from flask_firebase_login_client import (
    AsyncIdentityToolkit,
    FirebaseRejected,
    IdentityToolkit,
    MemoryStore,
    NotOurSite,
    NotSignedInAtFirebase,
    StoreFailed,
)

pytestmark = pytest.mark.integration
PASSWORD = "correct horse"


class Blocking:
    """An `AsyncIdentityToolkit` whose coroutines run to their end on a loop of its own, so that one test serves both."""

    def __init__(self, runner, toolkit):
        self._runner = runner
        self._toolkit = toolkit

    def __getattr__(self, name):
        found = getattr(self._toolkit, name)
        return (lambda *args, **kwargs: self._runner.run(found(*args, **kwargs))) if callable(found) else found


@pytest.fixture(params=["threads", "asyncio"])
def make(request, emulator):
    """A function that makes a toolkit of either kind."""
    emulator.clear()
    if request.param == "threads":
        with httpx.Client(trust_env=False) as client:
            yield lambda **options: IdentityToolkit(
                "demo-key", **({"emulator_host": emulator.host, "client": client} | options)
            )
        return
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(trust_env=False)
        yield lambda **options: Blocking(
            runner, AsyncIdentityToolkit("demo-key", **({"emulator_host": emulator.host, "client": client} | options))
        )
        runner.run(client.aclose())


@pytest.fixture
def toolkit(make):
    return make()


def google(email, name="Ada"):
    return json.dumps({"sub": f"google-{email}", "email": email, "email_verified": True, "name": name})


def test_somebody_signs_up_and_signs_in_with_a_password(toolkit):
    """And is the same person."""
    new = toolkit.sign_up("ada@example.com", PASSWORD)
    toolkit.sign_out()
    assert toolkit.user is None
    assert toolkit.id_token() is None
    known = toolkit.sign_in_with_password("ada@example.com", PASSWORD)
    assert (known.uid, known.email) == (new.uid, "ada@example.com")
    assert toolkit.id_token() == known.id_token


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("sign_in_with_password", ("nobody@example.com", PASSWORD), "EMAIL_NOT_FOUND"),
        ("sign_in_with_password", ("ada@example.com", "wrong"), "INVALID_PASSWORD"),
        ("sign_up", ("ada@example.com", PASSWORD), "EMAIL_EXISTS"),
        ("sign_up", ("new@example.com", "123"), "WEAK_PASSWORD"),
        ("sign_in_with_custom_token", ("nonsense",), "INVALID_CUSTOM_TOKEN"),
    ],
)
def test_what_firebase_rejects_is_told_by_its_code(toolkit, method, arguments, code):
    """With what to do, and without the password."""
    toolkit.sign_up("ada@example.com", PASSWORD)
    toolkit.sign_out()
    with pytest.raises(FirebaseRejected) as rejection:
        getattr(toolkit, method)(*arguments)
    assert rejection.value.code == code
    assert PASSWORD not in str(rejection.value)
    assert toolkit.user is None


def test_somebody_signs_in_with_a_provider_s_credential(toolkit):
    """As Google's own sign-in gives it."""
    ada = toolkit.sign_in_with_credential("google.com", id_token=google("ada@example.com", "Ada Lovelace"))
    assert (ada.email, ada.name, ada.is_new) == ("ada@example.com", "Ada Lovelace", True)
    assert toolkit.sign_in_with_credential("google.com", id_token=google("ada@example.com")).is_new is False


def test_an_address_with_another_provider_is_told(toolkit):
    """Firebase would not sign the person in before the two are linked."""
    toolkit.sign_up("ada@example.com", PASSWORD)
    identity = json.loads(google("ada@example.com")) | {"email_verified": False}
    with pytest.raises(FirebaseRejected, match="NEED_CONFIRMATION"):
        toolkit.sign_in_with_credential("facebook.com", id_token=json.dumps(identity))


def test_somebody_signs_in_by_a_link_in_an_e_mail(toolkit, emulator):
    """Also where another link is wrapped around it."""
    for wrap in (lambda link: link, lambda link: f"https://shop.example/?link={quote(link, safe='')}"):
        toolkit.send_sign_in_link("ada@example.com", "http://localhost/welcome")
        ada = toolkit.sign_in_with_link("ada@example.com", wrap(emulator.find_link("ada@example.com", "EMAIL_SIGNIN")))
        assert ada.email == "ada@example.com"
    with pytest.raises(ValueError, match="oobCode"):
        toolkit.sign_in_with_link("ada@example.com", "https://shop.example/")


def test_somebody_asks_for_a_new_password(toolkit, emulator):
    """By a link."""
    toolkit.sign_up("ada@example.com", PASSWORD)
    toolkit.send_password_reset("ada@example.com")
    emulator.open_link("ada@example.com", "PASSWORD_RESET", "&newPassword=another+horse")
    assert toolkit.sign_in_with_password("ada@example.com", "another horse").email == "ada@example.com"


def test_somebody_signs_in_by_a_custom_token(toolkit):
    """The emulator takes an unsigned one, as JSON."""
    assert toolkit.sign_in_with_custom_token(json.dumps({"uid": "from-elsewhere"})).uid == "from-elsewhere"


def test_an_anonymous_person_is_given_ways_to_sign_in(toolkit):
    """And stays the same person."""
    nobody = toolkit.sign_in_anonymously()
    assert (nobody.email, nobody.is_new) == (None, False)
    with_password = toolkit.link_with_password("ada@example.com", PASSWORD)
    with_google = toolkit.link_with_credential("google.com", id_token=google("ada@example.com"))
    assert nobody.uid == with_password.uid == with_google.uid
    toolkit.sign_out()
    assert toolkit.sign_in_with_password("ada@example.com", PASSWORD).uid == nobody.uid
    toolkit.sign_out()
    with pytest.raises(NotSignedInAtFirebase):
        toolkit.link_with_password("eve@example.com", PASSWORD)


def test_an_id_token_is_replaced_shortly_before_its_end_and_when_a_fresh_one_is_asked_for(make):
    """Not at each call."""
    clock = StandingClock()
    toolkit = make(clock=clock)
    first = toolkit.sign_up("ada@example.com", PASSWORD).refresh_token
    known = toolkit.user
    assert toolkit.id_token() == known.id_token
    clock.advance(minutes=56)
    toolkit.id_token()
    assert toolkit.user is not known
    assert toolkit.user.expires_at == clock() + timedelta(hours=1)
    known = toolkit.user
    toolkit.id_token(force_refresh=True)
    assert toolkit.user is not known
    assert toolkit.refresh().uid == known.uid
    assert (toolkit.user.email, bool(first)) == ("ada@example.com", True)


def test_who_is_signed_in_is_kept_between_two_runs(make):
    """In the store, with what gets the next ID token."""
    store = MemoryStore()
    ada = make(store=store).sign_up("ada@example.com", PASSWORD)
    again = make(store=store)
    assert again.load().uid == ada.uid
    assert again.id_token() == ada.id_token
    again.sign_out()
    assert make(store=store).load() is None


@pytest.mark.parametrize("kept", ["{", "[]", '{"version": 2}', '{"version": 1, "uid": "x"}'])
def test_a_store_that_cannot_be_read_holds_nobody(make, kept):
    """Sign in again, and it is mended."""
    assert make(store=MemoryStore(kept)).load() is None


def test_a_store_that_cannot_be_written_is_told(make):
    """The person is signed in all the same."""

    class Full(MemoryStore):
        def save(self, text):
            raise OSError(28, "No space left on device")

    toolkit = make(store=Full())
    with pytest.raises(StoreFailed, match="No space left"):
        toolkit.sign_up("ada@example.com", PASSWORD)
    assert toolkit.user.email == "ada@example.com"


def test_somebody_deletes_themselves(toolkit):
    """And is not there any more."""
    toolkit.sign_up("ada@example.com", PASSWORD)
    toolkit.delete()
    assert toolkit.user is None
    with pytest.raises(FirebaseRejected, match="EMAIL_NOT_FOUND"):
        toolkit.sign_in_with_password("ada@example.com", PASSWORD)


def test_somebody_whom_firebase_has_disabled_is_nobody(make, emulator):
    """The refresh tells; the app then shows its sign-in."""
    toolkit = make()
    ada = toolkit.sign_up("ada@example.com", PASSWORD)
    emulator.call_as_owner("accounts:update", {"localId": ada.uid, "disableUser": True})
    assert toolkit.id_token(force_refresh=True) is None
    assert toolkit.user is None


def test_without_a_connection_an_id_token_serves_until_its_end(make, emulator):
    """Then httpx's own error tells."""
    clock, store = StandingClock(), MemoryStore()
    ada = make(store=store, clock=clock).sign_up("ada@example.com", PASSWORD)
    alone = make(store=store, clock=clock, emulator_host="127.0.0.1:9")
    clock.advance(minutes=57)
    assert alone.id_token() == ada.id_token
    clock.advance(minutes=4)
    with pytest.raises(httpx.ConnectError):
        alone.id_token()
    assert alone.load().uid == ada.uid


def test_somebody_with_a_second_factor_is_told(toolkit, emulator):
    """The site's own page knows how."""
    emulator.enroll_phone("ada@example.com", PASSWORD, "+15555550100")
    with pytest.raises(FirebaseRejected, match="MFA_REQUIRED"):
        toolkit.sign_in_with_password("ada@example.com", PASSWORD)


def test_what_is_no_firebase_is_told(make):
    """HTML, or half an answer."""
    from scripted_site import ScriptedSite

    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site:
        toolkit = make(emulator_host=site.url.removeprefix("http://"))
        path = "POST /identitytoolkit.googleapis.com/v1/accounts:signUp"
        for answer in ({"text": "<h1>Hotel</h1>", "headers": {"Content-Type": "text/html"}}, {"json": {}, "dropped": "half"}):
            site.play([{"asked": path, "headers": {"X-Goog-Api-Key": "demo-key"}, "answer": answer}])
            with pytest.raises(NotOurSite):
                toolkit.sign_up("ada@example.com", PASSWORD)


def test_no_repr_shows_a_token(toolkit):
    """Of somebody who is signed in."""
    ada = toolkit.sign_up("ada@example.com", PASSWORD)
    assert ada.id_token not in repr(ada)
    assert ada.refresh_token not in repr(ada)


def test_a_toolkit_closes_its_own_client_and_no_other(emulator):
    """At the end of a `with`."""
    with httpx.Client(trust_env=False) as client:
        with IdentityToolkit("demo-key", emulator_host=emulator.host, client=client) as toolkit:
            toolkit.sign_in_anonymously()
        assert not client.is_closed
    with IdentityToolkit("demo-key", emulator_host=emulator.host) as toolkit:
        toolkit.sign_in_anonymously()
    with pytest.raises(RuntimeError, match="closed"):
        toolkit.sign_in_anonymously()

    async def main():
        async with AsyncIdentityToolkit("demo-key", emulator_host=emulator.host) as toolkit:
            await toolkit.sign_in_anonymously()
        with pytest.raises(RuntimeError, match="closed"):
            await toolkit.sign_in_anonymously()

    asyncio.run(main())
