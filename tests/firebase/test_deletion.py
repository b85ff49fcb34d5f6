"""A deletion goes through to Firebase, whatever is cut in between: nothing here half gone, the Firebase user gone in the end, or told."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from emulated import EmulatedUser
from firebase_emulator import EmulatorError
from flask_firebase_login.firebase.calls import Calls
from flask_firebase_login.firebase.identity_toolkit import GOOGLE, IdentityToolkit
from google_double import GoogleDouble, refuse

pytestmark = pytest.mark.integration


@pytest.fixture
def site(make_emulated_site):
    return make_emulated_site(FIREBASE_LOGIN_SERVICE_ACCOUNT="application-default", FIREBASE_LOGIN_UPSTREAM_TIMEOUT=60)


@pytest.fixture
def signed_in(site, make_user, enter):
    """A user and their device, who have just proved who they are."""
    user, device = make_user(), site.device()
    assert enter(device, user.sign_in()).status_code == 200
    return user, device


class Line:
    """What lies between the site and Firebase: it can be cut, and what was sent is then not heard, or the answer is lost."""

    def __init__(self, site):
        self.cut = None
        self._real = httpx.HTTPTransport()
        firebase = site.app.extensions["firebase_login"].firebase
        firebase._toolkit()._calls._transport = httpx.MockTransport(self._send)
        firebase._settings = replace(firebase._settings, timeout=timedelta(seconds=0.6))

    def _send(self, request):
        if self.cut == "before":
            raise httpx.ConnectError("the line is cut")
        answer = self._real.handle_request(request)
        answer.read()
        if self.cut == "after":
            raise httpx.ReadError("the line is cut")
        return answer


@pytest.fixture
def line(site):
    return Line(site)


def is_at_firebase(user: EmulatedUser) -> bool:
    return "users" in user.emulator.call_as_owner("accounts:lookup", {"localId": [user.uid]})


def queued(site):
    """How many are still to be deleted at Firebase."""
    with site.app.app_context():
        model = site.firebase.models.deletion
        return site.db.session.query(model).filter(model.deleted_at.is_(None)).count()


def sync(site):
    with site.app.app_context():
        return site.firebase.accounts.sync()


def test_deleting_an_account_deletes_the_firebase_user(site, signed_in):
    """After the local transaction; nothing is left to do."""
    user, device = signed_in
    assert device.delete("/auth/account").status_code == 204
    assert (site.count("account"), site.count("session"), queued(site)) == (0, 0, 0)
    assert not is_at_firebase(user)
    with pytest.raises(EmulatorError):
        user.sign_in()


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_line_that_is_cut_leaves_a_note_that_sync_works_off(cut, site, signed_in, line):
    """The account is gone, the client is told, and the Firebase user is gone in the end; also where only the answer was lost."""
    user, device = signed_in
    line.cut = cut
    answer = device.delete("/auth/account")
    assert (answer.status_code, answer.get_json()) == (202, {"firebase_user": "queued"})
    assert (site.count("account"), site.count("session"), queued(site)) == (0, 0, 1)
    assert is_at_firebase(user) == (cut == "before")
    line.cut = None
    report = sync(site)
    assert (report.deletions, report.deletions_left, queued(site)) == (1, 0, 0)
    assert not is_at_firebase(user)


def test_the_page_says_that_the_firebase_user_is_still_to_be_deleted(site, signed_in, line):
    """In the user's language, on the page that says that the account is deleted."""
    _, device = signed_in
    page = device.get("/auth/", headers={"Accept": "text/html"}).get_data(as_text=True)
    whose = page.split('name="account" value="')[1].split('"')[0]
    line.cut = "before"
    form = {"account": whose, "action": "delete", "word": "delete"}
    answer = device.post("/auth/", data=form, headers={"Accept": "text/html"})
    assert (answer.status_code, site.count("account")) == (303, 0)
    told = device.get(answer.headers["Location"], headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "will be deleted" in told


def test_a_database_that_is_cut_before_the_commit_deletes_nothing_anywhere(site, signed_in, monkeypatch):
    """Neither here nor at Firebase: the user may try again."""
    user, device = signed_in
    commit = Session.commit

    def cut(self):
        if self.info.get("firebase_login_changed"):
            raise OperationalError("COMMIT", {}, Exception("the database is cut"), connection_invalidated=True)
        return commit(self)

    monkeypatch.setattr(Session, "commit", cut)
    assert device.delete("/auth/account").status_code == 503
    monkeypatch.undo()
    assert (site.count("account"), queued(site)) == (1, 0)
    assert is_at_firebase(user)
    assert device.get("/private").status_code == 200


def test_a_process_that_dies_after_the_commit_has_noted_what_is_left(site, signed_in, monkeypatch):
    """The note is part of the transaction that deletes the account."""
    user, device = signed_in
    from flask_firebase_login.firebase.deletions import Deletions

    class Killed(BaseException):
        """Stands for the end of the process."""

    def die(*_):
        raise Killed

    monkeypatch.setattr(Deletions, "finish", die)
    with pytest.raises(Killed):
        device.delete("/auth/account")
    monkeypatch.undo()
    assert (site.count("account"), queued(site)) == (0, 1)
    assert is_at_firebase(user)
    assert sync(site).deletions == 1
    assert not is_at_firebase(user)


def test_a_database_that_is_cut_after_firebase_has_done_it_loses_the_note_later(site, signed_in, monkeypatch):
    """The note outlives the deletion, which is done twice without harm."""
    user, device = signed_in
    from flask_firebase_login.firebase.deletions import Deletions

    def cut(*_):
        raise OperationalError("DELETE", {}, Exception("the database is cut"), connection_invalidated=True)

    monkeypatch.setattr(Deletions, "_note_done", cut)
    assert device.delete("/auth/account").status_code == 202
    monkeypatch.undo()
    assert not is_at_firebase(user)
    assert queued(site) == 1
    assert (sync(site).deletions, queued(site)) == (1, 0)


def test_a_user_who_has_come_back_is_not_deleted(site, signed_in, line, enter):
    """The deletion was of the account before."""
    user, device = signed_in
    line.cut = "before"
    device.delete("/auth/account")
    line.cut = None
    time.sleep(1.1)  # Firebase tells the time of a sign-in in whole seconds
    assert enter(site.device(), user.sign_in()).status_code == 200
    report = sync(site)
    assert (report.deletions, queued(site)) == (0, 0)
    assert is_at_firebase(user)


def test_a_deletion_within_the_caller_s_transaction_waits_for_sync(site, signed_in):
    """Its owner may take it back, and Firebase gives nobody back."""
    user, _ = signed_in
    with site.app.app_context():
        account = site.firebase.accounts.find(user.uid)
        account.settings["theme"] = "dark"
        site.db.session.flush()
        assert site.firebase.accounts.delete(account) == "queued"
        site.db.session.rollback()
    assert (site.count("account"), queued(site)) == (1, 0)
    with site.app.app_context():
        account = site.firebase.accounts.find(user.uid)
        account.settings["theme"] = "dark"
        site.db.session.flush()
        assert site.firebase.accounts.delete(account) == "queued"
        site.db.session.commit()
    assert is_at_firebase(user)
    assert sync(site).deletions == 1
    assert not is_at_firebase(user)


def test_without_credentials_the_firebase_user_is_kept_and_the_caller_is_told(make_emulated_site, make_user, enter):
    """Nothing is queued that nobody could do."""
    site, user = make_emulated_site(), make_user()
    enter(site.device(), user.refresh())
    with site.app.app_context():
        assert site.firebase.accounts.delete(site.firebase.accounts.find(user.uid)) == "kept"
    assert (site.count("account"), queued(site)) == (0, 0)
    assert is_at_firebase(user)


def test_what_firebase_denies_stays_in_the_queue_and_in_the_log(site, signed_in, caplog):
    """A GoogleDouble denies as Google does where the role is missing; the emulator denies nothing."""
    user, device = signed_in
    google = GoogleDouble(lambda uid: {"localId": uid})
    google.failures.append(refuse(403, "INSUFFICIENT_PERMISSION", "PERMISSION_DENIED"))
    calls = Calls(transport=google)
    site.app.extensions["firebase_login"].firebase._loaded = IdentityToolkit(
        GOOGLE, "demo-shop", calls=calls, calls_of_users=calls
    )
    assert device.delete("/auth/account").status_code == 202
    assert "Firebase Authentication Admin" in caplog.text
    with site.app.app_context():
        (row,) = site.db.session.query(site.firebase.models.deletion).all()
        assert (row.firebase_uid, row.attempts) == (user.uid, 1)
    assert sync(site).deletions == 1
    assert google.deleted == [user.uid]


def test_the_export_says_what_firebase_keeps(site, signed_in):
    """Firebase itself exports nothing to its users."""
    user, device = signed_in
    told = device.get("/auth/account/export").get_json()["firebase"]
    assert (told["project_id"], told["firebase_uid"]) == ("demo-shop", user.uid)
    assert "a hash of the password" in told["keeps"]
