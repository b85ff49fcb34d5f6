"""Flask sessions that a server keeps under an id in the cookie, such as Flask-Session's: each sign-in and sign-out gives them a new id.

Otherwise an attacker plants the id of their own session in a user's browser, and shares the session that the user signs in to.
Flask's own session interface keeps everything in the signed cookie, and has no id.

Source: OWASP ASVS 5.0, V7.2 Fundamental Session Management Security (a new session token at each authentication); CWE-384.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface
from flask_login import user_loaded_from_cookie, user_logged_out

from ..errors import ConfigError


def register(app: Flask) -> None:
    """Renew the id whenever a remember cookie signs a user in, and whenever a user is signed out; `transports.py` does at each login."""
    user_loaded_from_cookie.connect(renew_session_id, app)
    user_logged_out.connect(renew_session_id, app)


def renew_session_id(_: object = None, **__: object) -> None:
    """Give the Flask session of this request a new id, and delete what is stored under the old one.

    Raises:
        ConfigError: The app's session interface cannot do that.
    """
    check_session_interface()
    regenerate = _find_regenerate(current_app.session_interface)
    if regenerate is not None:
        regenerate(session)


def check_session_interface() -> None:
    """Return where the app's session interface renews ids, or has none to renew; another extension may have set it at any time.

    An interface of an unknown kind is taken to keep sessions on the server: the reverse mistake would show to nobody but an attacker.

    Raises:
        ConfigError: It must renew ids, and cannot.
    """
    interface: SessionInterface = current_app.session_interface
    if _find_regenerate(interface) is None and not _keeps_all_in_the_cookie(interface):
        name = f"{type(interface).__module__}.{type(interface).__qualname__}"
        raise ConfigError(
            f"The app's session_interface, {name}, has no regenerate(session): a session id that an attacker planted in a browser would "
            "stay good after the sign-in (session fixation). Use Flask-Session 0.8 or later, or add that method: it deletes what is "
            "stored under the session's id and sets a new id. Where the interface keeps the whole session in the cookie, it does nothing."
        )


def _find_regenerate(interface: SessionInterface) -> Callable[[Any], object] | None:
    """Return the method that renews a session's id, named as in Flask-Session; None where there is none."""
    regenerate = getattr(interface, "regenerate", None)
    return regenerate if callable(regenerate) else None


def _keeps_all_in_the_cookie(interface: SessionInterface) -> bool:
    """Whether it is Flask's own interface, or derived from it without giving sessions an id, as server-side ones do."""
    is_flask_s = isinstance(interface, SecureCookieSessionInterface) and isinstance(session, SecureCookieSession)
    return is_flask_s and not hasattr(session, "sid")
