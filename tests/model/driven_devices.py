"""Devices with cookies, a bearer's secret and open tabs; pages as a browser reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from expected import Account, Session
from facts import HEADER

SESSION_COOKIE, REMEMBER_COOKIE = "session", "remember_token"


@dataclass
class Device:
    """A browser or an app, and beside what it holds the sessions that this should stand for.

    Attributes:
        http: Its cookies.
        secret: What it sends as bearer.
        cookie: The session that its session cookie stands for.
        remember: The session that its remember cookie stands for.
        bearer: The session that its secret stands for.
    """

    http: httpx.Client
    secret: str | None = None
    cookie: Session | None = None
    remember: Session | None = None
    bearer: Session | None = None

    def send(self, method: str, url: str, by: str, *, page: bool = False, **options) -> httpx.Response:
        """Send a request.

        Args:
            method: GET, POST and so on.
            url: Absolute.
            by: `cookie`, `bearer`, or `both`, as an app does that keeps cookies.
            page: Whether a browser asks for a page, and not a program for JSON.
            options: What httpx takes.
        """
        headers = {"Accept": "text/html" if page else "application/json"} | options.pop("headers", {})
        if by != "cookie":
            headers["Authorization"] = f"Bearer {self.secret}"
        if by == "bearer":
            kept, self.http.cookies = self.http.cookies, httpx.Cookies()
            answer = self.http.request(method, url, headers=headers, **options)
            kept.extract_cookies(answer)
            self.http.cookies = kept
            return answer
        return self.http.request(method, url, headers=headers, **options)

    def sent(self, by: str) -> list[Session | None]:
        """Return the sessions that a request should stand for, the one that counts first."""
        return [self.cookie, self.remember] if by == "cookie" else [self.bearer]

    def copy(self, other: Device) -> None:
        """Become a copy of another device: what a backup, a thief or a second browser window has."""
        self.http.cookies = httpx.Cookies(other.http.cookies)
        self.secret, self.cookie, self.remember, self.bearer = other.secret, other.cookie, other.remember, other.bearer

    def take_remember_cookie(self, other: Device) -> None:
        """Hold another's remember cookie beside the session cookie of one's own."""
        for cookie in other.http.cookies.jar:
            if cookie.name == REMEMBER_COOKIE:
                self.http.cookies.jar.set_cookie(cookie)
                self.remember = other.remember

    def lose(self, name: str) -> None:
        """Lose a cookie, as a browser that is closed does."""
        self.http.cookies.delete(name) if name in self.http.cookies else None


def read_facts(answer: httpx.Response) -> dict:
    return json.loads(answer.headers[HEADER])


@dataclass
class Form:
    """A form of a page: where it goes, its fields, and the buttons that send it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """A page as a browser reads it: its forms, and the configuration that its script reads."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.config: dict[str, str] = {}
        self._url = str(answer.url)
        self._is_config = False
        self.feed(answer.text)

    def find(self, button: str) -> list[Form]:
        """Return the forms that have a button of that value."""
        return [form for form in self.forms if button in form.buttons]

    @property
    def sign_in_url(self) -> str:
        """Where its script posts an ID token."""
        return urljoin(self._url, self.config["signIn"])

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.forms.append(Form(urljoin(self._url, attributes.get("action", ""))))
        elif tag == "input" and self.forms and "name" in attributes:
            self.forms[-1].fields[attributes["name"]] = attributes.get("value") or ""
        elif tag == "button" and self.forms and attributes.get("name") == "action":
            self.forms[-1].buttons.append(attributes["value"])
        self._is_config = tag == "script" and attributes.get("id") == "firebase-login-config"

    def handle_data(self, data):
        if self._is_config:
            self.config = json.loads(data)
            self._is_config = False


@dataclass
class Tab:
    """A page that a device has open, and who was signed in when it was opened."""

    device: Device
    page: Page
    account: Account | None
    times_disabled: int = 0

    def is_outdated(self, account: Account) -> bool:
        """Whether the user was deleted and came back, or was disabled and enabled, since the page was opened."""
        return account is not self.account or account.times_disabled != self.times_disabled
