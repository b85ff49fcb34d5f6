"""Every state of an account's life for everybody: no fault that axe finds, narrow, in each language, in forced colours, by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_account import ENDED, sign_up
from test_looks import check_with_axe, overflow

from flask_firebase_login.pages.texts import LANGUAGES

PROVIDERS = '["google.com", "oidc.acme", "saml.uni", "password", "emailLink", "phone"]'


@pytest.fixture(scope="module")
def whole_site(start_site, tmp_path_factory):
    """A site with everything that an account page can show."""
    with start_site(
        tmp_path_factory.mktemp("whole-site"),
        FLASK_FIREBASE_LOGIN_PROVIDERS=PROVIDERS,
        FLASK_FIREBASE_LOGIN_PROVIDER_LABELS='{"oidc.acme": "Acme", "saml.uni": "The University of the Third Age"}',
        FLASK_FIREBASE_LOGIN_SITE_NAME='"Ada\'s shop"',
    ) as server:
        yield server


def walk(page, site, people):
    """Go from one state to the next, and stop at each."""
    sign_up(page, people, "a.very.long.address.of.somebody.with.patience@mail.of.a.long.host.example.com")
    page.click("section:has(#data) summary")
    yield "the account page"
    page.click("[data-password]")
    page.wait_for_selector("dialog")
    yield "who confirms"
    page.fill("dialog [name=password]", "wrong horse")
    page.click("dialog .fl-main")
    expect(page.locator("dialog [role=alert]")).not_to_be_empty()
    yield "who confirms wrongly"
    page.fill("dialog [name=password]", "correct horse")
    page.click("dialog .fl-main")
    page.wait_for_selector("dialog [autocomplete=new-password]")
    yield "a new password"
    page.keyboard.press("Escape")
    page.click("button[data-phone]")
    page.fill("dialog [name=password]", "correct horse")
    page.click("dialog .fl-main")
    page.wait_for_selector("dialog [name=number]")
    yield "a number"
    page.goto("/auth/sign-in?again=delete&next=/auth/")
    expect(page.locator("#firebase-login-missing")).to_have_count(0)
    yield "the page that asks who it is"
    page.goto("/auth/deleted")
    yield "after a deletion"
    page.goto("/auth/nothing")
    yield "an error"
    site.run_python(ENDED)
    page.goto("/auth/sign-in?ended=1&next=/auth/")
    expect(page.locator("#firebase-login-missing")).to_have_count(0)
    yield "a session that has ended"


@pytest.mark.parametrize("look", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_axe_finds_nothing_in_any_state(watch, whole_site, people, look):
    """Light, dark and in the user's own colours."""
    visitor = watch(whole_site, **look)
    visitor.expect(r"status of (400|404|501)")
    page = visitor.page()
    for state in walk(page, whole_site, people):
        try:
            check_with_axe(page, is_forced="forced_colors" in look)
        except AssertionError as found:
            raise AssertionError(f"{state}: {found}") from None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_is_whole_on_a_narrow_screen(watch, whole_site, people, language):
    """320 px wide, which is what 400 % leaves of 1,280; in every language, from right to left too."""
    visitor = watch(whole_site, viewport={"width": 320, "height": 640}, locale=language)
    visitor.expect(r"status of (400|404|501)")
    page = visitor.page()
    for state in walk(page, whole_site, people):
        assert overflow(page) == 0, state
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        dialog = page.locator("dialog")
        if dialog.count():
            box = dialog.bounding_box()
            assert 0 <= box["x"] <= 320 - box["width"], state
            assert dialog.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0, state


def test_a_password_is_changed_by_keyboard_alone(watch, whole_site, people):
    """The focus goes into each dialog, stays in it, and comes back."""
    visitor = watch(whole_site)
    visitor.expect("status of 501")
    page = visitor.page()
    sign_up(page, people)
    page.locator("[data-password]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog [name=password]")).to_be_focused()
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    expect(page.locator("dialog [autocomplete=new-password]")).to_be_focused()
    page.keyboard.type("new battery staple")
    page.keyboard.press("Tab")
    expect(page.locator("dialog [name=others]")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#firebase-login-status")).to_have_text("Your password is changed.")
    expect(page.locator("#firebase-login-status")).to_be_focused()


def test_without_javascript_what_needs_it_is_disabled_and_the_rest_works(watch, whole_site, people):
    """The page says why; a deletion after a sign-in that is recent needs none."""
    visitor = watch(whole_site)
    visitor.expect("status of 501")
    page = visitor.page()
    sign_up(page, people)
    plain = watch(whole_site, java_script_enabled=False, storage_state=visitor.context.storage_state())
    page = plain.page()
    page.goto("/auth/")
    expect(page.locator("#firebase-login-missing")).to_be_visible()
    for what in ("password", "email", "phone", "connect"):
        expect(page.locator(f"button[data-{what}]").first).to_be_disabled()
    page.click("section:has(#data) summary")
    page.fill("[name=word]", "delete")
    page.click("text=Delete my account for good")
    expect(page.locator("h1")).to_have_text("Your account is deleted")
