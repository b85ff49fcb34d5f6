"""`flask firebase-login sessions …`."""

from __future__ import annotations

import pytest

from flask_firebase_login import signals
from terminal import read_json, read_lines, run


def count(site):
    with site.app_context():
        return site.firebase.sessions.count()


def test_the_sessions_of_a_user_are_listed(site):
    """With the ids by which they are revoked."""
    listed = read_lines(run(site, "sessions", "list", "ada", "--json"))
    assert {one["id"] for one in listed} == {*site.sessions_of_ada}
    table = run(site, "sessions", "list", "ada").stdout
    assert table.split()[:3] == ["SESSION", "TRANSPORT", "DEVICE"]
    assert all(session_id in table for session_id in site.sessions_of_ada)


def test_a_device_is_signed_out(site):
    """And told of, as when the user does it."""
    heard = []
    with signals.session_revoked.connected_to(lambda sender, **carried: heard.append(carried["session_ids"])):
        assert read_json(run(site, "sessions", "revoke", "ada", site.sessions_of_ada[0], "--yes", "--json")) == {"revoked": 1}
    assert heard == [[site.sessions_of_ada[0]]]
    assert count(site) == 1


def test_an_id_may_begin_with_a_hyphen(site):
    """It is no option."""
    with site.app_context():
        model, known = site.firebase.models.session, site.sessions_of_ada[0]
        site.db.session.query(model).filter_by(id=known).update({"id": "-Rb2"})
        site.db.session.commit()
    assert read_json(run(site, "sessions", "revoke", "ada", "-Rb2", "--yes", "--json")) == {"revoked": 1}


def test_every_device_is_signed_out(site):
    """By --all alone."""
    assert run(site, "sessions", "revoke", "ada", "--all", "--yes").stdout == "2 sessions revoked.\n"
    assert count(site) == 0


@pytest.mark.parametrize("arguments", [[], ["--all", "abc"]], ids=["neither", "both"])
def test_sessions_are_named_or_all_are_meant(site, arguments):
    """Never both, never neither."""
    assert run(site, "sessions", "revoke", "ada", *arguments, "--yes").exit_code == 2
    assert count(site) == 2


def test_a_session_that_the_user_does_not_have_is_named(site):
    """The others are revoked."""
    done = run(site, "sessions", "revoke", "ada", "nothing", site.sessions_of_ada[1], "--yes")
    assert (done.exit_code, done.stdout) == (3, "1 sessions revoked.\n")
    assert "no session nothing." in done.stderr
    assert count(site) == 1


def test_somebody_else_s_session_stays(site):
    """An id is good together with its user alone."""
    assert run(site, "sessions", "revoke", "one", site.sessions_of_ada[0], "--yes").exit_code == 3
    assert count(site) == 2


def test_revoking_asks_first(site):
    """Where there is no terminal, it wants --yes."""
    done = run(site, "sessions", "revoke", "ada", "--all")
    assert done.exit_code == 2
    assert "Repeat the command with --yes." in done.stderr
    assert count(site) == 2


def test_sessions_that_have_ended_are_pruned(site, clock):
    """In as many batches as it takes."""
    assert read_json(run(site, "sessions", "prune", "--json")) == {"deleted": 0}
    clock.advance(days=15)
    assert run(site, "sessions", "prune", "--batch", "1").stdout == "2 sessions deleted.\n"
    assert count(site) == 0
