"""Requests from pages of other origins."""

from __future__ import annotations

import pytest

HERE, APP, EVIL = "http://localhost", "https://app.example.com", "https://evil.example"

PASSED = {
    "the site's own page": {"Sec-Fetch-Site": "same-origin", "Origin": HERE},
    "typed in by the person": {"Sec-Fetch-Site": "none"},
    "no browser": {},
    "an old browser, the site's own page": {"Origin": HERE},
    "an old browser behind a proxy that ends TLS": {"Origin": "https://localhost"},
    "an allowed origin": {"Sec-Fetch-Site": "cross-site", "Origin": APP},
    "an allowed origin of the same site": {"Sec-Fetch-Site": "same-site", "Origin": APP},
    "an allowed origin, an old browser": {"Origin": APP},
}
REJECTED = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
    "another site that says no origin": {"Sec-Fetch-Site": "cross-site"},
    "a sister of the same site": {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    "another site, an old browser": {"Origin": EVIL},
    "an opaque origin": {"Origin": "null"},
    "an empty origin": {"Origin": ""},
    "a broken origin": {"Origin": "http://["},
    "another port": {"Origin": "http://localhost:8080"},
    "a longer host": {"Origin": "http://localhost.evil.example"},
    "the host as a user name": {"Origin": "http://localhost@evil.example"},
    "an unknown word": {"Sec-Fetch-Site": "sideways", "Origin": HERE},
    "two origins": {"Origin": f"{HERE}, {EVIL}"},
}


@pytest.fixture
def site(make_site):
    return make_site(FIREBASE_LOGIN_ALLOWED_ORIGINS=[APP])


@pytest.fixture
def browser(site):
    return site.device("cookie")


@pytest.mark.parametrize("source", PASSED)
def test_requests_that_pass(browser, source):
    """A sign-in, and a view of the site's own."""
    assert browser.sign_in().status_code == 200
    headers = PASSED[source]
    assert browser.post("/private", headers=headers).status_code == 200
    id_token = browser.issuer.mint(email="ada@example.com")
    answer = browser.post("/auth/sign-in", data=id_token, content_type="application/jwt", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("source", REJECTED)
def test_requests_that_are_rejected(site, browser, source):
    """A sign-in with nobody signed in (login CSRF), and every unsafe request that the cookie authenticates."""
    headers = REJECTED[source]
    id_token = browser.issuer.mint(email="eve@example.com")
    answer = browser.post("/auth/sign-in", data=id_token, content_type="application/jwt", headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_origin_rejected")
    assert site.count("session") == 0
    browser.sign_in()
    for method, path in [
        ("POST", "/private"),
        ("PATCH", "/auth/account"),
        ("DELETE", "/auth/account"),
        ("POST", "/auth/sign-out"),
    ]:
        answer = browser.open(method, path, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_origin_rejected")
    assert browser.get("/private").status_code == 200


def test_safe_requests_pass_from_anywhere(browser):
    """A link from another site leads in."""
    browser.sign_in()
    assert browser.get("/private", headers=REJECTED["another site"]).status_code == 200


def test_a_bearer_is_exempt(site):
    """No browser sends it by itself."""
    device = site.device("bearer")
    device.sign_in()
    assert device.post("/private", headers=REJECTED["another site"]).status_code == 200


def test_views_that_no_login_cookie_authenticates_are_none_of_ours(browser):
    """A webhook of another site's, say."""
    assert browser.post("/cart/book", headers=REJECTED["another site"]).status_code == 200


def test_a_remember_cookie_is_a_login_cookie(browser):
    """It signs people in as well."""
    uid = browser.sign_in().get_json()["account"]["firebase_uid"]
    browser.post(f"/enter/{uid}")
    browser.client.delete_cookie("session")
    assert browser.post("/private", headers=REJECTED["another site"]).status_code == 403


def test_an_allowed_origin_may_call_with_credentials(browser):
    """CORS under our prefix, for that origin alone."""
    asked = {"Origin": APP, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "content-type"}
    preflight = browser.open("OPTIONS", "/auth/account", headers=asked)
    assert preflight.headers["Access-Control-Allow-Origin"] == APP
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    browser.sign_in()
    answer = browser.get("/auth/account", headers={"Origin": APP})
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_no_other_origin_is_told_anything(browser, make_site):
    """Neither an unknown one, nor any where none is configured."""
    assert "Access-Control-Allow-Origin" not in browser.get("/auth/account", headers={"Origin": EVIL}).headers
    assert "Access-Control-Allow-Origin" not in browser.get("/private", headers={"Origin": APP}).headers
