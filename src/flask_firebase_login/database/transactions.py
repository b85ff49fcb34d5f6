"""One piece of work as one transaction, tried again where others came in between."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from ..errors import DatabaseUnavailable, VersionConflict
from .changes import DbSession, has_joined, is_owned, note_joined, session_of

log = logging.getLogger(__name__)
R = TypeVar("R")

ATTEMPTS = 12
UNIQUE_ATTEMPTS = 3
LONGEST_SECONDS = 10.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.005, 0.5
_UNIQUE_VIOLATION = "23505"
_UNIQUE_VIOLATIONS = frozenset({_UNIQUE_VIOLATION, "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})
_READ_ONLY = "25006"
_CONTENTION = frozenset({"40001", "40P01", "55P03", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"})


class Overtaken(Exception):
    """Another transaction has changed what this work had read; the same work may succeed when it reads again.

    Args:
        outcome: What is raised where it never does.
        attempts: How often the work is done at most.
    """

    def __init__(self, outcome: Exception | None = None, attempts: int = ATTEMPTS) -> None:
        super().__init__()
        self.outcome = outcome or VersionConflict("The account kept changing meanwhile; read it and try again.")
        self.attempts = attempts


def in_transaction(db_session: DbSession, work: Callable[[], R]) -> R:
    """Do a piece of work as one transaction: all of it is stored, or nothing is.

    Where the session's transaction is not its owner's, the work is committed, and done again where another transaction was in the
    way: `Overtaken`, PostgreSQL's serialization failures and deadlocks, SQLite's "database is locked", and, a few times, a row
    that is there already though this transaction could not see it, as at REPEATABLE READ. Pauses double, with jitter, and no new
    attempt begins after 10 s. What the session has loaded stays loaded.

    Where its owner has begun the transaction, or has changes in it, the work is part of that transaction: done in a savepoint, again where it
    was `Overtaken`, and stored when the owner commits. The owner's transaction is neither committed nor rolled back.

    Ctrl-C, the end of a worker and a timeout of gevent's may come at any point, within a commit too: the connection is then closed, and the
    session forgets what it has loaded.

    Args:
        db_session: Whose transaction it is.
        work: Reads afresh what it needs at each call.

    Returns:
        What `work` returned.

    Raises:
        Exception: What `Overtaken` says, through every attempt; a VersionConflict unless it names another.
        DatabaseUnavailable: The database does not answer, or kept being busy.

    Source: PostgreSQL manual, section 13.5 "Serialization Failure Handling"; SQLite, "Result and error codes", SQLITE_BUSY;
    SQLAlchemy, "Using SAVEPOINT" and `Session.invalidate`.
    """
    if is_owned(db_session):
        db_session.flush()
        return _do_within(db_session, work)
    return _do_alone(db_session, work)


def release(db_session: DbSession) -> bool:
    """Give the connection back before waiting for somebody else, such as Firebase: what is loaded stays loaded.

    Returns:
        Whether it was; not where the transaction is its owner's.

    Raises:
        DatabaseUnavailable: The database does not answer.
    """
    if is_owned(db_session):
        return False
    try:
        _commit(db_session)
    except (DBAPIError, PoolTimeout) as error:
        db_session.rollback()
        raise_unavailable(error)
    return True


def commit_joined(db_session: DbSession) -> None:
    """Commit a transaction that work of ours is part of, for a view of ours: the request is then nobody else's to commit.

    Raises:
        DatabaseUnavailable: The database does not answer, or is too busy.
    """
    if has_joined(db_session):
        try:
            _commit(db_session)
        except (DBAPIError, PoolTimeout) as error:
            db_session.rollback()
            raise_unavailable(error)


def _do_alone(db_session: DbSession, work: Callable[[], R]) -> R:
    began_at, attempts = time.monotonic(), 0
    while True:
        attempts += 1
        try:
            result = work()
            _commit(db_session)
        except (Overtaken, StaleDataError, DBAPIError, PoolTimeout) as error:
            db_session.rollback()
            if attempts >= _count_attempts(error) or time.monotonic() - began_at >= LONGEST_SECONDS:
                _give_up(error)
        except Exception:
            db_session.rollback()
            raise
        except BaseException:
            session_of(db_session).invalidate()
            raise
        else:
            return result
        _pause(attempts)


def _commit(db_session: DbSession) -> None:
    """Commit, and leave loaded what is loaded: a row that another transaction deletes now is still the one that was worked on."""
    session = session_of(db_session)
    expires, session.expire_on_commit = session.expire_on_commit, False
    try:
        session.commit()
    finally:
        session.expire_on_commit = expires


def _do_within(db_session: DbSession, work: Callable[[], R]) -> R:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with db_session.begin_nested():
                result = work()
        except (Overtaken, StaleDataError) as error:
            if attempt >= _count_attempts(error):
                _give_up(error)
            _pause(attempt)
        except (DBAPIError, PoolTimeout) as error:
            raise_unavailable(error)
        else:
            note_joined(db_session, getattr(work, "__qualname__", "work").replace(".<locals>", ""))
            break
    return result


def _count_attempts(error: Exception) -> int:
    """Return how often work is done that fails like this."""
    if isinstance(error, Overtaken):
        return error.attempts
    if isinstance(error, StaleDataError) or is_contention(error):
        return ATTEMPTS
    is_unique_violation = isinstance(error, DBAPIError) and _state(error) == _UNIQUE_VIOLATION
    return UNIQUE_ATTEMPTS if is_unique_violation else 1


def _give_up(error: Exception) -> NoReturn:
    if isinstance(error, Overtaken):
        raise error.outcome from error.__cause__
    if isinstance(error, StaleDataError):  # the ORM has written to a row that another transaction deletes again and again
        raise Overtaken().outcome from error
    raise_unavailable(error)


def begin_writing(db_session: DbSession, model: type[Any]) -> None:
    """Begin the transaction that a savepoint is to be in.

    Python's sqlite3 begins one at the first INSERT only, so that a savepoint before it would be the outermost transaction,
    and its release a commit. Other engines have begun already.

    Source: SQLAlchemy, "SQLite: Serializable isolation / Savepoints / Transactional DDL"; SQLite, "SAVEPOINT".
    """
    connection = db_session.connection(bind_arguments={"mapper": model})
    if connection.dialect.name == "sqlite" and not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def raise_unavailable(error: Exception) -> NoReturn:
    """Raise DatabaseUnavailable where the database was busy or away, and the error itself where it was asked for something wrong."""
    if not is_unavailable(error):
        raise error
    log.warning("The database does not answer: %s", getattr(error, "orig", None) or type(error).__name__)  # no parameters
    raise DatabaseUnavailable from error


def is_contention(error: Exception) -> bool:
    """Whether another transaction was in the way, and the same work may succeed a moment later."""
    return isinstance(error, DBAPIError) and _state(error) in _CONTENTION


def is_unique_violation(error: Exception) -> bool:
    """Whether there is a row with the same value in a unique column already."""
    return isinstance(error, DBAPIError) and _state(error) in _UNIQUE_VIOLATIONS


def find_null_column(error: DBAPIError) -> str | None:
    """Return the column that must have a value and was left without one; None where that is not what went wrong.

    PostgreSQL's whole message would show the row.
    """
    state = _state(error)
    if state == "SQLITE_CONSTRAINT_NOTNULL":
        return str(error.orig).rpartition(" ")[2]
    return f"{error.orig.diag.table_name}.{error.orig.diag.column_name}" if state == "23502" else None  # type: ignore[union-attr]


def is_unavailable(error: Exception) -> bool:
    """Whether the database was busy, away, full or read-only; a missing table, say, is the site's own mistake."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or is_contention(error) or _state(error) == _READ_ONLY:
        return True
    return isinstance(error, OperationalError) and _state(error) != "SQLITE_ERROR"


def _state(error: DBAPIError) -> str | None:
    """Return PostgreSQL's SQLSTATE, or the name of SQLite's result code."""
    for name in ("sqlstate", "pgcode", "sqlite_errorname"):
        if (state := getattr(error.orig, name, None)) is not None:
            return str(state)
    return None


def _pause(attempt: int) -> None:
    time.sleep(min(FIRST_PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1))  # noqa: S311
