"""The rows of sessions: which account each belongs to, and how one comes and goes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    inspect,
    literal,
    or_,
    select,
    update,
)

from ..accounts.models import AccountMixin, is_out, is_revoked, note_stamp
from ..clock import Clock
from ..database.changes import DbSession
from ..database.columns import key_column, key_of, make_opaque
from ..database.transactions import Overtaken, begin_writing
from .models import SessionMixin
from .values import Pruned, Revoked

A = TypeVar("A", bound=AccountMixin)


class SessionRows(Generic[A]):
    """Reads and writes sessions within the transaction at hand; commits nothing.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class of sessions.
        account_model: The mapped class of accounts.
        clock: The time, aware and in UTC.
    """

    def __init__(self, db_session: DbSession, model: type[SessionMixin], account_model: type[A], clock: Clock) -> None:
        self._db_session = db_session
        self._model = model
        self._account_model = account_model
        self._clock = clock

    @cached_property
    def finding(self) -> Executable:
        """The statement of every authenticated request, by the hash of the secret: the account, and what else is asked of its session.

        It is made once, at the first request: to make it anew costs as much as to run it. The session's row is no entity, which would cost
        as much again.
        """
        model, account = self._model, self._account_model
        asked = (model.id, model.transport, model.created_at, model.last_seen_at, model.expires_at, model.auth_time)
        wanted = select(account, *asked).join(model, self.belongs())
        return wanted.where(model.secret_hash == bindparam("secret_hash"))

    def belongs(self) -> ColumnElement[bool]:
        """Return the one rule of which account a session belongs to: its key, and the stamp that never comes again."""
        account = self._account_model
        return and_(key_column(account) == self._model.account_id, account.security_stamp == self._model.account_stamp)

    def of(self, account: A) -> tuple[ColumnElement[bool], ...]:
        """Return the same rule for one account; what a deleted account of the same key has left behind is not of it."""
        return self._model.account_id == key_of(account), self._model.account_stamp == (account.security_stamp or "")

    def stamp(self, account: A) -> str:
        """Return what an account is known by; a row that the site's own SQL has made gets it now."""
        if account.security_stamp is None:
            self._db_session.execute(
                update(self._account_model)
                .where(key_column(self._account_model) == key_of(account), self._account_model.security_stamp.is_(None))
                .values(security_stamp=make_opaque())
                .execution_options(synchronize_session=False)
            )
            self._db_session.refresh(account, ["security_stamp"])
            note_stamp(account)
        return account.security_stamp or ""

    def lock(self, *which: ColumnElement[bool]) -> None:
        """Keep the sessions of accounts from being opened until this transaction ends; of several at once, each sees what the one before it did.

        Args:
            which: The accounts.
        """
        begin_writing(self._db_session, self._account_model)
        account = self._account_model
        locking = (
            select(key_column(account))
            .where(*which)
            .with_for_update(key_share=True, of=inspect(account, raiseerr=True).local_table)
        )
        self._db_session.execute(locking).all()

    def insert(self, row: dict[str, Any]) -> None:
        """Insert a session in the statement that sees the account stand.

        PostgreSQL then keeps the account from changing until the commit, so that the sign-ins of one user come one by one.

        Args:
            row: Every column.

        Raises:
            Overtaken: The account is gone or disabled.
        """
        account, columns = self._account_model, self._model.__table__.c  # type: ignore[attr-defined]
        standing = (
            select(*[literal(value, columns[name].type) for name, value in row.items()])
            .where(
                key_column(account) == row["account_id"],
                account.security_stamp == row["account_stamp"],
                account.disabled_at.is_(None),
                account.firebase_disabled_at.is_(None),
            )
            .with_for_update(key_share=True, of=inspect(account, raiseerr=True).local_table)
        )
        inserting = insert(self._model).from_select([*row], standing).execution_options(preserve_rowcount=True)
        written = self._db_session.execute(inserting)
        if written.rowcount != 1:  # type: ignore[attr-defined]
            raise Overtaken

    def find_replaced(self, opened: dict[str, Any], secrets: Collection[str]) -> Sequence[Row[Any]]:
        """Return the sessions of the same user that the device had before, living or not: what the user called them.

        Args:
            opened: The row of the new session.
            secrets: What the device sent.
        """
        model = self._model
        its_own = (model.account_id == opened["account_id"], model.account_stamp == opened["account_stamp"])
        hashes = [hash_secret(secret) for secret in secrets]
        wanted = select(model.chosen_name).where(*its_own, model.secret_hash.in_(hashes)).order_by(model.last_seen_at.desc())
        return self._db_session.execute(wanted).all()

    def find_others(self, opened: dict[str, Any]) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
        """Return the other sessions of a user: those that live, the one last seen first, and what has ended under the same key.

        Args:
            opened: The row just inserted.
        """
        model, now = self._model, self._clock()
        rows: Sequence[Any] = self._db_session.execute(
            select(model.id, model.expires_at, model.account_stamp, model.transport, model.client_name, model.user_agent)
            .where(model.account_id == opened["account_id"], model.id != opened["id"])
            .order_by(model.last_seen_at.desc(), model.created_at.desc())
        ).all()
        alive = [row for row in rows if row.expires_at > now and row.account_stamp == opened["account_stamp"]]
        return alive, [row for row in rows if row not in alive]

    def end(self, *which: ColumnElement[bool]) -> Sequence[Revoked]:
        """Delete sessions, and return those that had not ended already."""
        model, now = self._model, self._clock()
        rows = self._db_session.execute(select(model.id, model.account_id, model.expires_at).where(*which)).all()
        if rows:
            ids = [row.id for row in rows]
            self._db_session.execute(delete(model).where(model.id.in_(ids)).execution_options(synchronize_session=False))
        alive: dict[Any, tuple[str, ...]] = {}
        for row in rows:
            if row.expires_at > now:
                alive[row.account_id] = (*alive.get(row.account_id, ()), row.id)
        return [Revoked(account_id, ids) for account_id, ids in alive.items()]

    def prune_after(self, last: str, size: int) -> tuple[str | None, Pruned]:
        """Delete those of the next sessions, by their ids, that have ended or belong to no account.

        Args:
            last: The id of the last session that was looked at; "" at first.
            size: How many are looked at.

        Returns:
            The id of the last session, None where no more follow; and how many there were.
        """
        model = self._model
        is_over = or_(model.expires_at <= self._clock(), ~exists().where(self.belongs()))
        page = select(model.id, is_over.label("is_over")).where(model.id > last).order_by(model.id).limit(size)
        rows = self._db_session.execute(page).all()
        over = [row.id for row in rows if row.is_over]
        deleted = 0
        if over:
            statement = delete(model).where(model.id.in_(over), is_over).execution_options(synchronize_session=False)
            deleted = self._db_session.execute(statement).rowcount  # type: ignore[attr-defined]
        return rows[-1].id if len(rows) == size else None, Pruned(len(rows), deleted)


def is_standing(account: AccountMixin, auth_time: datetime) -> bool:
    """Whether nothing that is known of a user ends a session of theirs.

    Args:
        account: The user.
        auth_time: When they last proved in it who they are.
    """
    return not is_out(account) and not is_revoked(account, auth_time)


def is_alike(session: Row[Any], opened: dict[str, Any]) -> bool:
    """Whether two bearers say the same of themselves, and anything at all. A cookie's device is known by a cookie of its own."""
    said = [(opened[name], getattr(session, name)) for name in ("client_name", "user_agent")]
    is_bearer = session.transport == opened["transport"] == "bearer"
    return is_bearer and all(one == other for one, other in said) and any(one for one, _ in said)


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
