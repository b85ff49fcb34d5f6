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
NOT_IN_THE_EMULATOR = r"status of 501 .*/recaptchaConfig"
ENDED = (
    "from app import app, db, firebase\n"
    "with app.app_context():\n"
    "    db.session.query(firebase.models.session).delete()\n"
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
    expect(page.locator("dialog [role=alert]")).to_have_text(re.compile("That is another person"))
    page.click("dialog >> text=Cancel")
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


def count_accounts(site):
    return site.run_python(
        "from app import app, db, firebase\nwith app.app_context(): print(db.session.query(firebase.models.account).count())"
    ).strip()


def start_deletion(page, word="delete"):
    page.click("text=Delete my account >> nth=0")
    expect(page.locator("details", has=page.locator("[name=word]"))).to_contain_text("at once and for good")
    page.fill("[name=word]", word)
    page.click("text=Delete my account for good")


@pytest.mark.parametrize("is_recent", [True, False])
def test_an_account_is_deleted(visitor, running_site, people, is_recent):
    """Once the word is typed and the user has confirmed in a dialog who they are: the page deletes the Firebase user, then the site the account."""
    page = sign_in(visitor)
    if not is_recent:
        running_site.run_python(OLD)
        page.reload()
    start_deletion(page, word="")
    expect(page.locator("[name=word]:invalid")).to_be_focused()
    page.fill("[name=word]", "remove")
    page.click("text=Delete my account for good")
    expect(page.locator("[name=word]:invalid")).to_be_focused()
    assert count_accounts(running_site) == "1"
    page.fill("[name=word]", "Delete")
    page.click("text=Delete my account for good")
    expect(page.locator("dialog h2")).to_have_text("Delete your account")
    expect(page.locator("dialog")).to_contain_text("First, confirm that you are Ada Lovelace · ada@example.com.")
    page.click("dialog >> text=Confirm with Google")
    page.click("dialog .fl-choice")
    expect(page.locator("h1")).to_have_text("Your account is deleted")
    expect(page.locator(".fl-card")).not_to_contain_text("Firebase")
    assert count_accounts(running_site) == "0"
    assert people.call_as_owner("accounts:query", {})["userInfo"] == []
    page.click("text=Back to the site")
    expect(page).to_have_url(re.compile("/auth/sign-in"))


def test_a_deletion_that_is_proven_by_a_link_goes_on_where_it_was(site, watch, people):
    """The word is typed once more: a link that somebody opens deletes nothing by itself."""
    with site(**LINKS_ONLY) as server:
        visitor = watch(server)
        page = visitor.page()
        sign_in_by_link(page, people, "alan@example.com")
        server.run_python(OLD)
        page.reload()
        start_deletion(page)
        page.click("dialog >> text=E-mail me a link instead")
        expect(page.locator("#firebase-login-status")).to_contain_text("We have sent a link to alan@example.com.")
        page.goto(people.find_link("alan@example.com", "EMAIL_SIGNIN"))
        expect(page.locator("[name=word]:invalid")).to_be_focused()
        assert count_accounts(server) == "1"
        page.fill("[name=word]", "delete")
        page.click("text=Delete my account for good")
        expect(page.locator("h1")).to_have_text("Your account is deleted")
        assert count_accounts(server) == "0"


def test_where_the_page_was_open_too_long_the_sign_in_page_asks_who_it_is(site, watch, people):
    """For this user alone, by their own ways; and leads back to the deletion, where the site itself deletes the Firebase user."""
    with site(FLASK_FIREBASE_LOGIN_SERVICE_ACCOUNT="application-default") as server:
        visitor = watch(server)
        page = sign_in(visitor)
        server.run_python(OLD)
        start_deletion(page)
        expect(page.locator("h1")).to_have_text("Confirm that it is you")
        expect(page.locator(".fl-card")).to_contain_text("You are signed in here as Ada Lovelace · ada@example.com.")
        expect(page.locator("[data-provider]")).to_have_count(1)
        visitor.expect("status of 409")
        page.click("[data-provider='google.com']")
        page.fill("dialog [name=email]", "eve@example.com")
        page.click("dialog .fl-main")
        expect(page.locator("#firebase-login-status")).to_contain_text("That is another person")
        page.click("[data-provider='google.com']")
        page.click("dialog >> text=Ada Lovelace · ada@example.com")
        expect(page).to_have_url(re.compile(r"/auth/\?delete="))
        page.fill("[name=word]", "delete")
        page.click("text=Delete my account for good")
        expect(page.locator("h1")).to_have_text("Your account is deleted")
        assert [user["email"] for user in people.call_as_owner("accounts:query", {})["userInfo"]] == ["eve@example.com"]


def test_a_deletion_whose_line_is_cut_is_done_at_the_next_press(visitor, running_site, people):
    """Before Firebase has heard of it nothing is gone; afterwards the site hears of it without another confirmation."""
    page = sign_in(visitor)
    visitor.expect("ERR_FAILED")
    page.route("**/accounts:delete?**", lambda route: route.abort())
    start_deletion(page)
    page.click("dialog >> text=Confirm with Google")
    page.click("dialog .fl-choice")
    expect(page.locator("#firebase-login-status")).not_to_be_empty()
    assert count_accounts(running_site) == "1"
    assert len(people.call_as_owner("accounts:query", {})["userInfo"]) == 1
    page.unroute("**/accounts:delete?**")
    page.route("**/auth/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        page.click("text=Delete my account for good")
    page.wait_for_load_state()
    assert count_accounts(running_site) == "1"
    assert people.call_as_owner("accounts:query", {})["userInfo"] == []
    page.unroute("**/auth/")
    page.goto("/auth/")
    start_deletion(page)
    expect(page.locator("h1")).to_have_text("Your account is deleted")
    expect(page.locator(".fl-card")).not_to_contain_text("Firebase")
    assert count_accounts(running_site) == "0"


def test_what_was_typed_when_the_session_had_ended_is_still_there(visitor, running_site):
    """After the user has signed in again."""
    page = sign_in(visitor)
    page.fill("[name=name]", "Countess")
    running_site.run_python(ENDED)
    page.click("text=Save")
    expect(page.locator("#firebase-login-status")).to_have_text("You were signed out in the meantime. Sign in to go on.")
    page.click("[data-provider='google.com']")
    page.click("dialog .fl-choice")
    expect(page.locator("#firebase-login-status")).to_have_text("What you typed is still here. Save it now.")
    expect(page.locator("[name=name]")).to_have_value("Countess")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_have_text("Countess")


def sign_up(page, people, email="alan@example.com", password="correct horse"):
    people.sign_up(email, password)
    sign_in_by_password(page, email, password)


def sign_in_by_password(page, email="alan@example.com", password="correct horse"):
    page.goto("/auth/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.click("form .fl-main")
    expect(page.locator("#security")).to_be_visible()


def confirm(page, title, password="correct horse"):
    expect(page.locator("dialog h2")).to_have_text(title)
    page.fill("dialog [name=password]", password)
    page.click("dialog .fl-main")


def test_a_password_is_changed_and_signs_the_other_devices_out(visitor, watch, running_site, people):
    """What Firebase finds too weak is told in the dialog; afterwards the former one is good for nothing."""
    elsewhere = watch(running_site).page()
    page = visitor.page()
    sign_up(page, people)
    sign_in_by_password(elsewhere)
    visitor.expect("status of 400")
    page.click("[data-password]")
    confirm(page, "Choose a password")
    page.fill("dialog [autocomplete=new-password]", "short")
    page.click("dialog .fl-main")
    expect(page.locator("dialog [role=alert]")).to_contain_text("too weak")
    page.fill("dialog [autocomplete=new-password]", "new battery staple")
    page.click("dialog .fl-main")
    expect(page.locator("#firebase-login-status")).to_have_text("Your password is changed.")
    elsewhere.reload()
    expect(elsewhere).to_have_url(re.compile("/auth/sign-in"))
    sign_in_by_password(elsewhere, password="new battery staple")


def test_who_comes_from_a_provider_sets_a_password_and_signs_in_by_it(visitor, people):
    """For the address that the provider has confirmed; the other devices stay, where the user says so."""
    page = sign_in(visitor)
    page.click("[data-password]")
    page.click("dialog >> text=Confirm with Google")
    page.click("dialog .fl-choice")
    page.fill("dialog [autocomplete=new-password]", "new battery staple")
    page.uncheck("dialog [name=others]")
    page.click("dialog .fl-main")
    expect(page.locator("#firebase-login-status")).to_have_text("Your password is changed.")
    assert sorted(connected(page)) == ["google.com", "password"]
    page.click("header >> text=Sign out")
    sign_in_by_password(page, "ada@example.com", "new battery staple")


def begin_change_of_address(visitor, people):
    """Alan is at the field for the new address."""
    page = visitor.page()
    sign_up(page, people)
    visitor.expect("status of 400")
    visitor.expect(NOT_IN_THE_EMULATOR)
    page.click("[data-email]:not([data-uid])")
    confirm(page, "Change your e-mail address")
    page.wait_for_selector("dialog [autocomplete=email]")
    return page


def test_an_address_is_changed_once_its_new_owner_opens_the_link(visitor, people):
    """One that is somebody else's is told in the dialog; until the link is opened the former one stays."""
    people.sign_up("taken@example.com", "correct horse")
    page = begin_change_of_address(visitor, people)
    page.fill("dialog [autocomplete=email]", "taken@example.com")
    page.click("dialog .fl-main")
    expect(page.locator("dialog [role=alert]")).to_contain_text("There is an account with this e-mail address already.")
    page.fill("dialog [autocomplete=email]", "turing@example.com")
    page.click("dialog .fl-main")
    expect(page.locator("#firebase-login-status")).to_have_text(
        "We have sent a link to turing@example.com. Your address changes once you open it."
    )
    page.goto(people.find_link("alan@example.com", "VERIFY_AND_CHANGE_EMAIL"))
    page.goto("/auth/")
    page.click("header >> text=Sign out")
    sign_in_by_password(page, "turing@example.com")
    expect(page.locator("header")).to_contain_text("turing@example.com")


def test_a_telephone_number_is_added_and_changed(site, watch, people):
    """By the code that comes there; a wrong one is told in the dialog."""
    with site(FLASK_FIREBASE_LOGIN_PROVIDERS='["password", "phone"]') as server:
        visitor = watch(server)
        visitor.expect("status of 400")
        visitor.expect(NOT_IN_THE_EMULATOR)
        page = visitor.page()
        sign_up(page, people)
        for number in ("+15555550100", "+15555550101"):
            page.click("[data-phone]")
            expect(page.locator("dialog h2")).to_have_text("Your telephone number")
            page.fill("dialog [name=password]", "correct horse")
            page.click("dialog .fl-main")
            page.fill("dialog [name=number]", number)
            page.click("dialog .fl-main")
            page.fill("dialog [name=code]", "000000")
            page.click("dialog .fl-main")
            expect(page.locator("dialog [role=alert]")).to_contain_text("The code is not right")
            page.fill("dialog [name=code]", people.find_code(number))
            page.click("dialog .fl-main")
            expect(page.locator("#firebase-login-status")).to_have_text("Your telephone number is changed.")
            assert sorted(connected(page)) == ["password", "phone"]
        page.click("header >> text=Sign out")
        page.goto("/auth/")
        page.click("[data-provider=phone]")
        page.fill("dialog [name=number]", "+15555550101")
        page.click("dialog .fl-main")
        page.wait_for_selector("dialog [name=code]")
        page.fill("dialog [name=code]", people.find_code("+15555550101"))
        page.click("dialog .fl-main")
        expect(page.locator("header")).to_contain_text("alan@example.com")


def test_who_cancels_while_their_answer_is_under_way_has_not_answered(visitor, people):
    """Nothing is changed behind their back."""
    page = visitor.page()
    sign_up(page, people)
    held = []
    page.route("**/accounts:signInWithPassword*", lambda route: held.append(route))
    page.click("[data-password]")
    confirm(page, "Choose a password")
    page.wait_for_timeout(200)
    page.click("dialog >> text=Cancel")
    expect(page.locator("dialog")).to_have_count(0)
    held[0].continue_()
    page.wait_for_timeout(500)
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("[data-password]")).to_be_focused()


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


def test_after_a_change_of_address_the_user_can_still_prove_who_they_are(visitor, people):
    """Firebase knows another address than the site until the next sign-in: it is typed."""
    page = begin_change_of_address(visitor, people)
    page.fill("dialog [autocomplete=email]", "turing@example.com")
    page.click("dialog .fl-main")
    expect(page.locator("#firebase-login-status")).to_contain_text("We have sent a link to turing@example.com.")
    people.open_link("alan@example.com", "VERIFY_AND_CHANGE_EMAIL")
    page.click("[data-password]")
    confirm(page, "Choose a password")
    expect(page.locator("dialog [role=alert]")).not_to_be_empty()
    expect(page.locator("dialog [name=password]")).to_be_focused()
    page.fill("dialog [name=email]", "turing@example.com")
    confirm(page, "Choose a password")
    expect(page.locator("dialog [autocomplete=new-password]")).to_be_visible()


def test_a_link_that_is_on_its_way_is_told_also_where_the_site_is_not_reached(visitor, people):
    """Firebase has sent it."""
    page = begin_change_of_address(visitor, people)
    visitor.expect("ERR_FAILED")
    page.route(re.compile(r"/auth/sign-in\?"), lambda route: route.abort())
    page.fill("dialog [autocomplete=email]", "turing@example.com")
    page.click("dialog .fl-main")
    expect(page.locator("#firebase-login-status")).to_contain_text("We have sent a link to turing@example.com.")


def test_the_last_way_that_firebase_knows_stays(visitor, people):
    """Also where an older tab still shows two."""
    page = sign_in(visitor)
    page.click("[data-connect='github.com']")
    page.click("dialog >> text=Confirm with Google")
    page.click("dialog .fl-choice")
    page.wait_for_selector("text=Who comes from GitHub?")
    page.fill("dialog [name=email]", "ada@example.com")
    page.click("dialog .fl-main")
    expect(page.locator("[data-disconnect='github.com']")).to_be_visible()
    older = visitor.page()
    older.goto("/auth/")
    page.click("[data-disconnect='github.com']")
    page.click("dialog >> text=Confirm with Google")
    page.click("dialog .fl-choice")
    expect(page.locator("[data-connect='github.com']")).to_be_visible()
    older.click("[data-disconnect='google.com']")
    older.click("dialog >> text=Confirm with Google")
    older.click("dialog .fl-choice")
    expect(older.locator("#firebase-login-status")).to_have_text("This is your only way to sign in. Connect another first.")
    (user,) = people.call_as_owner("accounts:query", {})["userInfo"]
    assert [one["providerId"] for one in user["providerUserInfo"]] == ["google.com"]


def test_a_link_does_what_its_user_asked_for_alone(site, watch, people):
    """Anybody can have Firebase send one; what it does is kept in the browser that asked, and stands in no address."""
    with site(**LINKS_ONLY) as server:
        visitor = watch(server)
        page = visitor.page()
        sign_in_by_link(page, people, "alan@example.com")
        page.click("[data-connect='google.com']")
        page.click("dialog >> text=E-mail me a link instead")
        expect(page.locator("#firebase-login-status")).to_contain_text("We have sent a link")
        asked_for = people.find_link("alan@example.com", "EMAIL_SIGNIN")
        assert "connect" not in asked_for
        page.goto(asked_for)
        page.fill("dialog [name=email]", "alan@example.com")
        page.click("dialog .fl-main")
        expect(page.locator("[data-disconnect='google.com']")).to_be_visible()
        stranger = {
            "requestType": "EMAIL_SIGNIN",
            "email": "alan@example.com",
            "continueUrl": f"{server.url}/auth/?disconnect=google.com",
            "canHandleCodeInApp": True,
        }
        people.call("accounts:sendOobCode", stranger)
        page.goto(people.find_link("alan@example.com", "EMAIL_SIGNIN"))
        expect(page.locator("#firebase-login-status")).to_have_text("Open the link in the browser in which you asked for it.")
        expect(page).to_have_url(re.compile(r"/auth/$"))
        assert connected(page) == ["google.com", "password"]


def test_what_is_being_saved_is_not_cancelled_and_what_firebase_has_changed_is_told(visitor, people):
    """The button and Escape wait for Firebase; where the site is then not reached, the user knows what holds."""
    page = visitor.page()
    sign_up(page, people)
    visitor.expect("ERR_FAILED|status of 50")
    held = []
    page.click("[data-password]")
    confirm(page, "Choose a password")
    page.fill("dialog [autocomplete=new-password]", "new battery staple")
    page.route("**/accounts:update*", lambda route: held.append(route))
    page.route(re.compile(r"/auth/sign-in\?"), lambda route: route.abort())
    page.click("dialog .fl-main")
    expect(page.locator("dialog .fl-quiet")).to_be_disabled()
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    expect(page.locator("dialog")).to_be_visible()
    held[0].continue_()
    expect(page.locator("#firebase-login-status")).to_contain_text("It is changed, but this site could not be told.")
    assert people.sign_in_with_password("alan@example.com", "new battery staple")["idToken"]


def test_who_has_a_second_factor_proves_who_they_are_by_a_link_and_it(site, watch, people):
    """The page asks for the code where the link is opened."""
    with site(FLASK_FIREBASE_LOGIN_PROVIDERS='["password", "emailLink"]') as server:
        visitor = watch(server)
        visitor.expect(NOT_IN_THE_EMULATOR)
        visitor.expect("status of 400")
        page = visitor.page()
        people.enroll_phone("alan@example.com", "correct horse", "+15555550100")

        def enter_code():
            page.wait_for_selector("dialog [name=code]")
            page.fill("dialog [name=code]", people.find_code("+15555550100"))
            page.click("dialog .fl-main")

        page.goto("/auth/")
        page.fill("[name=email]", "alan@example.com")
        page.fill("[name=password]", "correct horse")
        page.click("form .fl-main")
        enter_code()
        page.click("[data-password]")
        page.click("dialog >> text=E-mail me a link instead")
        expect(page.locator("#firebase-login-status")).to_contain_text("We have sent a link")
        page.goto(people.find_link("alan@example.com", "EMAIL_SIGNIN"))
        enter_code()
        expect(page.locator("dialog [autocomplete=new-password]")).to_be_visible()


def test_an_address_that_is_confirmed_meanwhile_is_shown_as_such(visitor, people):
    """No second mail is sent."""
    page = visitor.page()
    sign_up(page, people)
    (user,) = people.call_as_owner("accounts:query", {})["userInfo"]
    people.call_as_owner("accounts:update", {"localId": user["localId"], "emailVerified": True})
    page.click("[data-verify]")
    confirm(page, "Confirm your e-mail address")
    expect(page.locator("#firebase-login-status")).to_have_text("Your address is confirmed.")
    expect(page.locator("[data-verify]")).to_have_count(0)


def test_an_anonymous_user_deletes_their_account_however_old_their_sign_in_is(site, watch):
    """They cannot sign in anew."""
    configured = {
        "FLASK_FIREBASE_LOGIN_PROVIDERS": '["google.com", "anonymous"]',
        "FLASK_FIREBASE_LOGIN_ALLOW_ANONYMOUS": "true",
    }
    with site(**configured) as server:
        page = watch(server).page()
        page.goto("/auth/")
        page.click("text=Continue without an account")
        expect(page.locator("#devices")).to_be_visible()
        server.run_python(OLD)
        page.reload()
        start_deletion(page)
        expect(page.locator("h1")).to_have_text("Your account is deleted")


def test_a_user_of_whom_no_provider_is_known_is_offered_every_way(visitor, running_site, people):
    """As one who was moved in."""
    page = visitor.page()
    sign_up(page, people)
    running_site.run_python(
        "from app import app, db, firebase\n"
        "with app.app_context():\n"
        "    db.session.query(firebase.models.account).one().providers = []\n"
        "    db.session.commit()"
    )
    page.reload()
    page.click("[data-password]")
    expect(page.locator("dialog")).to_contain_text("Confirm with Google")
    confirm(page, "Choose a password")
    expect(page.locator("dialog [autocomplete=new-password]")).to_be_visible()


def test_a_name_is_shown_as_it_is(visitor):
    """Whatever signs are in it."""
    page = sign_in(visitor)
    page.fill("[name=name]", "A$$AP $& Co")
    page.get_by_role("button", name="Save", exact=True).click()
    page.click("[data-password]")
    expect(page.locator("dialog")).to_contain_text("First, confirm that you are A$$AP $& Co · ada@example.com.")
