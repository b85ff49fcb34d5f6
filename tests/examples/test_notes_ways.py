"""The two ways to a session of the Notes app, without Flutter: its backend, the real site, the real emulator."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import wraps

import httpx
import pytest
from backend import Backend, Settings

from flask_firebase_login_client import (
    AnswerPage,
    Cancelled,
    FletStore,
    NotSignedInAtFirebase,
    SessionState,
    SignInDenied,
    SignInTimedOut,
)
from notes_browser import PlainBrowser
from notes_processes import make_notes_site
from preferences_double import PreferencesInMemory

pytestmark = pytest.mark.integration

PASSWORD = "correct horse"
PAGES = (AnswerPage("Notes", "Done."), AnswerPage("Notes", "Not done."))


@pytest.fixture(scope="module")
def notes_site(emulator, tmp_path_factory):
    """The Notes site."""
    with make_notes_site(emulator, tmp_path_factory.mktemp("notes-site")) as site:
        yield site


@pytest.fixture
def people(emulator):
    """The emulator, with nobody in it."""
    emulator.clear()
    return emulator


@pytest.fixture
def preferences():
    """What the device keeps for the app."""
    return PreferencesInMemory()


@pytest.fixture
def browser(notes_site, people):
    """A browser in which Ada is signed in at the site."""
    device = notes_site.device("a browser")
    id_token = people.sign_in_with_google("ada@example.com", "Ada")["idToken"]
    assert device.post("/auth/sign-in", json={"id_token": id_token}).is_success
    with PlainBrowser(device) as signed_in:
        yield signed_in


def in_a_loop(test):
    """Run a coroutine as a test."""

    @wraps(test)
    def run(**fixtures):
        asyncio.run(test(**fixtures))

    return run


@asynccontextmanager
async def start(site, people, preferences, **settings):
    """The app's backend, as a program or a window that starts with what is kept."""
    stores = [FletStore(preferences, name) for name in ("session", "firebase", "cache")]
    backend = Backend(Settings(site.url, people.project_id, "demo", people.host, **settings), *stores, "A test", PAGES)
    await backend.start()
    try:
        yield backend
    finally:
        await backend.close()


def answering(browser, button="Continue as"):
    """Opens the site's page there, and presses a button."""

    def answer(address):
        browser.open(address)
        browser.press(button)

    return lambda address: asyncio.to_thread(answer, address)


async def open_only(address):
    """The user looks at the page, and does nothing."""


def is_signed_in(site, headers):
    with site.device() as device:
        return device.get("/auth/account", headers=headers).status_code == httpx.codes.OK


@in_a_loop
async def test_each_way_ends_the_session_of_the_other(notes_site, people, preferences, browser):
    """And a restart of the app goes on with the one that was last."""
    people.sign_up("grace@example.com", PASSWORD)
    async with start(notes_site, people, preferences) as app:
        await app.firebase.sign_in_with_password("grace@example.com", PASSWORD)
        await app.sign_in()
        by_firebase = await app.auth.aheaders_for(notes_site.url)
        assert is_signed_in(notes_site, by_firebase)
        await app.sign_in_by_browser(answering(browser))
        assert not is_signed_in(notes_site, by_firebase)
        assert await app.look()
        assert app.name == "Ada"
    async with start(notes_site, people, preferences) as app:
        assert (app.state, app.name) == (SessionState.SIGNED_IN, "Ada")
        by_browser = await app.auth.aheaders_for(notes_site.url)
        assert is_signed_in(notes_site, by_browser)
        await app.firebase.sign_in_with_password("grace@example.com", PASSWORD)
        await app.sign_in()
        assert not is_signed_in(notes_site, by_browser)
        assert app.auth.account["email"] == "grace@example.com"
        await app.sign_out()
    assert preferences.kept == {}


@in_a_loop
async def test_what_ends_a_wait_leaves_nothing_behind(notes_site, people, preferences, browser):
    """The user is late, cancels here, or there, or the site is away: nobody is signed in, and the next try is as good as the first."""
    async with start(notes_site, people, preferences, sign_in_time=timedelta(seconds=0.2)) as app:
        with pytest.raises(SignInTimedOut):
            await app.sign_in_by_browser(open_only)
    async with start(notes_site, people, preferences) as app:
        with pytest.raises(SignInDenied):
            await app.sign_in_by_browser(answering(browser, "Cancel"))

        async def cancel_here(address):
            app.cancel_browser()

        with pytest.raises(Cancelled):
            await app.sign_in_by_browser(cancel_here)
        notes_site.stop()
        with pytest.raises(httpx.ConnectError):
            await app.sign_in_by_browser(answering(browser))
        notes_site.restart()
        assert app.state is SessionState.SIGNED_OUT
        assert preferences.kept == {}
        await app.sign_in_by_browser(answering(browser))
        assert app.state is SessionState.SIGNED_IN
        await app.sign_out()
    assert preferences.kept == {}


@in_a_loop
async def test_no_call_opens_the_browser_by_itself(notes_site, people, preferences, browser):
    """The site has ended the session: a look and the way to the account page say so, and nothing is opened."""
    opened = []

    async def note(address):
        opened.append(address)
        await answering(browser)(address)

    for ask in (Backend.look, Backend.find_account_page):
        async with start(notes_site, people, preferences) as app:
            await app.sign_in_by_browser(note)
            with notes_site.device() as device:
                device.post("/auth/sign-out", headers=await app.auth.aheaders_for(notes_site.url))
            with pytest.raises(httpx.HTTPStatusError):
                await ask(app)
            assert app.state is SessionState.SIGNED_OUT
    assert len(opened) == 2


@in_a_loop
async def test_a_session_of_a_user_whom_firebase_names_no_more_is_ended(notes_site, people, preferences):
    """Such as where the program ended while it signed out: it is not taken for one that came through the browser."""
    async with start(notes_site, people, preferences) as app:
        await app.firebase.sign_up("grace@example.com", PASSWORD)
        await app.sign_in()
        session = await app.auth.aheaders_for(notes_site.url)
    await preferences.remove("firebase")
    async with start(notes_site, people, preferences) as app:
        with pytest.raises(NotSignedInAtFirebase):
            await app.look()
        assert app.state is SessionState.SIGNED_OUT
    assert not is_signed_in(notes_site, session)


@in_a_loop
async def test_where_another_window_signs_in_meanwhile_the_wait_ends(notes_site, people, preferences, browser):
    """Whichever way it went."""
    async with start(notes_site, people, preferences) as app, start(notes_site, people, preferences) as other:

        async def sign_in_elsewhere(address):
            await other.sign_in_by_browser(answering(browser))
            await app.follow()

        with pytest.raises(Cancelled):
            await app.sign_in_by_browser(sign_in_elsewhere)
        assert app.state is SessionState.SIGNED_IN
        assert await app.look()
        await app.sign_out()
        await other.follow()
        assert other.state is SessionState.SIGNED_OUT


@in_a_loop
async def test_a_window_in_which_another_has_changed_the_user_shows_nothing_of_the_one_before(notes_site, people, preferences):
    """Not for a moment, from when it knows who it is now: also before it has asked the site for what is theirs."""
    for email in ("grace@example.com", "ada@example.com"):
        people.sign_up(email, PASSWORD)
    async with start(notes_site, people, preferences) as app:
        await app.firebase.sign_in_with_password("grace@example.com", PASSWORD)
        await app.sign_in()
        await app.add_note("Grace's own")
        await app.write_setting("theme", "dark")
        await app.look()
        async with start(notes_site, people, preferences) as other:
            assert [note["text"] for note in other.notes] == ["Grace's own"]
            seen = []

            def note(_):
                seen.append(((other.auth.account or {}).get("email"), other.name, other.notes, other.settings))

            other.subscribe(note)
            await app.sign_out()
            await other.follow()
            assert other.state is SessionState.SIGNED_OUT
            await app.firebase.sign_in_with_password("ada@example.com", PASSWORD)
            await app.sign_in()
            await other.follow()
            note(other.state)
            assert {email for email, *_ in seen} >= {None, "ada@example.com"}
            assert [shown for email, *shown in seen if email != "grace@example.com" and shown != [None, [], {}]] == []


@in_a_loop
async def test_the_way_to_the_account_page_is_the_same_for_both(notes_site, people, preferences, browser):
    """It signs a browser in in which nobody is."""

    async def find_heading(app):
        with PlainBrowser(notes_site.device()) as another:
            another.open(await app.find_account_page())
            another.press("Continue as")
            assert another.address == f"{notes_site.url}/auth/"
            return another.heading

    people.sign_up("grace@example.com", PASSWORD)
    async with start(notes_site, people, preferences) as app:
        await app.sign_in_by_browser(answering(browser))
        assert await find_heading(app) == "Ada"
        await app.firebase.sign_in_with_password("grace@example.com", PASSWORD)
        await app.sign_in()
        assert await find_heading(app) == "Your account"  # she has no name
        await app.sign_out()


@in_a_loop
async def test_who_signs_out_while_the_app_looks_is_told_nothing(notes_site, people, preferences, browser):
    """The site's answer to that look is about a session that is no more."""
    async with start(notes_site, people, preferences) as app:
        await app.sign_in_by_browser(answering(browser))

        async def sign_out_first(request):
            app.client.event_hooks = {"request": [], "response": []}
            await app.sign_out()

        app.client.event_hooks = {"request": [sign_out_first]}
        assert await app.look() is False
        assert app.state is SessionState.SIGNED_OUT
    assert preferences.kept == {}


@pytest.mark.parametrize("way", ["firebase", "browser"])
def test_a_look_while_the_user_signs_out_keeps_nothing_of_them(notes_site, people, preferences, browser, way):
    """Whatever it would have been answered."""

    async def play():
        async with start(notes_site, people, preferences) as app:
            if way == "browser":
                await app.sign_in_by_browser(answering(browser))
            else:
                await app.firebase.sign_up("grace@example.com", PASSWORD)
                await app.sign_in()
            assert await app.look()
            remove, looks = preferences.remove, []

            async def remove_and_look(key):
                await remove(key)
                if not looks:
                    looks.append("begun")
                    looks.append(await app.look())

            preferences.remove = remove_and_look
            await app.sign_out()
            assert looks == ["begun", False]
        assert preferences.kept == {}

    asyncio.run(play())
