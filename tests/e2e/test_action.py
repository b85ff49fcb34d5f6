"""The links of Firebase's e-mails, opened on the site's own page: the emulator's, with the console's action URL set to `/auth/action`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from test_looks import check_with_axe, overflow
from test_sign_in import REJECTED, fill, open_sign_in, status

SENT_AS = {
    "resetPassword": "PASSWORD_RESET",
    "verifyEmail": "VERIFY_EMAIL",
    "verifyAndChangeEmail": "VERIFY_AND_CHANGE_EMAIL",
    "recoverEmail": "RECOVER_EMAIL",
}


def find_link(people, email, kind):
    """The newest e-mail's link, with the site's own page in place of the emulator's."""
    return f"/auth/action?{urlsplit(people.find_link(email, kind)).query}"


def send(people, email, password, kind, **more):
    """Have Firebase send an e-mail to somebody who is signed in there."""
    known = people.sign_in_with_password(email, password)
    asked = {"requestType": kind, "idToken": known["idToken"], "email": email} | more
    people.call("accounts:sendOobCode", asked)


def make_link(people, mode):
    """A link of a mode to alan@example.com, who has the password "forgotten horse"."""
    people.sign_up("alan@example.com", "forgotten horse")
    if mode == "recoverEmail":
        known = people.sign_in_with_password("alan@example.com", "forgotten horse")
        people.call("accounts:update", {"idToken": known["idToken"], "email": "mallory@example.com"})
    else:
        send(people, "alan@example.com", "forgotten horse", SENT_AS[mode], newEmail="turing@example.com")
    return find_link(people, "alan@example.com", SENT_AS[mode])


def test_a_new_password_signs_in_and_all_other_devices_out(visitor, watch, running_site, people):
    """The rule stands under the field; whoever knew the former password is signed out."""
    people.sign_up("alan@example.com", "forgotten horse")
    other = watch(running_site)
    other.expect("status of 401")
    elsewhere = open_sign_in(other)
    fill(elsewhere, "alan@example.com", "forgotten horse")
    elsewhere.click("form .fl-main")
    expect(elsewhere.locator("body")).to_have_text("Hello alan@example.com")
    page = open_sign_in(visitor, "/?from=mail")
    page.fill("[name=email]", "alan@example.com")
    page.click("text=Forgot your password?")
    expect(status(page)).to_contain_text("a link to set a new password is on its way")
    visitor.expect(REJECTED)
    page.goto(find_link(people, "alan@example.com", "PASSWORD_RESET"))
    expect(page.locator("[data-whose]")).to_have_text("alan@example.com")
    expect(page.locator("[name=email]")).to_have_value("alan@example.com")
    expect(page.locator("form")).to_contain_text("At least 6 characters.")
    page.fill("[name=password]", "remembered horse")
    page.click("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")
    expect(page).to_have_url(re.compile(r"/\?from=mail$"))
    elsewhere.goto("/auth/")
    expect(elsewhere).to_have_url(re.compile("/auth/sign-in"))


def test_an_address_is_confirmed(visitor, people):
    """When the button is pressed, not when the link is opened: scanners of mail open links."""
    page = visitor.page()
    page.goto(make_link(people, "verifyEmail"))
    expect(page.locator("[data-whose]")).to_have_text("alan@example.com")
    assert not people.find_user("alan@example.com")["emailVerified"]
    page.click("form .fl-main")
    expect(status(page)).to_have_text("alan@example.com is confirmed.")
    expect(page.locator("[data-done] a")).to_be_visible()
    expect(page.locator("form")).to_be_hidden()
    assert people.find_user("alan@example.com")["emailVerified"]


def test_an_address_is_changed(visitor, people):
    """And the new one signs in."""
    page = visitor.page()
    page.goto(make_link(people, "verifyAndChangeEmail"))
    expect(page.locator("[data-whose]")).to_have_text("turing@example.com")
    page.click("form .fl-main")
    expect(status(page)).to_have_text("Your address is now turing@example.com. Sign in with it from now on.")
    page = open_sign_in(visitor)
    fill(page, "turing@example.com", "forgotten horse")
    page.click("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello turing@example.com")


def test_an_address_is_got_back(visitor, people):
    """With the advice to set a new password, and the link for it."""
    page = visitor.page()
    page.goto(make_link(people, "recoverEmail"))
    page.click("form .fl-main")
    expect(status(page)).to_contain_text("Your address is alan@example.com again.")
    expect(status(page)).to_contain_text("a link for that is on its way")
    page.goto(find_link(people, "alan@example.com", "PASSWORD_RESET"))
    page.fill("[name=password]", "remembered horse")
    page.click("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")


def test_a_second_factor_is_taken_back(visitor, people):
    """The emulator sends no such e-mail: what it answers to this one code is a double."""
    page = visitor.page()
    people.sign_up("alan@example.com", "forgotten horse")
    looked = {"requestType": "REVERT_SECOND_FACTOR_ADDITION", "email": "alan@example.com", "mfaInfo": {"phoneInfo": "+49"}}
    page.route("**/accounts:resetPassword?**", lambda route: route.fulfill(json=looked))
    page.route("**/accounts:update?**", lambda route: route.fulfill(json={"email": "alan@example.com"}))
    page.goto("/auth/action?mode=revertSecondFactorAddition&oobCode=of-the-double&apiKey=fake-api-key")
    with page.expect_request("**/accounts:update?**") as applied:
        page.click("form .fl-main")
    assert applied.value.post_data_json["oobCode"] == "of-the-double"
    expect(status(page)).to_contain_text("The second factor is removed.")
    assert "/auth/action" in find_link(people, "alan@example.com", "PASSWORD_RESET")


@pytest.mark.parametrize("mode", SENT_AS)
def test_a_link_that_was_used_offers_the_way_to_a_new_one(visitor, people, mode):
    """Before anything is typed."""
    link = make_link(people, mode)
    more = "&newPassword=remembered+horse" if mode == "resetPassword" else ""
    people.open_link("alan@example.com", SENT_AS[mode], more)
    visitor.expect(REJECTED)
    page = visitor.page()
    page.goto(link)
    expect(status(page)).to_have_text("The link is too old or was used already. Ask for a new one.")
    expect(page.locator("form")).to_be_hidden()
    page.click("[data-again] a")
    expect(page).to_have_url(re.compile("/auth/sign-in"))


def test_a_weak_password_is_told_and_the_link_is_good_for_another(visitor, people):
    """Nothing is lost."""
    visitor.expect(REJECTED)
    page = visitor.page()
    page.goto(make_link(people, "resetPassword"))
    page.evaluate("document.querySelector('[name=password]').minLength = 1")
    page.fill("[name=password]", "123")
    page.click("form .fl-main")
    expect(status(page)).to_have_text("The password is too weak. Take a longer one.")
    page.fill("[name=password]", "remembered horse")
    page.click("form .fl-main")
    expect(page.locator("body")).to_have_text("Hello alan@example.com")


def test_an_e_mail_link_signs_in_by_way_of_it(visitor, people):
    """And lands where the user wanted to go."""
    page = open_sign_in(visitor, "/?from=mail")
    page.fill("[name=email]", "alan@example.com")
    page.click("text=E-mail me a sign-in link")
    expect(status(page)).to_contain_text("We have sent a link")
    page.goto(find_link(people, "alan@example.com", "EMAIL_SIGNIN"))
    expect(page.locator("body")).to_have_text("Hello alan@example.com")
    expect(page).to_have_url(re.compile(r"/\?from=mail$"))


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt", "ja", "ar"])
def test_it_is_for_everybody(watch, running_site, people, language):
    """320 px wide, in every language; axe in light and dark, and with forced colours, at rest and done."""
    link = make_link(people, "resetPassword")
    for scheme, forced in [("light", "none"), ("dark", "none"), ("dark", "active")]:
        visitor = watch(
            running_site, color_scheme=scheme, forced_colors=forced, locale=language, viewport={"width": 320, "height": 640}
        )
        page = visitor.page()
        page.goto(link)
        expect(page.locator("[data-whose]")).to_be_visible()
        assert overflow(page) == 0
        check_with_axe(page, is_forced=forced == "active")
    people.open_link("alan@example.com", "PASSWORD_RESET", "&newPassword=remembered+horse")
    visitor.expect(REJECTED)
    page.reload()
    expect(page.locator("[data-again] a")).to_be_visible()
    check_with_axe(page, is_forced=True)


def test_without_javascript_nothing_can_be_typed_or_sent(watch, running_site, people):
    """And the page says why."""
    page = watch(running_site, java_script_enabled=False).page()
    page.goto(make_link(people, "resetPassword"))
    expect(page.locator("[name=password]")).to_be_disabled()
    expect(page.locator("#firebase-login-missing")).to_be_visible()


def test_a_link_of_another_project_is_told_so(visitor, people):
    """Outside the emulator, whose links all have one key."""
    page = visitor.page()
    config = re.compile(r'"emulator": "[^"]+"')

    def without_emulator(route):
        response = route.fetch()
        route.fulfill(response=response, body=config.sub('"emulator": null', response.text()))

    page.route("**/auth/action?**", without_emulator)
    page.goto("/auth/action?mode=verifyEmail&oobCode=abc&apiKey=of-another-project")
    expect(status(page)).to_have_text("This link belongs to another site.")
    expect(page.locator("[data-again] a")).to_be_visible()
