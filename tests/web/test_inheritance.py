"""Nobody inherits anything: not the sessions of a deleted account, not its Flask session, its devices or its ETags."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from flask_firebase_login import Accounts
from threads import at_once


def delete_by_orm(site, account):
    site.db.session.delete(account)
    site.db.session.commit()


def delete_in_bulk(site, account):
    site.db.session.execute(delete(site.firebase.models.account))
    site.db.session.commit()


def delete_by_hand(site, account):
    site.db.session.connection().exec_driver_sql("DELETE FROM firebase_account")
    site.db.session.commit()


def delete_and_reuse(site, account):
    """As a table of the site's own without AUTOINCREMENT does it: the next account gets the same key."""
    site.db.session.connection().exec_driver_sql("DELETE FROM sqlite_sequence")
    delete_by_hand(site, account)


@pytest.fixture(params=[delete_by_orm, delete_in_bulk, delete_by_hand, delete_and_reuse])
def delete_account(request, site):
    """The site's own code deletes Ada's account, by whatever means; no foreign key is enforced."""

    def delete_now(email="ada@example.com"):
        with site.app.app_context():
            request.param(site, site.firebase.accounts.find(f"uid-of-{email}"))

    return delete_now


def test_a_session_of_a_deleted_account_is_nobody_s(site, device, other_device, delete_account):
    """The next user may get the same key, and is another user all the same."""
    device.sign_in()
    delete_account()
    other_device.sign_in("eve@example.com", name="Eve")
    answer = device.get("/private")
    assert answer.status_code == 401, answer.get_json()
    assert other_device.get("/private").get_json()["name"] == "Eve"


def test_the_same_user_who_comes_back_starts_anew(device, other_device, delete_account):
    """What was ended with the old account does not come back with the new one."""
    device.sign_in()
    delete_account()
    assert other_device.sign_in().get_json()["created"]
    assert device.get("/private").status_code == 401


def test_the_devices_of_a_deleted_account_are_not_listed_for_the_next(site, device, other_device, delete_account):
    """Nor exported, nor signed out by the ids of an old list."""
    old_id = device.sign_in().get_json()["session"]["id"]
    delete_account()
    new_id = other_device.sign_in("eve@example.com").get_json()["session"]["id"]
    assert old_id != new_id
    listed = other_device.get("/auth/sessions").get_json()["sessions"]
    exported = other_device.get("/auth/account/export").get_json()["sessions"]
    assert [[entry["id"] for entry in entries] for entries in (listed, exported)] == [[new_id], [new_id]]
    assert other_device.delete(f"/auth/sessions/{old_id}").status_code == 404


def test_an_etag_never_comes_again(device, other_device, delete_account):
    """A cache of the deleted account is not the next one's."""
    device.sign_in()
    etag = device.get("/auth/account").headers["ETag"]
    delete_account()
    other_device.sign_in()
    again = other_device.get("/auth/account", headers={"If-None-Match": etag})
    assert (again.status_code, again.headers["ETag"] == etag) == (200, False)


def test_the_flask_session_is_emptied_for_another_user(site, delete_account):
    """Of a device whose former user has deleted the account elsewhere."""
    browser = site.device("cookie")
    browser.sign_in()
    browser.post("/cart/book")
    delete_account()
    browser.sign_in("eve@example.com")
    assert browser.get("/cart").get_json() == {"cart": None}


def test_rows_that_belong_to_nobody_are_pruned(site, device, delete_account):
    """They open nothing, and go when the table is cleaned."""
    device.sign_in()
    delete_account()
    with site.app.app_context():
        assert site.firebase.sessions.prune() == 1
        assert site.firebase.sessions.prune() == 0


def test_keys_of_our_own_table_never_come_again(site, device, other_device):
    """A site's own row that still names a deleted account names nobody."""
    first = device.sign_in().get_json()["account"]["id"]
    assert device.delete("/auth/account").status_code == 204
    device.secret = None
    assert other_device.sign_in("eve@example.com").get_json()["account"]["id"] != first


def test_a_session_opened_beside_disable_does_not_come_back_after_enable(site, device, db_race):
    """The sign-in has read the account before it was disabled, and writes after."""

    def disable(account):
        with site.app.app_context():
            site.firebase.accounts.disable(site.firebase.accounts.find(account.firebase_uid))

    assert device.sign_in().status_code == 200
    db_race(disable)
    device.secret = None
    rejected = device.sign_in()
    assert (rejected.status_code, rejected.get_json()["code"]) == (403, "account_disabled")
    with site.app.app_context():
        site.firebase.accounts.enable(site.firebase.accounts.find("uid-of-ada@example.com"))
    assert device.get("/private").status_code == 401
    assert site.count("session") == 0


def test_a_sign_in_beside_a_deletion_makes_a_new_account(site, device, db_race):
    """It has read the account before the deletion: no error, no row of the old one."""

    def delete_account(account):
        with site.app.app_context():
            site.firebase.accounts.delete(site.firebase.accounts.find(account.firebase_uid))

    device.sign_in()
    db_race(delete_account)
    device.secret = None
    answer = device.sign_in()
    assert (answer.status_code, answer.get_json()["created"]) == (200, True)
    assert device.get("/private").status_code == 200
    assert (site.count("account"), site.count("session")) == (1, 1)


@pytest.fixture
def db_race(monkeypatch):
    """Let another transaction come between, once: after a sign-in has found the account, and before it opens a session."""
    find_account = Accounts.sign_in

    def prepare(work):
        def sign_in(self, id_token):
            monkeypatch.undo()
            account, created = find_account(self, id_token)
            assert at_once(lambda: work(account)) == []
            return account, created

        monkeypatch.setattr(Accounts, "sign_in", sign_in)

    return prepare
