"""The cookies of a request and of an answer, as far as they are not Flask's or Flask-Login's own business."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, request, request_started
from werkzeug.datastructures import ImmutableMultiDict

from ..config import PREFIX, Config
from .negotiation import remember_cookie_name

log = logging.getLogger(__name__)


def register(app: Flask, config: Config) -> None:
    """See to the cookies of every request of an app, before any code of the site looks at them."""
    request_started.connect(_drop_foreign_remember_cookie, app)
    if not config.cookie_secure and not app.testing and app.config.get(f"{PREFIX}COOKIE_SECURE") is None:
        app.before_request(_InsecureCookies(app, config).log_once)


class _InsecureCookies:
    """Logs, once, that cookies go without `Secure` although the site is served over HTTPS.

    `Secure` follows the configuration and not the request, as everywhere in Flask: a browser that has a `Secure` cookie of this host
    does not let a page over plain HTTP replace it, so that sign-ins there would be lost.

    Source: RFC 6265bis, section 5.7, "Leave Secure Cookies Alone".
    """

    def __init__(self, app: Flask, config: Config) -> None:
        self._app = app
        self._reason = "the Firebase Auth emulator is in use" if config.emulator_host else "the app runs in debug mode"
        self._is_logged = False

    def log_once(self) -> None:
        if self._is_logged or self._app.config["SESSION_COOKIE_SECURE"]:
            return
        if request.is_secure or request.headers.get("X-Forwarded-Proto") == "https":
            self._is_logged = True
            log.warning(
                "This site is served over HTTPS, but its cookies go without Secure, because %s and "
                "FIREBASE_LOGIN_COOKIE_SECURE is not set. Set FIREBASE_LOGIN_COOKIE_SECURE = True.",
                self._reason,
            )


def _drop_foreign_remember_cookie(_: Flask, **__: Any) -> None:
    """Take a remember cookie that is not ASCII out of the request: Flask-Login never made it, and fails at comparing its digest."""
    name = remember_cookie_name()
    if not request.cookies.get(name, "").isascii():
        request.cookies = ImmutableMultiDict([item for item in request.cookies.items(multi=True) if item[0] != name])
