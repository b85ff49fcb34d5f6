"""Beside Flask-Talisman, which forces HTTPS and sets security headers on every answer of the site."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from flask_talisman import Talisman

from flask_firebase_login.pages.proxy import AuthProxy
from shared_sites import PAGE

SITE_POLICY = "default-src 'self'"


@pytest.fixture
def site(share_site, order):
    """Asked over HTTPS."""
    site = share_site(Talisman, order)
    site.app.config["PREFERRED_URL_SCHEME"] = "https"
    return site


def test_a_user_signs_in_and_out_over_https(site):
    """By a cookie that goes over HTTPS alone, and by bearer."""
    for transport in ("cookie", "bearer"):
        device = site.device(transport)
        answer = device.sign_in()
        assert answer.status_code == 200
        assert all("; Secure;" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
        assert device.get("/private").status_code == 200
        assert device.post("/auth/sign-out").status_code == 204
        assert device.get("/private").status_code == 401


def test_over_http_every_request_is_led_to_https(site):
    """Ours too; an app that posts its ID token there gets no session."""
    for method, path in (("GET", "/auth/sign-in"), ("GET", "/auth/"), ("POST", "/auth/sign-in")):
        answer = site.device().open(method, path, base_url="http://localhost")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"https://localhost{path}")


def test_our_pages_go_out_under_our_policy_and_the_site_s_under_its_own(site):
    """Ours knows the nonces of the page, and lets its script reach Firebase; Talisman's other headers come along."""
    browser = site.device()
    browser.sign_in()
    for path in ("/auth/sign-in?again=1", "/auth/"):
        page = browser.get(path, headers=PAGE)
        policy = page.headers["Content-Security-Policy"]
        nonces = set(re.findall(r'nonce="([^"]+)"', page.text))
        assert len(nonces) == 1
        assert f"'nonce-{nonces.pop()}'" in policy
        assert "https://identitytoolkit.googleapis.com" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
        assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    own = browser.get("/private")
    assert own.headers["Content-Security-Policy"].startswith(SITE_POLICY)
    assert own.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_a_site_that_adds_to_our_policy_has_its_way(share_site, order):
    """A layout with a font from elsewhere: what keeps the page's nonce is left as it is."""

    def allow_font(response):
        policy = response.headers.get("Content-Security-Policy")
        if policy:
            response.headers["Content-Security-Policy"] = f"{policy}; font-src https://fonts.example"
        return response

    site = share_site(lambda app: app.after_request(allow_font), order)
    page = site.device().get("/auth/sign-in", headers=PAGE)
    assert page.headers["Content-Security-Policy"].endswith("; font-src https://fonts.example")


def test_what_firebase_s_own_pages_need_is_left_to_them(share_site, order):
    """The auth domain's pages, served from this host, have inline scripts and are framed by ours."""
    auth_domain = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"<script>1</script>")))
    proxy = AuthProxy("shop.example", timeout=timedelta(seconds=1), transport=auth_domain)

    def initialise(app):
        proxy.register(app)
        Talisman(app, frame_options="DENY")

    page = share_site(initialise, order, PREFERRED_URL_SCHEME="https").device().get("/__/auth/iframe")
    assert page.text == "<script>1</script>"
    assert not {"Content-Security-Policy", "X-Frame-Options"} & set(page.headers.keys())
    assert "Strict-Transport-Security" in page.headers
