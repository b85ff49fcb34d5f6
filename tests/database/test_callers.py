"""Work of ours within a caller's transaction: never committed, rolled back or tried again as a whole by us."""

from __future__ import annotations

import gc
import logging

import pytest
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import scoped_session, sessionmaker

from flask_firebase_login import Accounts
from flask_firebase_login.database.changes import is_owned
from flask_firebase_login.database.transactions import Overtaken, commit_joined, in_transaction
from flask_firebase_login.errors import DatabaseUnavailable, VersionConflict
from models import Account, Session, person

LOCK_SECONDS = 0.2


@pytest.fixture
def ada(accounts, db_session, clock):
    account, _ = accounts.sign_in(person(clock))
    db_session.commit()
    return account


def another(db_session, clock, uid="eve"):
    """A row of the caller's own, pending."""
    row = Account(firebase_uid=uid, created_at=clock(), last_signed_in_at=clock())
    db_session.add(row)
    return row


def overtake(engine, column, value):
    """Another transaction changes Ada's account."""
    with engine.begin() as connection:
        connection.execute(
            update(Account.__table__)
            .where(Account.firebase_uid == "ada")
            .values({column: value, "version": Account.version + 1})
        )


CALLS = {
    "grant": lambda accounts, sessions, account: accounts.grant(account, "admin"),
    "revoke": lambda accounts, sessions, account: accounts.revoke(account, "admin"),
    "update": lambda accounts, sessions, account: accounts.update(account, {"name": "Countess"}),
    "disable": lambda accounts, sessions, account: accounts.disable(account),
    "revoke_all": lambda accounts, sessions, account: sessions.revoke_all(account),
    "prune": lambda accounts, sessions, account: sessions.prune(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_a_caller_has_pending_is_theirs_to_commit(accounts, sessions, ada, db_session, clock, call):
    """Rolled back by the caller, both are gone; committed, both are there."""
    another(db_session, clock)
    call(accounts, sessions, ada)
    db_session.rollback()
    assert accounts.find("eve") is None
    assert (ada.roles, ada.is_disabled, ada.name) == ([], False, "Ada Lovelace")
    another(db_session, clock)
    call(accounts, sessions, ada)
    db_session.commit()
    assert accounts.find("eve")


@pytest.mark.parametrize(
    "change",
    [
        lambda db_session, ada: setattr(ada, "team", "blue"),
        lambda db_session, ada: db_session.execute(update(Account).values(team="blue")),
        lambda db_session, ada: db_session.execute(text("UPDATE firebase_account SET team = 'blue'")),
        lambda db_session, ada: db_session.connection().exec_driver_sql("UPDATE firebase_account SET team = 'blue'"),
    ],
    ids=["pending", "by the ORM", "by text", "on the connection"],
)
def test_whatever_way_the_caller_has_written(accounts, ada, db_session, change):
    """Flushed or not, the change is theirs."""
    change(db_session, ada)
    accounts.grant(ada, "admin")
    db_session.rollback()
    assert (ada.team, ada.roles) == (None, [])
    change(db_session, ada)
    accounts.grant(ada, "admin")
    db_session.commit()
    assert (ada.team, ada.roles) == ("blue", ["admin"])


@pytest.mark.parametrize(
    "read",
    [
        lambda db_session: db_session.execute(select(Account)).all(),
        lambda db_session: db_session.execute(select(select(Account).cte())).all(),
        lambda db_session: db_session.execute(text("WITH one AS (SELECT 1) SELECT * FROM one")).all(),
        lambda db_session: db_session.connection().exec_driver_sql("SELECT 1").all(),
    ],
    ids=["by the ORM", "with a CTE", "by text", "on the connection"],
)
def test_a_caller_who_has_only_read_has_nothing_to_commit(accounts, ada, db_session, read):
    """The call is a transaction of its own."""
    read(db_session)
    assert not is_owned(db_session)
    accounts.grant(ada, "admin")
    db_session.rollback()
    assert ada.roles == ["admin"]


def test_a_transaction_that_the_caller_has_begun_is_theirs(accounts, ada, db_session):
    """`with db.session.begin():` commits at its end, and a savepoint of theirs stays theirs."""
    db_session.rollback()
    with db_session.begin():
        accounts.grant(ada, "admin")
        accounts.grant(ada, "editor")
    assert ada.roles == ["admin", "editor"]
    savepoint = db_session.begin_nested()
    accounts.revoke(ada, "admin")
    savepoint.rollback()
    db_session.commit()
    assert ada.roles == ["admin", "editor"]


def test_a_caller_s_lock_is_kept(accounts, ada, db_session, engine):
    """`SELECT … FOR UPDATE` is a change on engines that have it: nothing of ours lets the lock go."""
    db_session.execute(select(Account).with_for_update()).all()
    assert is_owned(db_session) == (engine.dialect.name == "postgresql")


def test_a_row_that_was_changed_meanwhile_is_read_again_and_nothing_is_lost(
    accounts, ada, db_session, clock, engine, monkeypatch
):
    """The view has added a row of its own when another transaction comes between."""
    decide, calls = accounts._decide, []

    def decide_slowly(account, patch):
        calls.append(account.version)
        if len(calls) == 1 and engine.dialect.name == "postgresql":
            overtake(engine, "team", "blue")
        return decide(account, patch)

    monkeypatch.setattr(accounts, "_decide", decide_slowly)
    another(db_session, clock)
    accounts.update(ada, {"settings": {"theme": "dark"}})
    db_session.commit()
    assert accounts.find("eve")
    assert ada.settings == {"theme": "dark"}
    assert len(calls) == (2 if engine.dialect.name == "postgresql" else 1)


def test_a_row_that_keeps_changing_is_a_conflict_and_the_caller_s_work_stays(ada, db_session, clock):
    """Theirs to commit all the same."""
    another(db_session, clock)

    def work():
        raise Overtaken

    with pytest.raises(VersionConflict):
        in_transaction(db_session, work)
    db_session.commit()
    assert db_session.scalar(select(Account.id).where(Account.firebase_uid == "eve"))


def test_what_the_caller_never_commits_is_in_the_log(accounts, ada, db_session, clock, caplog):
    """Nothing is lost in silence."""
    another(db_session, clock)
    accounts.grant(ada, "admin")
    with caplog.at_level(logging.WARNING):
        db_session.remove()
    assert "which was not committed" in caplog.text
    caplog.clear()
    another(db_session, clock)
    accounts.grant(accounts.find("ada"), "admin")
    db_session.commit()
    db_session.remove()
    assert caplog.text == ""


def test_a_connection_that_wrote_for_another_session_makes_no_changes_of_this_one(accounts, ada, db_session, engine):
    """The pool hands connections on."""
    db_session.remove()
    overtake(engine, "team", "blue")
    with DatabaseSession(engine) as other:
        other.execute(update(Account).values(team="green"))
        other.commit()
    account = accounts.find("ada")
    assert not is_owned(db_session)
    accounts.grant(account, "admin")
    db_session.rollback()
    assert account.roles == ["admin"]


def test_a_view_of_ours_commits_what_it_has_joined(accounts, ada, db_session, clock, engine):
    """The request is nobody else's to commit."""
    another(db_session, clock)
    accounts.grant(ada, "admin")
    commit_joined(db_session)
    db_session.rollback()
    assert (ada.roles, accounts.find("eve") is None) == (["admin"], False)
    commit_joined(db_session)


def test_a_commit_that_fails_is_a_database_that_is_not_available(accounts, ada, db_session, clock, engine, monkeypatch):
    """And the session can be used again."""
    another(db_session, clock)
    accounts.grant(ada, "admin")
    dbapi_connection = db_session.connection().connection.dbapi_connection
    if engine.dialect.name == "postgresql":
        pid = dbapi_connection.info.backend_pid
        with engine.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({pid})"))
        with pytest.raises(DatabaseUnavailable):
            commit_joined(db_session)
        assert accounts.find("eve") is None
    else:
        commit_joined(db_session)
        assert accounts.find("eve")


def test_sqlite_that_is_locked_elsewhere_is_given_up_in_time(tmp_path, clock, monkeypatch):
    """One wait for the lock, and no attempt after the time is up."""
    from flask_firebase_login import Accounts, Sessions
    from flask_firebase_login.database import transactions
    from models import Base

    engine = create_engine(f"sqlite:///{tmp_path / 'locked.db'}", connect_args={"timeout": LOCK_SECONDS})
    Base.metadata.create_all(engine)
    times = iter(range(0, 1000, 4))
    monkeypatch.setattr(transactions.time, "monotonic", lambda: float(next(times)))
    monkeypatch.setattr(transactions, "_pause", lambda attempt: None)
    attempts = []
    with DatabaseSession(engine) as db_session, engine.connect() as holder:
        accounts = Accounts(db_session, Account, clock=clock)
        Sessions(db_session, Session, Account, clock=clock)
        holder.exec_driver_sql("BEGIN EXCLUSIVE")

        def sign_in():
            attempts.append(1)
            return accounts.sign_in(person(clock))

        with pytest.raises(DatabaseUnavailable):
            in_transaction(db_session, sign_in)
    engine.dispose()
    assert len(attempts) == 3


def test_a_session_that_has_the_address_of_one_before_is_watched_too(engine, clock):
    """As where a site's own tests make one app after the other: Python gives the address of what is gone out again."""
    seen, address = set(), None
    while address not in seen and len(seen) < 1000:
        seen.add(address)
        db_session = scoped_session(sessionmaker(engine))
        address = id(db_session)
        Accounts(db_session, Account, clock=clock)
        db_session.execute(update(Account).values(team="blue"))
        assert is_owned(db_session)
        db_session.remove()
        del db_session
        gc.collect()
    assert address in seen
