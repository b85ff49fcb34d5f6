"""What the cookies are like, over HTTP and over HTTPS, and what the log says of it."""

from __future__ import annotations

import base64
import json
import logging

import pytest

from flask_firebase_login.testing import LocalIssuer

EMULATOR = {
    "TESTING": False,
    "FIREBASE_LOGIN_CONFIG": {"projectId": "demo-shop", "apiKey": "demo"},
    "FIREBASE_LOGIN_JWKS_URL": "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
    "FIREBASE_LOGIN_EMULATOR_HOST": "127.0.0.1:9099",
}
PRODUCTION, DEBUG, TESTING = {"TESTING": False}, {"TESTING": False, "DEBUG": True}, {}
SECURE, INSECURE = {"FIREBASE_LOGIN_COOKIE_SECURE": True}, {"FIREBASE_LOGIN_COOKIE_SECURE": False}
ATTRIBUTES = [
    # configuration, scheme, Secure, SameSite
    (PRODUCTION, "http", True, "Lax"),
    (PRODUCTION, "https", True, "Lax"),
    (DEBUG, "http", False, "Lax"),
    (DEBUG, "https", False, "Lax"),
    (TESTING, "http", False, "Lax"),
    (TESTING, "https", False, "Lax"),
    (EMULATOR, "http", False, "Lax"),
    (EMULATOR, "https", False, "Lax"),
    (PRODUCTION | INSECURE, "http", False, "Lax"),
    (PRODUCTION | INSECURE, "https", False, "Lax"),
    (DEBUG | SECURE, "http", True, "Lax"),
    (DEBUG | SECURE, "https", True, "Lax"),
    (EMULATOR | SECURE, "https", True, "Lax"),
    (DEBUG | {"SESSION_COOKIE_SECURE": True}, "https", True, "Lax"),
    (PRODUCTION | {"SESSION_COOKIE_SAMESITE": "Strict"}, "https", True, "Strict"),
    (PRODUCTION | {"SESSION_COOKIE_SAMESITE": "None"}, "https", True, "None"),
]


def sign_in(site, scheme):
    """Sign in, let the site remember it, and return the cookies' attributes by the cookie's name."""
    issuer, device, base_url = LocalIssuer("demo-shop"), site.device(), f"{scheme}://localhost"
    if site.app.config["FIREBASE_LOGIN_EMULATOR_HOST"]:
        parts = [json.dumps(part).encode() for part in ({"alg": "none"}, issuer.make_claims(email="ada@example.com"))]
        id_token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
    else:
        id_token = site.issuer.mint(email="ada@example.com")
    first = device.post("/auth/sign-in", data=id_token, content_type="application/jwt", base_url=base_url)
    second = device.post(f"/enter/{first.get_json()['account']['firebase_uid']}", base_url=base_url)
    cookies = {}
    for header in first.headers.getlist("Set-Cookie") + second.headers.getlist("Set-Cookie"):
        pair, *attributes = header.split("; ")
        cookies[pair.partition("=")[0]] = dict(attribute.partition("=")[::2] for attribute in attributes)
    return cookies


@pytest.mark.parametrize(("config", "scheme", "is_secure", "same_site"), ATTRIBUTES)
def test_the_attributes_of_the_cookies(make_site, config, scheme, is_secure, same_site):
    """Flask's session cookie, Flask-Login's remember cookie and that of known devices are alike, and follow the configuration, not the request."""
    cookies = sign_in(make_site(**config), scheme)
    assert set(cookies) == {"session", "remember_token", "firebase_login_devices"}
    for attributes in cookies.values():
        expected = {"HttpOnly", "Path", "Expires", "SameSite"} | ({"Secure"} if is_secure else set())
        assert set(attributes) == expected
        assert (attributes["Path"], attributes["SameSite"]) == ("/", same_site)


@pytest.mark.parametrize(
    ("config", "reason"), [(EMULATOR, "the Firebase Auth emulator is in use"), (DEBUG, "the app runs in debug mode")]
)
def test_cookies_without_secure_over_https_are_logged_once(make_site, caplog, config, reason):
    """With the remedy; over plain HTTP there is nothing to say."""
    site = make_site(**config)
    site.device().get("/public")
    assert caplog.records == []
    for _ in range(3):
        site.device().get("/public", base_url="https://localhost")
    (record,) = caplog.records
    assert (record.levelno, record.name) == (logging.WARNING, "flask_firebase_login.web.cookies")
    assert reason in record.getMessage()
    assert "FIREBASE_LOGIN_COOKIE_SECURE = True" in record.getMessage()


def test_a_proxy_that_ends_tls_is_noticed_by_what_it_sends(make_site, caplog):
    """`ProxyFix` may be missing where the site is developed behind a tunnel."""
    site = make_site(**DEBUG)
    site.device().get("/public", headers={"X-Forwarded-Proto": "https"})
    assert "FIREBASE_LOGIN_COOKIE_SECURE = True" in caplog.text


@pytest.mark.parametrize(
    "config", [PRODUCTION, PRODUCTION | INSECURE, DEBUG | SECURE, TESTING, DEBUG | {"SESSION_COOKIE_SECURE": True}]
)
def test_nothing_is_logged_where_cookies_are_secure_or_the_site_has_decided(make_site, caplog, config):
    """Nor in testing, whose cookies nobody sends."""
    site = make_site(**config)
    site.device().get("/public", base_url="https://localhost")
    assert caplog.records == []
