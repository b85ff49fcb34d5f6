"""The Notes app by way of the browser: in at the site's page, out to the account page, and whatever may come between."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flutter import FlutterPage
from playwright.sync_api import expect
from test_notes_product import texts

from notes_processes import make_notes_app

SAY = texts("en")


@pytest.fixture
def phone(open_phone, notes_site):
    """A browser that shows the app, and the site's pages beside it."""
    return open_phone(more_hosts=[urlsplit(notes_site.url).netloc])


def open_beside(phone, app, press):
    """Press what opens a page beside the app; returns that page."""
    with phone.context.expect_page() as opened:
        app.press(press)
    page = opened.value
    page.wait_for_load_state()
    if port := re.search(r"127\.0\.0\.1%(?:25)?3A(\d+)%(?:25)?2Fcallback", page.url):  # also within the sign-in page's `next`
        phone.allowed_hosts.add(f"127.0.0.1:{port[1]}")
    return page


def waits(app, time="5 minutes"):
    return app.text(SAY["waiting_for_browser"].format(time=time))


def test_the_whole_way_in_and_back(phone, notes_app, people):
    """Nobody is signed in in the browser: they sign in there, and the app goes on; from it to the account page; from there out."""
    people.sign_in_with_google("ada@example.com", "Ada Lovelace")
    app = FlutterPage(phone.page(), notes_app.url)
    page = open_beside(phone, app, SAY["browser"])
    expect(waits(app)).to_be_visible()
    page.click("[data-provider='google.com']")
    page.click("dialog >> text=Ada Lovelace · ada@example.com")
    expect(page.locator("h1")).to_have_text("Sign in to Notes?")
    page.click("text=Continue as Ada Lovelace")
    expect(page.locator("body")).to_contain_text(SAY["browser_done"])
    page.close()
    expect(app.text("Notes · Ada Lovelace")).to_be_visible()
    app.type(SAY["new_note"], "By the browser")
    app.press(SAY["add"])
    expect(app.text("By the browser")).to_be_visible()
    app.reload()
    expect(app.text("By the browser")).to_be_visible()

    account = open_beside(phone, app, SAY["my_account"])
    account.click("text=Continue as Ada Lovelace")
    expect(account.locator("h1")).to_have_text("Ada Lovelace")
    assert urlsplit(account.url).path == "/auth/"
    device = account.locator("#devices + ul li", has_text="Notes")
    device.get_by_role("button", name="Sign out").click()
    expect(account.locator("#firebase-login-status")).not_to_be_empty()
    expect(app.text(SAY["ended"])).to_be_visible()
    expect(app.button(SAY["browser"])).to_be_visible()
    app.page.wait_for_function("() => Object.keys(localStorage).length === 0")
    assert len(phone.context.pages) == 2  # no call opened the browser by itself

    # signed in there already: refused first, then not
    page = open_beside(phone, app, SAY["browser"])
    page.click("text=Cancel")
    expect(page.locator("body")).to_contain_text(SAY["browser_failed"])
    expect(app.text(SAY["browser_denied"])).to_be_visible()
    page = open_beside(phone, app, SAY["browser"])
    page.click("text=Continue as Ada Lovelace")
    expect(app.text("By the browser")).to_be_visible()
    window = FlutterPage(phone.page(), notes_app.url)
    expect(window.text("By the browser")).to_be_visible()
    with window.page.expect_event("load"):  # follows at once
        app.press(SAY["sign_out"])
    expect(app.button(SAY["browser"])).to_be_visible()
    window.show_semantics()
    expect(window.button(SAY["browser"])).to_be_visible()
    app.page.wait_for_function("() => Object.keys(localStorage).length === 0")
    account.reload()
    expect(account.locator("#devices + ul li", has_text="Notes")).to_have_count(0)


def test_a_browser_that_is_closed_half_way_is_opened_again_cancelled_or_told_when_the_time_is_over(
    phone, notes_site, people, tmp_path
):
    """The screen says how long it waits, and ends then by itself."""
    with make_notes_app(notes_site, people, tmp_path, poll_seconds=0.3, sign_in_seconds=8) as notes_app:
        phone.allowed_hosts.add(urlsplit(notes_app.url).netloc)
        app = FlutterPage(phone.page(), notes_app.url)
        open_beside(phone, app, SAY["browser"]).close()
        expect(waits(app, "8 seconds")).to_be_visible()
        with phone.context.expect_page() as again:
            app.page.get_by_text(SAY["open_again"], exact=True).click()
        again.value.close()
        app.press(SAY["cancel"])
        expect(app.button(SAY["sign_in"])).to_be_visible()
        open_beside(phone, app, SAY["browser"]).close()
        expect(app.text(SAY["browser_late"])).to_be_visible()
        expect(app.button(SAY["browser"])).to_be_visible()
        phone.context.close()
