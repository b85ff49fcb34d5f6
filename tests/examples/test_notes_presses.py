"""What the Notes app does at a press, with doubles for page and site: nothing twice, nothing lost, nothing that does not hold."""

from __future__ import annotations

import asyncio
from functools import wraps

import flet as ft
import httpx
import pytest
from notes_app import NotesApp

from flask_firebase_login_client import BrowserNotOpened, FirebaseRejected, SessionState, SignInDenied, SignInTimedOut
from notes_doubles import BackendDouble, PageDouble

UNREACHABLE = httpx.ConnectError("All connection attempts failed", request=httpx.Request("POST", "https://firebase.example/v1"))


def in_a_loop(test):
    """Run a coroutine as a test."""

    @wraps(test)
    def run():
        asyncio.run(test(make_app()))

    def make_app():
        opened = []

        async def open_address(address):
            opened.append(address)

        app = NotesApp(PageDouble(), BackendDouble(), language="en", poll_seconds=1, open_address=open_address)
        app.opened = opened
        app.frame.attach()
        app.show()
        return app

    del run.__wrapped__  # pytest would take the app for a fixture
    return run


def shown(app):
    """What the buttons and texts of the screen say."""
    controls = app.frame.body.controls
    return [getattr(control, "content", None) or getattr(control, "value", None) for control in controls]


def banner(app):
    shown = app.choose_banner(app.words)
    return shown and shown.text


def progress(app):
    return app.page.controls[0].opacity


@in_a_loop
async def test_a_double_press_adds_one_note_and_the_field_is_free_at_once(app):
    app.backend.is_open.clear()
    app.fields.note.value = "Once"
    app.presses.add()
    app.presses.add()
    assert app.fields.note.value == ""
    app.fields.note.value = "Next"
    app.presses.add()
    app.backend.is_open.set()
    await app.page.settle()
    assert app.backend.calls == [("add_note", "Once"), ("add_note", "Next")]


@in_a_loop
async def test_what_is_typed_before_enter_is_handled_is_the_next_note_s(app):
    """On a slow line the field is ahead of the press."""
    type_into(app, "First", "Firstt")
    app.presses.add("First")
    type_into(app, "hen second")
    await app.page.settle()
    assert app.backend.calls == [("add_note", "First")]
    assert app.fields.note.value == "then second"
    app.presses.add("then second")
    await app.page.settle()
    assert app.backend.calls == [("add_note", "First"), ("add_note", "then second")]


@in_a_loop
async def test_progress_is_shown_while_something_is_under_way(app):
    app.backend.is_open.clear()
    app.presses.delete({"id": 7, "text": "Old"})
    app.presses.delete({"id": 7, "text": "Old"})
    assert progress(app) == 1
    app.backend.is_open.set()
    await app.page.settle()
    assert progress(app) == 0
    assert app.backend.calls == [("delete_note", 7)]


def type_into(app, *texts):
    """As the browser tells of each key."""
    for text in texts:
        app.fields.note.value = text
        app.presses.type_note(text)


@in_a_loop
async def test_what_was_typed_after_enter_belongs_to_the_next_note(app):
    """It comes with the old text before it, as long as the browser has not been told that the field is empty."""
    type_into(app, "F", "First")
    app.presses.add()
    type_into(app, "Firsta", "Firstan", "d", "d t")
    await app.page.settle()
    assert app.fields.note.value == "and t"
    type_into(app, "and then")
    app.presses.add()
    type_into(app, "and then, third")
    app.presses.add()
    await app.page.settle()
    added = [text for name, text in app.backend.calls if name == "add_note"]
    assert added == ["First", "and then", ", third"]


@in_a_loop
async def test_a_note_that_the_site_did_not_take_is_in_the_field_again(app):
    app.backend.error = UNREACHABLE
    app.fields.note.value = "Not lost"
    app.presses.add()
    app.fields.note.value = "typed since"
    await app.page.settle()
    assert app.fields.note.value == "Not lost\ntyped since"


@in_a_loop
async def test_a_deleted_note_can_be_had_back(app):
    app.presses.delete({"id": 7, "text": "Old"})
    await app.page.settle()
    bar = app.page.dialogs[-1]
    assert isinstance(bar, ft.SnackBar)
    bar.action.on_click(None)
    await app.page.settle()
    assert app.backend.calls == [("delete_note", 7), ("restore_note", 7)]


@in_a_loop
async def test_a_change_that_the_site_does_not_take_stays_in_its_dialog(app):
    app.presses.edit({"id": 7, "text": "Old"})
    dialog = app.page.dialogs[-1]
    field, save = dialog.content.controls[-1], dialog.actions[-1]
    app.backend.error = UNREACHABLE
    field.value = "New"
    save.on_click(None)
    await app.page.settle()
    assert app.page.dialogs == [dialog]
    assert field.error == app.words("no_connection")
    app.backend.error = None
    save.on_click(None)
    await app.page.settle()
    assert app.page.dialogs == []


@in_a_loop
async def test_a_theme_that_was_not_taken_is_not_shown_as_chosen(app):
    app.backend.settings, app.backend.error = {"theme": "light"}, UNREACHABLE
    app.fields.choices["theme"].value = "dark"  # as the browser tells at the press
    app.presses.choose_setting("theme", "dark")
    await app.page.settle()
    assert app.fields.choices["theme"].value == "light"
    assert app.page.theme_mode is ft.ThemeMode.LIGHT


@in_a_loop
async def test_offline_one_banner_tells_and_what_would_change_something_is_off(app):
    app.backend.state, app.backend.error = SessionState.OFFLINE, UNREACHABLE
    app.presses.choose_setting("theme", "dark")
    await app.page.settle()
    assert banner(app) == app.words("offline")
    assert app.message is None
    assert app.fields.choices["theme"].disabled
    assert app.fields.add.disabled
    assert not app.fields.note.disabled


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_rejection_of_firebase_is_told_until_the_next_try(language):
    @in_a_loop
    async def play(app):
        app.device_language, app.backend.state = language, SessionState.SIGNED_OUT
        app.fields.email.value, app.fields.password.value = "grace@example.com", "wrong horse"
        app.backend.error = FirebaseRejected("INVALID_PASSWORD")
        app.presses.sign_in()
        await app.page.settle()
        assert banner(app) == app.words("wrong_password")
        assert app.fields.password.value == "wrong horse"
        app.backend.error = None
        app.presses.sign_in()
        assert banner(app) is None
        await app.page.settle()
        assert banner(app) is None

    play()


@in_a_loop
async def test_that_there_is_no_connection_is_taken_back_once_there_is(app):
    app.backend.state, app.backend.error, app.backend.is_reachable = SessionState.SIGNED_OUT, UNREACHABLE, False
    app.fields.email.value, app.fields.password.value = "grace@example.com", "correct horse"
    app.presses.sign_in()
    await app.page.settle()
    await app.look()
    assert banner(app) == app.words("no_connection")
    app.backend.is_reachable = True
    await app.look()
    assert banner(app) is None


@in_a_loop
async def test_empty_fields_ask_nobody(app):
    app.backend.state = SessionState.SIGNED_OUT
    for press, key in ((app.presses.sign_in, "invalid_email"), (app.presses.forgot, "invalid_email")):
        press()
        assert banner(app) == app.words(key)
    app.fields.email.value = "grace@example.com"
    app.presses.sign_up()
    assert banner(app) == app.words("no_password")
    assert app.backend.calls == []


PAGE = "https://notes.example/auth/authorize"


@in_a_loop
async def test_while_the_user_is_in_the_browser_the_app_says_what_it_waits_for_and_how_long(app):
    app.backend.state = SessionState.SIGNED_OUT
    app.show()
    assert app.words("browser") in shown(app)
    app.backend.is_open.clear()
    app.presses.browser()
    await asyncio.sleep(0)
    assert app.opened == [PAGE]
    assert shown(app) == [app.words("waiting_for_browser", time="5 minutes"), app.words("open_again"), app.words("cancel")]
    assert app.frame.body.controls[1].url == PAGE
    app.backend.is_open.set()
    await app.page.settle()
    assert app.fields.adding in app.frame.body.controls
    assert banner(app) is None


@in_a_loop
async def test_who_cancels_is_at_the_sign_in_again_and_told_nothing(app):
    app.backend.state = SessionState.SIGNED_OUT
    app.backend.is_open.clear()
    app.presses.browser()
    await asyncio.sleep(0)
    app.frame.body.controls[-1].on_click(None)
    await app.page.settle()
    assert app.words("sign_in") in shown(app)
    assert banner(app) is None


NOTHING_CAME = {
    "refused": (SignInDenied(0, "access_denied", ""), "browser_denied"),
    "too late": (SignInTimedOut(), "browser_late"),
    "no browser": (BrowserNotOpened(), "browser_not_opened"),
    "the site is away": (UNREACHABLE, "no_connection"),
}


@pytest.mark.parametrize("why", NOTHING_CAME)
def test_why_nothing_came_of_the_browser_is_told_at_the_sign_in(why):
    @in_a_loop
    async def play(app):
        app.backend.state = SessionState.SIGNED_OUT
        app.backend.error, key = NOTHING_CAME[why]
        app.presses.browser()
        await app.page.settle()
        assert banner(app) == app.words(key)
        assert app.words("browser") in shown(app)

    play()


@pytest.mark.parametrize(
    ("web", "url", "client_ip", "is_offered"),
    [
        (False, None, None, True),
        (True, "ws://127.0.0.1:8550", "127.0.0.1", True),
        (True, "wss://notes.example", "203.0.113.9", False),
        (True, "ws://127.0.0.1:8550", "203.0.113.9", False),  # behind a proxy that tells who asks, but not by which name
        (True, None, None, False),
    ],
)
def test_the_browser_is_offered_where_it_can_come_back_to_the_program(web, url, client_ip, is_offered):
    @in_a_loop
    async def play(app):
        app.page.web, app.page.url, app.page.client_ip = web, url, client_ip
        app.backend.state = SessionState.SIGNED_OUT
        app.show()
        assert (app.words("browser") in shown(app)) is is_offered

    play()


@in_a_loop
async def test_my_account_opens_the_address_that_the_site_gives(app):
    app.presses.my_account()
    await app.page.settle()
    assert app.opened == [BackendDouble.ACCOUNT_PAGE]
    assert banner(app) is None


@in_a_loop
async def test_offline_my_account_says_when_it_opens_until_there_is_a_connection(app):
    app.backend.state, app.backend.error = SessionState.OFFLINE, UNREACHABLE
    app.presses.my_account()
    await app.page.settle()
    assert app.opened == []
    assert banner(app) == app.words("account_later")
    app.backend.state, app.backend.error = SessionState.SIGNED_IN, None
    await app.look()
    assert banner(app) is None


@in_a_loop
async def test_a_device_that_the_site_has_signed_out_is_told_so_and_keeps_nothing_of_the_user(app):
    async def look(*, at_devices=False):
        app.backend.state = SessionState.SIGNED_OUT
        raise httpx.HTTPStatusError("", request=UNREACHABLE.request, response=httpx.Response(401))

    app.backend.look = look
    await app.look()
    assert banner(app) == app.words("ended")
    assert app.words("sign_in") in shown(app)
    assert app.backend.calls == [("forget",)]


@in_a_loop
async def test_going_elsewhere_closes_what_is_open_and_takes_back_what_was_told(app):
    app.presses.edit({"id": 7, "text": "Old"})
    app.object_to("note_length")
    app.arrive("settings")
    assert app.page.dialogs == []
    assert banner(app) is None
    assert app.page.title is None  # nothing has been drawn yet
