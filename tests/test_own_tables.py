"""A site's own class of accounts, with a key of whatever type."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Integer, String, Uuid, bindparam, text
from sqlalchemy.orm import Mapped, mapped_column

from devices import Device
from flask_firebase_login import AccountMixin, FirebaseLogin
from flask_firebase_login.errors import NotFound
from threads import at_once

KEYS = {
    "a whole number": (Integer, None),
    "a UUID": (Uuid, uuid.uuid4),
    "a text": (String(60), lambda: f"user-{uuid.uuid4()}"),
}


@pytest.fixture(params=KEYS)
def site(request, either_database_url, firebase_issuer):
    """A site whose accounts have such a key."""
    kind, default = KEYS[request.param]
    app = Flask("own")
    app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=either_database_url, TESTING=True, **firebase_issuer.config)
    db = SQLAlchemy(app)

    class Member(AccountMixin, db.Model):
        __tablename__ = "member"
        id: Mapped[object] = mapped_column(kind, primary_key=True, default=default)
        born_on: Mapped[date | None]

    app.firebase = FirebaseLogin(app, db, account_model=Member)
    app.db = db
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("transport", ["cookie", "bearer"])
def test_sessions_work_on_a_key_of_any_type(site, firebase_issuer, transport):
    """Sign in, read, revoke, export, delete."""
    device, other = Device(site, firebase_issuer, transport), Device(site, firebase_issuer, transport)
    device.sign_in()
    other_id = other.sign_in().get_json()["session"]["id"]
    assert device.get("/auth/account").get_json()["email"] == "ada@example.com"
    assert device.delete(f"/auth/sessions/{other_id}").status_code == 204
    assert other.get("/auth/account").status_code == 401
    assert len(device.get("/auth/account/export").get_json()["sessions"]) == 1
    assert device.patch("/auth/account", json={"name": "Countess"}).get_json()["name"] == "Countess"
    assert device.delete("/auth/account").status_code == 204
    assert device.get("/auth/account").status_code == 401


def test_a_key_that_is_given_again_opens_nothing(site, firebase_issuer):
    """The site's own SQL deletes a row, without foreign keys, and gives its key to another user."""
    device, other = Device(site, firebase_issuer, "bearer"), Device(site, firebase_issuer, "bearer")
    device.sign_in()
    with site.app_context():
        if site.db.engine.dialect.name == "postgresql":
            site.db.session.execute(text("ALTER TABLE firebase_session DROP CONSTRAINT firebase_session_account_id_fkey"))
        key = site.db.session.execute(text("SELECT id FROM member")).scalar()
        site.db.session.execute(text("DELETE FROM member"))
        site.db.session.commit()
    other.sign_in("eve@example.com")
    with site.app_context():
        site.db.session.execute(text("UPDATE firebase_session SET account_id = :key WHERE account_id <> :key"), {"key": key})
        site.db.session.execute(text("UPDATE member SET id = :key"), {"key": key})
        site.db.session.commit()
    assert other.get("/auth/account").get_json()["email"] == "eve@example.com"
    assert device.get("/auth/account").status_code == 401
    assert len(other.get("/auth/sessions").get_json()["sessions"]) == 1


def test_what_a_site_writes_for_itself_meets_no_version(site, firebase_issuer):
    """A column of the site's own changes no ETag; one that the JSON shows does."""
    device = Device(site, firebase_issuer, "bearer")
    uid = device.sign_in().get_json()["account"]["firebase_uid"]
    etag = device.get("/auth/account").headers["ETag"]
    with site.app_context():
        account = site.firebase.accounts.find(uid)
        account.is_anonymous_user = True
        site.db.session.commit()
    assert device.get("/auth/account").headers["ETag"] == etag
    with site.app_context():
        account = site.firebase.accounts.find(uid)
        account.settings["theme"] = "dark"
        site.db.session.commit()
    changed = device.get("/auth/account")
    assert changed.headers["ETag"] != etag
    assert changed.get_json()["settings"] == {"theme": "dark"}


def test_a_row_of_the_site_s_own_sql_signs_in(site, firebase_issuer):
    """It has no stamp that sessions could go by: it gets one at the first sign-in. Until then nobody is signed in as it."""
    before, device = Device(site, firebase_issuer, "bearer"), Device(site, firebase_issuer, "cookie")
    before.sign_in()
    with site.app_context():
        site.db.session.execute(text("UPDATE member SET security_stamp = NULL"))
        site.db.session.commit()
    assert before.get("/auth/account").status_code == 401
    assert device.sign_in().get_json()["created"] is False
    assert device.get("/auth/account").status_code == 200
    assert before.get("/auth/account").status_code == 401


def test_a_site_s_own_columns_are_exported(site, firebase_issuer):
    """As JSON has them."""
    device = Device(site, firebase_issuer, "bearer")
    uid = device.sign_in().get_json()["account"]["firebase_uid"]
    with site.app_context():
        site.firebase.accounts.find(uid).born_on = date(1815, 12, 10)
        site.db.session.commit()
    assert device.get("/auth/account/export").get_json()["account"]["born_on"] == "1815-12-10"


def test_an_account_that_is_not_stored_yet_has_no_sessions(site):
    """It says so, where the site forgot to add it."""
    account = site.firebase.models.account(firebase_uid="ada")
    with site.app_context(), pytest.raises(ValueError, match="not stored yet: add it to the session and flush it first"):
        site.firebase.sessions.revoke_all(account)


class TestAKeyThatIsGivenAgain:
    """The site's table gives keys again, as SQLite does without AUTOINCREMENT; a request holds an account of before."""

    @pytest.fixture
    def ada(self, site, firebase_issuer):
        """Ada's account, as a request has loaded it; meanwhile it is deleted, and Eve has its key."""
        device, eve = Device(site, firebase_issuer, "bearer"), Device(site, firebase_issuer, "bearer")
        uid = device.sign_in().get_json()["account"]["firebase_uid"]
        with site.app_context():
            account = site.firebase.accounts.find(uid)
            key = account.id
            site.db.session.commit()
            with site.app_context():
                site.firebase.accounts.delete(site.firebase.accounts.find(uid))
            assert (
                at_once(lambda: eve.sign_in("eve@example.com", name="Eve")) == []
            )  # as another request, in a context of its own
            with site.app_context(), site.db.engine.begin() as connection:
                if site.db.engine.dialect.name == "postgresql":
                    connection.execute(text("ALTER TABLE firebase_session DROP CONSTRAINT firebase_session_account_id_fkey"))
                for statement in ("UPDATE firebase_session SET account_id = :key", "UPDATE member SET id = :key"):
                    connection.execute(
                        text(statement).bindparams(bindparam("key", type_=site.firebase.models.account.id.type)), {"key": key}
                    )
            yield account

    @pytest.mark.parametrize(
        "act",
        [
            lambda accounts, account: accounts.update(account, {"name": "owned"}),
            lambda accounts, account: accounts.grant(account, "admin"),
            lambda accounts, account: accounts.disable(account),
            lambda accounts, account: accounts.delete(account),
            lambda accounts, account: accounts.check(account),
        ],
        ids=["update", "grant", "disable", "delete", "sign in by the site"],
    )
    def test_acts_on_nobody_else(self, site, ada, act):
        """The account is gone, whoever has its key now."""
        with pytest.raises(NotFound):
            act(site.firebase.accounts, ada)
        site.db.session.rollback()
        with site.app_context():
            (eve,) = site.db.session.scalars(site.db.select(site.firebase.models.account))
            assert (eve.name, eve.roles, eve.is_disabled) == ("Eve", [], False)
