"""One piece of work in one transaction, tried again where others came in between."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.orm.exc import StaleDataError

from ..errors import DatabaseUnavailable, VersionConflict

log = logging.getLogger(__name__)
R = TypeVar("R")
DbSession = Session | scoped_session[Any]

ATTEMPTS = 12
UNIQUE_ATTEMPTS = 3
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.005, 0.5
_UNIQUE_VIOLATION = "23505"
_CONTENTION = frozenset({"40001", "40P01", "55P03", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"})


def in_transaction(db_session: DbSession, work: Callable[[], R]) -> R:
    """Do a piece of work and commit it; roll back and do it again where another transaction was in the way.

    Tried again are a row that changed since it was read (`version`), PostgreSQL's serialization failures and
    deadlocks, and SQLite's "database is locked". So is, a few times, a row that is there already though this transaction
    could not see it, as at REPEATABLE READ. Pauses double, with jitter.

    Args:
        db_session: Whose transaction it is. Work that the caller has pending in it is committed too.
        work: Reads afresh what it needs at each call.

    Returns:
        What `work` returned.

    Raises:
        VersionConflict: The row kept changing through every attempt.
        DatabaseUnavailable: The database does not answer, or kept being busy.

    Source: PostgreSQL manual, section 13.5 "Serialization Failure Handling"; SQLite, "Result and error codes", SQLITE_BUSY.
    """
    attempts = 0
    while True:
        attempts += 1
        try:
            result = work()
            db_session.commit()
        except (StaleDataError, DBAPIError, PoolTimeout) as error:
            db_session.rollback()
            if attempts >= _count_attempts(error):
                _give_up(error)
        except BaseException:
            db_session.rollback()
            raise
        else:
            return result
        _pause(attempts)


def _count_attempts(error: Exception) -> int:
    """Return how often work is done that fails like this."""
    if isinstance(error, StaleDataError) or is_contention(error):
        return ATTEMPTS
    is_unique_violation = isinstance(error, DBAPIError) and _state(error) == _UNIQUE_VIOLATION
    return UNIQUE_ATTEMPTS if is_unique_violation else 1


def _give_up(error: Exception) -> NoReturn:
    if isinstance(error, StaleDataError):
        raise VersionConflict("The account kept changing meanwhile; read it and try again.") from None
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


def is_unavailable(error: Exception) -> bool:
    """Whether the database was busy or away; a missing table, say, is the site's own mistake."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or is_contention(error):
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
