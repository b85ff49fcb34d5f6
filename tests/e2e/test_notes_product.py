"""The Notes app as people use it: with slips, without a connection, in their own language, on wide windows and narrow ones."""

from __future__ import annotations

import json
import re
import struct
import zlib
from pathlib import Path

from flutter import FlutterPage
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"
BROWSER = re.compile(r"^Chrome · Linux\s+(just now|\d+ minutes? ago)$")
SLICES = ("notocoloremoji", "notosansarabic", "notosansjp", "notosanssc")


def texts(language):
    return json.loads((ROOT / "examples" / "notes" / "texts" / f"{language}.json").read_text(encoding="utf-8"))


def open_app(watched, notes_app):
    return FlutterPage(watched.page(), notes_app.url)


def sign_in(app, say, email="grace@example.com"):
    app.type(say["email"], email)
    app.type(say["password"], PASSWORD)
    app.press(say["sign_in"])
    expect(app.button(say["add"])).to_be_visible()


def read_pixel(png):
    """Red, green and blue of a picture of one pixel."""
    at, packed = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        packed += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    return tuple(zlib.decompress(packed)[1:4])


def test_what_goes_wrong_is_said_in_the_users_language_and_goes_once_it_is_right(open_phone, notes_app, notes_site, people):
    """Firebase's rejections, a link for a new password, an empty chooser, a site that does not answer."""
    say = texts("de")
    people.sign_up("grace@example.com", PASSWORD)
    app = open_app(open_phone(locale="de-AT"), notes_app)
    app.press(say["sign_in"])
    expect(app.text(say["invalid_email"])).to_be_visible()
    app.type(say["email"], "grace@example.com")
    expect(app.text(say["invalid_email"])).to_have_count(0)
    app.type(say["password"], "wrong horse")
    app.press(say["sign_in"])
    expect(app.text(say["wrong_password"])).to_be_visible()
    app.press(say["sign_up"])
    expect(app.text(say["email_in_use"])).to_be_visible()
    expect(app.text(say["wrong_password"])).to_have_count(0)
    app.press(say["forgot"])
    expect(app.text(say["reset_sent"].format(email="grace@example.com"))).to_be_visible()
    assert people.find_link("grace@example.com", "PASSWORD_RESET")

    app.press(say["google"])
    app.press(say["continue"])
    expect(app.page.locator("flt-semantics-host").get_by_text(say["no_name"])).to_be_visible()
    app.press(say["cancel"])
    assert [user["email"] for user in people.call_as_owner("accounts:query", {})["userInfo"]] == ["grace@example.com"]

    notes_site.stop()
    app.type(say["password"], PASSWORD)
    app.press(say["sign_in"])
    expect(app.text(say["no_connection"])).to_be_visible()
    notes_site.restart()
    expect(app.text(say["no_connection"])).to_have_count(0)
    app.press(say["sign_in"])
    expect(app.button(say["add"])).to_be_visible()


def test_a_note_is_written_once_undone_and_written_again_in_every_script(phone, notes_app, laptop, people):
    """A double press makes one note; what is typed after Enter is the next; a deleted note comes back; no character is a box."""
    say, asked = texts("en"), []
    people.sign_up("grace@example.com", PASSWORD)
    phone.context.on("response", lambda response: asked.append(response.url) if response.ok else None)
    app = open_app(phone, notes_app)
    sign_in(app, say)
    app.type(say["new_note"], "Only once")
    app.button(say["add"]).dblclick()
    expect(app.text("Only once")).to_be_visible()

    app.type(say["new_note"], "First")
    app.page.keyboard.press("Enter")
    app.page.keyboard.type("then second", delay=80)  # as fast as anybody types: Flutter takes Enter a few milliseconds later
    expect(app.text("First")).to_be_visible()
    expect(app.text("Only once")).to_have_count(1)
    expect(app.field(say["new_note"])).to_have_value("then second")
    app.page.keyboard.press("Shift+Enter")
    app.page.keyboard.type("on two lines", delay=80)
    app.page.keyboard.press("Enter")
    expect(app.text("then second\non two lines")).to_be_visible()

    app.press(f"{say['delete']}: Only once")
    expect(app.text("Only once")).to_have_count(0)
    app.press(say["undo"])
    expect(app.text("Only once")).to_have_count(1)

    app.press(f"{say['edit']}: Only once")
    app.type(say["edit"], "😀🇩🇪 漢字 こんにちは 简体 مرحبا")
    app.press(say["save"])
    expect(app.text("😀🇩🇪 漢字 こんにちは 简体 مرحبا")).to_be_visible()
    fetched = {family for family in SLICES if any(f"/assets/fonts/{family}/" in url for url in asked)}
    assert fetched >= {"notocoloremoji", "notosansarabic"}

    page = laptop.page()
    page.goto("/auth/sign-in?next=/")
    page.fill("[name=email]", "grace@example.com")
    page.fill("[name=password]", PASSWORD)
    page.click("form .fl-main")
    expect(page.locator("form.note textarea")).to_have_count(3)
    expect(page.locator("form.note textarea").first).to_have_value("then second\non two lines")
    page.locator("form.note").first.get_by_text("Delete").click()
    expect(page.locator("form.note")).to_have_count(2)
    page.click("form.undo button")
    expect(page.locator("form.note")).to_have_count(3)

    app.press(say["devices"])
    expect(app.page.get_by_text("Notes · Chrome · Linux")).to_be_visible()
    expect(app.page.get_by_role("group", name=BROWSER)).to_be_visible()


def test_without_a_connection_one_banner_tells_and_nothing_changes(phone, notes_app, notes_site, people):
    """Notes and devices are there as before, also on a new start; the theme that was not taken is not shown as chosen."""
    say = texts("en")
    people.sign_up("grace@example.com", PASSWORD)
    app = open_app(phone, notes_app)
    sign_in(app, say)
    app.type(say["new_note"], "Written before")
    app.press(say["add"])
    expect(app.text("Written before")).to_be_visible()
    app.press(say["devices"])
    expect(app.page.get_by_text(say["this_device"])).to_be_visible()
    notes_site.stop()
    expect(app.text(say["offline"])).to_be_visible()
    expect(app.page.get_by_text(say["this_device"])).to_be_visible()
    app.press(say["settings"])
    app.radio(say["dark"]).click(force=True)
    expect(app.radio(say["system"])).to_be_checked()
    expect(app.text(say["offline"])).to_have_count(1)
    app.page.close()
    again = open_app(phone, notes_app)
    expect(again.text("Written before")).to_be_visible()
    again.press(say["devices"])
    expect(again.page.get_by_text(say["this_device"])).to_be_visible()
    expect(again.text(say["offline"])).to_have_count(1)
    notes_site.restart()
    expect(again.text(say["offline"])).to_have_count(0)


def test_no_frame_is_white_where_the_theme_is_dark(phone, notes_app, people):
    """From the page's first frame to the app's own: the theme that was chosen last is known before the app runs."""
    say = texts("en")
    people.sign_up("grace@example.com", PASSWORD)
    app = open_app(phone, notes_app)
    sign_in(app, say)
    app.press(say["settings"])
    app.choose(say["dark"])
    expect(app.radio(say["dark"])).to_be_checked()
    app.page.wait_for_function("() => (localStorage.getItem('flutter.notes.cache') ?? '').includes('dark')")
    page = phone.page()
    page.goto(notes_app.url, wait_until="commit")
    seen = []
    while not seen or page.locator("#first-frame").count() or not page.locator("flutter-view").count():
        seen.append(read_pixel(page.screenshot(clip={"x": 4, "y": 770, "width": 1, "height": 1})))
    seen.append(read_pixel(page.screenshot(clip={"x": 4, "y": 770, "width": 1, "height": 1})))
    assert len(seen) > 2
    assert [pixel for pixel in seen if max(pixel) > 60] == []


def test_where_somebody_else_signs_in_in_one_window_the_others_follow(phone, notes_app, people):
    """Three windows of one browser: what one shows is whose session it is, in all."""
    say = texts("en")
    for email in ("grace@example.com", "ada@example.com"):
        people.sign_up(email, PASSWORD)
    app = open_app(phone, notes_app)
    sign_in(app, say)
    app.type(say["new_note"], "Grace's own")
    app.press(say["add"])
    expect(app.text("Grace's own")).to_be_visible()
    others = [open_app(phone, notes_app) for _ in range(2)]
    for other in others:
        expect(other.text("Grace's own")).to_be_visible()
    first, second = (other.page for other in others)
    with first.expect_event("load"), second.expect_event("load"):
        app.press(say["sign_out"])
    with first.expect_event("load"), second.expect_event("load"):
        sign_in(app, say, "ada@example.com")
    app.type(say["new_note"], "Ada's own")
    app.press(say["add"])
    expect(app.text("Ada's own")).to_be_visible()
    for other in others:
        other.show_semantics()
        expect_in_page_loaded_again(other, "Ada's own")
        expect(other.text("Grace's own")).to_have_count(0)
    others[0].type(say["new_note"], "Ada's other")
    others[0].press(say["add"])
    expect(app.text("Ada's other")).to_be_visible()


def expect_in_page_loaded_again(app, text):
    """Flet takes a page that has just loaded again for gone where the connection of the page before ends after it: nothing reaches it any more.

    Its server disconnects the session by its id once the receive loop of a connection has ended, whichever connection the session has by then.
    """
    try:
        expect(app.text(text)).to_be_visible()
    except AssertionError:
        app.reload()
        expect(app.text(text)).to_be_visible()


COUNT_FRAMES = """async (milliseconds) => {
  let frames = 0;
  const ask = window.requestAnimationFrame;
  window.requestAnimationFrame = (draw) => (frames++, ask(draw));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  window.requestAnimationFrame = ask;
  return frames;
}"""


def test_an_app_in_which_nothing_happens_draws_nothing(phone, notes_app, people):
    """Its polling goes on, and no battery is used up."""
    say = texts("en")
    people.sign_up("grace@example.com", PASSWORD)
    app = open_app(phone, notes_app)
    sign_in(app, say)
    app.press(say["settings"])
    expect(app.radio(say["dark"])).to_be_visible()
    app.page.wait_for_timeout(1000)  # until what was pressed has faded
    assert app.page.evaluate(COUNT_FRAMES, 2000) < 20
