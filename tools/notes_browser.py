"""A browser without an engine: it opens the site's pages in between and presses their buttons. For the demo and the tests."""

from __future__ import annotations

from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx


class PlainBrowser:
    """A browser that keeps cookies, follows redirects, and runs no script.

    Args:
        device: The client that has the browser's cookies, such as that of `SiteProcess.device`.
    """

    def __init__(self, device: httpx.Client) -> None:
        self._device = device
        self._page = _Page()
        self.address = ""

    def __enter__(self) -> Self:
        """Be closed at the end."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connections."""
        self._device.close()

    @property
    def heading(self) -> str:
        """What the page says first."""
        return " ".join(self._page.heading.split())

    @property
    def buttons(self) -> list[str]:
        """What the page's buttons say."""
        return [" ".join(button.text.split()) for button in self._page.buttons]

    def open(self, address: str) -> None:
        """Open an address, and whatever it leads to."""
        self._show(self._device.get(address, headers={"Accept": "text/html"}, follow_redirects=True))

    def press(self, begins: str) -> str:
        """Press the first button whose text begins so; returns the text.

        Raises:
            LookupError: There is none.
        """
        button = next((one for one in self._page.buttons if one.text.strip().startswith(begins)), None)
        if button is None:
            raise LookupError(f"The page {self.heading!r} has no button {begins!r}, only {', '.join(self.buttons) or 'none'}.")
        form = button.form
        action, headers = urljoin(self.address, form.action), {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        sent = form.hidden | ({button.name: button.value} if button.name else {})
        self._show(self._device.post(action, data=sent, headers=headers, follow_redirects=True))
        return " ".join(button.text.split())

    def _show(self, response: httpx.Response) -> None:
        self.address = str(response.url)
        self._page = _Page()
        self._page.feed(response.text)


class _Form:
    def __init__(self, action: str) -> None:
        self.action, self.hidden = action, dict[str, str]()


class _Button:
    def __init__(self, form: _Form, name: str, value: str) -> None:
        self.form, self.name, self.value, self.text = form, name, value, ""


class _Page(HTMLParser):
    """The heading of a page, its forms and their buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.heading, self.buttons = "", list[_Button]()
        self._form: _Form | None = None
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = _Form(values.get("action", ""))
        elif tag == "input" and self._form and values.get("type") == "hidden":
            self._form.hidden[values["name"]] = values.get("value", "")
        elif tag == "button" and self._form:
            self.buttons.append(_Button(self._form, values.get("name", ""), values.get("value", "")))
        self._within = tag if tag in ("h1", "button") else self._within

    def handle_endtag(self, tag: str) -> None:
        self._form = None if tag == "form" else self._form
        self._within = "" if tag == self._within else self._within

    def handle_data(self, data: str) -> None:
        if self._within == "h1":
            self.heading += data
        elif self._within == "button" and self._form and self.buttons:
            self.buttons[-1].text += data
