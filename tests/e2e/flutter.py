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
        """Flutter puts its own field in the place of the one that is pressed, which takes a moment; what is typed before is lost."""
        field = self.field(label)
        for attempt in range(5):
            field.click()
            with contextlib.suppress(AssertionError):
                expect(field).to_be_focused(timeout=2_000)
                self.page.keyboard.press("Control+A")
                self.page.keyboard.type(text, delay=10 + 20 * attempt)
                expect(field).to_have_value(text, timeout=2_000)
                return
        raise AssertionError(f"{label} holds {field.input_value()!r}")
