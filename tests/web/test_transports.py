"""How a session's secret travels, and Flask-Login's corners."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, current_user, login_required
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import ConfigError, FirebaseLogin, find_signed_in


@pytest.fixture
def browser(site):
    return site.device("cookie")


@pytest.fixture
def app_client(site):
    return site.device("bearer")


def cookie_contents(value: str) -> dict:
    """What anybody can read in Flask's signed cookie."""
    compressed = value.startswith(".")
    payload = value.lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return json.loads(zlib.decompress(raw) if compressed else raw)


def test_the_cookie_is_http_only_lax_and_outlives_the_browser(browser):
    """And not Secure in testing alone."""
    header = browser.sign_in().headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Expires=" in header
    assert "Secure" not in header


def test_outside_of_development_the_cookie_is_secure(make_site):
    """Sent over HTTPS alone."""
    site = make_site(TESTING=False)
    assert site.app.config["SESSION_COOKIE_SECURE"]
    device = site.device()
    answer = device.sign_in(path="/auth/sign-in")
    assert "; Secure" in answer.headers["Set-Cookie"]


def test_what_the_app_says_of_its_cookies_is_kept(make_site):
    """`SameSite` and `Secure` that the app set."""
    site = make_site(SESSION_COOKIE_SAMESITE="Strict", SESSION_COOKIE_SECURE=True)
    assert site.app.config["SESSION_COOKIE_SAMESITE"] == "Strict"
    assert site.app.config["SESSION_COOKIE_SECURE"]


def test_a_leak_of_the_secret_key_alone_gives_no_session(site, browser, app_client):
    """Whoever can sign cookies still needs a secret that only the device has."""
    account_id = browser.sign_in().get_json()["account"]["id"]
    with site.app.app_context():
        row = site.db.session.query(site.firebase.models.session).one()
        guesses = [str(account_id), "ada@example.com", row.secret_hash, "no session yet", ""]
    serializer = SecureCookieSessionInterface().get_signing_serializer(site.app)
    for guess in guesses:
        forged = site.device("cookie")
        forged.client.set_cookie("session", serializer.dumps({"_user_id": guess, "_fresh": True}))
        assert forged.get("/private").status_code == 401


def test_a_bearer_request_is_judged_by_that_alone(site, browser, app_client):
    """A good cookie helps no bad bearer, and a bad cookie harms no good one."""
    browser.sign_in("ada@example.com", name="Ada")
    app_client.sign_in("eve@example.com", name="Eve")
    for bad in ("", " ", "x", "x" * 43, "a.b.c"):
        assert browser.get("/private", headers={"Authorization": f"Bearer {bad}"}).status_code == 401
    both = browser.get("/private", headers={"Authorization": f"bearer {app_client.secret}"})
    assert both.get_json()["name"] == "Eve"
    assert browser.get("/private").get_json()["name"] == "Ada"


def test_a_bad_bearer_costs_one_statement(site, browser):
    """Though Flask-Login asks two loaders."""
    browser.sign_in()
    with site.counted() as statements:
        browser.get("/private", headers={"Authorization": "Bearer wrong"})
    assert len(statements) == 1


def test_other_schemes_of_authorization_are_no_bearer(browser):
    """A proxy's Basic, say, leaves the cookie in force."""
    browser.sign_in()
    assert browser.get("/private", headers={"Authorization": "Basic YTpi"}).status_code == 200


def test_a_remember_cookie_does_not_outvote_a_bearer(site, browser, app_client):
    """Flask-Login reads it before the request loader."""
    uid = browser.sign_in("ada@example.com").get_json()["account"]["firebase_uid"]
    browser.post(f"/enter/{uid}")
    browser.client.delete_cookie("session")
    assert browser.get("/private").status_code == 200
    browser.client.delete_cookie("session")
    assert browser.get("/private", headers={"Authorization": "Bearer wrong"}).status_code == 401
    app_client.sign_in("eve@example.com", name="Eve")
    browser.client.delete_cookie("session")
    answer = browser.get("/private", headers={"Authorization": f"Bearer {app_client.secret}"})
    assert answer.get_json()["name"] == "Eve"


def test_login_user_called_by_the_site_opens_a_session(site, browser):
    """An account that the site itself vouches for."""
    uid = browser.sign_in().get_json()["account"]["firebase_uid"]
    browser.post("/auth/sign-out")
    assert site.count("session") == 0
    browser.post(f"/enter/{uid}")
    assert site.count("session") == 1
    assert browser.get("/private").status_code == 200
    assert browser.get("/danger").status_code == 200
    browser.post("/leave")
    assert site.count("session") == 0
    assert browser.get("/private").status_code == 401


def test_login_user_replaces_the_session_that_the_view_was_asked_by(site, browser):
    """An administrator who acts as somebody else, say: one device, one session."""
    eve = site.device("bearer").sign_in("eve@example.com", name="Eve").get_json()["account"]["firebase_uid"]
    browser.sign_in("ada@example.com")
    old_cookie = browser.client.get_cookie("session").value
    browser.post(f"/switch/{eve}")
    assert browser.get("/private").get_json()["name"] == "Eve"
    assert site.count("session") == 2
    thief = site.device()
    thief.client.set_cookie("session", old_cookie)
    assert thief.get("/private").status_code == 401


def test_a_phone_s_changing_address_signs_nobody_out(browser):
    """It only makes the login "not fresh" (Flask-Login's session protection)."""
    browser.sign_in()
    assert browser.get("/fresh").status_code == 200
    moved = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}
    assert browser.get("/private", **moved).status_code == 200
    rejected = browser.get("/fresh", **moved)
    assert (rejected.status_code, rejected.get_json()["code"]) == (403, "recent_sign_in_required")


def test_signing_in_keeps_the_basket_of_nobody(browser):
    """What a visitor collected before is theirs."""
    browser.post("/cart/book")
    browser.sign_in()
    assert browser.get("/cart").get_json() == {"cart": "book"}


def test_signing_in_as_somebody_else_never_keeps_the_old_contents(browser):
    """Neither directly, nor after Flask-Login's own logout."""
    browser.sign_in("ada@example.com")
    browser.post("/cart/diary")
    browser.sign_in("eve@example.com")
    assert browser.get("/cart").get_json() == {"cart": None}
    browser.post("/cart/letters")
    browser.post("/leave")
    browser.sign_in("ada@example.com")
    assert browser.get("/cart").get_json() == {"cart": None}
    assert browser.get("/private").status_code == 200


def test_signing_in_again_as_the_same_person_keeps_them(browser):
    """A re-authentication loses nothing."""
    browser.sign_in()
    browser.post("/cart/book")
    browser.sign_in()
    assert browser.get("/cart").get_json() == {"cart": "book"}


def test_signing_out_leaves_nothing_of_the_person_in_the_cookie(browser):
    """The next at this computer finds it empty."""
    browser.sign_in()
    browser.post("/cart/diary")
    browser.post("/auth/sign-out")
    assert browser.get("/cart").get_json() == {"cart": None}


def test_signing_a_bearer_out_leaves_the_cookie_alone(browser, app_client):
    """It is not looked at, whether the bearer is good or bad."""
    browser.sign_in("ada@example.com")
    app_client.sign_in("eve@example.com")
    for secret in (app_client.secret, "wrong"):
        assert browser.post("/auth/sign-out", headers={"Authorization": f"Bearer {secret}"}).status_code == 204
    assert app_client.get("/private").status_code == 401
    assert browser.get("/private").status_code == 200


def test_signing_out_clears_a_remember_cookie_too(browser):
    """Or it would bring the person back."""
    uid = browser.sign_in().get_json()["account"]["firebase_uid"]
    browser.post(f"/enter/{uid}")
    assert browser.client.get_cookie("remember_token")
    browser.post("/auth/sign-out")
    assert browser.client.get_cookie("remember_token") is None
    assert browser.get("/private").status_code == 401


def test_a_remember_cookie_of_another_name_is_cleared_as_well(make_site):
    """Whatever the app calls it."""
    browser = make_site(REMEMBER_COOKIE_NAME="stay").device()
    uid = browser.sign_in().get_json()["account"]["firebase_uid"]
    browser.post(f"/enter/{uid}")
    assert browser.client.get_cookie("stay")
    browser.post("/auth/sign-out")
    assert browser.client.get_cookie("stay") is None


def test_a_page_that_changes_to_bearer_gives_its_cookie_up(site, browser):
    """One device, one session."""
    browser.sign_in()
    browser.transport = "bearer"
    browser.sign_in()
    assert site.count("session") == 1
    assert browser.get("/private").status_code == 200
    browser.secret = None
    assert browser.get("/private").status_code == 401


def test_the_cookie_holds_the_secret_and_no_fact_of_the_person(browser):
    """Anybody who holds a Flask cookie can read it."""
    browser.sign_in(name="Ada Lovelace")
    contents = cookie_contents(browser.client.get_cookie("session").value)
    assert len(contents["_user_id"]) == 43
    assert "Ada" not in json.dumps(contents)
    assert "ada@" not in json.dumps(contents)


def test_a_browser_is_led_to_the_sign_in_page_and_back(browser):
    """With `next`; a form that was sent is not repeated."""
    answer = browser.get("/private?page=2", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/auth/sign-in?next=/private?page%3D2"
    posted = browser.post("/private", headers={"Accept": "text/html"})
    assert posted.headers["Location"] == "/auth/sign-in"


def test_a_browser_with_an_old_sign_in_is_led_there_too(browser, clock):
    """For views that ask for a recent one."""
    browser.sign_in()
    clock.advance(minutes=6)
    led = browser.get("/danger", headers={"Accept": "text/html"})
    assert led.headers["Location"] == "/auth/sign-in?again=1&next=/danger"
    assert browser.get(led.headers["Location"], headers={"Accept": "text/html"}).status_code == 200
    assert browser.get("/auth/sign-in?next=/danger", headers={"Accept": "text/html"}).headers["Location"] == "/danger"


def test_a_program_is_told_how_to_sign_in(browser):
    """401 with a scheme (RFC 9110, section 11.6.1)."""
    answer = browser.get("/private", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.content_type == "application/problem+json"


def test_an_existing_login_manager_is_reused(firebase_issuer, tmp_path):
    """Its own login view stays in force."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="s", TESTING=True, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'a.db'}", **firebase_issuer.config
    )
    manager = LoginManager(app)
    manager.login_view = "my_login"
    manager.refresh_view = "my_login"
    FirebaseLogin(app, SQLAlchemy(app))
    app.add_url_rule("/my-login", "my_login", lambda: "mine")
    app.add_url_rule("/private", "private", login_required(lambda: "private"))
    assert app.login_manager is manager
    assert app.test_client().get("/private").headers["Location"].startswith("/my-login")


def test_a_user_loader_that_is_there_already_is_rejected(firebase_issuer, tmp_path):
    """The error says which two meet."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="s", SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'a.db'}", **firebase_issuer.config)

    @LoginManager(app).user_loader
    def my_own_loader(user_id):
        return None

    with pytest.raises(ConfigError, match=r"has a user_loader, .*my_own_loader"):
        FirebaseLogin(app, SQLAlchemy(app))


class TestIDTokensAsBearer:
    """`FIREBASE_LOGIN_ACCEPT_ID_TOKENS`: for apps that keep no session."""

    @pytest.fixture
    def site(self, make_site):
        return make_site(FIREBASE_LOGIN_ACCEPT_ID_TOKENS=True)

    def test_an_id_token_is_taken_on_each_request(self, site, browser):
        """The account is made at the first, and found in one query afterwards."""
        bearer = {"Authorization": f"Bearer {site.issuer.mint(email='ada@example.com', name='Ada')}"}
        site.app.add_url_rule("/how", "how", lambda: current_user and find_signed_in().transport)
        assert browser.get("/private", headers=bearer).get_json()["name"] == "Ada"
        assert browser.get("/how", headers=bearer).text == "bearer"
        with site.counted() as statements:
            assert browser.get("/private", headers=bearer).status_code == 200
        assert len(statements) == 1
        assert site.count("session") == 0
        assert browser.get("/danger", headers=bearer).status_code == 200
        assert browser.delete("/auth/sessions", headers=bearer).status_code == 204
        assert browser.post("/auth/sign-out", headers=bearer).status_code == 204

    def test_why_it_is_rejected_is_told(self, site, browser):
        """So that the client asks Firebase for a fresh one."""
        from datetime import timedelta

        old = site.issuer.mint(email="ada@example.com", age=timedelta(hours=2))
        for path in ("/private", "/auth/account"):
            answer = browser.get(path, headers={"Authorization": f"Bearer {old}"})
            assert (answer.status_code, answer.get_json()["code"]) == (401, "id_token_expired")

    def test_a_disabled_account_is_rejected(self, site, browser):
        """With its code."""
        id_token = site.issuer.mint(email="ada@example.com")
        browser.get("/private", headers={"Authorization": f"Bearer {id_token}"})
        with site.app.app_context():
            site.firebase.accounts.disable(site.firebase.accounts.find("uid-of-ada@example.com"))
        answer = browser.get("/private", headers={"Authorization": f"Bearer {id_token}"})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "account_disabled")

    def test_sessions_serve_beside_them(self, site, app_client):
        """A bearer that is no token is a session's secret."""
        app_client.sign_in()
        assert app_client.get("/private").status_code == 200


def test_id_tokens_are_no_bearer_by_default(site, browser):
    """One must ask for it."""
    bearer = {"Authorization": f"Bearer {site.issuer.mint(email='ada@example.com')}"}
    assert browser.get("/private", headers=bearer).status_code == 401
    assert site.count("account") == 0
