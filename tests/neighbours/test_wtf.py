"""Beside Flask-WTF, whose `CSRFProtect(app)` asks every form of the site for a token."""

from __future__ import annotations

import re

import pytest
from flask import render_template_string
from flask_wtf import CSRFProtect

from shared_sites import PAGE

TOKEN_PAGE = "{{ csrf_token() }}"


@pytest.fixture
def site(share_site, order):
    site = share_site(CSRFProtect, order)
    site.app.add_url_rule("/token", view_func=lambda: render_template_string(TOKEN_PAGE), endpoint="token")
    return site


def test_our_endpoints_need_no_token_of_flask_wtf(site):
    """Signing in, by cookie and by bearer, changing the account, and signing out; whichever extension is initialised first."""
    for transport in ("cookie", "bearer"):
        device = site.device(transport)
        assert device.sign_in().status_code == 200
        assert device.patch("/auth/account", json={"name": "Ada"}).status_code == 200
        assert device.delete("/auth/sessions").status_code == 204
        assert device.post("/auth/sign-out").status_code == 204
        assert device.get("/private").status_code == 401


def test_the_forms_of_the_account_page_need_no_token_of_flask_wtf(site):
    """They have none, and are protected by where the request comes from."""
    browser = site.device()
    browser.sign_in()
    whose = re.search(r'name="account" value="([^"]+)"', browser.get("/auth/", headers=PAGE).text)[1]
    form = {"account": whose, "action": "save", "name": "Grace"}
    assert browser.post("/auth/", data=form, headers=PAGE).status_code == 303
    assert browser.get("/private").get_json()["name"] == "Grace"
    elsewhere = browser.post("/auth/", data=form | {"name": "Eve"}, headers=PAGE | {"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    assert browser.get("/private").get_json()["name"] == "Grace"


def test_the_site_s_own_views_stay_protected_by_both(site):
    """Without a token Flask-WTF rejects a form, with one from another origin we do."""
    browser = site.device()
    browser.sign_in()
    token = {"X-CSRFToken": browser.get("/token").text}
    assert browser.post("/private").status_code == 400
    assert browser.post("/private", headers=token).status_code == 200
    rejected = browser.post("/private", headers=token | {"Origin": "https://evil.example"})
    assert (rejected.status_code, rejected.get_json()["code"]) == (403, "cross_origin_rejected")


def test_a_token_of_flask_wtf_outlives_a_sign_in_and_not_a_change_of_users(site):
    """A form that was open while its user signed in is sent as it is; the next user's session has a token of its own."""
    browser = site.device()
    token = {"X-CSRFToken": browser.get("/token").text}
    browser.sign_in()
    assert browser.post("/private", headers=token).status_code == 200
    browser.sign_in("grace@example.com")
    assert browser.post("/private", headers=token).status_code == 400


def test_what_a_provider_posts_to_the_auth_proxy_needs_no_token(share_site, order):
    """Apple posts its answer there, and knows no token of the site's; here it reaches an auth domain that does not answer."""
    config = {"projectId": "local-test-project", "apiKey": "k", "authDomain": "127.0.0.1:9"}
    site = share_site(CSRFProtect, order, FIREBASE_LOGIN_AUTH_PROXY=True, FIREBASE_LOGIN_CONFIG=config)
    answer = site.device().post("/__/auth/handler", data={"code": "x"}, headers={"Origin": "https://appleid.apple.com"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "firebase_unavailable")


def test_one_protection_of_flask_wtf_serves_all_apps_of_a_factory(share_site, order):
    """`csrf = CSRFProtect()` in a module, `csrf.init_app(app)` in the factory."""
    csrf = CSRFProtect()
    for _ in range(2):
        device = share_site(csrf.init_app, order).device()
        assert device.sign_in().status_code == 200
        assert device.post("/private").status_code == 400
