"""What a database session holds that its owner has not committed yet.

SQLAlchemy knows what is pending in a session, but forgets at each flush that something was written. So the statements of each
engine are watched: whatever is not plainly a read counts as a change until the transaction ends.
"""

from __future__ import annotations

import logging
import re
from typing import Any
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, SessionTransaction, SessionTransactionOrigin, scoped_session

log = logging.getLogger(__name__)

DbSession = Session | scoped_session[Any]

_WATCHED = "_firebase_login_watches_changes"
_CHANGED, _JOINED, _OWNER = "firebase_login_changed", "firebase_login_joined", "firebase_login_owner"
_READ = re.compile(
    r"\s*(SELECT|SHOW|PRAGMA|EXPLAIN|VALUES|SET|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|WITH(?!.*\b(INSERT|UPDATE|DELETE|MERGE)\b))\b",
    re.I | re.S,
)
_LOCK_CHARACTERS = 64

_watched_engines: WeakSet[Engine] = WeakSet()


def watch_changes(db_session: DbSession) -> None:
    """Note from now on what is written through a session; does nothing where that is done already.

    Args:
        db_session: A session, or the registry of them, such as Flask-SQLAlchemy's `db.session`.
    """
    if not vars(db_session).get(_WATCHED):  # `event.contains` goes by addresses, and may mean a session that is gone
        setattr(db_session, _WATCHED, True)
        event.listen(db_session, "after_transaction_create", _begin)
        event.listen(db_session, "after_begin", _watch_connection)
        event.listen(db_session, "after_commit", _forget)
        event.listen(db_session, "after_transaction_end", _end)


def is_owned(db_session: DbSession) -> bool:
    """Whether a session's transaction is its owner's: begun by them, or with changes of theirs.

    Changes are what is pending in the session, and what its transaction has written or locked.
    """
    session = session_of(db_session)
    if session.new or session.dirty or session.deleted:
        return True
    transaction = session.get_transaction()
    if transaction is None:
        return False
    was_begun = transaction.origin is not SessionTransactionOrigin.AUTOBEGIN
    return was_begun or session.in_nested_transaction() or bool(session.info.get(_CHANGED))


def session_of(db_session: DbSession) -> Session:
    """Return the session of this request or thread, where a registry of sessions is given."""
    return db_session() if isinstance(db_session, scoped_session) else db_session


def note_joined(db_session: DbSession, work: str) -> None:
    """Note that work of ours waits for the commit of the session's owner; where none comes, the log says so.

    Args:
        db_session: Whose transaction it is.
        work: What was done, by its name.
    """
    db_session.info.setdefault(_JOINED, []).append(work)


def has_joined(db_session: DbSession) -> bool:
    """Whether work of ours waits for the commit of the session's owner."""
    return bool(session_of(db_session).info.get(_JOINED))


def _begin(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_CHANGED, None)


def _watch_connection(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    connection.info[_OWNER] = session.info
    if connection.engine not in _watched_engines:
        _watched_engines.add(connection.engine)
        event.listen(connection.engine, "after_cursor_execute", _note_change)
        event.listen(connection.engine, "checkin", _disown)


def _note_change(connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
    owner = connection.info.get(_OWNER)
    if owner is not None and _is_change(context, statement):
        owner[_CHANGED] = True


def _is_change(context: Any, statement: str) -> bool:
    """A `SELECT … FOR UPDATE` is one too: it holds a lock, which its owner wants kept."""
    if " FOR " in statement[-_LOCK_CHARACTERS:]:
        return True
    if context is None or context.compiled is None or context.is_text:
        return _READ.match(statement) is None
    return bool(context.isinsert or context.isupdate or context.isdelete or context.isddl)


def _disown(dbapi_connection: Any, record: Any) -> None:
    record.info.pop(_OWNER, None)


def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_JOINED, None)


def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None and (joined := session.info.pop(_JOINED, None)):
        log.warning(
            "%s was part of a transaction with changes of your own, which was not committed: nothing of it is stored. Commit the "
            "transaction, or call it before your changes.",
            ", ".join(joined),
        )
