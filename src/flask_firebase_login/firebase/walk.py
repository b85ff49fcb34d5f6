"""The accounts that a run of `sync` checks, a hundred at a time, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, or_, select, update

from ..accounts.models import AccountMixin
from ..accounts.sign_ins import LAST_SIGNED_IN_PRECISION
from ..clock import Clock
from ..database.changes import DbSession
from ..database.columns import key_column
from ..database.transactions import begin_writing, in_transaction, release
from ..sessions import SessionMixin
from ..text import is_storable
from .differences import Seen
from .identity_toolkit import MAX_UIDS
from .models import SyncMixin

EVERYBODY = "everybody"
RESUMED_WITHIN = timedelta(days=1)


class Walk:
    """Reads the accounts of Firebase users by uid, which is indexed, and gives the connection back before anybody waits.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        account_model: The mapped class of accounts.
        session_model: The mapped class of sessions.
        model: The mapped class of how far a run has come.
        clock: The time, aware and in UTC.
    """

    def __init__(
        self,
        db_session: DbSession,
        account_model: type[AccountMixin],
        session_model: type[SessionMixin],
        model: type[SyncMixin],
        *,
        clock: Clock,
    ) -> None:
        self._db_session = db_session
        self._account_model = account_model
        self._session_model = session_model
        self._model = model
        self._clock = clock

    def begin(self) -> str | None:
        """Begin a run over everybody, or go on with one that broke off less than a day ago; return the uid behind which it goes on."""
        model, now = self._model, self._clock()

        def begin_run() -> str | None:
            begin_writing(self._db_session, model)
            row = self._db_session.execute(select(model.cursor, model.began_at).where(model.name == EVERYBODY)).one_or_none()
            if row is not None and now - row.began_at < RESUMED_WITHIN:
                return str(row.cursor) if row.cursor is not None else None
            if row is None:
                self._db_session.execute(insert(model).values(name=EVERYBODY, cursor=None, began_at=now))
            else:
                self._update(cursor=None, began_at=now)
            return None

        return in_transaction(self._db_session, begin_run)

    def note(self, cursor: str) -> None:
        """Note how far the run has come, within the transaction at hand."""
        self._update(cursor=cursor)

    def end(self) -> None:
        """Forget a run that is over."""
        deleting = delete(self._model).where(self._model.name == EVERYBODY).execution_options(synchronize_session=False)
        in_transaction(self._db_session, lambda: self._db_session.execute(deleting))

    def count(self, since: datetime | None, cursor: str | None) -> int:
        """Return how many accounts there are to check."""
        counting = select(func.count()).select_from(self._account_model).where(*self._which(since), *self._behind(cursor))
        count = self._db_session.scalar(counting) or 0
        release(self._db_session)
        return count

    def read_all(self, since: datetime | None, cursor: str | None) -> Iterator[list[Seen]]:
        """Yield the accounts, at most a hundred at a time, in the order of their uids.

        Args:
            since: Leave out who has not been here since.
            cursor: Go on behind this uid.
        """
        while page := self._read(*self._which(since), *self._behind(cursor)):
            yield page
            cursor = page[-1].uid

    def read_some(self, uids: Sequence[str]) -> Iterator[list[Seen]]:
        """Yield the accounts of some Firebase users, at most a hundred at a time."""
        known = [uid for uid in dict.fromkeys(uids) if is_storable(uid)]
        for start in range(0, len(known), MAX_UIDS):
            if page := self._read(self._account_model.firebase_uid.in_(known[start : start + MAX_UIDS])):
                yield page

    def _which(self, since: datetime | None) -> list[ColumnElement[bool]]:
        account, session = self._account_model, self._session_model
        linked = account.firebase_uid.is_not(None)
        if since is None:
            return [linked]
        was_seen = exists().where(self._belongs(), session.last_seen_at >= since)
        return [linked, or_(account.last_signed_in_at >= since - LAST_SIGNED_IN_PRECISION, was_seen)]

    def _behind(self, cursor: str | None) -> list[ColumnElement[bool]]:
        return [] if cursor is None else [self._account_model.firebase_uid > cursor]

    def _belongs(self) -> ColumnElement[bool]:
        account, session = self._account_model, self._session_model
        return and_(session.account_id == key_column(account), session.account_stamp == account.security_stamp)

    def _read(self, *which: ColumnElement[bool]) -> list[Seen]:
        account, session = self._account_model, self._session_model
        oldest: Select[Any] = select(func.min(session.auth_time)).where(self._belongs())
        wanted = select(
            account.firebase_uid,
            account.version,
            account.security_stamp,
            account.provider_email,
            account.email_verified,
            account.providers,
            account.firebase_disabled_at,
            account.firebase_valid_since,
            oldest.correlate(account).scalar_subquery(),
        )
        rows = self._db_session.execute(wanted.where(*which).order_by(account.firebase_uid).limit(MAX_UIDS)).all()
        release(self._db_session)
        return [
            Seen(uid, version, stamp, email, verified, tuple(providers or ()), *times)
            for uid, version, stamp, email, verified, providers, *times in rows
        ]

    def _update(self, **columns: Any) -> None:
        updating = update(self._model).where(self._model.name == EVERYBODY).values(**columns)
        self._db_session.execute(updating.execution_options(synchronize_session=False))
