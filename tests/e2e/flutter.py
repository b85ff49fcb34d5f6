"""Drives a Flutter page by its semantics: roles and names, as a screen reader finds them."""

from __future__ import annotations

import contextlib

from playwright.sync_api import expect


class FlutterPage:
    """A page of Flutter's engine.

    Args:
        page: Playwright's.
        url: Where the app is.
    """

    def __init__(self, page, url):
        self.page = page
        page.goto(url)
        self.show_semantics()

    def show_semantics(self):
        """Ask Flutter for its semantics, as a screen reader does; it draws on a canvas else."""
        placeholder = self.page.locator("flt-semantics-placeholder")
        placeholder.wait_for(state="attached", timeout=60_000)
        placeholder.evaluate("(element) => element.click()")

    def reload(self):
        self.page.reload()
        self.show_semantics()

    def text(self, text):
        return self.page.locator("flt-semantics-host").get_by_text(text, exact=True)

    def button(self, name):
        """By its text, or by the tooltip that names an icon."""
        named = self.page.get_by_role("button", name=name, exact=True)
        return named.or_(self.page.locator(f'[aria-label="{name}"] >> role=button')).first

    def radio(self, name):
        return self.page.get_by_role("radio", name=name, exact=True)

    def field(self, label):
        return self.page.get_by_label(label, exact=True)

    def press(self, name):
        self.button(name).click()

    def choose(self, name):
        self.radio(name).click()

    def type(self, label, text):
        """Type as somebody does who waits for the caret.

        Flutter makes the field that is pressed its own in a later frame, with attributes and a text of its own: what is typed before
        is lost.
        """
        field = self.field(label)
        for _ in range(5):  # a dialog that is fading may hold a field of the same name, and takes the first press
            field.evaluate("(element) => element === document.activeElement || element.setAttribute('autocorrect', 'off')")
            field.click()
            with contextlib.suppress(AssertionError):
                expect(field).to_have_attribute("autocorrect", "on", timeout=5_000)
                break
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text, delay=10)
        expect(field).to_have_value(text)
