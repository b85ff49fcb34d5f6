"""App Check at the endpoints: off, observed and required; clients that send a token, and clients of before, which send none."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import ConfigError, FirebaseLogin, app_checked, sign_in_rejected
from flask_firebase_login.testing import LocalIssuer, sign_in
from second_door import CLIENTS, Door, bearer

LOGGER = "flask_firebase_login.security"
HEADER = "X-Firebase-AppCheck"
OTHER_APP = "1:123456789012:android:fedcba9876543210"
GENUINE, MISSING, INVALID = "genuine", "app_check_required", "app_check_invalid"

CLIENTS_BY_TOKEN = {
    "a genuine one": (lambda issuer: issuer.mint_app_check(), GENUINE, None),
    "of before, without a token": (lambda issuer: None, MISSING, None),
    "with an empty token": (lambda issuer: "", MISSING, None),
    "with an ID token for one": (lambda issuer: issuer.mint(email="ada@example.com"), INVALID, "untrusted"),
    "with an expired token": (lambda issuer: issuer.mint_app_check(age=timedelta(hours=2)), INVALID, "expired"),
    "of another project": (lambda issuer: issuer.mint_app_check(claims={"aud": ["projects/1"]}), INVALID, "wrong_project"),
    "with text for a token": (lambda issuer: "genuine", INVALID, "malformed"),
}


def with_token(token):
    return {} if token is None else {HEADER: token}


@pytest.fixture
def checked(caplog):
    """What the security log said of apps."""
    caplog.set_level(logging.INFO, LOGGER)
    return lambda: [record for record in caplog.records if record.name == LOGGER and record.event == "app_checked"]


@pytest.fixture(params=CLIENTS_BY_TOKEN)
def app_client(request):
    """A client: what makes its token, what is found, and why."""
    return CLIENTS_BY_TOKEN[request.param]


def sign_in_at(site, token, transport="cookie"):
    body = {"id_token": site.issuer.mint(email="ada@example.com"), "transport": transport}
    return site.app.test_client().post("/auth/sign-in", json=body, headers=with_token(token))


def test_off_looks_at_no_token(site, app_client, checked):
    """Whatever a client sends."""
    make_token, _, _ = app_client
    assert sign_in_at(site, make_token(site.issuer)).status_code == 200
    assert checked() == []


def test_observe_rejects_nobody_and_logs_who_would_have_been(make_site, app_client, checked):
    """What would have been rejected, and why; genuine apps too, so that both can be counted."""
    make_token, outcome, reason = app_client
    site = make_site(FIREBASE_LOGIN_APP_CHECK="observe")
    assert sign_in_at(site, make_token(site.issuer)).status_code == 200
    (record,) = checked()
    assert (record.outcome, record.is_rejected, record.endpoint) == (outcome, False, "firebase_login.sign_in")
    assert getattr(record, "reason", None) == reason
    assert getattr(record, "app_id", None) == (site.issuer.app_id if outcome == GENUINE else None)
    assert record.levelname == ("INFO" if outcome == GENUINE else "WARNING")


def test_required_takes_genuine_apps_alone(make_site, app_client, checked):
    """403 with a code that tells a client of before from one whose token is no good; nobody is made an account."""
    make_token, outcome, reason = app_client
    site = make_site(FIREBASE_LOGIN_APP_CHECK="required")
    answer = sign_in_at(site, make_token(site.issuer))
    (record,) = checked()
    assert (record.outcome, record.is_rejected) == (outcome, outcome != GENUINE)
    assert getattr(record, "reason", None) == reason
    if outcome == GENUINE:
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer.get_json()["code"]) == (403, outcome)
    assert (site.count("account"), site.count("session")) == (0, 0)


def test_a_rejected_app_is_a_rejected_sign_in(make_site):
    """For an audit log, as any other; nobody's uid is in it, since no ID token was looked at."""
    rejected = []

    def note(_, **carried):
        rejected.append(carried)

    with sign_in_rejected.connected_to(note):
        sign_in_at(make_site(FIREBASE_LOGIN_APP_CHECK="required"), None)
    assert rejected == [{"code": MISSING, "firebase_uid": None}]


def test_the_signal_tells_what_was_found(make_site):
    """For a site that counts in its own metrics."""
    site, counts = make_site(FIREBASE_LOGIN_APP_CHECK="observe"), []

    def count(_, code, **__):
        counts.append(code)

    with app_checked.connected_to(count, sender=site.app):
        sign_in_at(site, site.issuer.mint_app_check())
        sign_in_at(site, None)
    assert counts == [None, MISSING]


def test_a_session_needs_no_app_check(make_site):
    """Opening one does; then the session stands for the user, at one query a request."""
    site = make_site(FIREBASE_LOGIN_APP_CHECK="required")
    opened = sign_in_at(site, site.issuer.mint_app_check(), "bearer").get_json()
    client = site.app.test_client()
    with site.counted() as statements:
        assert client.get("/private", headers=bearer(opened["session_secret"])).status_code == 200
    assert len(statements) == 1


@pytest.mark.parametrize("mode", ["observe", "required"])
def test_an_id_token_as_bearer_is_a_sign_in_at_each_request(make_site, app_client, mode, checked):
    """Otherwise a script would do by `ACCEPT_ID_TOKENS` what it may not do by a session."""
    make_token, outcome, _ = app_client
    site = make_site(FIREBASE_LOGIN_APP_CHECK=mode, FIREBASE_LOGIN_ACCEPT_ID_TOKENS=True)
    sign_in_at(site, site.issuer.mint_app_check())
    headers = bearer(site.issuer.mint(email="ada@example.com")) | with_token(make_token(site.issuer))
    with site.counted() as statements:
        answer = site.app.test_client().get("/private", headers=headers)
    assert [record.outcome for record in checked()] == [GENUINE, outcome]
    if outcome == GENUINE or mode == "observe":
        assert (answer.status_code, len(statements)) == (200, 1)
    else:
        assert (answer.status_code, answer.get_json()["code"], statements) == (403, outcome, [])


def test_only_the_apps_that_are_named_open_sessions(make_site):
    """`APP_CHECK_APP_IDS`: the site's Android app, and none of the project's others."""
    site = make_site(FIREBASE_LOGIN_APP_CHECK="required", FIREBASE_LOGIN_APP_CHECK_APP_IDS=[OTHER_APP])
    assert sign_in_at(site, site.issuer.mint_app_check(app_id=OTHER_APP)).status_code == 200
    assert sign_in_at(site, site.issuer.mint_app_check()).get_json()["code"] == INVALID


def test_the_keys_for_app_check_are_their_own(make_site):
    """A token of an issuer with other keys is rejected."""
    site = make_site(FIREBASE_LOGIN_APP_CHECK="required")
    assert sign_in_at(site, LocalIssuer().mint_app_check()).get_json()["code"] == INVALID


@pytest.mark.parametrize(("mode", "status", "outcome"), [("required", 503, True), ("observe", 200, False)])
def test_without_the_keys_a_required_check_is_a_503(make_site, mode, status, outcome, checked):
    """The same as for ID tokens, with `Retry-After`; an observed one lets the sign-in through."""
    site = make_site(
        FIREBASE_LOGIN_APP_CHECK=mode,
        FIREBASE_LOGIN_APP_CHECK_JWKS_URL="http://127.0.0.1:9/jwks",
        FIREBASE_LOGIN_UPSTREAM_TIMEOUT=5,
    )
    answer = sign_in_at(site, site.issuer.mint_app_check())
    assert answer.status_code == status
    if status == 503:
        assert answer.get_json()["code"] == "keys_unavailable"
        assert int(answer.headers["Retry-After"]) > 0
    (record,) = checked()
    assert (record.outcome, record.is_rejected) == ("keys_unavailable", outcome)


def test_nothing_of_a_token_is_in_the_log(make_site, app_client, caplog):
    """Nor in the answer."""
    site = make_site(FIREBASE_LOGIN_APP_CHECK="required")
    token = app_client[0](site.issuer)
    answer = sign_in_at(site, token)
    for part in (token or "").split("."):
        assert len(part) < 20 or part not in caplog.text + answer.get_data(as_text=True)


def test_the_site_s_own_views_may_ask_for_it(make_site):
    """`firebase.app_check.check()`; a worker's start hook fetches the keys ahead by `warm()`."""
    site = make_site(FIREBASE_LOGIN_APP_CHECK="required")

    @site.app.post("/order")
    def order():
        site.firebase.app_check.check()
        return {"ordered": True}

    client = site.app.test_client()
    with site.app.app_context():
        site.firebase.app_check.warm()
    assert client.post("/order").status_code == 403
    assert client.post("/order", headers=with_token(site.issuer.mint_app_check())).get_json() == {"ordered": True}


def test_off_has_nothing_to_warm(site):
    """A start hook need not know how the site is configured."""
    with site.app.app_context():
        site.firebase.app_check.warm()


# The second door


@pytest.fixture(params=["observe", "required"])
def mode(request):
    return request.param


@pytest.fixture
def guarded_door(make_site, mode):
    """A site where apps are registered, and Ada in a browser, signed in through a genuine page."""
    door = Door(make_site(FIREBASE_LOGIN_APP_CHECK=mode, FIREBASE_LOGIN_NATIVE_CLIENTS=CLIENTS))
    sign_in(
        door.browser.client, door.site.issuer.mint(email="ada@example.com"), app_check_token=door.site.issuer.mint_app_check()
    )
    return door


def assert_oauth(answer, mode, outcome):
    """An error of RFC 6749, section 5.2: what attests an app is its authentication."""
    if outcome == GENUINE or mode == "observe":
        assert answer.status_code == 200
        return
    body = answer.get_json()
    assert (answer.status_code, body["error"], body["code"]) == (400, "invalid_client", outcome)
    assert body["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_code_is_exchanged_by_genuine_apps(guarded_door, app_client, mode):
    """Whoever was rejected has not used the code up: the genuine app comes with it a moment later."""
    make_token, outcome, _ = app_client
    code = guarded_door.get_code()
    answer = guarded_door.redeem(code, with_token(make_token(guarded_door.site.issuer)))
    assert_oauth(answer, mode, outcome)
    if answer.status_code == 400:
        assert guarded_door.redeem(code, with_token(guarded_door.site.issuer.mint_app_check())).status_code == 200


def test_a_device_gets_its_codes_as_a_genuine_app(guarded_door, app_client, mode):
    """Before anybody is asked to type them."""
    make_token, outcome, _ = app_client
    headers = with_token(make_token(guarded_door.site.issuer))
    assert_oauth(guarded_door.app.post("/auth/device", data={"client_id": "tv"}, headers=headers), mode, outcome)


def test_ending_a_session_needs_no_app_check(guarded_door):
    """Whoever has lost their app's genuineness may still sign out."""
    code, genuine = guarded_door.get_code(), with_token(guarded_door.site.issuer.mint_app_check())
    token = guarded_door.redeem(code, genuine).get_json()["access_token"]
    assert guarded_door.app.post("/auth/revoke", data={"token": token, "client_id": "notes"}).status_code == 200
    assert not guarded_door.is_signed_in(token)


def test_a_rejected_app_at_the_second_door_is_a_rejected_sign_in(make_site, caplog):
    """Under the code of App Check, not under OAuth's."""
    door = Door(make_site(FIREBASE_LOGIN_APP_CHECK="required", FIREBASE_LOGIN_NATIVE_CLIENTS=CLIENTS))
    door.app.post("/auth/device", data={"client_id": "tv"})
    rejected = [record.code for record in caplog.records if record.name == LOGGER and record.event == "sign_in_rejected"]
    assert rejected == [MISSING]


# Tests of a site's own


def test_the_fixture_signs_in_whatever_the_site_asks_of_apps(make_site, firebase_sign_in):
    """Turning App Check on changes no test of the site's."""
    for config in ({}, {"APP_CHECK": "required"}, {"APP_CHECK": "required", "APP_CHECK_APP_IDS": [OTHER_APP]}):
        site = make_site(**{f"FIREBASE_LOGIN_{name}": value for name, value in config.items()})
        assert firebase_sign_in(site.app.test_client(), email="ada@example.com").status_code == 200


def test_an_app_that_cannot_work_does_not_start(firebase_issuer):
    """The remedy is in the error."""
    app = Flask("site")
    app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI="sqlite://", FIREBASE_LOGIN_CONFIG={"projectId": "shop"})
    app.config["FIREBASE_LOGIN_APP_CHECK"] = "required"
    with pytest.raises(ConfigError, match="FIREBASE_LOGIN_APP_CHECK_PROJECT_NUMBER is not set"):
        FirebaseLogin(app, SQLAlchemy(app))
