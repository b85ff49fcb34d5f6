"""Whose account was deleted, and who comes back: by an ID token from before, between two attempts, and after. Google is a double."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clocks import StandingClock
from flask_firebase_login.firebase import sync as sync_module
from flask_firebase_login.firebase.calls import Calls
from flask_firebase_login.firebase.identity_toolkit import GOOGLE, IdentityToolkit
from flask_firebase_login.firebase.walk import Walk
from google_double import GoogleDouble
from sites import Site

pytestmark = pytest.mark.integration


@pytest.fixture
def site(either_database_url, firebase_issuer):
    clock = StandingClock(datetime.now(UTC).replace(microsecond=0))  # as Firebase tells the time of a sign-in
    settings = {"SERVICE_ACCOUNT": "application-default", "ACCEPT_ID_TOKENS": True, "UPSTREAM_TIMEOUT": 60}
    site = Site(
        either_database_url, firebase_issuer, clock, **{f"FIREBASE_LOGIN_{key}": value for key, value in settings.items()}
    )
    yield site
    site.close()


@pytest.fixture
def google(site):
    google = GoogleDouble(lambda uid: {"localId": uid, "email": "ada@example.com", "emailVerified": True})
    calls = Calls(transport=google, jitter=lambda low, high: high)
    toolkit = IdentityToolkit(GOOGLE, "local-test-project", calls=calls, calls_of_users=calls)
    firebase = site.app.extensions["firebase_login"].firebase
    firebase._loaded = toolkit
    firebase._settings = replace(firebase._settings, timeout=timedelta(seconds=1))  # for this alone: the keys have time
    return google


@pytest.fixture
def ada(site, google):
    """Their device, and the ID token that they signed in by a minute ago."""
    id_token = site.issuer.mint(email="ada@example.com", age=timedelta(minutes=1))
    device = site.device("bearer")
    device.secret = post(device, id_token).get_json()["session_secret"]
    return device, id_token


def post(device, id_token):
    return device.post("/auth/sign-in", json={"id_token": id_token, "transport": "bearer"})


def away(google):
    google.failures.extend([httpx.ConnectError("nobody answers")] * 50)


def pending(site):
    with site.app.app_context():
        model = site.firebase.models.deletion
        return site.db.session.query(model).filter(model.deleted_at.is_(None)).count()


def sync(site, **options):
    with site.app.app_context():
        return site.firebase.accounts.sync(**options)


@pytest.mark.parametrize("way", ["sign-in", "bearer"])
@pytest.mark.parametrize("is_away", [False, True], ids=["deleted", "queued"])
def test_an_id_token_from_before_makes_no_account_again(site, google, ada, way, is_away):
    """The app's next poll, say: the user was told that everything is deleted."""
    device, id_token = ada
    if is_away:
        away(google)
    assert device.delete("/auth/account").status_code == (202 if is_away else 204)
    other = site.device("bearer")
    if way == "sign-in":
        answer = post(other, id_token)
    else:
        answer = other.get("/private", headers={"Authorization": f"Bearer {id_token}"})
    assert (answer.status_code, site.count("account")) == (401, 0)
    assert answer.get_json()["code"] == "id_token_revoked"
    google.failures.clear()
    sync(site)
    assert len(google.deleted) == 1
    assert pending(site) == 0


def test_while_firebase_is_asked_an_id_token_from_before_makes_no_account(site, google, ada):
    """The deletion is noted before."""
    device, id_token = ada
    find, seen = google._find, []

    def find_and_sign_in(uid):
        seen.append(post(site.device("bearer"), id_token).status_code)
        return find(uid)

    google._find = find_and_sign_in
    assert device.delete("/auth/account").status_code == 204
    assert (seen[0], site.count("account")) == (401, 0)


def test_who_signs_in_anew_while_the_deletion_waits_has_come_back(site, google, ada):
    """The deletion was of the account before."""
    device, _ = ada
    away(google)
    device.delete("/auth/account")
    google.failures.clear()
    site.clock.advance(seconds=5)
    assert post(site.device("bearer"), site.issuer.mint(email="ada@example.com")).status_code == 200
    assert (sync(site).deletions, google.deleted, pending(site)) == (0, [], 0)


def test_who_signs_in_anew_between_two_attempts_has_come_back(site, google, ada, monkeypatch):
    """The next attempt is not made."""
    device, _ = ada
    away(google)
    device.delete("/auth/account")
    google.failures.clear()
    google.failures.append(httpx.ConnectError("once"))
    site.clock.advance(seconds=5)
    id_token, signed_in = site.issuer.mint(email="ada@example.com"), []

    class Patience(sync_module.Patience):
        def __init__(self, seconds, pause):
            def wait(seconds):
                if not signed_in:
                    signed_in.append(site.app.test_client().post("/auth/sign-in", json={"id_token": id_token}).status_code)
                return pause(0)

            super().__init__(seconds, wait)

    monkeypatch.setattr(sync_module, "Patience", Patience)
    sync(site)
    assert signed_in == [200]
    assert (google.deleted, site.count("account")) == ([], 1)


def test_what_firebase_has_deleted_is_forgotten_once_no_id_token_is_good_any_more(site, google, ada):
    """When sessions are pruned, or at a sync."""
    device, _ = ada
    device.delete("/auth/account")
    assert site.count("deletion") == 1
    site.clock.advance(minutes=66)
    with site.app.app_context():
        site.firebase.sessions.prune()
    assert site.count("deletion") == 0


@pytest.mark.parametrize("given", ["[]", "null", '{"type": "service_account", "client_email": 5}'])
def test_a_key_that_is_none_leaves_a_deletion_to_sync(site, ada, google, tmp_path, given, caplog):
    """The account is gone by then: it is no fault of the user's."""
    device, _ = ada
    path = tmp_path / "key.json"
    path.write_text(given)
    firebase = site.app.extensions["firebase_login"].firebase
    firebase._loaded = None
    firebase._settings = replace(firebase._settings, service_account=str(path))
    caplog.set_level(logging.ERROR)
    answer = device.delete("/auth/account")
    assert (answer.status_code, answer.get_json()) == (202, {"firebase_user": "queued"})
    assert (site.count("account"), pending(site)) == (0, 1)
    assert "still to be deleted" in caplog.text


def test_where_firebase_does_not_answer_the_others_do_not_wait_for_it_too(site, google, ada, monkeypatch):
    """A thousand would take days."""
    with site.app.app_context():
        model = site.firebase.models.deletion
        for number in range(5):
            site.db.session.add(model(firebase_uid=f"gone-{number}", requested_at=site.clock(), attempts=0))
        site.db.session.commit()
    monkeypatch.setattr(sync_module, "PATIENCE_SECONDS", 0.0)
    google.failures.extend([httpx.ConnectError("nobody answers")] * 5)
    with site.app.app_context():
        firebase = site.app.extensions["firebase_login"].firebase
        left = firebase._deletions().retry(firebase._toolkit(), sync_module.Patience(0.0), lambda done: None)
    assert (left, len(google.requests)) == (5, 1)


def test_an_account_that_was_made_again_is_not_taken_for_the_one_before(site, google, ada, monkeypatch):
    """Firebase was asked about the one before."""
    google._find = lambda uid: None
    compare = sync_module.Run._compare
    made_again = []

    def make_again(run, page, answer):
        compared = compare(run, page, answer)
        if not made_again:
            made_again.append(True)
            session, model = site.db.session, site.firebase.models.account
            account = session.query(model).one()
            columns = {"firebase_uid": account.firebase_uid, "provider_email": "ada@example.com", "email_verified": True}
            session.delete(account)
            session.flush()
            session.add(model(**columns, security_stamp="another", last_signed_in_at=site.clock()))
            session.commit()
            google._find = lambda uid: {"localId": uid, "email": "ada@example.com", "emailVerified": True}
        return compared

    monkeypatch.setattr(sync_module.Run, "_compare", make_again)
    assert sync(site).deleted == 0


def test_who_is_disabled_here_and_at_firebase_costs_one_query(site, google, ada):
    """Whatever ID token they send."""
    _, id_token = ada
    with site.app.app_context():
        account = site.db.session.query(site.firebase.models.account).one()
        account.disabled_at = account.firebase_disabled_at = site.clock() - timedelta(hours=2)
        site.db.session.commit()
    with site.counted() as statements:
        answer = site.device("bearer").get("/private", headers={"Authorization": f"Bearer {id_token}"})
    assert (answer.status_code, len(statements)) == (403, 1)


def test_the_api_key_is_in_no_log(make_emulated_site, make_user, enter, caplog):
    """httpx logs whole addresses."""
    site = make_emulated_site(FIREBASE_LOGIN_CHECK_REVOKED=True)
    caplog.set_level(logging.DEBUG)
    assert enter(site.device(), make_user().sign_in()).status_code == 200
    assert "accounts:lookup" in caplog.text
    assert "demo-key" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("httpx"))


def test_two_runs_begin_at_once(site, google, ada):
    """By two timers, say: neither fails."""
    barrier = threading.Barrier(2)
    begin, reports = Walk.begin, []

    def run():
        with site.app.app_context():
            reports.append(site.firebase.accounts.sync())

    def begin_together(walk):
        barrier.wait(60)
        return begin(walk)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Walk, "begin", begin_together)
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [report.checked for report in reports] == [1, 1]
