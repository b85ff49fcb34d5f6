"""What Firebase has changed since: what the next sign-in, the running session and the next sync say of it, against the real emulator."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from emulated import PASSWORD
from firebase_emulator import EmulatorError
from flask_firebase_login import signals

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Row:
    """What is said after a change at Firebase.

    Attributes:
        change: What happens at Firebase.
        checked: The answer to an ID token of before, with CHECK_REVOKED.
        found: What sync calls it.
        session: The status of the running session after sync.
        marked: The answer to an ID token of before without CHECK_REVOKED, after sync.
        anew: The answer to a user who proves anew who they are; None where Firebase itself lets them do so no more.
    """

    change: object
    checked: object
    found: str
    session: int
    marked: object
    anew: object


TABLE = {
    "disabled": Row(
        lambda user: user.change(disableUser=True), (403, "account_disabled"), "disabled", 401, (403, "account_disabled"), None
    ),
    "deleted": Row(lambda user: user.delete(), (401, "id_token_revoked"), "deleted", 401, (403, "account_disabled"), None),
    "revoked": Row(
        lambda user: user.revoke(), (401, "id_token_revoked"), "revoked", 401, (401, "id_token_revoked"), (200, None)
    ),
    "password changed": Row(
        lambda user: user.change(password="another horse"),
        (401, "id_token_revoked"),
        "revoked",
        401,
        (401, "id_token_revoked"),
        (200, None),
    ),
    "provider unlinked": Row(
        lambda user: user.change(deleteProvider=["google.com"]), (200, None), "updated", 200, (200, None), (200, None)
    ),
}


def answered(answer):
    return answer.status_code, (answer.get_json() or {}).get("code")


def sync(site, **options):
    with site.app.app_context():
        return site.firebase.accounts.sync(**options)


def prove_anew(user):
    for password in (PASSWORD, "another horse"):
        try:
            return user.sign_in(password)
        except EmulatorError:
            continue
    return None


@pytest.mark.parametrize("transport", ["cookie", "bearer"])
@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_change_at_firebase_is_seen_by_the_next_sign_in_and_by_sync(row, transport, make_emulated_site, make_user, enter):
    """The running session goes on until sync has been; the table says the rest."""
    site, user = make_emulated_site(), make_user()
    device = site.device(transport)
    assert enter(device, user.refresh()).status_code == 200
    before = user.refresh()
    row.change(user)
    assert device.get("/private").status_code == 200
    report = sync(site, uids=[user.uid])
    assert (report.checked, getattr(report, row.found)) == (1, 1)
    assert device.get("/private").status_code == row.session
    assert answered(enter(site.device(transport), before)) == row.marked
    anew = prove_anew(user)
    assert (anew and answered(enter(site.device(transport), anew))) == row.anew
    assert getattr(sync(site, uids=[user.uid]), row.found) == 0


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_sign_in_asks_firebase_with_check_revoked(row, make_emulated_site, make_user, enter):
    """Without a run of sync; who may sign in may sign in, and the providers are those that Firebase knows."""
    site, user = make_emulated_site(FIREBASE_LOGIN_CHECK_REVOKED=True), make_user()
    assert enter(site.device(), user.refresh()).status_code == 200
    before = user.refresh()
    row.change(user)
    with signals.sign_in_rejected.connected_to(lambda _, code, **__: heard.append(code)):
        heard = []
        answer = enter(site.device(), before)
    assert answered(answer) == row.checked
    assert heard == ([row.checked[1]] if row.checked[1] else [])
    if answer.status_code == 200:
        assert answer.get_json()["account"]["providers"] == ["password"]


def test_a_password_that_is_taken_away_is_known_no_more(make_emulated_site, make_user, enter):
    """An ID token alone never says so: it tells of a password only where it was just used."""
    site, user = make_emulated_site(FIREBASE_LOGIN_CHECK_REVOKED=True), make_user()
    told = enter(site.device(), user.refresh()).get_json()["account"]
    assert told["providers"] == ["google.com", "password"]
    user.change(deleteProvider=["password"])
    told = enter(site.device(), user.refresh()).get_json()["account"]
    assert told["providers"] == ["google.com"]


def test_whom_firebase_enables_again_is_let_in_and_whom_the_site_disabled_is_not(make_emulated_site, make_user, enter):
    """By the next sync; each side keeps its own mark."""
    site, user, other = make_emulated_site(), make_user(), make_user()
    for one in (user, other):
        assert enter(site.device(), one.refresh()).status_code == 200
        one.change(disableUser=True)
    assert sync(site, uids=[user.uid, other.uid]).disabled == 2
    with site.app.app_context():
        site.firebase.accounts.disable(site.firebase.accounts.find(other.uid))
    for one in (user, other):
        one.change(disableUser=False)
    assert sync(site, uids=[user.uid, other.uid]).enabled == 2
    assert answered(enter(site.device(), user.refresh())) == (200, None)
    assert answered(enter(site.device(), other.refresh())) == (403, "account_disabled")


def test_whom_firebase_enables_again_is_let_in_by_a_sign_in_that_asks(make_emulated_site, make_user, enter):
    """With CHECK_REVOKED nobody waits for the next sync."""
    site, user = make_emulated_site(FIREBASE_LOGIN_CHECK_REVOKED=True), make_user()
    device = site.device()
    enter(device, user.refresh())
    user.change(disableUser=True)
    sync(site, uids=[user.uid])
    user.change(disableUser=False)
    assert device.get("/private").status_code == 401
    assert answered(enter(device, user.refresh())) == (200, None)
    assert device.get("/private").status_code == 200
    assert sync(site, uids=[user.uid]).enabled == 0


def test_a_new_address_is_refreshed_and_ends_what_was_open_before(make_emulated_site, make_user, enter):
    """The signal tells the former one, as at a sign-in."""
    site, user = make_emulated_site(), make_user()
    device = site.device()
    enter(device, user.refresh())
    heard = []

    def hear(_, *, changed, former_email, **__):
        heard.append(("provider_email" in changed, former_email))

    user.change(email=f"new-{user.email}", emailVerified=True)
    with signals.account_updated.connected_to(hear):
        report = sync(site, uids=[user.uid])
    assert report.updated == 1
    assert heard == [(True, user.email)]
    assert device.get("/private").status_code == 401
    with site.app.app_context():
        account = site.firebase.accounts.find(user.uid)
        assert (account.provider_email, account.email_verified) == (f"new-{user.email}", True)


def test_a_dry_run_changes_nothing_and_tells_what_would_change(make_emulated_site, make_user, enter):
    """Neither a session, nor a mark, nor a note of how far it has come."""
    site, user = make_emulated_site(), make_user()
    device = site.device()
    enter(device, user.refresh())
    user.change(disableUser=True)
    report = sync(site, dry_run=True)
    assert (report.disabled, report.is_dry_run) == (1, True)
    assert device.get("/private").status_code == 200
    with site.app.app_context():
        assert site.db.session.query(site.firebase.models.sync).count() == 0


def test_an_authenticated_request_stays_at_one_query(make_emulated_site, make_user, enter):
    """Firebase's marks are columns of the account, which is read anyway."""
    site, user = make_emulated_site(FIREBASE_LOGIN_CHECK_REVOKED=True), make_user()
    device = site.device()
    enter(device, user.refresh())
    with site.counted() as statements:
        assert device.get("/private").status_code == 200
    assert len(statements) == 1


def test_no_transaction_is_open_while_firebase_is_asked(make_emulated_site, make_user, enter, monkeypatch):
    """A connection that waits for Google is one that others wait for, also where a before_request of the site's has used it."""
    site, user = make_emulated_site(FIREBASE_LOGIN_CHECK_REVOKED=True), make_user()
    site.app.before_request(lambda: site.db.session.execute(site.db.text("SELECT 1")) and None)
    from flask_firebase_login.firebase.revocation import RevocationCheck

    open_ones = []
    check = RevocationCheck.check

    def watch(self, *arguments):
        open_ones.append(site.db.engine.pool.checkedout())
        return check(self, *arguments)

    monkeypatch.setattr(RevocationCheck, "check", watch)
    assert enter(site.device(), user.refresh()).status_code == 200
    assert open_ones == [0]


def test_firebase_out_of_reach_is_503_at_a_sign_in_and_sessions_go_on(make_emulated_site, make_user, enter, caplog):
    """The answer says when to come back."""
    site, user = make_emulated_site(FIREBASE_LOGIN_CHECK_REVOKED=True, FIREBASE_LOGIN_UPSTREAM_TIMEOUT=0.5), make_user()
    device = site.device()
    assert enter(device, user.refresh()).status_code == 200
    id_token = user.refresh()
    toolkit = site.app.extensions["firebase_login"].firebase._toolkit()
    toolkit._of_users = "http://127.0.0.1:9/v1/accounts"  # nobody listens there
    with caplog.at_level(logging.ERROR):
        answer = enter(site.device(), id_token)
    assert answered(answer) == (503, "firebase_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert device.get("/private").status_code == 200
