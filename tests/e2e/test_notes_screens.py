"""Every screen of the Notes app, narrow and wide, light and dark, from left and from right, with and without a connection.

    make screenshots

The pictures go into `docs/screenshots` where they are asked for.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from test_notes_product import PASSWORD, ROOT, open_app, sign_in, texts

PHONE, DESKTOP = {"width": 360, "height": 640}, {"width": 1400, "height": 900}
LOOKS = {
    "phone-light": ("en", PHONE, "light"),
    "desktop-dark-german": ("de", DESKTOP, "dark"),
    "phone-dark-arabic": ("ar", PHONE, "dark"),
}
MAX_WIDTH, MAX_DIALOG_WIDTH = 720, 600
NOTES = ("Call Howard", "Milk, eggs 🥚, bread 🍞", "漢字とひらがな", "مرحبا بالعالم")


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen_is_in_the_users_language_and_of_a_width_to_read(
    open_phone, notes_app, notes_site, people, look, request, tmp_path
):
    """And the browser's Back leads to the screen before, not out of the app."""
    language, viewport, scheme = LOOKS[look]
    say = texts(language)
    folder = ROOT / "docs" / "screenshots" if request.config.getoption("--make-screenshots") else tmp_path
    people.sign_up("grace@example.com", PASSWORD)
    people.sign_in_with_google("ada@example.com", "Ada Lovelace")
    site = urlsplit(notes_site.url).netloc
    watched = open_phone(locale=language, viewport=viewport, color_scheme=scheme, more_hosts=[site])
    app = open_app(watched, notes_app)

    def picture(name):
        if request.config.getoption("--make-screenshots"):
            app.page.mouse.move(2, viewport["height"] // 2)  # off the buttons, whose tooltips it shows
            app.page.wait_for_timeout(1500)  # fonts come as they are needed, and Flutter fades
        app.page.screenshot(path=folder / f"notes-{look}-{name}.png")

    expect(app.text(say["tagline"])).to_be_visible()
    expect(app.page.locator("#first-frame")).to_have_count(0)
    picture("sign-in")
    app.press(say["google"])
    expect(app.button("Ada Lovelace · ada@example.com")).to_be_visible()
    assert app.field(say["name"]).bounding_box()["width"] <= MAX_DIALOG_WIDTH
    picture("chooser")
    app.press(say["cancel"])
    with watched.context.expect_page() as opened:
        app.press(say["browser"])
    opened.value.close()
    expect(app.page.get_by_text(say["open_again"], exact=True)).to_be_visible()
    picture("browser")
    app.press(say["cancel"])
    app.type(say["email"], "grace@example.com")
    app.type(say["password"], "wrong horse")
    app.press(say["sign_in"])
    expect(app.text(say["wrong_password"])).to_be_visible()
    picture("wrong-password")
    sign_in(app, say)
    for note in NOTES:
        app.type(say["new_note"], note)
        app.page.keyboard.press("Enter")
        expect(app.text(note)).to_be_visible()
    picture("notes")
    field, add = app.field(say["new_note"]).bounding_box(), app.button(say["add"]).bounding_box()
    assert field["width"] + add["width"] <= MAX_WIDTH
    assert (add["x"] < field["x"]) is (language == "ar")
    app.press(f"{say['edit']}: {NOTES[0]}")
    expect(app.field(say["edit"])).to_be_visible()
    assert app.field(say["edit"]).bounding_box()["width"] <= MAX_DIALOG_WIDTH
    picture("edit")
    app.press(say["cancel"])
    app.press(f"{say['delete']}: {NOTES[0]}")
    expect(app.button(say["undo"])).to_be_visible()
    picture("undo")

    app.press(say["settings"])
    expect(app.radio(say["system"])).to_be_checked()
    picture("settings")
    app.press(say["devices"])
    expect(app.page.get_by_text(say["this_device"])).to_be_visible()
    picture("devices")
    app.page.go_back()
    expect(app.radio(say["system"])).to_be_visible()
    app.page.go_back()
    expect(app.button(say["add"])).to_be_visible()
    notes_site.stop()
    expect(app.text(say["offline"])).to_be_visible()
    picture("offline")
