"""Signing in through the site's own page: `BrowserSignIn` and `DeviceSignIn`."""

from __future__ import annotations

import re
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1")
_PROMPTS = (None, "login", "none", "consent", "select_account")


@dataclass(frozen=True)
class AnswerPage:
    """What the user reads in the browser when it has come back; plain text.

    Attributes:
        title: The heading.
        text: The sentence below.
        language: The language of both, such as `en`.
    """

    title: str
    text: str
    language: str = "en"


@dataclass(frozen=True)
class BrowserSignIn:
    """Signs in at the site's own page, in the user's browser, with a listener on loopback (RFC 8252) and PKCE (RFC 7636).

    Give it to `FirebaseLoginAuth` in the place of a source of ID tokens: the app needs no Firebase, and the page offers every way to
    sign in that the site does.

    Args:
        client_id: What the app is called in the site's `FIREBASE_LOGIN_NATIVE_CLIENTS`.
        redirect_uri: A loopback address, as it is registered there; a free port is added.
        open_browser: Opens an address in the user's browser; returns False where it could not. It may show the address instead.
        login_hint: The e-mail address that the page offers first.
        prompt: What the page asks for in any case: `login`, `consent`, `select_account`; `none` never asks.
        timeout: How long the user may take; a call waits as long, whatever its own timeouts.
        done: What the browser shows in the end.
        failed: What it shows where the sign-in came to nothing.

    Raises:
        ValueError: The redirect URI is no loopback address, or the prompt is none of these.

    Example:
        auth = FirebaseLoginAuth("https://shop.example", BrowserSignIn("notes-cli"), store=FileStore("session.json"))
    """

    client_id: str
    redirect_uri: str = "http://127.0.0.1/callback"
    open_browser: Callable[[str], Any] = webbrowser.open
    login_hint: str | None = None
    prompt: str | None = None
    timeout: timedelta = timedelta(minutes=5)
    done: AnswerPage = AnswerPage("Back to the app", "You can close this window.")
    failed: AnswerPage = AnswerPage("That did not work", "You can close this window. The app says what happened.")

    def __post_init__(self) -> None:
        _check_client_id(self.client_id)
        parts = urlsplit(self.redirect_uri)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.query or parts.fragment or parts.username:
            raise ValueError(
                f"The redirect URI is a loopback address such as 'http://127.0.0.1/callback', not {self.redirect_uri!r}: a browser "
                "could not come back to this program by another."
            )
        if self.prompt not in _PROMPTS:
            raise ValueError(f"The prompt is one of {', '.join(map(repr, _PROMPTS[1:]))}, not {self.prompt!r}.")


@dataclass(frozen=True)
class DeviceCode:
    """A code that the user types at the site's page, on another device.

    Attributes:
        user_code: The code, such as `BCDF-GHJK`.
        verification_uri: Where to type it.
        verification_uri_complete: The same with the code in it, such as for a QR code; None where the site tells none.
        expires_at: When the code ends, aware UTC.
    """

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_at: datetime


@dataclass(frozen=True)
class DeviceSignIn:
    """Signs in on a device without a browser: it shows a code, which the user types at the site's page elsewhere (RFC 8628).

    Args:
        client_id: What the app is called in the site's `FIREBASE_LOGIN_NATIVE_CLIENTS`, with `"device_code": True`.
        show: Shows the code; a function or a coroutine function. It returns at once, and the call waits until the user has answered.

    Example:
        auth = FirebaseLoginAuth("https://shop.example", DeviceSignIn("notes-tv", show=lambda code: print(code.user_code)))
    """

    client_id: str
    show: Callable[[DeviceCode], Any] = field(kw_only=True)

    def __post_init__(self) -> None:
        _check_client_id(self.client_id)
        if not callable(self.show):
            raise TypeError(
                "DeviceSignIn needs a function that shows the code: show=lambda code: print(code.user_code, code.verification_uri)."
            )


PageSignIn = BrowserSignIn | DeviceSignIn


def _check_client_id(client_id: str) -> None:
    """The characters of RFC 6749, appendix A.1, but for spaces."""
    if not isinstance(client_id, str) or not re.fullmatch(r"[!-~]{1,200}", client_id):
        raise ValueError(
            f"The client_id is what the app is called in FIREBASE_LOGIN_NATIVE_CLIENTS, such as 'notes-cli', not {client_id!r}."
        )
