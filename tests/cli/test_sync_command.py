"""`flask firebase-login sync`, with the users of the real Auth emulator."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from emulated import EmulatedIssuer, EmulatedUser
from flask_firebase_login.clock import utc_now
from sites import Site
from terminal import read_json, run

pytestmark = pytest.mark.integration


@contextmanager
def firebase_away(site):
    """Nobody answers the site's calls to Firebase, which it gives up after a second."""
    firebase = site.app.extensions["firebase_login"].firebase
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firebase._toolkit(), "_of_site", "http://127.0.0.1:9/accounts")
        patch.setattr(firebase, "_settings", replace(firebase._settings, timeout=timedelta(seconds=1)))
        yield


@pytest.fixture
def shop(emulator, either_database_url):
    """A site, and two of its users who are signed in: Ada and Bob."""
    emulator.clear()
    site = Site(either_database_url, EmulatedIssuer(emulator), utc_now, FIREBASE_LOGIN_SERVICE_ACCOUNT="application-default")
    users = [EmulatedUser(emulator), EmulatedUser(emulator)]
    for user in users:
        body = {"id_token": user.sign_in(), "transport": "cookie"}
        assert site.device().post("/auth/sign-in", json=body).status_code == 200
    yield site, *users
    site.close()


def test_who_is_disabled_at_firebase_is_signed_out(shop):
    """And let in again, once Firebase enables them."""
    site, ada, _ = shop
    ada.change(disableUser=True)
    done = run(site.app, "sync")
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["2", "1"]
    assert "disabled at Firebase: signed out" in done.stdout
    assert site.count("session") == 1
    shown = read_json(run(site.app, "accounts", "show", f"uid:{ada.uid}", "--json"))
    assert (shown["disabled_at"], shown["firebase_disabled_at"] is None) == (None, False)
    ada.change(disableUser=False)
    assert read_json(run(site.app, "sync", "--json"))["enabled"] == 1


def test_a_dry_run_changes_nothing(shop):
    """It tells what would change."""
    site, ada, _ = shop
    ada.delete()
    done = run(site.app, "sync", "--dry-run")
    assert "deleted at Firebase: signed out" in done.stdout
    assert done.stdout.splitlines()[-1] == "Nothing was changed: this was --dry-run."
    assert site.count("session") == 2


def test_one_user_is_asked_about(shop):
    """By uid; a uid that has no account here is counted."""
    site, ada, bob = shop
    for user in (ada, bob):
        user.change(disableUser=True)
    report = read_json(run(site.app, "sync", "--uid", bob.uid, "--uid", "users/nobody", "--json"))
    assert (report["checked"], report["disabled"], report["unknown"]) == (1, 1, 1)
    assert site.count("session") == 1


@pytest.mark.parametrize("since", ["2000-01-01", "2000-01-01T12:30:00"])
def test_who_has_not_been_here_since_is_left_out(shop, since):
    """A day, or a time, in UTC."""
    site, *_ = shop
    assert read_json(run(site.app, "sync", "--since", since, "--json"))["checked"] == 2
    assert read_json(run(site.app, "sync", "--since", since.replace("2000", "2100"), "--json"))["checked"] == 0


def test_a_deletion_goes_through_to_firebase(shop, emulator):
    """At once where Firebase answers, and else by the next sync."""
    site, ada, bob = shop
    assert read_json(run(site.app, "accounts", "delete", ada.uid, "--yes", "--json"))["firebase_user"] == "deleted"
    with firebase_away(site):
        done = run(site.app, "accounts", "delete", bob.uid, "--yes")
    assert 'Firebase does not answer: "sync" deletes the user there.' in done.stdout
    assert read_json(run(site.app, "sync", "--json"))["deletions"] == 1
    assert emulator.call_as_owner("accounts:query", {}).get("userInfo", []) == []


def test_users_are_named_or_counted_from_a_time(shop):
    """Not both."""
    site, *_ = shop
    done = run(site.app, "sync", "--uid", "a", "--since", "2000-01-01")
    assert (done.exit_code, "not both" in done.stderr) == (2, True)


def test_without_credentials_it_says_what_to_set(site, monkeypatch, tmp_path):
    """One sentence, and nothing is done."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    done = run(site, "sync")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "FIREBASE_LOGIN_SERVICE_ACCOUNT" in done.stderr
