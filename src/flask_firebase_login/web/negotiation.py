"""Who asks: a browser that shows pages, or a program."""

from __future__ import annotations

from flask import Request, current_app


def is_browser(request: Request) -> bool:
    """Whether the client prefers a page: it ranks `text/html` above JSON, as browsers do when they navigate; never at an API."""
    if is_api(request):
        return False
    accepted = request.accept_mimetypes
    return accepted["text/html"] > max(accepted["application/json"], accepted["application/problem+json"])


def asks_for_json(request: Request) -> bool:
    """Whether the client ranks JSON above a page; `*/*` and no `Accept` at all rank neither."""
    accepted = request.accept_mimetypes
    return max(accepted["application/json"], accepted["application/problem+json"]) > accepted["text/html"]


def is_api(request: Request) -> bool:
    """Whether the request is for what the site calls an API, `FIREBASE_LOGIN_API`: a path below a prefix, or a blueprint's view."""
    services = current_app.extensions.get("firebase_login")
    named: tuple[str, ...] = () if services is None else services.config.api
    return any(
        f"{request.path}/".startswith(f"{name}/") if name.startswith("/") else name in request.blueprints for name in named
    )


def read_bearer(request: Request) -> str | None:
    """Return what follows `Authorization: Bearer`, empty where nothing does; None where there is no such header (RFC 6750, section 2.1)."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def remember_cookie_name() -> str:
    """Return what the app calls Flask-Login's remember cookie."""
    return str(current_app.config.get("REMEMBER_COOKIE_NAME", "remember_token"))


def has_remember_cookie(request: Request) -> bool:
    """Whether Flask-Login's remember cookie came along."""
    return remember_cookie_name() in request.cookies
