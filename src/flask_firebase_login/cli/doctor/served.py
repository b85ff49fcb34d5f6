"""The site as users reach it: HTTPS, and the headers of the proxies in front. Asked over the network, where the doctor is told the URL.

Four requests, none of which signs anybody in or writes anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from .findings import Examined, Finding

PROXY_FIX = "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_WRAPPED_BY = ("wsgi_app", "app", "application")


def check_served(examined: Examined) -> Iterator[Finding]:
    """Ask the site from outside, as a browser does."""
    if examined.url is None:
        return
    url = urlsplit(examined.url)
    yield from _check_scheme(examined, url)
    with httpx.Client(timeout=examined.config.upstream_timeout.total_seconds()) as client:
        try:
            answer = client.get(f"{_origin(url)}{examined.config.url_prefix}/openapi.json")
        except httpx.HTTPError as error:
            yield Finding(
                "site_unreachable",
                f"{_origin(url)} does not answer: {error or type(error).__name__}",
                "Start the site, correct --url, or mend its certificate.",
            )
            return
        if not _is_ours(answer):
            yield Finding(
                "site_elsewhere",
                f"{answer.url} answers with {answer.status_code}, and not as Flask-Firebase-Login: another site is there, or a proxy "
                "does not pass that path on.",
                f"Correct --url, and let the proxy pass {examined.config.url_prefix}/ to this site.",
            )
            return
        yield from _check_origin(client, examined, url)
        if url.scheme == "https":
            yield from _check_plain_http(client, url)
            yield from _check_proxy_fix(examined.app)


def _check_scheme(examined: Examined, url: SplitResult) -> Iterator[Finding]:
    if url.hostname in _LOOPBACK:
        return
    if url.scheme == "http":
        yield Finding(
            "plain_http",
            "Users reach the site by plain HTTP: ID tokens and cookies can be read and changed on the way.",
            "Serve it over HTTPS, with a certificate of Let's Encrypt, say.",
        )
    if examined.is_in_development:
        yield Finding(
            "development_in_public",
            "The site is in public with debug mode, testing mode or the Auth emulator: anybody can sign in as anybody, or run code.",
            "Unset FLASK_DEBUG, TESTING and FIREBASE_AUTH_EMULATOR_HOST.",
        )


def _check_origin(client: httpx.Client, examined: Examined, url: SplitResult) -> Iterator[Finding]:
    """A page of the site's own sends its origin, which the site compares with the host that it takes itself for. Nobody is signed in by this."""
    headers = {"Origin": _origin(url), "Content-Type": "text/plain"}
    answer = client.post(f"{_origin(url)}{examined.config.url_prefix}/sign-in", content=b"", headers=headers)
    code = _read_code(answer)
    if code == "cross_origin_rejected":
        yield Finding(
            "proxy_host",
            "The site takes itself for another host than users see, and rejects its own pages: a proxy in front changes Host.",
            f"Let the proxy send X-Forwarded-Host, and wrap the app: {PROXY_FIX}.",
        )
    elif code is None:
        yield Finding(
            "in_front_of_sign_in",
            f"POST {examined.config.url_prefix}/sign-in is answered with {answer.status_code} by something in front of our endpoint: "
            "a proxy, a CSRF protection, or a hook of the site's.",
            f"Let it pass requests to {examined.config.url_prefix}/ on.",
        )


def _check_plain_http(client: httpx.Client, url: SplitResult) -> Iterator[Finding]:
    if url.port not in (None, 443):
        return
    try:
        answer = client.get(f"http://{url.hostname}/")
    except httpx.HTTPError:
        return  # nobody can go there
    if not answer.headers.get("Location", "").startswith("https://"):
        yield Finding(
            "no_redirect_to_https",
            f"http://{url.hostname}/ is answered with {answer.status_code}, and not led to HTTPS: who types the address stays there.",
            "Let the proxy redirect every request to HTTPS, and send Strict-Transport-Security.",
            "warning",
        )


def _check_proxy_fix(app: Flask) -> Iterator[Finding]:
    """HTTPS ends in front of a WSGI app."""
    proxy_fix = find_proxy_fix(app)
    if proxy_fix is None:
        yield Finding(
            "no_proxy_fix",
            "HTTPS ends at a proxy, and the app is not wrapped in ProxyFix: it takes all users for the proxy's address, and rate limits "
            "count them as one.",
            f"Wrap the app: {PROXY_FIX}, with the number of proxies in front. Where the server itself ends HTTPS, ignore this.",
            "warning",
        )
    elif not (proxy_fix.x_for and proxy_fix.x_proto):
        yield Finding(
            "proxy_fix_part",
            f"ProxyFix has x_for={proxy_fix.x_for} and x_proto={proxy_fix.x_proto}: the app does not know the users' addresses, or that "
            "they come by HTTPS.",
            f"Set both: {PROXY_FIX}, with the number of proxies in front.",
            "warning",
        )


def find_proxy_fix(app: Flask) -> ProxyFix | None:
    """Return the ProxyFix around an app, through whatever else it is wrapped in; None where there is none."""
    layer: Any = app.wsgi_app
    while layer is not None and not isinstance(layer, ProxyFix):
        layer = next((vars(layer)[name] for name in _WRAPPED_BY if name in getattr(layer, "__dict__", {})), None)
    return layer


def _is_ours(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.OK and "openapi" in answer.text[:10_000]


def _read_code(answer: httpx.Response) -> str | None:
    """Return the code of problem details; None where something else answers."""
    if answer.headers.get("Content-Type", "").partition(";")[0] != "application/problem+json":
        return None
    code = answer.json().get("code")
    return str(code) if code else None


def _origin(url: SplitResult) -> str:
    return f"{url.scheme}://{url.netloc}".lower()
