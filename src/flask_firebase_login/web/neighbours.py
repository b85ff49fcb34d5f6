"""Other Flask extensions on the app, whichever is initialised first: what they would do to our endpoints and pages, settled here."""

from __future__ import annotations

import re

from flask import Blueprint, Flask, Response, current_app, g
from flask.sessions import SessionInterface

from . import session_fixation
from .origins import PROXY_ENDPOINT

_POLICY = "Content-Security-Policy"
_NONCE = re.compile(r"'nonce-[^']+'")


def register(app: Flask, blueprint: Blueprint) -> None:
    """Settle with the extensions that are on the app, before each request and after it: they may come after us.

    Args:
        app: The site.
        blueprint: Ours.
    """
    checked: SessionInterface | None = None

    def settle() -> None:
        nonlocal checked
        exempt_from_flask_wtf(blueprint)
        if current_app.session_interface is not checked:
            session_fixation.check_session_interface()
            checked = current_app.session_interface

    session_fixation.register(app)
    app.before_request_funcs.setdefault(None, []).insert(0, settle)  # before all others
    app.after_request_funcs.setdefault(None, [])[:0] = [
        _restore_headers,
        _vary,
    ]  # after all others: Flask runs these from the end


def exempt_from_flask_wtf(blueprint: Blueprint) -> None:
    """Exempt our endpoints from Flask-WTF's `CSRFProtect`, which would ask each form and call for a token of its own.

    Ours are protected by the request's origin, see `origins.py`. The site's views keep both protections.
    """
    csrf = current_app.extensions.get("csrf")
    if csrf is None:
        return
    csrf.exempt(blueprint)
    if PROXY_ENDPOINT in current_app.view_functions:
        csrf.exempt(current_app.view_functions[PROXY_ENDPOINT])


def keep_headers(response: Response, *names: str) -> Response:
    """Let headers of this answer go out as they are, or are missing, whatever is set for all answers of the site.

    Flask-Talisman does so, and many an `after_request`; their policies do not let our pages' scripts run, nor reach Firebase.

    Args:
        response: The answer of the request at hand.
        names: The headers.
    """
    g.firebase_login_headers = {name: response.headers.get(name) for name in names}
    return response


def _vary(response: Response) -> Response:
    """Whoever looked at `current_user` may have been shown it: the answer depends on the bearer too. Flask says so of the cookie.

    Source: RFC 9110, section 12.5.5; RFC 9111, section 3.5 (an answer marked `public` is kept though the request had credentials).
    """
    if "_login_user" in g:
        response.vary.add("Authorization")
    return response


def _restore_headers(response: Response) -> Response:
    """A policy that names the page's nonce is one that somebody added to, for this page; it stays."""
    kept: dict[str, str | None] = g.get("firebase_login_headers", {})
    for name, value in kept.items():
        if value is None:
            response.headers.pop(name, None)
        elif name != _POLICY or not _has_nonce_of(value, response.headers.get(name, "")):
            response.headers[name] = value
    return response


def _has_nonce_of(policy: str, other: str) -> bool:
    nonce = _NONCE.search(policy)
    return nonce is not None and nonce[0] in other
