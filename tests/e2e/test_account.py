"""The account page, by somebody who is signed in."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

OLD = (
    "from app import app, db, firebase\n"
    "from datetime import timedelta\n"
    "with app.app_context():\n"
    "    for row in db.session.query(firebase.models.session):\n"
    "        row.auth_time -= timedelta(hours=1)\n"
    "    db.session.commit()"
)


def sign_in(visitor, path="/auth/"):
    page = visitor.page()
    page.goto(path)
    page.click("[data-provider='google.com']")
    page.wait_for_selector("dialog")
    if page.locator("dialog .fl-choice").count():
        page.click("dialog .fl-choice")
    else:
        page.fill("dialog [name=email]", "ada@example.com")
        page.fill("dialog [name=name]", "Ada Lovelace")
        page.click("dialog .fl-main")
    expect(page.locator("h1")).to_have_text("Ada Lovelace")
    return page


def connected(page):
    return page.locator("[data-connected]").evaluate_all("(rows) => rows.map((row) => row.dataset.connected)")


def test_a_name_is_chosen_and_given_back(visitor):
    """With the sentence that says it was saved."""
    page = sign_in(visitor)
    page.fill("[name=name]", "Countess")
    page.click("text=Save")
    expect(page.locator("#firebase-login-status")).to_have_text("Saved.")
    expect(page.locator("h1")).to_have_text("Countess")
    page.click("text=Use my provider's again")
    expect(page.locator("h1")).to_have_text("Ada Lovelace")


def test_the_forms_work_without_javascript(visitor, watch, running_site):
    """Name, devices, sign-out: wherever Firebase is not needed."""
    sign_in(visitor)
    plain = watch(running_site, java_script_enabled=False, storage_state=visitor.context.storage_state())
    page = plain.page()
    page.goto("/auth/")
    page.fill("[name=name]", "Countess")
    page.click("text=Save")
    expect(page.locator("h1")).to_have_text("Countess")
    expect(page.locator("#firebase-login-missing")).to_be_visible()
    page.click("header >> text=Sign out")
    expect(page).to_have_url(re.compile("/auth/sign-in"))


def test_two_devices_and_one_signs_the_other_out(visitor, watch, running_site):
    """This one is marked, and stays."""
    phone = watch(
        running_site, user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) Version/17.6 Mobile Safari/604.1"
    )
    on_phone = sign_in(phone)
    page = sign_in(visitor)
    devices = page.locator("section", has=page.locator("#devices"))
    expect(devices.locator("li")).to_have_count(2)
    row = devices.locator("li", has_text="Safari · iPhone")
    row.get_by_role("button", name="Sign out").click()
    expect(page.locator("#firebase-login-status")).to_have_text("The device is signed out.")
    expect(devices.locator("li")).to_have_count(1)
    on_phone.reload()
    expect(on_phone).to_have_url(re.compile("/auth/sign-in"))


def test_after_a_sign_out_the_back_button_shows_nothing_private(visitor):
    """Neither from a cache, nor from the browser's memory."""
    page = sign_in(visitor)
    page.click("header >> text=Sign out")
    expect(page).to_have_url(re.compile("/auth/sign-in"))
    page.go_back()
    page.wait_for_load_state()
    expect(page.locator("body")).not_to_contain_text("Ada Lovelace")
    expect(page).to_have_url(re.compile("/auth/sign-in"))


def test_a_provider_is_connected_and_disconnected(visitor):
    """After the person has confirmed who they are; the last way stays."""
    page = sign_in(visitor)
    assert connected(page) == ["google.com"]
    assert page.locator("[data-disconnect]").count() == 0
    page.click("[data-connect='github.com']")
    page.click("dialog >> text=Confirm with Google")
    page.click("dialog >> text=Ada Lovelace · ada@example.com")
    page.wait_for_selector("text=Who comes from GitHub?")
    page.fill("dialog [name=email]", "ada@example.com")
    page.click("dialog .fl-main")
    expect(page.locator("[data-disconnect='github.com']")).to_be_visible()
    assert connected(page) == ["google.com", "github.com"]
    page.click("[data-disconnect='github.com']")
    page.click("dialog >> text=Confirm with Google")
    page.click("dialog >> text=Ada Lovelace · ada@example.com")
    expect(page.locator("[data-connect='github.com']")).to_be_visible()
    assert connected(page) == ["google.com"]


def test_nobody_connects_a_provider_as_somebody_else(visitor, people):
    """Who confirms must be who is signed in."""
    page = sign_in(visitor)
    page.click("[data-connect='github.com']")
    page.click("dialog >> text=Confirm with Google")
    page.fill("dialog [name=email]", "eve@example.com")
    page.click("dialog .fl-main")
    expect(page.locator("#firebase-login-status")).to_have_text(re.compile("That is another person"))
    assert connected(page) == ["google.com"]


def test_all_that_is_kept_is_downloaded(visitor):
    """As a file, with no secret in it."""
    page = sign_in(visitor)
    with page.expect_download() as download:
        page.click("text=Download all that is kept")
    kept = json.loads(download.value.path().read_text())
    assert download.value.suggested_filename == "account.json"
    assert kept["account"]["provider_email"] == "ada@example.com"
    assert "secret" not in json.dumps(kept)


@pytest.mark.parametrize("is_recent", [True, False])
def test_an_account_is_deleted(visitor, running_site, is_recent):
    """Where the sign-in is old, it is asked for again, and the person comes back to where they were."""
    page = sign_in(visitor)
    page.click("text=Delete my account >> nth=0")
    expect(page.locator("details")).to_contain_text("at once and for good")
    if not is_recent:
        running_site.run_python(OLD)
        page.click("text=Delete my account for good")
        expect(page).to_have_url(re.compile("again=1"))
        page.click("[data-provider='google.com']")
        page.click("dialog .fl-choice")
        expect(page).to_have_url(re.compile(r"/auth/\?delete="))
    page.click("text=Delete my account for good")
    expect(page).to_have_url(re.compile("/auth/sign-in"))
    left = running_site.run_python(
        "from app import app, db, firebase\nwith app.app_context(): print(db.session.query(firebase.models.account).count())"
    )
    assert left.strip() == "0"


def test_an_anonymous_person_keeps_their_account_when_it_is_upgraded(site, watch, people):
    """The same row, with what it holds, now with a provider; and nothing of Firebase's stays in the browser."""
    configured = {
        "FLASK_FIREBASE_LOGIN_PROVIDERS": '["google.com", "anonymous"]',
        "FLASK_FIREBASE_LOGIN_ALLOW_ANONYMOUS": "true",
    }
    with site(**configured) as server:
        visitor = watch(server)
        page = visitor.page()
        page.goto("/auth/")
        page.click("text=Continue without an account")
        page.fill("[name=name]", "Nobody")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("h1")).to_have_text("Nobody")
        uid = page.locator("[data-uid]").get_attribute("data-uid")
        page.click("header >> text=Sign out")
        page.goto("/auth/")
        page.click("text=Continue without an account")
        expect(page.locator("h1")).to_have_text("Nobody")
        page.click("[data-connect='google.com']")
        page.fill("dialog [name=email]", "ada@example.com")
        page.click("dialog .fl-main")
        expect(page.locator("[data-connected='google.com']")).to_be_visible()
        assert page.locator("[data-uid]").get_attribute("data-uid") == uid
        kept = page.evaluate(
            """() => new Promise((done) => {
                 const open = indexedDB.open("firebaseLocalStorageDb");
                 open.onsuccess = () => {
                   const all = open.result.transaction("firebaseLocalStorage").objectStore("firebaseLocalStorage").getAll();
                   all.onsuccess = () => done(JSON.stringify(all.result));
                 };
               })"""
        )
        assert "eyJ" not in kept


def test_an_address_is_confirmed_from_here(visitor, people):
    """A link is sent; after the next sign-in it shows."""
    page = visitor.page()
    page.goto("/auth/")
    page.click("text=I have no account yet")
    page.fill("[name=email]", "alan@example.com")
    page.fill("[name=password]", "correct horse")
    page.click("form .fl-main")
    page.click("text=Send a link to confirm it")
    page.fill("dialog [name=password]", "correct horse")
    page.click("dialog .fl-main")
    expect(page.locator("#firebase-login-status")).to_have_text(re.compile("We have sent a link to alan@example.com"))
    people.open_link("alan@example.com", "VERIFY_EMAIL")
