"""Runs of `sync` over many accounts: broken off, resumed, in the way of others, and slowed down by Google."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emulated import EmulatedIssuer
from flask_firebase_login import ConfigError, signals
from flask_firebase_login.clock import utc_now
from flask_firebase_login.errors import FirebaseDenied, FirebaseUnavailable
from flask_firebase_login.firebase.calls import Calls
from flask_firebase_login.firebase.identity_toolkit import GOOGLE, IdentityToolkit
from flask_firebase_login.firebase.sync import PARALLEL_CALLS
from google_double import GoogleDouble, refuse
from sites import Site

pytestmark = pytest.mark.integration

SYNC_PROCESS = Path(__file__).parents[1] / "support" / "sync_process.py"
PEOPLE = 430


def add_accounts(site, uids, *, signed_in_at=None, with_sessions=True):
    """Accounts as after a sign-in an hour ago, each with one session."""
    before = datetime.now(UTC) - timedelta(hours=1)
    with site.app.app_context():
        site.db.create_all()
        accounts = [
            site.firebase.models.account(
                firebase_uid=uid,
                provider_email=f"{uid}@example.com",
                email_verified=True,
                providers=["google.com"],
                last_signed_in_at=signed_in_at or before,
            )
            for uid in uids
        ]
        site.db.session.add_all(accounts)
        site.db.session.commit()
        for account in accounts if with_sessions else ():
            site.firebase.sessions.open(account, auth_time=before, transport="bearer")
        site.db.session.commit()


def user_info(uid, **members):
    providers = [{"providerId": "google.com"}]
    return {"localId": uid, "email": f"{uid}@example.com", "emailVerified": True, "providerUserInfo": providers} | members


def use_double(site, google):
    calls = Calls(transport=google, jitter=lambda low, high: low)
    toolkit = IdentityToolkit(GOOGLE, site.firebase_project, calls=calls, calls_of_users=calls)
    site.app.extensions["firebase_login"].firebase._loaded = toolkit


@pytest.fixture
def site(make_emulated_site):
    site = make_emulated_site()
    site.firebase_project = "demo-shop"
    return site


def sync(site, **options):
    with site.app.app_context():
        return site.firebase.accounts.sync(**options)


def make_people(emulator):
    """Users at Firebase, of whom some are disabled, deleted, revoked, or have another address."""
    run = uuid.uuid4().hex[:8]
    uids = [f"{run}-{number:04}" for number in range(PEOPLE)]
    now = int(utc_now().timestamp())
    users = [user_info(uid) | {"providerUserInfo": [{"providerId": "google.com", "rawId": uid}]} for uid in uids]
    for number, user in enumerate(users):
        if number % 7 == 0:
            user["disabled"] = True
        if number % 11 == 0:
            user["email"] = f"new-{user['email']}"
        user["validSince"] = str(now if number % 13 == 0 else now - 7200)
    made = [user for number, user in enumerate(users) if number % 5]
    emulator.call_as_owner("accounts:batchCreate", {"users": made, "allowOverwrite": True})
    for user in made:  # which the import does not take over
        emulator.call_as_owner("accounts:update", {"localId": user["localId"], "validSince": user["validSince"]})
    return uids


def read_end(site):
    """What a run has left, but for the time at which it found it."""
    account, session = site.firebase.models.account, site.firebase.models.session
    with site.app.app_context():
        accounts = {
            one.firebase_uid: (
                one.firebase_disabled_at is not None,
                one.firebase_valid_since,
                one.provider_email,
                one.email_verified,
                [*one.providers],
            )
            for one in site.db.session.query(account)
        }
        sessions = {
            uid
            for (uid,) in site.db.session.query(account.firebase_uid).join(
                session, (session.account_id == account.id) & (session.account_stamp == account.security_stamp)
            )
        }
        return accounts, sessions, site.db.session.query(site.firebase.models.sync).count()


def test_a_run_that_is_killed_three_times_ends_as_an_undisturbed_one(site, emulator, either_database_url, tmp_path):
    """By SIGKILL, each time a hundred accounts further on; nobody is looked up twice for it, nor left out."""
    uids = make_people(emulator)
    undisturbed = Site(f"sqlite:///{tmp_path / 'undisturbed.db'}", EmulatedIssuer(emulator), utc_now)
    for one in (site, undisturbed):
        add_accounts(one, uids)
    report = sync(undisturbed)
    assert report.checked == PEOPLE
    assert min(report.disabled, report.deleted, report.revoked, report.updated) > 0

    command = [sys.executable, str(SYNC_PROCESS), either_database_url, emulator.host, emulator.project_id]
    for killed_before in range(3):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline().split() == ["100", str(int(killed_before > 0))]
            process.kill()
    done = subprocess.run(command, input="\n" * 10, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-3:] == ["130", "1", "done"]
    assert read_end(site) == read_end(undisturbed)
    undisturbed.close()


def test_a_run_that_broke_off_more_than_a_day_ago_begins_anew(site):
    """Those before its place have waited long enough."""
    uids = [f"{number:03}" for number in range(250)]
    add_accounts(site, uids, with_sessions=False)
    use_double(site, GoogleDouble(user_info))

    def break_off(report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(site, on_progress=break_off)
    with site.app.app_context():
        (row,) = site.db.session.query(site.firebase.models.sync)
        assert row.cursor == "099"
        row.began_at -= timedelta(days=1)
        site.db.session.commit()
    report = sync(site)
    assert (report.checked, report.is_resumed) == (250, False)


def test_a_callback_that_breaks_the_run_off_leaves_what_was_done(site):
    """Ctrl-C in a command, say: the next run goes on behind it."""
    add_accounts(site, [f"{number:03}" for number in range(250)])
    use_double(site, GoogleDouble(lambda uid: user_info(uid, disabled=True)))
    heard = []

    def break_off(report):
        heard.append(report)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(site, on_progress=break_off)
    assert [(report.checked, report.total, report.disabled) for report in heard] == [(100, 250, 100)]
    assert site.count("session") == 150
    report = sync(site)
    assert (report.checked, report.total, report.disabled, report.is_resumed) == (150, 150, 150, True)
    assert site.count("session") == 0


def test_quotas_and_faults_are_waited_out_in_the_middle(site):
    """429 and 503, with and without Retry-After: nobody is left out."""
    add_accounts(site, [f"{number:03}" for number in range(250)], with_sessions=False)
    google = GoogleDouble(lambda uid: user_info(uid, disabled=True))
    google.failures.extend(
        [
            refuse(429, "Quota exceeded.", "RESOURCE_EXHAUSTED", retry_after="0"),
            refuse(503, "Unavailable.", "UNAVAILABLE"),
            refuse(429, "Quota exceeded.", "RESOURCE_EXHAUSTED", retry_after="1"),
            refuse(503, "Unavailable.", "UNAVAILABLE", retry_after="0"),
        ]
    )
    use_double(site, google)
    report = sync(site)
    assert (report.checked, report.disabled) == (250, 250)
    assert len(google.requests) == 3 + 4


def test_a_fault_that_lasts_breaks_the_run_off_where_it_is(site, monkeypatch):
    """With the error of the call; what was done stays done."""
    monkeypatch.setattr("flask_firebase_login.firebase.sync.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("flask_firebase_login.firebase.sync.PARALLEL_CALLS", 1)
    add_accounts(site, [f"{number:03}" for number in range(250)], with_sessions=False)
    google = GoogleDouble(lambda uid: user_info(uid, disabled=True))
    use_double(site, google)

    def cut(report):
        google.failures.extend([refuse(503, "Unavailable.", "UNAVAILABLE", retry_after="5")] * 20)

    with pytest.raises(FirebaseUnavailable):
        sync(site, on_progress=cut)
    google.failures.clear()
    report = sync(site)
    assert report.is_resumed
    assert report.checked < 250


def test_a_few_calls_are_under_way_at_once_and_no_more(site):
    """So many that an answer's time counts for little, and so few that Google's quota bears them."""
    add_accounts(site, [f"{number:04}" for number in range(2000)], with_sessions=False)
    barrier, arrivals = threading.Barrier(PARALLEL_CALLS), itertools.count()

    class SlowDouble(GoogleDouble):
        """Answers once as many are asking as may ask at once."""

        def _answer(self, request):
            if next(arrivals) < PARALLEL_CALLS:
                barrier.wait(60)
            return super()._answer(request)

    google = SlowDouble(user_info)
    use_double(site, google)
    assert sync(site).checked == 2000
    assert google.most_at_once == PARALLEL_CALLS
    assert max(len(body["localId"]) for _, body in google.requests) == 100


def test_who_signs_in_meanwhile_is_asked_about_again(site):
    """What Firebase said before the sign-in is not written over what it said at it."""
    add_accounts(site, ["ada"], with_sessions=False)

    class Overtaken(GoogleDouble):
        """While it answers the first time, a sign-in brings a newer address."""

        def _answer(self, request):
            answer = super()._answer(request)
            if len(self.requests) == 1:
                with site.app.app_context():
                    account = site.firebase.accounts.find("ada")
                    account.provider_email = "newer@example.com"
                    site.db.session.commit()
            return answer

    google = Overtaken(lambda uid: user_info(uid, email=("old", "newer")[len(google.requests) > 1] + "@example.com"))
    use_double(site, google)
    report = sync(site)
    assert (report.checked, report.updated, report.skipped) == (1, 0, 0)
    assert [method for method, _ in google.requests] == ["lookup", "lookup"]
    with site.app.app_context():
        assert site.firebase.accounts.find("ada").provider_email == "newer@example.com"


def test_who_keeps_changing_is_left_to_the_next_run(site):
    """And is counted."""
    add_accounts(site, ["ada"], with_sessions=False)

    def find(uid):
        with site.app.app_context():
            site.firebase.accounts.update(site.firebase.accounts.find(uid), {"settings": {"n": len(google.requests)}})
        return user_info(uid, disabled=True)

    google = GoogleDouble(find)
    use_double(site, google)
    report = sync(site)
    assert (report.checked, report.disabled, report.skipped) == (1, 0, 1)


def test_another_project_signs_nobody_out(site):
    """Firebase knows none of the first accounts: that is no chance."""
    add_accounts(site, [f"{number:03}" for number in range(20)])
    use_double(site, GoogleDouble(lambda uid: None))
    with pytest.raises(FirebaseDenied, match="none of the first 20 accounts"):
        sync(site)
    assert site.count("session") == 20
    assert sync(site, uids=[f"{number:03}" for number in range(20)]).deleted == 20


def test_since_leaves_out_who_has_not_been_here(site):
    """Whoever has a session that was seen since is not left out, however long ago they signed in."""
    long_ago = datetime.now(UTC) - timedelta(days=30)
    add_accounts(site, ["gone"], signed_in_at=long_ago, with_sessions=False)
    add_accounts(site, ["here"], signed_in_at=long_ago)
    add_accounts(site, ["new"], with_sessions=False)
    google = GoogleDouble(user_info)
    use_double(site, google)
    report = sync(site, since=datetime.now(UTC) - timedelta(hours=2))
    assert (report.total, report.checked) == (2, 2)
    assert [body["localId"] for _, body in google.requests] == [["here", "new"]]
    with pytest.raises(ValueError, match="aware"):
        sync(site, since=datetime(2026, 1, 1))  # noqa: DTZ001


def test_users_who_have_no_account_here_are_counted(site):
    """A webhook tells of users whom the site does not know; odd uids are no uids."""
    add_accounts(site, ["ada/lovelace"])
    use_double(site, GoogleDouble(user_info))
    report = sync(site, uids=["ada/lovelace", "stranger", "\0", "ada/lovelace"])
    assert (report.total, report.checked, report.unknown) == (3, 1, 2)
    assert sync(site, uids=[]).total == 0


def test_sync_within_a_transaction_of_the_caller_s_is_refused(site):
    """It would keep that open for minutes."""
    add_accounts(site, ["ada"])
    with site.app.app_context():
        account = site.firebase.accounts.find("ada")
        account.settings["theme"] = "dark"
        with pytest.raises(RuntimeError, match="commit them"):
            site.firebase.accounts.sync()


def test_a_revocation_ends_the_sessions_of_before_and_no_other(site):
    """Whoever has signed in since goes on."""
    add_accounts(site, ["ada"])
    revoked_at = datetime.now(UTC) - timedelta(minutes=30)
    with site.app.app_context():
        site.firebase.sessions.open(site.firebase.accounts.find("ada"), auth_time=datetime.now(UTC), transport="bearer")
        site.db.session.commit()
    use_double(site, GoogleDouble(lambda uid: user_info(uid, validSince=str(int(revoked_at.timestamp())))))
    heard = []
    with signals.session_revoked.connected_to(lambda _, session_ids, **__: heard.extend(session_ids)):
        assert sync(site).revoked == 1
    assert (site.count("session"), len(heard)) == (1, 1)
    assert sync(site).revoked == 0


def test_a_new_address_waits_for_the_sign_in_where_the_site_has_a_hook_for_it(site):
    """on_link needs the ID token; until then nobody is signed in as the one of before."""
    site.firebase.on_link(lambda account, id_token: None)
    add_accounts(site, ["ada"])
    use_double(site, GoogleDouble(lambda uid: user_info(uid, email="new@example.com")))
    for _ in range(2):
        sync(site)
        with site.app.app_context():
            assert site.firebase.accounts.find("ada").provider_email == "ada@example.com"
        assert site.count("session") == 0


def test_accounts_without_firebase_say_where_it_is(accounts):
    """As where they are made without FirebaseLogin."""
    with pytest.raises(ConfigError, match="FirebaseLogin"):
        accounts.sync()


def test_a_site_of_a_million_is_read_by_an_index(site):
    """Each page is a range of the index of uids, and sessions are found by theirs."""
    add_accounts(site, ["ada"])
    use_double(site, GoogleDouble(user_info))
    with site.counted() as statements:
        sync(site)
    reading = next(statement for statement in statements if "min(" in statement)
    with site.app.app_context():
        if site.db.engine.dialect.name == "sqlite":
            plan = [row[3] for row in site.db.session.execute(site.db.text(f"EXPLAIN QUERY PLAN {reading}".replace("?", "5")))]
            assert not [step for step in plan if step.startswith("SCAN") and "USING INDEX" not in step], plan


def test_who_changes_and_goes_meanwhile_is_asked_about_no_more(site):
    """A call without uids would be an error of Google's."""
    add_accounts(site, ["ada"], with_sessions=False)

    class Gone(GoogleDouble):
        """While it answers, the account changes; while it answers again, it is deleted."""

        def _answer(self, request):
            answer = super()._answer(request)
            assert self.requests[-1][1]["localId"] == ["ada"]
            with site.app.app_context():
                account = site.firebase.accounts.find("ada")
                if len(self.requests) == 1:
                    site.firebase.accounts.update(account, {"settings": {"theme": "dark"}})
                else:
                    site.firebase.accounts.delete(account)
            return answer

    use_double(site, Gone(lambda uid: user_info(uid, disabled=True)))
    report = sync(site)
    assert (report.checked, report.disabled, report.skipped) == (1, 0, 0)
