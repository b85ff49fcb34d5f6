"""Requests from pages of other origins: rejected, unless the site allows the origin."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Blueprint, Flask, Request, Response, current_app, request, session
from flask_cors import CORS

from .. import security_log
from ..errors import CrossOriginRejected
from ..text import cut_plain
from .negotiation import has_remember_cookie, read_bearer

PROXY_ENDPOINT = "firebase_login_auth_proxy"
"""Providers post their answer there (Apple does), from their own origin; it acts by no cookie of this site's."""

ADD_CORS = "firebase_login_add_cors"
"""Where the app keeps what `allow_blueprint` puts behind the answers of the site's own API."""
METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS")
EXPOSED_HEADERS = ("Date", "ETag", "Retry-After")
"""What our clients read of an answer; a clock that is wrong is found by `Date`."""
MAX_SHOWN_CHARACTERS = 100
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def register(app: Flask, blueprint: Blueprint, url_prefix: str, allowed_origins: tuple[str, ...]) -> None:
    """Protect every unsafe request of the app that the login cookie authenticates, and those that leave something in a browser without one.

    Those sign in, or keep what was typed into a page whose session has ended. Allow CORS under our prefix.
    """
    always = (f"{url_prefix}/sign-in", f"{url_prefix}/continue", f"{url_prefix}/")
    allowed = frozenset(allowed_origins)

    def reject_cross_origin() -> None:
        if request.method in SAFE_METHODS or read_bearer(request) is not None or request.endpoint == PROXY_ENDPOINT:
            return
        if request.path in always or _has_login_cookie():
            try:
                check_origin(request, allowed)
            except CrossOriginRejected:
                _record(request)
                raise

    app.before_request(reject_cross_origin)
    if allowed:
        _allow_cors(app, blueprint, url_prefix, allowed)


def allow_blueprint(blueprint: Blueprint) -> None:
    """Allow CORS with credentials for every answer of a blueprint of the site's own, where the app allows origins."""

    def add_cors(answer: Response) -> Response:
        add: Callable[[Response], Response] | None = current_app.extensions.get(ADD_CORS)
        return answer if add is None else add(answer)

    blueprint.after_request(add_cors)


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
        raise CrossOriginRejected(_explain(request, origin, site))


def _explain(request: Request, origin: str | None, site: str | None) -> str:
    """Return the remedy: a proxy in front may have changed `Host`, unless the browser itself says that the page is elsewhere."""
    origin_host = _host_of(origin or "")
    if site is not None or origin_host is None:
        return (
            "A page of another origin sent this request. "
            "Where that page is yours, add its origin to FIREBASE_LOGIN_ALLOWED_ORIGINS."
        )
    return (
        f"The page that sent this request is at {cut_plain(origin_host, MAX_SHOWN_CHARACTERS)!r}, and this site takes itself for {request.host!r}. "
        "Where both are the same site behind a reverse proxy that changes Host, let the proxy send X-Forwarded-Host and wrap the app: "
        "app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1). Only where that page is another site of yours, add its origin to "
        "FIREBASE_LOGIN_ALLOWED_ORIGINS."
    )


def _allow_cors(app: Flask, blueprint: Blueprint, url_prefix: str, allowed: frozenset[str]) -> None:
    """Allow CORS with credentials for every answer under our prefix.

    Flask-Cors takes an origin with a bracket for a regular expression, so that each is given as one, escaped. The blueprint's endpoints come
    first, before what the site allows elsewhere; where none of them matched (404, 405), Flask answers for the app.
    """
    options: dict[str, Any] = {
        "origins": [re.compile(rf"{re.escape(origin)}\Z") for origin in sorted(allowed)],
        "methods": METHODS,
        "allow_headers": "*",
        "expose_headers": EXPOSED_HEADERS,
        "supports_credentials": True,
        "always_send": False,
        "vary_header": True,
        "intercept_exceptions": False,
    }
    CORS(blueprint, **options)
    CORS(app, resources={re.compile(rf"{re.escape(url_prefix)}(/|\Z)"): options}, intercept_exceptions=False)
    app.extensions[ADD_CORS] = _make_cors(options | {"methods": (*METHODS, "PUT")})


def _make_cors(options: Mapping[str, Any]) -> Callable[[Response], Response]:
    """Return what Flask-Cors puts behind the answers of a blueprint, which must be told when the app is not there yet."""
    collector = Blueprint("collector", __name__)
    CORS(collector, **options)
    (add,) = collector.after_request_funcs[None]
    return cast(Callable[[Response], Response], add)


def _record(request: Request) -> None:
    security_log.record(
        "cross_origin_rejected",
        level=logging.WARNING,
        method=request.method,
        endpoint=request.endpoint,
        origin=cut_plain(request.headers.get("Origin"), MAX_SHOWN_CHARACTERS),
        host=cut_plain(request.host, MAX_SHOWN_CHARACTERS),
    )


def _has_login_cookie() -> bool:
    return "_user_id" in session or has_remember_cookie(request)


def _host_of(origin: str) -> str | None:
    """Return the host and port of a page's origin, as browsers write it: `https://shop.example:8443`, and nothing behind.

    Source: RFC 6454, section 6.2.
    """
    scheme, _, host = origin.partition("://")
    return host or None if scheme in ("http", "https") else None
