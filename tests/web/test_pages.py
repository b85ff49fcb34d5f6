"""The plain sign-in page."""

from __future__ import annotations

import re

import pytest

HTML = {"Accept": "text/html"}


def policy(answer):
    return dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))


def test_the_page_is_under_a_strict_policy(site):
    """Scripts and styles by nonce, a new one each time; no frames; popups of Firebase's may answer."""
    first, second = (site.device().get("/auth/sign-in", headers=HTML) for _ in range(2))
    assert first.status_code == 200
    rules = policy(first)
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in first.headers["Content-Security-Policy"]
    nonce = re.fullmatch(r"'nonce-(.+)'", rules["script-src"])[1]
    assert f'nonce="{nonce}"' in first.get_data(as_text=True)
    assert policy(second)["script-src"] != rules["script-src"]
    assert first.headers["Referrer-Policy"] == "same-origin"
    assert first.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"


def test_next_is_checked_and_escaped(site):
    """A bad one leads to the default; a good one is shown escaped."""
    page = site.device().get("/auth/sign-in?next=//evil.example", headers=HTML).get_data(as_text=True)
    assert "evil" not in page
    page = site.device().get('/auth/sign-in?next=/"><script>alert(1)</script>', headers=HTML).get_data(as_text=True)
    assert "<script>alert" not in page


def test_who_is_signed_in_is_led_on(site):
    """Unless they are asked to prove it again."""
    device = site.device()
    device.sign_in()
    answer = device.get("/auth/sign-in?next=/private", headers=HTML)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/private")
    assert device.get("/auth/sign-in?next=/private&again=1", headers=HTML).status_code == 200


def test_the_emulator_is_named_and_called(make_site):
    """A banner says that nobody here is real."""
    config = {"projectId": "demo-shop", "apiKey": "demo"}
    site = make_site(
        FIREBASE_LOGIN_CONFIG=config, FIREBASE_LOGIN_EMULATOR_HOST="127.0.0.1:9099", FIREBASE_LOGIN_JWKS_URL=GOOGLE
    )
    answer = site.device().get("/auth/sign-in", headers=HTML)
    assert "nobody here is real" in answer.get_data(as_text=True)
    assert policy(answer)["connect-src"] == "'self' http://127.0.0.1:9099"


@pytest.mark.parametrize(
    "config", [{"FIREBASE_LOGIN_PROVIDERS": ["google.com"]}, {"FIREBASE_LOGIN_CONFIG": {"projectId": "local-test-project"}}]
)
def test_where_no_password_is_taken_the_page_says_what_to_do(make_site, config):
    """It leads to the app."""
    page = make_site(**config).device().get("/auth/sign-in", headers=HTML).get_data(as_text=True)
    assert "Open the app and sign in there" in page
    assert "<form" not in page


GOOGLE = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
