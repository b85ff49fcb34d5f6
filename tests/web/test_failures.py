"""Failures of others: Google's keys, the database, a view of the site's own."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from flask_firebase_login.testing import LocalIssuer


@pytest.fixture
def browser(site):
    return site.device("cookie")


def break_database(site, error):
    """Let every statement fail as the driver would."""

    def fail(*_):
        raise error

    with site.app.app_context():
        engine = site.db.engine
    event.listen(engine, "before_cursor_execute", fail)
    return lambda: event.remove(engine, "before_cursor_execute", fail)


class Busy(Exception):
    sqlite_errorname = "SQLITE_CANTOPEN"


class Mistaken(Exception):
    sqlite_errorname = "SQLITE_ERROR"


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT", {"secret_hash": "x"}, Busy("unable to open")), PoolTimeout("the pool is empty")]
)
def test_a_database_that_is_away_is_a_503_and_nobody_is_signed_out(site, browser, error, caplog):
    """Reading, signing in, and the site's own views; then all is well again. No parameter of a statement is logged."""
    browser.sign_in()
    mend = break_database(site, error)
    id_token = site.issuer.mint(email="ada@example.com")
    answers = [
        browser.get("/private"),
        browser.get("/auth/account"),
        site.device().post("/auth/sign-in", data=id_token, content_type="application/jwt"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert "Set-Cookie" not in answer.headers
    mend()
    assert "parameters" not in caplog.text
    assert "does not answer" in caplog.text
    assert browser.get("/private").status_code == 200


def test_a_view_under_our_prefix_that_loses_the_database_midway_is_a_503(site, browser):
    """After the session was found."""
    browser.sign_in()
    asked = []

    def fail_the_second(*_):
        asked.append(1)
        if len(asked) > 1:
            raise OperationalError("SELECT", {}, Busy("unable to open"))

    with site.app.app_context():
        event.listen(site.db.engine, "before_cursor_execute", fail_the_second)
    answer = browser.get("/auth/sessions")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")


def test_missing_tables_are_the_site_s_mistake_and_are_told_in_its_log(site, browser, caplog):
    """A 500, not a "come back later": nothing creates tables behind the user's back."""
    with site.app.app_context():
        site.db.drop_all()
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = browser.sign_in()
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    assert "no such table" in caplog.text
    assert "no such table" not in answer.get_data(as_text=True)


def test_times_that_cannot_be_written_do_not_fail_the_request(site, browser, clock, caplog):
    """The next request will try again."""
    browser.sign_in()
    clock.advance(minutes=6)

    def fail_updates(conn, cursor, statement, *_):
        if statement.startswith("UPDATE"):
            raise OperationalError("UPDATE", {}, Busy("database is locked"))

    with site.app.app_context():
        event.listen(site.db.engine, "before_cursor_execute", fail_updates)
    with caplog.at_level(logging.WARNING):
        assert browser.get("/private").status_code == 200
    assert "could not be written" in caplog.text


def test_keys_that_cannot_be_fetched_are_a_503(make_site):
    """With a time to come back; the app tries again then."""
    with LocalIssuer() as gone:
        config = gone.config
        gone_token = gone.mint(email="ada@example.com")
    site = make_site(**config)
    answer = site.device().post("/auth/sign-in", data=gone_token, content_type="application/jwt")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "keys_unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_a_token_of_another_issuer_is_not_trusted(site):
    """Though it says the same project."""
    with LocalIssuer(site.issuer.project_id) as other:
        id_token = other.mint(email="ada@example.com")
    answer = site.device().post("/auth/sign-in", data=id_token, content_type="application/jwt")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "id_token_untrusted")


def test_a_defect_under_our_prefix_shows_nothing_of_itself(site, browser):
    """500 with a code; the log has the rest."""
    site.app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(settings):
        raise RuntimeError("secret detail")

    site.firebase.settings_validator(broken)
    browser.sign_in()
    answer = browser.patch("/auth/account", json={"settings": {"a": 1}})
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    assert "secret detail" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("where", ["logs", "answers"])
def test_no_secret_shows_in_logs_or_rejections(site, browser, caplog, where):
    """Neither ID token nor session secret, at any level."""
    with caplog.at_level(logging.DEBUG):
        id_token = site.issuer.mint(email="ada@example.com")
        device = site.device("bearer")
        device.sign_in()
        spoilt = id_token[:-10] + "AAAAAAAAAA"
        rejected = browser.post("/auth/sign-in", data=spoilt, content_type="application/jwt")
        device.patch("/auth/account", json={"name": 1})
    shown = caplog.text if where == "logs" else rejected.get_data(as_text=True)
    assert device.secret not in shown
    assert id_token[-40:-10] not in shown
    assert id_token.split(".")[1] not in shown
