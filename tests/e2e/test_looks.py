"""Both pages for everybody: no fault that axe finds, narrow and enlarged, dark, by keyboard, from right to left."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from test_account import sign_in

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES = ["light", "dark"]


def check_with_axe(page, *, is_forced=False):
    """Every rule of axe-core, best practices included; with forced colours, contrast is the user's own choice."""
    page.evaluate(AXE.read_text())
    violations = page.evaluate(
        "(rules) => axe.run({ rules }).then((result) => result.violations.map((one) => `${one.id}: ${one.nodes[0].html}`))",
        {"color-contrast": {"enabled": not is_forced}},
    )
    assert violations == []


def open_sign_in(visitor, path="/auth/sign-in"):
    page = visitor.page()
    page.goto(path)
    expect(page.locator("#firebase-login-missing")).to_have_count(0)
    return page


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_any_state_of_the_sign_in_page(watch, running_site, people, scheme):
    """At rest, with a problem, with a notice, in the other mode, with its dialog, and with its script missing."""
    people.sign_up("alan@example.com", "correct horse")
    visitor = watch(running_site, color_scheme=scheme)
    visitor.expect(r"status of 400|ERR_FAILED")
    page = open_sign_in(visitor)
    check_with_axe(page)
    page.fill("[name=email]", "alan@example.com")
    page.fill("[name=password]", "wrong horse")
    page.click("form .fl-main")
    expect(page.locator("#firebase-login-status")).not_to_be_empty()
    check_with_axe(page)
    page.click("text=Forgot your password?")
    expect(page.locator("#firebase-login-status")).to_have_attribute("data-category", "info")
    check_with_axe(page)
    page.click("text=I have no account yet")
    check_with_axe(page)
    page.click("[data-provider='google.com']")
    page.wait_for_selector("dialog")
    check_with_axe(page)
    visitor.context.route("**/static/build/*.js", lambda route: route.abort())
    page.goto("/auth/sign-in")
    expect(page.locator("#firebase-login-missing")).to_be_visible()
    check_with_axe(page)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_any_state_of_the_account_page(watch, running_site, scheme):
    """At rest, after saving, with a problem, with several devices, with deletion open, with its dialog."""
    sign_in(watch(running_site))
    visitor = watch(running_site, color_scheme=scheme)
    visitor.expect("status of 422")
    page = sign_in(visitor)
    check_with_axe(page)
    page.fill("[name=name]", "Countess")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#firebase-login-status")).to_have_text("Saved.")
    check_with_axe(page)
    page.evaluate("document.querySelector('[name=photo_url]').type = 'text'")
    page.fill("[name=photo_url]", "no address")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#firebase-login-status")).to_have_attribute("data-category", "error")
    check_with_axe(page)
    page.goto("/auth/")
    page.click("summary")
    check_with_axe(page)
    page.click("[data-connect='github.com']")
    page.wait_for_selector("dialog")
    check_with_axe(page)


@pytest.mark.parametrize("width", [320, 640])
def test_both_pages_are_whole_on_a_narrow_screen_and_enlarged(watch, running_site, width):
    """320 px wide, which is also what 400 % leaves of 1280; 640 is what 200 % leaves."""
    visitor = watch(running_site, viewport={"width": width, "height": 800})
    page = open_sign_in(visitor)
    assert overflow(page) == 0
    page.click("[data-provider='google.com']")
    page.wait_for_selector("dialog")
    assert overflow(page) == 0
    page.keyboard.press("Escape")
    page = sign_in(visitor)
    assert overflow(page) == 0


def test_everything_is_reached_by_keyboard_with_a_focus_that_shows(visitor):
    """In the order in which it is read; the dialog keeps the focus, and gives it back."""
    page = open_sign_in(visitor)
    names = []
    for _ in range(10):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "[document.activeElement.name || document.activeElement.dataset.provider || document.activeElement.textContent.trim(),"
            " getComputedStyle(document.activeElement).outlineStyle, getComputedStyle(document.activeElement).outlineWidth]"
        )
        names.append(focus[0])
        assert focus[1:] == ["solid", "3px"], focus
    assert names == [
        "google.com",
        "apple.com",
        "facebook.com",
        "github.com",
        "email",
        "password",
        "Show",
        "way",
        "I have no account yet",
        "way",
    ]
    page.locator("[data-provider='facebook.com']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog")
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(page.locator("[data-provider='facebook.com']")).to_be_focused()


def test_what_happens_is_spoken(visitor):
    """The status is a live region that is there from the start."""
    page = open_sign_in(visitor)
    region = page.get_by_role("alert")
    expect(region).to_have_attribute("aria-live", "assertive")
    page.fill("[name=email]", "ada@example.com")
    page.click("form .fl-main")
    expect(region).to_have_text("Enter your password.")


def test_arabic_is_mirrored(watch, running_site):
    """The logo is at the right of its button, and nothing overflows."""
    page = open_sign_in(watch(running_site, locale="ar"))
    expect(page.locator("h1")).to_have_text("تسجيل الدخول")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    button = page.locator("[data-provider='google.com']").bounding_box()
    logo = page.locator("[data-provider='google.com'] .fl-logo").bounding_box()
    assert logo["x"] > button["x"] + button["width"] / 2
    assert overflow(page) == 0
