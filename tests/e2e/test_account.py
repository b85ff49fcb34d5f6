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


LINKS_ONLY = {"FLASK_FIREBASE_LOGIN_PROVIDERS": '["google.com", "emailLink"]'}


def sign_in_by_link(page, people, email):
    page.goto("/auth/")
    page.fill("[name=email]", email)
    page.click("text=E-mail me a sign-in link")
    expect(page.locator("#firebase-login-status")).to_contain_text("We have sent a link")
    page.goto(people.find_link(email, "EMAIL_SIGNIN"))
    expect(page.locator("#devices")).to_be_visible()


def test_a_user_of_links_is_asked_for_no_password(site, watch, people):
    """They never had one: they prove who they are by a link, which goes on with what they wanted."""
    with site(**LINKS_ONLY) as server:
        visitor = watch(server)
        page = visitor.page()
        sign_in_by_link(page, people, "alan@example.com")
        ways = page.locator("section", has=page.locator("#ways"))
        expect(ways).to_contain_text("Link in an e-mail")
        expect(ways).not_to_contain_text("Password")
        page.click("[data-connect='google.com']")
        expect(page.locator("dialog [type=password]")).to_have_count(0)
        expect(page.locator("dialog .fl-main")).to_have_count(0)
        page.click("dialog >> text=E-mail me a link instead")
        expect(page.locator("#firebase-login-status")).to_contain_text("We have sent a link to alan@example.com.")
        page.goto(people.find_link("alan@example.com", "EMAIL_SIGNIN"))
        page.fill("dialog [name=email]", "alan@example.com")
        page.click("dialog .fl-main")
        expect(page.locator("[data-disconnect='google.com']")).to_be_visible()
        assert connected(page) == ["google.com", "password"]
        assert page.evaluate("localStorage.length") == 0


def test_a_wrong_password_in_the_confirming_dialog_is_told_in_it(visitor, people):
    """And may be mended there; a password manager finds whose it is."""
    people.sign_up("alan@example.com", "correct horse")
    visitor.expect(r"status of 400 .* http://127\.0\.0\.1:\d+/identitytoolkit")
    page = visitor.page()
    page.goto("/auth/")
    page.fill("[name=email]", "alan@example.com")
    page.fill("[name=password]", "correct horse")
    page.click("form .fl-main")
    page.click("[data-verify]")
    expect(page.locator("dialog [autocomplete=username]")).to_have_value("alan@example.com")
    page.fill("dialog [name=password]", "wrong horse")
    page.click("dialog .fl-main")
    expect(page.locator("dialog [role=alert]")).to_have_text("The e-mail address or the password is not right.")
    page.fill("dialog [name=password]", "correct horse")
    page.click("dialog .fl-main")
    expect(page.locator("#firebase-login-status")).to_contain_text("We have sent a link to alan@example.com")
    expect(page.locator("dialog")).to_have_count(0)


def test_after_a_dialog_the_focus_is_where_it_was(visitor):
    """Not at the top of the page."""
    page = sign_in(visitor)
    page.locator("[data-connect='github.com']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog")
    page.keyboard.press("Escape")
    expect(page.locator("[data-connect='github.com']")).to_be_focused()


def test_what_was_saved_is_said_once(visitor):
    """It is spoken, and gone with the next look at the page."""
    page = sign_in(visitor)
    page.fill("[name=name]", "Countess")
    page.click("text=Save")
    expect(page.locator("#firebase-login-status")).to_have_text("Saved.")
    expect(page.locator("#firebase-login-status")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/auth/$"))
    page.reload()
    expect(page.locator("#firebase-login-status")).to_be_empty()
