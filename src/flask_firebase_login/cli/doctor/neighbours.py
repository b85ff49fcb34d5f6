"""What other extensions on the app do to ours: Flask-Login's loaders, session interfaces, CSRF protection, Talisman."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask

from ...errors import ConfigError
from ...web.login_managers import check_manager
from ...web.session_fixation import check_session_interface
from .findings import Examined, Finding
from .loading import explain_config_error


def check_loaders(examined: Examined) -> Iterator[Finding]:
    """Ask what each request asks, before any view: who loads users, and who keeps sessions. No code of the site's views runs."""
    checks: dict[str, Callable[[], None]] = {
        "foreign_user_loader": check_manager,
        "session_interface": check_session_interface,
    }
    for code, check in checks.items():
        try:
            with examined.app.test_request_context():
                check()
        except ConfigError as error:
            yield explain_config_error(error, code)


def check_csrf(examined: Examined) -> Iterator[Finding]:
    """Flask-WTF exempts our endpoints where it checks by itself; other protections do not know them."""
    csrf = examined.app.extensions.get("csrf")
    foreign = find_hook_owner(examined.app, "SeaSurf") or (csrf if csrf is not None and not _is_flask_wtf(csrf) else None)
    if foreign is not None:
        yield Finding(
            "foreign_csrf_protection",
            f"{type(foreign).__module__}.{type(foreign).__qualname__} asks every POST for a token of its own, sign-ins included.",
            "Use Flask-WTF's CSRFProtect, which skips our endpoints; their own protection is the request's origin.",
        )
    if csrf is not None and _is_flask_wtf(csrf) and not examined.app.config.get("WTF_CSRF_CHECK_DEFAULT", True):
        yield Finding(
            "csrf_by_hand",
            "WTF_CSRF_CHECK_DEFAULT is False: a `csrf.protect()` of yours asks sign-ins for a token that they do not have.",
            "Call `csrf.protect(apply_exemptions=True)`, or remove WTF_CSRF_CHECK_DEFAULT.",
            "warning",
        )


def check_talisman(examined: Examined) -> Iterator[Finding]:
    """Talisman has the last word on HTTPS and on the session cookie."""
    talisman = find_hook_owner(examined.app, "Talisman")
    if talisman is None or examined.app.debug or examined.config.cookie_secure:
        return
    forced = [name for name in ("force_https", "session_cookie_secure") if getattr(talisman, name, False)]
    if forced:
        yield Finding(
            "talisman_https",
            f"Flask-Talisman has {' and '.join(forced)}, and the site is configured for plain HTTP: sign-ins are redirected, or forgotten.",
            f"Serve over HTTPS with FIREBASE_LOGIN_COOKIE_SECURE = True, or use Talisman({', '.join(f'{name}=False' for name in forced)}).",
        )


def find_hook_owner(app: Flask, class_name: str) -> Any:
    """Return the extension of a class whose method the app calls before each request; None where there is none.

    Args:
        app: The site.
        class_name: Neither extension says elsewhere that it is on the app.
    """
    owners = [getattr(hook, "__self__", None) for hook in app.before_request_funcs.get(None, ())]
    return next((owner for owner in owners if type(owner).__name__ == class_name), None)


def _is_flask_wtf(csrf: object) -> bool:
    return any(base.__module__.partition(".")[0] == "flask_wtf" for base in type(csrf).__mro__)
