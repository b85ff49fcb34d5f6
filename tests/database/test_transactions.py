"""One piece of work in one transaction, tried again where others were in the way."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import scoped_session, sessionmaker

from clocks import StandingClock
from flask_firebase_login import Accounts, Sessions
from flask_firebase_login.database import transactions
from flask_firebase_login.database.transactions import ATTEMPTS, Overtaken, in_transaction, is_unavailable
from flask_firebase_login.errors import DatabaseUnavailable, VersionConflict
from models import Account, Base, Session, person
from threads import at_once


class CountingSession:
    """A double of a session without changes: counts commits and rollbacks, and does nothing else."""

    new = dirty = deleted = ()
    expire_on_commit = True

    def __init__(self):
        self.commits = self.rollbacks = 0

    def get_transaction(self):
        return None

    def commit(self):
        self.commits += 1

    def rollback(self):
        self.rollbacks += 1


class DriverError(Exception):
    def __init__(self, **state):
        super().__init__("the driver's words")
        self.__dict__.update(state)


def failing(error, times):
    """Work that fails so often, then succeeds."""
    calls = []

    def work():
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "done"

    return work, calls


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(transactions, "_pause", lambda attempt: None)


CONTENTION = [
    Overtaken(),
    OperationalError("", {}, DriverError(sqlite_errorname="SQLITE_BUSY")),
    OperationalError("", {}, DriverError(sqlite_errorname="SQLITE_BUSY_SNAPSHOT")),
    OperationalError("", {}, DriverError(sqlstate="40001")),
    DBAPIError("", {}, DriverError(sqlstate="40P01")),
    DBAPIError("", {}, DriverError(pgcode="40001")),
]


@pytest.mark.parametrize("error", CONTENTION)
def test_work_that_met_others_is_done_again(error):
    """Rolled back each time, committed once."""
    work, calls = failing(error, ATTEMPTS - 1)
    db_session = CountingSession()
    assert in_transaction(db_session, work) == "done"
    assert (len(calls), db_session.commits, db_session.rollbacks) == (ATTEMPTS, 1, ATTEMPTS - 1)


@pytest.mark.parametrize("error", CONTENTION)
def test_work_that_meets_others_without_end_gives_up(error):
    """With an error of ours, and nothing committed."""
    work, calls = failing(error, ATTEMPTS)
    db_session = CountingSession()
    with pytest.raises(VersionConflict if isinstance(error, Overtaken) else DatabaseUnavailable):
        in_transaction(db_session, work)
    assert (len(calls), db_session.commits, db_session.rollbacks) == (ATTEMPTS, 0, ATTEMPTS)


@pytest.mark.parametrize(
    "error",
    [
        PoolTimeout("no connection is free"),
        OperationalError("", {}, DriverError(sqlstate="57P01")),
        OperationalError("", {}, DriverError()),
        DBAPIError("", {}, DriverError(), connection_invalidated=True),
        DBAPIError("", {}, DriverError(sqlstate="25006")),
    ],
)
def test_a_database_that_is_away_is_told_at_once(error):
    """Trying again is the client's to decide."""
    work, calls = failing(error, 1)
    with pytest.raises(DatabaseUnavailable):
        in_transaction(CountingSession(), work)
    assert len(calls) == 1


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("", {}, DriverError(sqlite_errorname="SQLITE_ERROR")),
        IntegrityError("", {}, DriverError(sqlstate="23502")),
        ValueError("a defect"),
    ],
)
def test_what_was_asked_wrongly_is_not_hidden(error):
    """It is rolled back, and raised as it is."""
    work, calls = failing(error, 1)
    db_session = CountingSession()
    with pytest.raises(type(error)):
        in_transaction(db_session, work)
    assert (len(calls), db_session.rollbacks) == (1, 1)


def test_a_row_that_is_there_already_is_looked_for_again_a_few_times():
    """It may have come in between; where it is the site's own mistake, it is raised as it is."""
    error = IntegrityError("", {}, DriverError(sqlstate="23505"))
    work, calls = failing(error, 2)
    assert in_transaction(CountingSession(), work) == "done"
    assert len(calls) == 3
    work, calls = failing(error, 3)
    with pytest.raises(IntegrityError):
        in_transaction(CountingSession(), work)
    assert len(calls) == 3


def test_other_errors_are_no_matter_of_the_database():
    """Nothing of ours to answer."""
    assert not is_unavailable(ValueError())


@pytest.mark.parametrize("ends", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_process_within_a_commit_is_neither_hidden_nor_left_to_the_next(engine, db_session, accounts, clock, ends):
    """SQLAlchemy cannot roll back what is half committed."""

    def end(session):
        if not session.in_nested_transaction():
            raise ends

    ada = person(clock)
    event.listen(db_session, "after_commit", end)
    with pytest.raises(ends):
        in_transaction(db_session, lambda: accounts.sign_in(ada))
    event.remove(db_session, "after_commit", end)
    assert db_session.get_bind().pool.checkedout() == 0
    account, is_new = in_transaction(db_session, lambda: accounts.sign_in(ada))
    assert (account.id, is_new) == (1, False)


def test_pauses_grow_and_end_below_half_a_second(monkeypatch):
    """With jitter, so that the losers do not meet again."""
    monkeypatch.undo()
    slept = []
    monkeypatch.setattr(transactions.time, "sleep", slept.append)
    for attempt in range(1, ATTEMPTS):
        transactions._pause(attempt)
    assert max(slept) <= 0.5
    assert slept[0] < 0.011


@pytest.mark.integration
@pytest.mark.parametrize("isolation_level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_first_sign_ins_at_once_make_one_account_at_every_isolation_level(postgresql_url, monkeypatch, isolation_level):
    """Where a transaction cannot see who won, it begins again."""
    monkeypatch.undo()
    engine = create_engine(postgresql_url, isolation_level=isolation_level, pool_size=20)
    Base.metadata.create_all(engine)
    db_session = scoped_session(sessionmaker(engine))
    clock = StandingClock()
    accounts = Accounts(db_session, Account, clock=clock)
    ids = set()

    def sign_in():
        try:
            ids.add(in_transaction(db_session, lambda: accounts.sign_in(person(clock))[0].id))
        finally:
            db_session.remove()

    errors = at_once(*[sign_in] * 40)
    engine.dispose()
    assert errors == []
    assert len(ids) == 1


@pytest.mark.integration
def test_serialization_failures_of_a_real_database_are_tried_again(postgresql_url, monkeypatch):
    """PostgreSQL at SERIALIZABLE, as engines of its family are by default: no change is lost, no sign-in fails."""
    monkeypatch.undo()
    engine = create_engine(postgresql_url, isolation_level="SERIALIZABLE")
    Base.metadata.create_all(engine)
    db_session = scoped_session(sessionmaker(engine))
    clock = StandingClock()
    accounts = Accounts(db_session, Account, clock=clock)
    sessions = Sessions(db_session, Session, Account, clock=clock)

    def sign_in():
        account, _ = accounts.sign_in(person(clock))
        sessions.open(account, auth_time=clock(), transport="bearer")
        return account

    def work(name):
        for number in range(20):
            account = in_transaction(db_session, sign_in)
            accounts.update(account, {"settings": {name: {str(number): 1}}})
            db_session.remove()

    assert at_once(*[partial(work, name) for name in ("left", "right", "middle")]) == []
    settings = accounts.find("ada").settings
    assert {name: len(kept) for name, kept in settings.items()} == {"left": 20, "right": 20, "middle": 20}
    db_session.remove()
    engine.dispose()
