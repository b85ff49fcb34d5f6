"""Each way to sign in that the emulator offers, and what goes wrong with it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

REJECTED = r"status of 400 .* http://127\.0\.0\.1:\d+/identitytoolkit"
NOT_IN_THE_EMULATOR = r"status of 501 .*/recaptchaConfig"


def open_sign_in(visitor, path="/"):
    page = visitor.page()
    page.goto(path)
    expect(page).to_have_url(re.compile("/auth/sign-in"))
    expect(page.locator("#firebase-login-missing")).to_have_count(0)
    return page


def choose_new(page, provider, email, name="", *, is_verified=True):
    page.click(f"[data-provider='{provider}']")
    page.fill("dialog [name=email]", email)
    page.fill("dialog [name=name]", name)
    page.set_checked("dialog [name=verified]", is_verified)
    page.click("dialog .fl-main")


def fill(page, email, password):
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)


def status(page):
    return page.locator("#firebase-login-status")


@pytest.mark.parametrize("provider", ["google.com", "apple.com", "facebook.com", "github.com"])
def test_somebody_new_comes_from_a_provider(visitor, provider):
    """And lands where they wanted to go."""
    page = open_sign_in(visitor, "/?from=mail")
    choose_new(page, provider, "ada@example.com", "Ada Lovelace")
    expect(page.locator("body")).to_have_text("Hello Ada Lovelace")
    expect(page).to_have_url(re.compile(r"/\?from=mail$"))


def test_the_emulator_s_own_people_are_offered(visitor, people):
    """Somebody whom another test of the developer's made."""
    people.sign_in_with_google("grace@example.com", "Grace Hopper")
    page = open_sign_in(visitor)
    page.click("[data-provider='google.com']")
    page.click("text=Grace Hopper · grace@example.com")
    expect(page.locator("body")).to_have_text("Hello Grace Hopper")


def test_nothing_of_firebase_s_stays_in_the_browser(visitor):
    """The site's session is the only one: no ID token, no refresh token, in no storage and in no address."""
    page = open_sign_in(visitor)
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    choose_new(page, "google.com", "ada@example.com", "Ada")
    expect(page.locator("body")).to_have_text("Hello Ada")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    names = page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    assert kept == "[{},{}]"
    assert "firebaseLocalStorageDb" not in names
    assert not any("eyJ" in address for address in addresses)
    cookies = {cookie["name"]: cookie for cookie in visitor.context.cookies()}
    assert set(cookies) == {"session", "firebase_login_devices"}  # the latter is the site's own, and signs nobody in
    assert all(cookie["httpOnly"] for cookie in cookies.values())


def test_the_dialog_can_be_left(visitor):
    """By Escape and by its button; nothing is said, and the page works on."""
    page = open_sign_in(visitor)
    for leave in (lambda: page.keyboard.press("Escape"), lambda: page.click("dialog .fl-quiet")):
        page.click("[data-provider='google.com']")
        page.wait_for_selector("dialog")
        leave()
        expect(page.locator("dialog")).to_have_count(0)
        expect(status(page)).to_be_empty()
    choose_new(page, "google.com", "ada@example.com", "Ada")
    expect(page.locator("body")).to_have_text("Hello Ada")


def test_somebody_makes_an_account_with_a_password(visitor, running_site, watch):
    """Then signs in with it elsewhere, by keyboard alone."""
    page = open_sign_in(visitor)
    page.click("text=I have no account yet")
    expect(page.locator("[name=password]")).to_have_attribute("autocomplete", "new-password")
    fill(page, "alan@example.com", "correct horse")
    page.click("text=Make an account")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")
    elsewhere = open_sign_in(watch(running_site))
    elsewhere.locator("[name=email]").focus()
    elsewhere.keyboard.type("alan@example.com")
    elsewhere.keyboard.press("Tab")
    elsewhere.keyboard.type("correct horse")
    elsewhere.keyboard.press("Enter")
    expect(elsewhere.locator("body")).to_have_text("Hello alan@example.com")


def test_what_goes_wrong_with_a_password_is_told_in_a_sentence(visitor, people):
    """A wrong one, a weak one, an address that is taken, none at all."""
    people.sign_up("alan@example.com", "correct horse")
    visitor.expect(REJECTED)
    page = open_sign_in(visitor)
    fill(page, "alan@example.com", "wrong horse")
    page.click("form .fl-main")
    expect(status(page)).to_have_text("The e-mail address or the password is not right.")
    page.fill("[name=password]", "")
    page.click("form .fl-main")
    expect(status(page)).to_have_text("Enter your password.")
    page.click("text=I have no account yet")
    fill(page, "new@example.com", "123")
    page.click("form .fl-main")
    expect(status(page)).to_have_text("The password is too weak. Take a longer one.")
    fill(page, "alan@example.com", "correct horse")
    page.click("form .fl-main")
    expect(status(page)).to_have_text("There is an account with this e-mail address already. Sign in instead.")
    page.click("text=I have an account already")
    page.click("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")


def test_a_password_can_be_shown(visitor):
    """And hidden again."""
    page = open_sign_in(visitor)
    page.fill("[name=password]", "correct horse")
    page.click("text=Show")
    expect(page.locator("[name=password]")).to_have_attribute("type", "text")
    page.click("text=Show")
    expect(page.locator("[name=password]")).to_have_attribute("type", "password")


def test_a_forgotten_password_is_set_anew(visitor, people):
    """By the link that Firebase sends."""
    people.sign_up("alan@example.com", "forgotten")
    page = open_sign_in(visitor)
    page.fill("[name=email]", "alan@example.com")
    page.click("text=Forgot your password?")
    expect(status(page)).to_have_text(re.compile("a link to set a new password is on its way"))
    people.open_link("alan@example.com", "PASSWORD_RESET", "&newPassword=remembered")
    fill(page, "alan@example.com", "remembered")
    page.click("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")


def test_a_link_in_an_e_mail_signs_in_on_another_device(visitor, watch, running_site, people):
    """Which asks for the address, because it cannot know it; the link works once."""
    page = open_sign_in(visitor)
    page.fill("[name=email]", "alan@example.com")
    page.click("text=E-mail me a sign-in link")
    expect(status(page)).to_have_text(re.compile("We have sent a link to alan@example.com"))
    link = people.find_link("alan@example.com", "EMAIL_SIGNIN")
    other = watch(running_site)
    elsewhere = other.page()
    elsewhere.goto(link)
    elsewhere.fill("dialog [name=email]", "alan@example.com")
    elsewhere.click("dialog .fl-main")
    expect(elsewhere.locator("body")).to_have_text("Hello alan@example.com")
    third = watch(running_site)
    third.expect(REJECTED)
    again = third.page()
    again.goto(link)
    again.fill("dialog [name=email]", "alan@example.com")
    again.click("dialog .fl-main")
    expect(status(again)).to_have_text(re.compile("too old or was used already"))


def test_a_link_in_an_e_mail_signs_in_on_the_same_device(visitor, people):
    """Without asking; and the address is forgotten afterwards."""
    page = open_sign_in(visitor)
    page.fill("[name=email]", "alan@example.com")
    page.click("text=E-mail me a sign-in link")
    expect(status(page)).to_have_text(re.compile("We have sent a link"))
    page.goto(people.find_link("alan@example.com", "EMAIL_SIGNIN"))
    expect(page.locator("body")).to_have_text("Hello alan@example.com")
    assert page.evaluate("localStorage.length") == 0


def test_an_address_that_has_another_way_is_led_through_to_linking(visitor):
    """The way of before first, and then both are connected."""
    page = open_sign_in(visitor)
    choose_new(page, "google.com", "ada@example.com", "Ada")
    expect(page.locator("body")).to_have_text("Hello Ada")
    visitor.context.clear_cookies()
    page = open_sign_in(visitor, "/auth/")
    choose_new(page, "facebook.com", "ada@example.com", "Ada", is_verified=False)
    expect(status(page)).to_have_text(re.compile("There is an account with ada@example.com already"))
    page.click("[data-provider='google.com']")
    page.click("dialog .fl-choice")
    expect(page.locator("h1")).to_have_text("Ada")
    assert page.locator("[data-connected]").evaluate_all("(rows) => rows.map((row) => row.dataset.connected)") == [
        "google.com",
        "facebook.com",
    ]


def test_a_person_whom_firebase_disabled_is_told(visitor, people):
    """In a sentence that says whom to ask."""
    uid = people.sign_up("eve@example.com", "correct horse")["localId"]
    people.call_as_owner("accounts:update", {"localId": uid, "disableUser": True})
    visitor.expect(REJECTED)
    page = open_sign_in(visitor)
    fill(page, "eve@example.com", "correct horse")
    page.click("form .fl-main")
    expect(status(page)).to_have_text(re.compile("This account is disabled"))


def test_a_person_whom_the_site_disabled_is_told(visitor, running_site, people):
    """The same sentence, from the site's own answer."""
    page = open_sign_in(visitor)
    choose_new(page, "google.com", "eve@example.com", "Eve")
    expect(page.locator("body")).to_have_text("Hello Eve")
    running_site.run_python(
        "from app import app, db, firebase\n"
        "with app.app_context():\n"
        "    firebase.accounts.disable(db.session.query(firebase.models.account).one())"
    )
    visitor.expect(r"status of 403 .*/auth/sign-in")
    page = open_sign_in(visitor)
    page.click("[data-provider='google.com']")
    page.click("dialog .fl-choice")
    expect(status(page)).to_have_text(re.compile("This account is disabled"))


def test_the_network_may_go_in_the_middle_and_come_back(visitor):
    """A sentence, and the same press works a moment later."""
    visitor.expect("ERR_INTERNET_DISCONNECTED")
    page = open_sign_in(visitor)
    page.click("text=I have no account yet")
    fill(page, "alan@example.com", "correct horse")
    page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    page.click("form .fl-main")
    expect(status(page)).to_have_text("There is no connection. Check it, then try again.")
    visitor.context.set_offline(False)
    page.click("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")


def test_a_double_click_signs_in_once(visitor):
    """One request to Firebase, one to the site."""
    page = open_sign_in(visitor)
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.click("text=I have no account yet")
    fill(page, "alan@example.com", "correct horse")
    page.dblclick("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")
    assert sum("accounts:signUp" in url for url in posts) == 1
    assert sum("/auth/sign-in" in url for url in posts) == 1


def test_without_the_scripts_the_page_shows_its_buttons_and_what_is_missing(watch, running_site):
    """The first paint needs no SDK."""
    visitor = watch(running_site)
    visitor.expect("ERR_FAILED")
    visitor.context.route("**/static/build/*.js", lambda route: route.abort())
    page = visitor.page()
    page.goto("/auth/sign-in")
    assert page.locator("button.fl-provider").count() == 5
    expect(page.locator("#firebase-login-missing")).to_be_visible()
    expect(page.locator("#firebase-login-missing")).to_contain_text("a script that has not been loaded")


def test_without_the_sdk_alone_a_press_says_so(watch, running_site):
    """The page's own script is there, the SDK behind it is not."""
    visitor = watch(running_site)
    visitor.expect("ERR_FAILED")
    visitor.context.route("**/static/build/firebase-*", lambda route: route.abort())
    page = visitor.page()
    page.goto("/auth/sign-in")
    page.click("[data-provider='google.com']")
    expect(status(page)).to_have_text(re.compile("The sign-in service could not be loaded"))


def test_a_second_factor_by_sms_is_asked_for(visitor, people):
    """Where Firebase asks for one; a wrong code is told in the dialog and may be mended, and another can be sent."""
    people.enroll_phone("alan@example.com", "correct horse", "+4930123456")
    visitor.expect(REJECTED)
    visitor.expect(NOT_IN_THE_EMULATOR)
    page = open_sign_in(visitor)
    fill(page, "alan@example.com", "correct horse")
    page.click("form .fl-main")
    expect(page.locator("dialog")).to_contain_text("We have sent it to +")
    expect(page.locator("dialog [name=code]")).to_be_focused()
    expect(page.locator("dialog [name=code]")).to_have_attribute("inputmode", "numeric")
    page.fill("dialog [name=code]", "000000")
    page.click("dialog .fl-main")
    expect(page.locator("dialog [role=alert]")).to_have_text("The code is not right, or too old. Ask for a new one.")
    former = people.find_code("+4930123456")
    page.click("dialog >> text=Send a new code")
    expect(page.locator("dialog [role=alert]")).to_have_text("A new code is on its way.")
    assert people.find_code("+4930123456") != former
    page.fill("dialog [name=code]", people.find_code("+4930123456"))
    page.click("dialog .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")


def test_where_the_site_asks_for_a_verified_address_the_link_is_sent(site, watch, people):
    """And after it was opened, the sign-in goes through."""
    with site(FLASK_FIREBASE_LOGIN_REQUIRE_VERIFIED_EMAIL="true") as server:
        page = open_sign_in(watch(server))
        page.click("text=I have no account yet")
        fill(page, "alan@example.com", "correct horse")
        page.click("form .fl-main")
        expect(status(page)).to_have_text(re.compile("We have sent a link to alan@example.com"))
        people.open_link("alan@example.com", "VERIFY_EMAIL")
        page.click("text=I have an account already")
        page.click("form .fl-main")
        expect(page.locator("body")).to_have_text("Hello alan@example.com")


def test_people_sign_in_by_telephone_and_without_an_account(site, watch, people):
    """Where the site offers it."""
    configured = {"FLASK_FIREBASE_LOGIN_PROVIDERS": '["phone", "anonymous"]', "FLASK_FIREBASE_LOGIN_ALLOW_ANONYMOUS": "true"}
    with site(**configured) as server:
        visitor = watch(server)
        visitor.expect(NOT_IN_THE_EMULATOR)
        page = open_sign_in(visitor, "/api/hello")
        page.click("text=Continue with a telephone number")
        page.fill("dialog [name=number]", "+49 30 123456")
        page.click("dialog .fl-main")
        page.wait_for_selector("dialog [name=code]")
        page.fill("dialog [name=code]", people.find_code("+4930123456"))
        page.click("dialog .fl-main")
        expect(page.locator("body")).to_contain_text('"hello"')
        other = open_sign_in(watch(server), "/api/hello")
        other.click("text=Continue without an account")
        expect(other.locator("body")).to_contain_text('"hello"')


def test_without_javascript_no_password_can_be_typed_or_sent(watch, running_site):
    """The fields are disabled until the script is there, and the page says what is missing."""
    page = watch(running_site, java_script_enabled=False).page()
    page.goto("/auth/sign-in")
    expect(page.locator("[name=password]")).to_be_disabled()
    expect(page.locator("button.fl-main")).to_be_disabled()
    expect(page.locator("#firebase-login-missing")).to_be_visible()


def test_a_mistyped_address_loses_no_link(visitor, watch, running_site, people):
    """The link is good until it is used: the dialog stays, says what is wrong, and takes another address."""
    page = open_sign_in(visitor)
    page.fill("[name=email]", "alan@example.com")
    page.click("text=E-mail me a sign-in link")
    expect(status(page)).to_have_text(re.compile("We have sent a link"))
    other = watch(running_site)
    other.expect(REJECTED)
    elsewhere = other.page()
    elsewhere.goto(people.find_link("alan@example.com", "EMAIL_SIGNIN"))
    elsewhere.fill("dialog [name=email]", "alan@example.org")
    elsewhere.click("dialog .fl-main")
    expect(elsewhere.locator("dialog [role=alert]")).to_contain_text("The link was sent to another address.")
    expect(elsewhere.locator("dialog [name=email]")).to_have_value("alan@example.org")
    elsewhere.fill("dialog [name=email]", "alan@example.com")
    elsewhere.click("dialog .fl-main")
    expect(elsewhere.locator("body")).to_have_text("Hello alan@example.com")


def test_a_link_signs_in_where_another_user_is_signed_in(visitor, people):
    """It is not led past: whoever opens it wants to be the user whom it was sent to."""
    page = open_sign_in(visitor)
    page.fill("[name=email]", "alan@example.com")
    page.click("text=E-mail me a sign-in link")
    expect(status(page)).to_have_text(re.compile("We have sent a link"))
    link = people.find_link("alan@example.com", "EMAIL_SIGNIN")
    choose_new(page, "google.com", "ada@example.com", "Ada")
    expect(page.locator("body")).to_have_text("Hello Ada")
    page.goto(link)
    page.fill("dialog [name=email]", "alan@example.com")
    page.click("dialog .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")


@pytest.mark.parametrize("what", ["a provider", "the password", "Enter"])
def test_a_press_before_the_script_is_there_is_done_as_soon_as_it_is(watch, running_site, people, what):
    """And the password goes to nobody but Firebase."""
    people.sign_up("alan@example.com", "correct horse")
    visitor, held, posts = watch(running_site), [], []
    visitor.context.route("**/static/build/sign-in-*", lambda route: held.append(route))
    page = visitor.page()
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.goto("/auth/sign-in?next=/", wait_until="commit")
    if what == "a provider":
        button = page.locator("[data-provider='google.com']")
        page.click("[data-provider='github.com']")
        button.click()
        expect(page.locator("[data-provider='github.com']")).not_to_have_attribute("aria-busy", "true")
    else:
        button = page.locator("form .fl-main")
        fill(page, "alan@example.com", "correct horse")
        page.keyboard.press("Enter") if what == "Enter" else button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(page.locator("#firebase-login-missing")).to_be_visible()
    expect(page.locator("#firebase-login-missing")).to_contain_text("This takes longer than usual.")
    assert posts == []
    for route in held:
        route.continue_()
    if what == "a provider":
        expect(page.locator("dialog")).to_contain_text("Who comes from Google?")
    else:
        expect(page.locator("body")).to_have_text("Hello alan@example.com")
        assert not any(url.endswith("/auth/sign-in?next=/") and "127.0.0.1" not in url for url in posts)


def test_a_failed_load_of_the_sdk_is_tried_again(watch, running_site):
    """The line is back: the next press loads it."""
    visitor = watch(running_site)
    visitor.expect("ERR_FAILED")
    visitor.context.route("**/static/build/firebase-*", lambda route: route.abort())
    page = visitor.page()
    page.goto("/auth/sign-in?next=/")
    page.click("[data-provider='google.com']")
    expect(status(page)).to_have_text("The sign-in service could not be loaded. Check your connection, then try again.")
    visitor.context.unroute("**/static/build/firebase-*")
    choose_new(page, "google.com", "ada@example.com", "Ada")
    expect(page.locator("body")).to_have_text("Hello Ada")


def test_a_failed_load_of_the_page_s_script_offers_to_try_again(watch, running_site):
    """At once, and what was typed is not sent anywhere."""
    visitor = watch(running_site)
    visitor.expect("ERR_FAILED")
    visitor.context.route("**/static/build/sign-in-*", lambda route: route.abort())
    page = visitor.page()
    page.goto("/auth/sign-in?next=/")
    expect(page.locator("#firebase-login-missing")).to_contain_text("a script that has not been loaded")
    fill(page, "alan@example.com", "correct horse")
    page.click("form .fl-main")
    expect(page).to_have_url(re.compile(r"/auth/sign-in\?next=/$"))
    visitor.context.unroute("**/static/build/sign-in-*")
    page.click("#firebase-login-missing button")
    expect(page.locator("#firebase-login-missing")).to_have_count(0)
    choose_new(page, "google.com", "ada@example.com", "Ada")
    expect(page.locator("body")).to_have_text("Hello Ada")


def test_a_reset_says_the_same_whether_or_not_there_is_an_account(visitor, people):
    """Whether there is one is nobody's to know."""
    visitor.expect(REJECTED)
    page = open_sign_in(visitor)
    page.fill("[name=email]", "nobody@example.com")
    page.click("text=Forgot your password?")
    expect(status(page)).to_have_text(
        "If there is an account with nobody@example.com, a link to set a new password is on its way."
    )


def test_a_site_that_answers_with_a_page_is_busy(visitor):
    """As a proxy does where the site is away; no name of an error is shown."""
    visitor.expect(r"status of 502")
    page = open_sign_in(visitor)
    visitor.context.route("**/auth/sign-in?**", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    choose_new(page, "google.com", "ada@example.com", "Ada")
    expect(status(page)).to_have_text("This site cannot sign you in at the moment. Try again in a minute.")


def test_what_is_told_is_in_view_on_a_small_phone(watch, running_site):
    """A message above the view helps nobody."""
    page = open_sign_in(watch(running_site, viewport={"width": 360, "height": 640}))
    page.fill("[name=email]", "alan@example.com")
    page.locator("button[name=way][value=link]").scroll_into_view_if_needed()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.fill("[name=password]", "")
    page.locator("form .fl-main").click()
    expect(status(page)).to_have_text("Enter your password.")
    expect(status(page)).to_be_in_viewport(ratio=1)


def test_signing_up_is_an_address_that_a_reload_keeps(visitor):
    """With its heading, title and rule; what was typed stays as the mode changes."""
    page = open_sign_in(visitor, "/?from=mail")
    page.fill("[name=email]", "alan@example.com")
    page.click("text=I have no account yet")
    expect(page.locator("h1")).to_have_text("Create an account")
    expect(page).to_have_title("Create an account")
    expect(page.locator("[name=email]")).to_have_value("alan@example.com")
    expect(page.locator("text=Forgot your password?")).to_be_hidden()
    page.reload()
    expect(page.locator("#firebase-login-missing")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Create an account")
    expect(page.locator("form")).to_contain_text("At least 6 characters.")
    page.fill("[name=name]", "Alan Turing")
    fill(page, "alan@example.com", "correct horse")
    page.click("text=Make an account")
    expect(page.locator("body")).to_have_text("Hello Alan Turing")
    expect(page).to_have_url(re.compile(r"/\?from=mail$"))


def test_whoever_has_an_account_is_led_to_sign_in_instead(visitor, people):
    """With the address filled in."""
    people.sign_up("alan@example.com", "correct horse")
    visitor.expect(REJECTED)
    page = open_sign_in(visitor, "/auth/sign-in?mode=signUp&next=/")
    fill(page, "alan@example.com", "another horse")
    page.click("text=Make an account")
    expect(status(page)).to_contain_text("There is an account with this e-mail address already.")
    page.click("[data-sign-in-instead]")
    expect(page.locator("h1")).to_have_text("Sign in")
    expect(page.locator("[name=password]")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/auth/sign-in\?next=%2F$|/auth/sign-in\?next=/$"))
    page.fill("[name=password]", "correct horse")
    page.click("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")
