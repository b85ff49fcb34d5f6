"""Second factors on the account page: telephones against the real emulator, authenticator apps against a double, since the emulator has none."""

from __future__ import annotations

import io
import json
import re
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import zxingcpp
from emptied import forget_everybody
from PIL import Image
from playwright.sync_api import expect
from test_account import OLD
from test_looks import check_with_axe, overflow
from test_screenshots import FOLDER
from test_sign_in import NOT_IN_THE_EMULATOR, REJECTED, fill

from totp_double import TotpDouble, compute_totp

EMAIL, PASSWORD = "alan@example.com", "correct horse"
NUMBER, MASKED = "+4930123456", "+******3456"
LOOKS = [("light", "none", "de"), ("dark", "none", "ar"), ("dark", "active", "en")]


@pytest.fixture(scope="module")
def shared_factors_site(start_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("factors-site")
    settings = {
        "PROVIDERS": ["google.com", "password"],
        "SECOND_FACTORS": ["totp", "phone"],
        "SITE_NAME": "Ada & Sons: the shop",
    }
    environment = {f"FLASK_FIREBASE_LOGIN_{key}": json.dumps(value) for key, value in settings.items()}
    with start_site(folder, **environment) as server:
        yield server, folder / "site.db"


@pytest.fixture
def factors_site(shared_factors_site, people):
    """A site that offers both kinds, with nobody in it."""
    server, database = shared_factors_site
    forget_everybody(database)
    return server


@pytest.fixture
def alan(people):
    """Somebody with a password and a confirmed address."""
    uid = people.sign_up(EMAIL, PASSWORD)["localId"]
    people.call_as_owner("accounts:update", {"localId": uid, "emailVerified": True})


@pytest.fixture
def open_account(watch, factors_site):
    """A function that signs alan in, and returns the account page with what it has announced to the site."""

    def open_account(**options):
        visitor = watch(factors_site, **options)
        visitor.expect(NOT_IN_THE_EMULATOR)
        visitor.expect(REJECTED)
        page = visitor.page()
        page.announced = []
        page.on("request", lambda request: note(page.announced, request))
        page.totp = TotpDouble(visitor.context)
        sign_in(page)
        expect(page.locator("[data-factors]")).to_be_visible()
        return page

    return open_account


def note(announced, request):
    if "/security-events" in request.url:
        announced.append(request.post_data_json["event"])


def sign_in(page):
    page.goto("/auth/")
    fill(page, EMAIL, PASSWORD)
    page.click("form .fl-main")


def dialog(page):
    return page.locator("dialog")


def said(page):
    return page.locator("dialog [role=alert]")


def submit(page):
    page.click("dialog .fl-main")


def press(page, name):
    dialog(page).get_by_role("button", name=name).click()


def prove(page):
    """Press the button, and prove who it is; a telephone that is there is not yet asked for."""
    page.click("[data-factors]")
    page.fill("dialog [name=password]", PASSWORD)
    submit(page)


def open_factors(page):
    prove(page)
    expect(dialog(page).locator("li, .fl-choice").first).to_be_visible()


def begin_phone(page, number=NUMBER):
    press(page, re.compile("telephone"))
    page.fill("dialog [name=number]", number)
    submit(page)
    expect(page.locator("dialog [name=code]")).to_be_visible()


def add_phone(page, people, number=NUMBER):
    begin_phone(page, number)
    enter_sms(page, people, number)
    expect(said(page)).to_contain_text("is added")


def enter_sms(page, people, number=NUMBER):
    page.wait_for_selector("dialog [name=code]")
    page.fill("dialog [name=code]", people.find_code(number))
    submit(page)


def begin_app(page):
    page.locator("dialog .fl-choice").first.click()
    expect(page.locator("dialog svg")).to_be_visible()


def enter_app_code(page):
    page.fill("dialog [name=code]", compute_totp(page.totp.secret))
    submit(page)


def add_app(page, name=None):
    begin_app(page)
    if name:
        page.fill("dialog [name=name]", name)
    enter_app_code(page)
    expect(said(page)).to_contain_text("is added")


def finish(page):
    """Close the list; the focus is where it was."""
    press(page, "Done")
    expect(dialog(page)).to_have_count(0)
    expect(page.locator("[data-factors]")).to_be_focused()
    expect(page.locator("html")).not_to_have_attribute("data-busy", "")


def read_qr(page):
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.locator("dialog svg").screenshot())))
    return [one.text for one in found]


def find_factors(people):
    return people.find_user(EMAIL).get("mfaInfo", [])


@contextmanager
def handed_over(page):
    """The site is given a new ID token within."""
    with page.expect_request(lambda request: request.method == "POST" and "/auth/sign-in" in request.url):
        yield


def test_a_telephone_is_added_and_asked_for_at_the_next_sign_in(open_account, alan, people):
    """A wrong code is told in the dialog, and another can be sent."""
    page = open_account()
    open_factors(page)
    expect(dialog(page)).to_contain_text("your password alone opens nothing")
    begin_phone(page)
    page.fill("dialog [name=code]", "000000")
    submit(page)
    expect(said(page)).to_have_text("The code is not right, or too old. Ask for a new one.")
    expect(page.locator("dialog [name=code]")).to_have_value("000000")
    former = people.find_code(NUMBER)
    press(page, "Send a new code")
    expect(said(page)).to_have_text("A new code is on its way.")
    assert people.find_code(NUMBER) != former
    enter_sms(page, people)
    expect(said(page)).to_have_text(re.compile(re.escape(f"{MASKED} is added.")))
    expect(dialog(page).locator("li")).to_contain_text(MASKED)
    expect(dialog(page).locator("li small")).to_contain_text("Added on ")
    expect(dialog(page)).to_contain_text("as a spare")
    with handed_over(page):
        finish(page)
    assert page.announced == ["factor_added"]
    page.click("header >> text=Sign out")
    sign_in(page)
    enter_sms(page, people)
    expect(page.locator("[data-factors]")).to_be_visible()


def test_the_site_is_told_of_each_change_however_old_the_session_is(open_account, alan, people, factors_site):
    """It takes that after a recent sign-in alone, and the user has just proven who they are."""
    page = open_account()
    factors_site.run_python(OLD)
    page.reload()
    open_factors(page)
    with page.expect_response("**/security-events?*") as answer:
        add_phone(page, people)
    assert answer.value.status == 204
    assert page.announced == ["factor_added"]


def test_several_are_added_and_all_are_removed_again(open_account, alan, people):
    """Each is asked about once more; with the last, sign-ins ask for none."""
    page = open_account()
    open_factors(page)
    add_phone(page, people)
    add_phone(page, people, "+4930999999")
    expect(dialog(page).locator("li")).to_have_count(2)
    expect(dialog(page)).not_to_contain_text("as a spare")
    press(page, re.compile(r"Remove .*3456"))
    expect(page.locator("dialog h2")).to_have_text(re.compile(re.escape(f"Remove \u200e{MASKED}?")))
    submit(page)
    expect(said(page)).to_have_text(re.compile(re.escape(f"{MASKED} is removed.")))
    expect(dialog(page).locator("li")).to_have_count(1)
    press(page, re.compile("Remove"))
    submit(page)
    expect(dialog(page).locator("li")).to_have_count(0)
    with handed_over(page):
        finish(page)
    assert page.announced == ["factor_added", "factor_added", "factor_removed", "factor_removed"]
    assert find_factors(people) == []
    page.click("header >> text=Sign out")
    sign_in(page)
    expect(page.locator("[data-factors]")).to_be_visible()


def test_who_has_one_proves_who_they_are_by_it(open_account, alan, people):
    """Before the list is shown."""
    page = open_account()
    open_factors(page)
    add_phone(page, people)
    finish(page)
    prove(page)
    enter_sms(page, people)
    expect(page.locator("dialog h2")).to_have_text("Second factors")
    expect(dialog(page).locator("li")).to_contain_text(MASKED)


def test_an_authenticator_app_is_added_and_asked_for_at_the_next_sign_in(open_account, alan, pytestconfig):
    """By its QR code, the key beside it, or a link; what was typed stays beside a wrong code."""
    page = open_account()
    open_factors(page)
    begin_app(page)
    link = page.locator("dialog a").get_attribute("href")
    assert read_qr(page) == [link]
    if pytestconfig.getoption("--make-screenshots"):
        page.screenshot(path=FOLDER / "second-factor-app.png")
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", f"/Ada & Sons the shop:{EMAIL}")
    asked = {key: value for key, (value,) in parse_qs(parts.query).items()}
    assert asked == {"secret": page.totp.secret, "issuer": "Ada & Sons the shop", "algorithm": "SHA1", "digits": "6"}
    assert page.locator("dialog code").inner_text().split() == re.findall("....", page.totp.secret)
    code = page.locator("dialog [name=code]")
    expect(code).to_have_attribute("inputmode", "numeric")
    expect(code).to_have_attribute("autocomplete", "one-time-code")
    expect(page.locator("dialog [name=name]")).to_have_value("Authenticator app")
    page.fill("dialog [name=name]", "Work phone")
    code.fill("000000" if compute_totp(page.totp.secret) != "000000" else "111111")
    submit(page)
    expect(said(page)).to_have_text("The code is not right. Enter the one that the app shows now.")
    expect(page.locator("dialog [name=name]")).to_have_value("Work phone")
    assert read_qr(page) == [link]
    code.fill(" ".join(re.findall("...", compute_totp(page.totp.secret))))
    submit(page)
    expect(said(page)).to_contain_text("Work phone is added.")
    expect(dialog(page).locator("li")).to_contain_text("Work phone")
    with handed_over(page):
        finish(page)
    assert page.announced == ["factor_added"]
    page.click("header >> text=Sign out")
    sign_in(page)
    expect(dialog(page)).to_contain_text("Your authenticator app shows it.")
    enter_app_code(page)
    expect(page.locator("[data-factors]")).to_be_visible()


def test_who_removes_the_newest_of_several_goes_on_once_they_have_proven_who_they_are(open_account, alan):
    """Firebase signs them out, so that they show that they have the other; the site's own session stays."""
    page = open_account()
    open_factors(page)
    add_app(page, "Phone")
    add_app(page, "Tablet")
    press(page, "Remove Tablet")
    submit(page)
    expect(dialog(page)).to_have_count(0)
    expect(page.locator("#firebase-login-status")).to_contain_text("The second factor is removed. To change more, confirm")
    expect(page.locator("#firebase-login-status")).to_have_attribute("data-category", "info")
    assert page.announced == ["factor_added", "factor_added", "factor_removed"]
    page.reload()
    expect(page.locator("[data-factors]")).to_be_visible()


def test_an_address_that_is_not_confirmed_is_told_before_anything_is_typed(open_account, people):
    """In the list, for both kinds."""
    people.sign_up(EMAIL, PASSWORD)
    page = open_account()
    open_factors(page)
    for choice in page.locator("dialog .fl-choice").all():
        choice.click()
        expect(said(page)).to_have_text("Confirm your e-mail address first.")
    finish(page)
    assert page.announced == []


@pytest.mark.parametrize(
    ("rejection", "sentence"),
    [
        ("UNVERIFIED_EMAIL : Need to verify email first.", "Confirm your e-mail address first."),
        ("UNSUPPORTED_FIRST_FACTOR", "With a telephone number as your way to sign in, you cannot add a second factor."),
        ("SECOND_FACTOR_LIMIT_EXCEEDED", "You have as many second factors as possible. Remove one first."),
        ("OPERATION_NOT_ALLOWED : TOTP based MFA not enabled.", "This site does not offer this yet."),
        ("CREDENTIAL_TOO_OLD_LOGIN_AGAIN", "Sign in again first."),
    ],
)
def test_what_firebase_rejects_is_a_sentence_in_the_list(open_account, alan, rejection, sentence):
    """The list stays, and so does what can be done."""
    page = open_account()
    page.totp.rejects_enrollment_with = rejection
    open_factors(page)
    page.locator("dialog .fl-choice").first.click()
    expect(said(page)).to_have_text(sentence)
    expect(page.locator("dialog .fl-choice")).to_have_count(2)
    finish(page)


def test_a_telephone_that_is_there_already_is_told(open_account, alan, people):
    """Without another code."""
    page = open_account()
    open_factors(page)
    add_phone(page, people)
    press(page, "Add a telephone number")
    page.fill("dialog [name=number]", NUMBER)
    submit(page)
    expect(said(page)).to_have_text("You have added this one already.")
    assert len(find_factors(people)) == 1


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_who_cancels_a_step_has_changed_nothing(open_account, alan, people, way):
    """They are back in the list, and with the list's own end at the button."""
    page = open_account()
    open_factors(page)
    add_phone(page, people)
    steps = [
        lambda: press(page, "Remove"),
        lambda: press(page, "Add a telephone number"),
        lambda: begin_phone(page, "+4930999999"),
        lambda: begin_app(page),
    ]
    for step in steps:
        step()
        if way == "button":
            press(page, "Cancel")
        else:
            page.keyboard.press("Escape")
        expect(page.locator("dialog h2")).to_have_text("Second factors")
        expect(page.locator("dialog .fl-choice").first).to_be_focused()
    finish(page)
    assert page.announced == ["factor_added"]
    assert len(find_factors(people)) == 1


def test_what_firebase_is_adding_is_not_cancelled(open_account, alan):
    """Nobody is asked for what they think they never added: the button and Escape wait until it is known."""
    page = open_account()
    open_factors(page)
    begin_app(page)
    held = []
    page.route(re.compile("mfaEnrollment:finalize"), lambda route: held.append(route))
    enter_app_code(page)
    expect(dialog(page).get_by_role("button", name="Cancel")).to_be_disabled()
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    expect(page.locator("dialog [name=code]")).to_be_visible()
    held[0].fallback()
    expect(dialog(page).locator("li")).to_have_count(1)
    finish(page)
    assert page.announced == ["factor_added"]


def show_each_state(page, people):
    """Go through the dialog by its classes alone, whatever the language; yields where there is something to look at."""
    prove(page)
    page.wait_for_selector("dialog .fl-choice")
    yield "nothing yet"
    begin_app(page)
    yield "an app"
    page.fill("dialog [name=code]", "0")
    submit(page)
    expect(said(page)).not_to_be_empty()
    yield "a wrong code"
    enter_app_code(page)
    expect(page.locator("dialog li")).to_have_count(1)
    yield "one"
    page.locator("dialog .fl-choice").last.click()
    page.wait_for_selector("dialog [name=number]")
    yield "a number"
    page.fill("dialog [name=number]", NUMBER)
    submit(page)
    enter_sms(page, people)
    expect(page.locator("dialog li")).to_have_count(2)
    yield "two"
    page.locator("dialog li button").first.click()
    expect(page.locator("dialog li")).to_have_count(0)
    yield "a removal"


@pytest.mark.parametrize(("scheme", "forced", "language"), LOOKS)
def test_every_state_is_for_everybody(open_account, alan, people, scheme, forced, language):
    """No fault that axe finds, whole at 320 px, mirrored where the language is, and a QR code that cameras read."""
    size = {"width": 320, "height": 640}
    page = open_account(color_scheme=scheme, forced_colors=forced, locale=language, viewport=size)
    for state in show_each_state(page, people):
        check_with_axe(page, is_forced=forced == "active")
        assert overflow(page) == 0, state
        inside = page.locator("dialog").evaluate("(dialog) => dialog.scrollWidth - dialog.clientWidth")
        assert inside == 0, state
        if page.locator("dialog svg").count():
            assert read_qr(page) == [page.locator("dialog a").get_attribute("href")]


def test_at_200_percent_everything_is_reached(open_account, alan, people):
    """Half as many pixels, each twice as large."""
    page = open_account(viewport={"width": 640, "height": 360}, device_scale_factor=2)
    for state in show_each_state(page, people):
        assert overflow(page) == 0, state
        page.locator("dialog button").last.scroll_into_view_if_needed()


def test_it_is_done_by_keyboard_alone(open_account, alan):
    """With a focus that shows; nothing is removed by the key that opened the list."""
    page = open_account()
    page.locator("[data-factors]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog [name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("dialog .fl-choice").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("dialog a")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    page.keyboard.press("Tab")
    expect(page.locator("dialog [name=code]")).to_be_focused()
    page.keyboard.type(compute_totp(page.totp.secret))
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Authenticator app is added.")
    expect(page.locator("dialog .fl-choice").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-factors]")).to_be_focused()
    assert [factor["displayName"] for factor in page.totp.factors] == ["Authenticator app"]
