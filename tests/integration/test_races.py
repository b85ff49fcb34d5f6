"""Sign-ins beside what ends an account, and many due requests at once: real gunicorn with threads, SQLite as it comes, and PostgreSQL.

`RACE_ROUNDS=300 pytest tests/integration/test_races.py` runs each race 300 times; CI runs it a few times.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from functools import partial

import pytest

from driven_servers import drive_site, make_database
from threads import at_once

pytestmark = pytest.mark.integration

ROUNDS = int(os.environ.get("RACE_ROUNDS", "4"))
SIGN_INS = 4
DUE = timedelta(minutes=6)
ENDS = ["own-endpoint", "delete-by-orm", "delete-in-bulk"]
PLAIN = {"Accept": "application/json"}


class Phone:
    """A device that signs in by bearer, and remembers how that was answered."""

    def __init__(self, site, uid):
        self.site = site
        self.http = site.make_client()
        self.uid = uid
        self.statuses = []
        self.seconds = 0.0

    def sign_in(self):
        body = {"id_token": self.site.issuer.mint(self.uid), "transport": "bearer"}
        answer = self.send("POST", "/auth/sign-in", json=body)
        if answer.status_code == 200:
            self.http.headers["Authorization"] = f"Bearer {answer.json()['session_secret']}"
        return answer

    def send(self, method, path, **options):
        started = time.monotonic()
        answer = self.http.request(method, path, headers=PLAIN, **options)
        self.seconds = time.monotonic() - started
        self.statuses.append(answer.status_code)
        return answer

    def end(self, how):
        if how == "own-endpoint":
            return self.send("DELETE", "/auth/account")
        return self.send("POST", f"/-/{how}/{self.uid}")

    def is_served_as(self):
        if "Authorization" not in self.http.headers:
            return None
        return self.send("GET", "/who").json()["uid"]


@pytest.fixture(scope="module", params=[True, False], ids=["expire", "keep"])
def expire_on_commit(request):
    """What Flask-SQLAlchemy does by default, and what some sites have."""
    return request.param


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def racing_site(request, tmp_path_factory, expire_on_commit):
    """One process with sixteen threads."""
    folder = tmp_path_factory.mktemp("racing")
    url = make_database(folder, request)
    with drive_site(folder, url, threads=16, EXPIRE_ON_COMMIT=expire_on_commit) as site:
        yield site


@pytest.mark.parametrize("how", ENDS)
def test_a_sign_in_beside_a_deletion_leaves_nothing_behind(racing_site, how):
    """Each is answered, nothing of the deleted account opens anything, and the next user gets nothing of it."""
    for _ in range(ROUNDS):
        racing_site.administer("reset")
        old, *phones = (Phone(racing_site, "ada") for _ in range(1 + SIGN_INS))
        assert old.sign_in().status_code == 200
        errors = at_once(partial(old.end, how), *(phone.sign_in for phone in phones))
        assert errors == []
        assert {status for phone in phones for status in phone.statuses} <= {200, 403}, [phone.statuses for phone in phones]
        assert old.statuses[-1] in (200, 204)
        check_who_is_left(racing_site, [old, *phones], may_have_orphans=how != "own-endpoint")


def check_who_is_left(site, phones, *, may_have_orphans):
    """Who signed in after the deletion has an account; nobody else is served, and none of them once it is gone too."""
    accounts = site.look("accounts")
    served = [phone.is_served_as() for phone in phones]
    assert set(served) <= {None, "ada"}
    assert served.count("ada") == len(accounts["ada"]["sessions"] if "ada" in accounts else [])
    if not may_have_orphans:
        assert site.look("rows")["orphans"] == 0
    site.administer("delete-by-orm/ada")
    for uid in ("bob", "eve", "ada"):
        assert Phone(site, uid).sign_in().status_code == 200
    assert [phone.is_served_as() for phone in phones] == [None] * len(phones)


def test_a_sign_in_beside_disable_does_not_revive_after_enable(racing_site):
    """Whoever was let in before is out, whoever came after was rejected, and enabling brings nobody back."""
    for _ in range(ROUNDS):
        racing_site.administer("reset")
        old, *phones = (Phone(racing_site, "ada") for _ in range(1 + SIGN_INS))
        assert old.sign_in().status_code == 200
        errors = at_once(partial(racing_site.administer, "disable/ada"), *(phone.sign_in for phone in phones))
        assert errors == []
        assert {status for phone in phones for status in phone.statuses} <= {200, 403}, [phone.statuses for phone in phones]
        assert [phone.is_served_as() for phone in [old, *phones]] == [None] * (1 + SIGN_INS)
        racing_site.administer("enable/ada")
        assert [phone.is_served_as() for phone in [old, *phones]] == [None] * (1 + SIGN_INS)
        assert racing_site.look("rows")["sessions"] == 0


def sign_in_many(site, count):
    phones = [Phone(site, "ada") for _ in range(count)]
    for phone in phones:
        assert phone.sign_in().status_code == 200
    return phones


def send_all_at_once(phones, method, path):
    """Return how long the slowest took; all were answered with 200."""
    assert at_once(*(partial(phone.send, method, path) for phone in phones)) == []
    assert [phone.statuses[-1] for phone in phones] == [200] * len(phones)
    return max(phone.seconds for phone in phones)


def await_written_times(site, count):
    """Wait until the times of all sessions are written: an answer does not wait for that."""
    until = time.monotonic() + 10
    while (written := sum(at == site.now.timestamp() for _, at in site.look("accounts")["ada"]["sessions"])) != count:
        assert time.monotonic() < until, f"The times of {written} of {count} sessions are written."
        time.sleep(0.01)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_64_due_requests_at_once_are_answered(request, tmp_path, database):
    """On the default pool, with 32 threads and a view that takes 0.1 s; each session's times are written."""
    with drive_site(tmp_path, make_database(tmp_path, request, database), threads=32) as site:
        phones = sign_in_many(site, 64)
        not_due = send_all_at_once(phones, "GET", "/private?seconds=0.1")
        site.advance(DUE)
        due = send_all_at_once(phones, "GET", "/private?seconds=0.1")
        print(f"{database}: slowest of 64 {due:.2f} s where all are due, {not_due:.2f} s where none is")
        await_written_times(site, 64)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_due_requests_do_with_one_connection(request, tmp_path, database):
    """A pool of one, no overflow: nothing waits for a second connection, and times are written all the same."""
    options = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 20}
    url = make_database(tmp_path, request, database)
    with drive_site(tmp_path, url, threads=8, SQLALCHEMY_ENGINE_OPTIONS=options) as site:
        phones = sign_in_many(site, 16)
        not_due = send_all_at_once(phones, "GET", "/private")
        site.advance(DUE)
        due = send_all_at_once(phones, "GET", "/private")
        print(f"{database}, pool of one: slowest of 16 {due:.2f} s where all are due, {not_due:.2f} s where none is")
        await_written_times(site, 16)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_site_that_commits_at_teardown_is_not_held_up(request, tmp_path, database):
    """The view flushes, so that its transaction holds SQLite's lock until the request's end; the touch waits for that end."""
    url = make_database(tmp_path, request, database)
    with drive_site(tmp_path, url, threads=8, COMMIT_AT_TEARDOWN=True) as site:
        phones = sign_in_many(site, 4)
        not_due = send_all_at_once(phones, "POST", "/flush")
        site.advance(DUE)
        due = send_all_at_once(phones, "POST", "/flush")
        print(f"{database}, commit at teardown: slowest of 4 {due:.2f} s where all are due, {not_due:.2f} s where none is")
        await_written_times(site, 4)
        assert site.look("rows")["notes"] == 8
