"""Requests from pages of other origins: rejected, unless the site allows the origin."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, request, session
from flask_cors import CORS

from .. import security_log
from ..errors import CrossOriginRejected
from .negotiation import has_remember_cookie, read_bearer

PROXY_ENDPOINT = "firebase_login_auth_proxy"
"""Providers post their answer there (Apple does), from their own origin; it acts by no cookie of this site's."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def register(app: Flask, blueprint: Blueprint, sign_in_path: str, allowed_origins: tuple[str, ...]) -> None:
    """Protect every unsafe request of the app that the login cookie authenticates, and each sign-in; allow CORS under our prefix."""
    allowed = frozenset(allowed_origins)

    def reject_cross_origin() -> None:
        if request.method in SAFE_METHODS or read_bearer(request) is not None or request.endpoint == PROXY_ENDPOINT:
            return
        if request.path == sign_in_path or _has_login_cookie():
            try:
                check_origin(request, allowed)
            except CrossOriginRejected:
                _record(request)
                raise

    app.before_request(reject_cross_origin)
    if allowed:
        CORS(blueprint, origins=sorted(allowed), supports_credentials=True, expose_headers=["ETag", "Retry-After"])


def check_origin(request: Request, allowed: frozenset[str]) -> None:
    """Return where a request comes from this site, from no browser, or from an allowed origin.

    Raises:
        CrossOriginRejected: It comes from a page of another origin.

    Source: W3C Fetch Metadata Request Headers; RFC 6454, section 7; the order is that of Go's `http.CrossOriginProtection`.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin in allowed:
        return
    site = request.headers.get("Sec-Fetch-Site")
    is_ours = site in ("same-origin", "none") if site is not None else origin is None or _host_of(origin) == request.host
    if not is_ours:
        raise CrossOriginRejected(
            "A page of another origin sent this request. Where that page is yours, add its origin to FIREBASE_LOGIN_ALLOWED_ORIGINS."
        )


def _record(request: Request) -> None:
    security_log.record(
        "cross_origin_rejected",
        level=logging.WARNING,
        method=request.method,
        endpoint=request.endpoint,
        origin=request.headers.get("Origin"),
        host=request.host,
    )


def _has_login_cookie() -> bool:
    return "_user_id" in session or has_remember_cookie(request)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
