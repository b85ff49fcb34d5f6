"""Other Flask extensions on the app, whichever is initialised first: what they would do to our endpoints, settled here."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app
from flask.sessions import SessionInterface

from . import session_fixation
from .origins import PROXY_ENDPOINT


def register(app: Flask, blueprint: Blueprint) -> None:
    """Settle with the extensions that are on the app, now and before each request: they may come after us.

    Args:
        app: The site.
        blueprint: Ours, registered on it.
    """
    checked: SessionInterface | None = None

    def settle() -> None:
        nonlocal checked
        exempt_from_flask_wtf(current_app, blueprint)
        if current_app.session_interface is not checked:
            session_fixation.check_session_interface()
            checked = current_app.session_interface

    exempt_from_flask_wtf(app, blueprint)
    session_fixation.register(app)
    app.before_request(settle)


def exempt_from_flask_wtf(app: Flask, blueprint: Blueprint) -> None:
    """Exempt our endpoints from Flask-WTF's `CSRFProtect`, which would ask each form and call for a token of its own.

    Ours are protected by the request's origin, see `origins.py`. The site's views keep both protections.
    """
    csrf = app.extensions.get("csrf")
    if csrf is None:
        return
    csrf.exempt(blueprint)
    if PROXY_ENDPOINT in app.view_functions:
        csrf.exempt(app.view_functions[PROXY_ENDPOINT])
