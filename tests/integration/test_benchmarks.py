"""The benchmarks run, and what they check holds, in a few seconds of what they are run for at length."""

from __future__ import annotations

import pytest

import load_users
import load_with_faults
import memory
from flask_firebase_login.testing import LocalIssuer
from ledger import Ledger, User
from load_site import Answer
from ratios import compare, take_turns

pytestmark = pytest.mark.integration


def test_the_worst_day_loses_nothing_that_was_acknowledged(tmp_path):
    """Workers are killed, PostgreSQL crashes, keys fail half of the time; each answer is checked against the database."""
    report = load_with_faults.run(tmp_path, seconds=8, users=8)
    assert report.ledger.violations == []
    assert report.ledger.answers["200"] > 20
    assert report.killed > 1
    assert "Traceback" not in (tmp_path / "site.log").read_text()


def test_a_worker_s_memory_is_measured_over_mixed_requests(tmp_path):
    """A size for each tenth, and no answer is a 5xx; how much it grows is seen over 100,000."""
    assert len(memory.run(tmp_path, requests=400)) == memory.STEPS


UNANSWERED = Answer(0)


def sign_in_answer(*, created):
    return Answer(200, {"created": created, "session": {"id": "device"}, "session_secret": "not-a-real-secret"})


@pytest.fixture
def play(monkeypatch):
    """Let a user meet scripted answers; returns the user and what the ledger found against the site."""

    def play(*script):
        ledger, user = Ledger(), User("user")
        client = load_users.Client(0, LocalIssuer(), ledger)
        for what, answer in script:
            monkeypatch.setattr(load_users, "ask", lambda *_, answer=answer: answer)
            if what == "sign in":
                client.sign_in(user)
            elif what == "patch":
                client.patch(user, user.devices[-1], "language", "eo")
            else:
                client.delete(user, user.devices[-1])
        return user, ledger

    return play


HAS_SETTINGS = (("sign in", sign_in_answer(created=True)), ("patch", Answer(200)))


@pytest.mark.parametrize("deletion", [Answer(204), UNANSWERED], ids=["acknowledged", "unanswered"])
def test_an_account_may_be_a_new_one_where_it_is_gone_and_a_sign_in_got_no_answer(play, deletion):
    """The sign-in that got no answer made it, so the next one's answer says that it was there: without settings."""
    user, ledger = play(
        *HAS_SETTINGS, ("delete", deletion), ("sign in", UNANSWERED), ("sign in", sign_in_answer(created=False))
    )
    ledger.check_settings(user, {}, "in the database")
    assert ledger.violations == []


def test_settings_that_are_gone_after_a_deletion_without_an_answer_are_lost_where_the_account_stands(play):
    user, ledger = play(*HAS_SETTINGS, ("delete", UNANSWERED), ("sign in", sign_in_answer(created=False)))
    ledger.check_settings(user, {}, "in the database")
    assert ledger.violations == ["lost write: user has language=None in the database, not one of {'eo'}"]


def test_settings_that_outlive_their_account_are_found(play):
    user, ledger = play(*HAS_SETTINGS, ("delete", Answer(204)), ("sign in", sign_in_answer(created=True)))
    ledger.check_settings(user, {"language": "eo"}, "in the database")
    assert len(ledger.violations) == 1


def test_a_sign_in_that_got_no_answer_loses_no_setting_of_an_account_that_stands(play):
    user, ledger = play(*HAS_SETTINGS, ("sign in", UNANSWERED), ("sign in", sign_in_answer(created=False)))
    ledger.check_settings(user, {}, "in the database")
    assert len(ledger.violations) == 1


class TestRatios:
    """How contestants are compared."""

    def test_contestants_take_turns_and_the_first_round_does_not_count(self):
        """Each once a round, another one first each time."""
        asked = []
        contestants = {name: lambda name=name: asked.append(name) or len(asked) for name in "abc"}
        figures = take_turns(contestants, rounds=2)
        assert "".join(asked) == "abcbcacab"
        assert figures == {"a": [6, 8], "b": [4, 9], "c": [5, 7]}

    def test_figures_of_the_same_round_are_compared(self):
        """A machine that is slow for a while is slow for both."""
        ratio = compare([2.0, 20.0, 4.0, 6.0], [1.0, 10.0, 2.0, 2.0])
        assert (ratio.median, ratio.low) == (2.0, 2.0)
        assert str(ratio) == "2.00 (2.00 to 2.75)"
