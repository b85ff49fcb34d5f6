"""The product that a reader would imagine: a Flask site and a Flet app that share people, settings and notes.

The app is Flutter's own engine in Chromium. The one address elsewhere that it asks for, a module for animations that it does not
need, is blocked.
"""

from __future__ import annotations

import re
from pathlib import Path

from flutter import FlutterPage
from playwright.sync_api import expect

PASSWORD = "correct horse"


def open_app(phone, notes_app):
    return FlutterPage(phone.page(), notes_app.url)


def sign_in_to_app(app, email="grace@example.com"):
    app.type("E-mail", email)
    app.type("Password", PASSWORD)
    app.press("Sign in")
    expect(app.button("Add")).to_be_visible()


def sign_in_to_site(laptop, email="grace@example.com"):
    page = laptop.page()
    page.goto("/")
    page.click("text=Sign in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("form .fl-main")
    expect(page.locator("#new")).to_be_visible()
    return page


def picture(request, page, name):
    """The pictures of the example's README, made with `--make-screenshots`."""
    if request.config.getoption("--make-screenshots"):
        page.wait_for_timeout(1000)  # Flutter fades from one theme to the other
        page.screenshot(path=Path(__file__).parents[2] / "docs" / "screenshots" / f"{name}.png")


def test_site_and_app_share_a_person_notes_and_settings(phone, laptop, notes_app, people, request):
    """A note written in the app is on the site; a theme chosen on the site is in the app; a reload signs nobody out."""
    people.sign_up("grace@example.com", PASSWORD)
    app = open_app(phone, notes_app)
    expect(app.text("Continue with Google")).to_be_visible()
    picture(request, app.page, "notes-app-sign-in")
    sign_in_to_app(app)
    app.type("New note", "Call Howard")
    app.press("Add")
    expect(app.text("Call Howard")).to_be_visible()

    page = sign_in_to_site(laptop)
    expect(page.locator("form.note textarea")).to_have_value("Call Howard")
    page.fill("#new", "Write a compiler")
    page.click("text=Add")
    expect(app.text("Write a compiler")).to_be_visible()

    page.click("text=Settings")
    page.check("[name=theme][value=dark]")
    page.check("[name=language][value=de]")
    page.click("main button.main")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(app.button("Hinzufügen")).to_be_visible()
    picture(request, app.page, "notes-app-dark")
    picture(request, page, "notes-site-settings-dark")

    app.press("Einstellungen")
    app.choose("Hell")
    app.choose("English")
    app.choose("By the alphabet")
    expect(app.page.get_by_role("radio", name="By the alphabet")).to_be_checked()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    picture(request, page, "notes-site")

    app.reload()
    app.press("Back")
    expect(app.text("Write a compiler")).to_be_visible()
    picture(request, app.page, "notes-app")


def test_the_session_is_kept_across_a_restart_of_the_app(phone, notes_app, notes_site, people):
    """The process ends, the page is opened anew: nobody signs in, and the site has seen one device."""
    people.sign_up("grace@example.com", PASSWORD)
    app = open_app(phone, notes_app)
    sign_in_to_app(app)
    app.type("New note", "Still here")
    app.press("Add")
    expect(app.text("Still here")).to_be_visible()
    app.page.close()
    notes_app.restart()
    again = open_app(phone, notes_app)
    expect(again.text("Still here")).to_be_visible()
    again.press("Devices")
    expect(again.page.get_by_text("this device")).to_have_count(1)
    counted = notes_site.run_python(
        "from app import app, db, firebase\nwith app.app_context():\n"
        "    account = db.session.query(firebase.models.account).order_by(firebase.models.account.id.desc()).first()\n"
        "    print(len(firebase.sessions.list(account)))"
    )
    assert counted.strip() == "1"


def test_somebody_comes_from_google(phone, notes_app, laptop):
    """By the emulator's chooser: made up in the app, known on the site."""
    app = open_app(phone, notes_app)
    app.press("Continue with Google")
    app.type("E-mail", "ada@example.com")
    app.type("Name", "Ada Lovelace")
    app.press("Continue")
    expect(app.text("Notes · Ada Lovelace")).to_be_visible()
    page = laptop.page()
    page.goto("/auth/")
    page.click("[data-provider='google.com']")
    page.click("dialog >> text=Ada Lovelace · ada@example.com")
    expect(page.locator("h1")).to_have_text("Ada Lovelace")
    expect(page.locator("body > header")).to_have_text(re.compile(r"Notes\s+Settings\s+Account"))
    expect(page.locator("section", has=page.locator("#devices")).locator("li")).to_have_count(2)


def test_notes_are_changed_and_deleted_in_the_app(phone, notes_app, laptop, people):
    """And are so on the site."""
    people.sign_up("grace@example.com", PASSWORD)
    app = open_app(phone, notes_app)
    sign_in_to_app(app)
    app.type("New note", "Call Howard")
    app.press("Add")
    app.press("Edit: Call Howard")
    app.type("Edit", "Call Howard Aiken")
    app.press("Save")
    expect(app.text("Call Howard Aiken")).to_be_visible()
    page = sign_in_to_site(laptop)
    expect(page.locator("form.note textarea")).to_have_value("Call Howard Aiken")
    app.press("Delete: Call Howard Aiken")
    expect(app.text("No notes yet. Write the first.")).to_be_visible()
    page.reload()
    expect(page.locator("form.note")).to_have_count(0)


def test_a_device_is_signed_out_from_the_app_and_the_app_signs_out(phone, laptop, notes_app, people):
    """Nothing of the person stays in the browser that showed the app."""
    people.sign_up("grace@example.com", PASSWORD)
    page = sign_in_to_site(laptop)
    app = open_app(phone, notes_app)
    sign_in_to_app(app)
    app.press("Devices")
    expect(app.page.get_by_text("this device")).to_be_visible()
    app.page.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(app.page.get_by_role("button", name="Sign out", exact=True)).to_have_count(0)
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    app.press("Sign out")
    expect(app.text("Continue with Google")).to_be_visible()
    app.page.wait_for_function("() => Object.keys(localStorage).length === 0")


def test_what_the_site_rejects_is_told_and_nothing_typed_is_lost(phone, notes_app, notes_site, people):
    """Somebody whom the site has disabled; once it has not, the same press signs them in."""
    people.sign_up("grace@example.com", PASSWORD)
    app = open_app(phone, notes_app)
    sign_in_to_app(app)
    app.press("Sign out")
    expect(app.text("Continue with Google")).to_be_visible()
    change = (
        "from app import app, db, firebase\nwith app.app_context():\n"
        "    account = db.session.query(firebase.models.account).order_by(firebase.models.account.id.desc()).first()\n"
        "    firebase.accounts.{verb}(account)"
    )
    notes_site.run_python(change.format(verb="disable"))
    app.type("E-mail", "grace@example.com")
    app.type("Password", PASSWORD)
    app.press("Sign in")
    expect(
        app.page.locator("flt-semantics-host").get_by_text("This account is disabled. Ask the people who run this site.")
    ).to_be_visible()
    notes_site.run_python(change.format(verb="enable"))
    app.press("Sign in")
    expect(app.button("Add")).to_be_visible()
