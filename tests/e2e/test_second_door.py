"""The second door in Chromium: a command line that opens the browser, a device whose code is typed on a phone, and the way back."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import Queue

import httpx
import pytest
from playwright.sync_api import expect
from test_account import sign_in
from test_looks import SCHEMES, check_with_axe, overflow

from flask_firebase_login.pages.texts import LANGUAGES
from flask_firebase_login_client import (
    BrowserSignIn,
    DeviceSignIn,
    FirebaseLoginAuth,
    SignInDenied,
    SignInTimedOut,
    SiteClient,
)
from second_door import VERIFIER, challenge_of

AUTHORIZE = (
    "/auth/authorize?response_type=code&client_id=notes&redirect_uri={redirect_uri}&state=s"
    f"&code_challenge={challenge_of(VERIFIER)}&code_challenge_method=S256"
)
CLOSED = r"ERR_CONNECTION_REFUSED|ERR_UNKNOWN_URL_SCHEME"


class CommandLine:
    """A program in another thread, which opens the browser when it first calls."""

    def __init__(self, server, pool, **options):
        self.opened = Queue()
        way = BrowserSignIn("notes", open_browser=self.opened.put, **options)
        self.auth = FirebaseLoginAuth(server.url, way)
        self.client = SiteClient(self.auth, trust_env=False)
        self.called = pool.submit(self.client.get, "/auth/account")

    @property
    def address(self):
        return self.opened.get(timeout=20)

    def answer(self):
        return self.called.result(20).json()


@pytest.fixture
def run(running_site):
    """A function that starts a program at the site."""
    started = []
    with ThreadPoolExecutor() as pool:

        def start(**options):
            started.append(CommandLine(running_site, pool, **options))
            return started[-1]

        yield start
        for program in started:
            program.auth.cancel()
    for program in started:
        program.client.close()


def allow(visitor, address):
    """Let a browser that allows the app's own listener go there."""
    port = re.search(r"redirect_uri=http%3A%2F%2F127\.0\.0\.1%3A(\d+)", address)[1]
    visitor.allowed_hosts.add(f"127.0.0.1:{port}")


def test_a_command_line_signs_in_through_the_browser(visitor, run):
    """Nobody is signed in there yet: the sign-in page first, then the question, then the page that can be closed."""
    program = run()
    address = program.address
    allow(visitor, address)
    page = visitor.page()
    page.goto(address)
    page.click("[data-provider='google.com']")
    page.fill("dialog [name=email]", "ada@example.com")
    page.fill("dialog [name=name]", "Ada Lovelace")
    page.click("dialog .fl-main")
    expect(page.locator("h1")).to_have_text("Sign in to Notes?")
    page.click("text=Continue as Ada Lovelace")
    expect(page.locator("body")).to_contain_text("You can close this window.")
    assert "code=" in page.url
    assert program.answer()["email"] == "ada@example.com"


def test_who_is_signed_in_is_asked_once(visitor, run, running_site):
    """And is a device more on the account page, from where the program is signed out."""
    page = sign_in(visitor)
    program = run()
    address = program.address
    allow(visitor, address)
    page.goto(address)
    page.click("text=Continue as Ada Lovelace")
    assert program.answer()["name"] == "Ada Lovelace"
    page.goto("/auth/")
    row = page.locator("#devices + ul li", has_text="Notes")
    row.get_by_role("button", name="Sign out").click()
    expect(page.locator("#firebase-login-status")).to_have_text("The device is signed out.")
    session = program.auth.headers_for(running_site.url)
    assert httpx.get(f"{running_site.url}/auth/account", headers=session, trust_env=False).status_code == 401


def test_who_refuses_is_obeyed(visitor, run):
    """The program is told, and the browser says that nothing came of it."""
    page = sign_in(visitor)
    program = run()
    address = program.address
    allow(visitor, address)
    page.goto(address)
    page.click("text=Cancel")
    expect(page.locator("body")).to_contain_text("That did not work")
    with pytest.raises(SignInDenied):
        program.answer()


def test_somebody_else_is_taken(visitor, run, people):
    """The sign-in page is shown to who is signed in, and what comes of it is the other's."""
    page = sign_in(visitor)
    people.sign_in_with_google("bob@example.com", "Bob")
    program = run()
    address = program.address
    allow(visitor, address)
    page.goto(address)
    page.click("text=Use another account")
    page.click("[data-provider='google.com']")
    page.click("dialog .fl-choice:has-text('bob@example.com')")
    page.click("text=Continue as Bob")
    expect(page.locator("body")).to_contain_text("You can close this window.")
    assert program.answer()["name"] == "Bob"


def test_a_browser_closed_half_way_is_told_when_the_time_is_over(visitor, run):
    """Not before, and not never."""
    program = run(timeout=timedelta(seconds=2))
    page = visitor.page()
    page.goto(program.address)
    page.close()
    with pytest.raises(SignInTimedOut):
        program.answer()


@pytest.mark.parametrize(
    "redirect_uri", ["com.example.notes:/signed-in", "http://[::1]:9/callback", "http://127.0.0.1:9/callback"]
)
def test_no_policy_of_the_page_keeps_it_from_the_app(visitor, redirect_uri):
    """Chromium holds a form to `form-action` through its redirect; here nobody listens, which is another error."""
    visitor.expect(CLOSED)
    visitor.expect(rf"^request: {re.escape(redirect_uri)}")
    page = sign_in(visitor)
    page.goto(AUTHORIZE.format(redirect_uri=redirect_uri))
    led = []
    page.on("response", lambda response: led.append(response.headers.get("location", "")))
    page.click("text=Continue as Ada Lovelace")
    page.wait_for_timeout(500)
    assert [location.startswith(f"{redirect_uri}?code=") for location in led if location] == [True]


def test_a_code_is_typed_on_a_phone(watch, running_site):
    """What the device shows, in small letters and without its hyphen; then the device is signed in."""
    phone = watch(running_site, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = sign_in(phone)
    shown = Queue()
    auth = FirebaseLoginAuth(running_site.url, DeviceSignIn("tv", show=shown.put))
    with ThreadPoolExecutor() as pool, SiteClient(auth, trust_env=False) as client:
        called = pool.submit(client.get, "/auth/account")
        code = shown.get(timeout=20)
        page.goto("/auth/device")
        page.fill("[name=user_code]", code.user_code.replace("-", "").lower())
        page.click("text=Continue")
        expect(page.locator(".fl-code")).to_have_text(code.user_code)
        assert overflow(page) == 0
        page.click("button[value=allow]")
        expect(page.get_by_role("status")).to_contain_text("Allowed.")
        assert called.result(30).json()["name"] == "Ada Lovelace"


def make_link(running_site, people, email="app@example.com", name="App"):
    """An address that an app of a user's opens."""
    id_token = people.sign_in_with_google(email, name)["idToken"]
    with httpx.Client(base_url=running_site.url, trust_env=False) as app:
        app.post("/auth/sign-in", json={"id_token": id_token})
        return app.post("/auth/browser-links", json={"next": "/auth/"}).json()["url"]


def test_an_app_opens_the_account_page_signed_in(visitor, running_site, people):
    """In a browser in which another user was."""
    page = sign_in(visitor)
    page.goto(make_link(running_site, people))
    expect(page.locator("h1")).to_have_text("Continue in this browser as App?")
    expect(page.locator("body")).to_contain_text("Ada Lovelace · ada@example.com is signed in in this browser now")
    page.click("text=Continue as App")
    expect(page.locator("h1")).to_have_text("App")
    expect(page).to_have_url(re.compile("/auth/$"))


def test_pressing_twice_is_pressing_once(visitor, running_site, people):
    """A double click does not end what it has opened."""
    page = visitor.page()
    page.goto(make_link(running_site, people))
    page.dblclick("text=Continue as App")
    expect(page.locator("h1")).to_have_text("App")


def walk(page, running_site, people):
    """Each state of the pages in between, one after the other, for somebody who is signed in."""
    page.goto(AUTHORIZE.format(redirect_uri="com.example.notes:/signed-in"))
    yield "authorize"
    page.goto("/auth/authorize?client_id=stranger")
    yield "authorize, refused"
    page.goto("/auth/device")
    yield "device"
    page.goto("/auth/device?user_code=BCDF-GHJK")
    yield "device, unknown"
    codes = httpx.post(f"{running_site.url}/auth/device", data={"client_id": "tv"}, trust_env=False).json()
    page.goto(codes["verification_uri_complete"])
    yield "device, asked"
    page.click("button[value=allow]")
    expect(page.get_by_role("status")).to_be_visible()
    yield "device, answered"
    page.goto(make_link(running_site, people))
    yield "link"
    page.goto("/auth/continue?link=x")
    yield "link, gone"


NOT_FOUND = r"status of (400|404|410)"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_any_page_in_between(watch, running_site, people, scheme):
    """In each state."""
    visitor = watch(running_site, color_scheme=scheme)
    visitor.expect(NOT_FOUND)
    page = sign_in(visitor)
    for _ in walk(page, running_site, people):
        check_with_axe(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fits_320_pixels(watch, running_site, people, language):
    """In each state, from right to left too."""
    visitor = watch(running_site, viewport={"width": 320, "height": 700}, locale=language)
    visitor.expect(NOT_FOUND)
    page = sign_in(visitor)
    for state in walk(page, running_site, people):
        assert overflow(page) == 0, state
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")


def test_each_button_is_reached_by_keyboard(visitor, running_site, people):
    """With a focus that shows; Enter in the code's field goes on."""
    visitor.expect(NOT_FOUND)
    page = sign_in(visitor)
    for state in walk(page, running_site, people):
        for control in page.locator("main :is(button, a, input:not([type=hidden]))").all():
            page.keyboard.press("Tab") if not control.evaluate("(one) => one === document.activeElement") else None
            expect(control).to_be_focused()
            assert control.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid", state
    page.goto("/auth/device")
    expect(page.locator("[name=user_code]")).to_be_focused()
    page.keyboard.type("bcdfghjk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no such code")
