"""Who asks: a browser that shows pages, or a program."""

from __future__ import annotations

from flask import Request, current_app


def is_browser(request: Request) -> bool:
    """Whether the client prefers a page: it ranks `text/html` above JSON, as browsers do when they navigate."""
    accepted = request.accept_mimetypes
    return accepted["text/html"] > max(accepted["application/json"], accepted["application/problem+json"])


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
