"""A site whose tables were forgotten: its log says which, and what to run."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

REMEDY = "Run `flask db upgrade` where the site uses Flask-Migrate, else"


@pytest.fixture
def database_url(either_database_url):
    return either_database_url


@pytest.fixture
def site(make_site):
    site = make_site()
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    return site


def drop(site, *names):
    with site.app.app_context():
        for name in names:
            site.db.session.execute(text(f"DROP TABLE {name}"))
        site.db.session.commit()


def find_explanations(caplog):
    return [record for record in caplog.records if REMEDY in record.getMessage()]


def test_a_sign_in_without_tables_says_what_to_run(site, caplog):
    """500 for the client; for the site the name of the table, and no parameters, which hold an e-mail address."""
    drop(site, "firebase_session", "firebase_account")
    answer = site.device().sign_in()
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    assert "firebase_account" not in answer.text
    (record,) = find_explanations(caplog)
    assert record.levelno == logging.ERROR
    assert "The table 'firebase_account' is missing." in record.getMessage()
    assert "ada@example.com" not in caplog.text


@pytest.mark.parametrize("path", ["/private", "/auth/account", "/auth/sessions", "/admin", "/public"])
def test_every_page_without_tables_says_what_to_run(site, caplog, path):
    """The site's own views too."""
    browser = site.device()
    browser.sign_in()
    drop(site, "firebase_session")
    assert browser.get(path).status_code == 500
    (record,) = find_explanations(caplog)
    assert "The table 'firebase_session' is missing." in record.getMessage()
    assert "secret_hash_1': '" not in caplog.text


def test_a_column_that_a_migration_would_add_is_named(site, caplog):
    """As after an update of this package."""
    browser = site.device()
    browser.sign_in()
    with site.app.app_context():
        site.db.session.execute(text("ALTER TABLE firebase_account DROP COLUMN settings"))
        site.db.session.commit()
    assert browser.get("/auth/account").status_code == 500
    (record,) = find_explanations(caplog)
    assert "The column 'firebase_account.settings' is missing." in record.getMessage()


def test_the_site_s_own_tables_are_its_own_business(site, caplog):
    """We say nothing of them."""
    site.app.add_url_rule("/notes", "notes", lambda: str(site.db.session.execute(text("SELECT * FROM notes")).all()))
    assert site.device().get("/notes").status_code == 500
    assert find_explanations(caplog) == []
    assert "SELECT * FROM notes" in caplog.text
