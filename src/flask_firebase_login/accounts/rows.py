"""The rows of accounts: read afresh, and written only where no other transaction has written meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import inspect, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import attributes

from ..database.changes import DbSession
from ..database.columns import key_column, key_of, make_opaque, parse_key
from ..database.transactions import Overtaken
from ..errors import NotFound
from ..text import is_storable
from .models import AccountMixin, find_noted_stamps, keep_stamp, note_stamp

A = TypeVar("A", bound=AccountMixin)


class AccountRows(Generic[A]):
    """Reads and writes accounts within the transaction at hand; commits nothing.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class.
    """

    def __init__(self, db_session: DbSession, model: type[A]) -> None:
        self._db_session = db_session
        self._model = model

    def find(self, firebase_uid: str, *, afresh: bool = False) -> A | None:
        """Return the account of a Firebase user, or None.

        Args:
            firebase_uid: The user.
            afresh: Read what the session has loaded already once more: another transaction may have changed it.
        """
        if not is_storable(firebase_uid):
            return None
        wanted = select(self._model).where(self._model.firebase_uid == firebase_uid)
        return self._db_session.scalar(wanted.execution_options(populate_existing=afresh))

    def find_by_key(self, key: str) -> A | None:
        """Return the account with a primary key that is given as text, or None."""
        column = key_column(self._model)
        parsed = parse_key(key, column.type)
        return None if parsed is None else self._db_session.scalar(select(self._model).where(column == parsed))

    def find_all_by_email(self, email: str, limit: int) -> Sequence[A]:
        """Return the accounts that have an e-mail address, by Firebase or by a column of the site's own, in the order of their keys."""
        if not is_storable(email):
            return []
        model: Any = self._model
        which = or_(model.provider_email == email, model.email == email)
        return self._db_session.scalars(select(model).where(which).order_by(key_column(model)).limit(limit)).unique().all()

    def find_page(self, after: Any, limit: int, is_disabled: bool | None) -> Sequence[A]:
        """Return a page of accounts, in the order of their keys."""
        key, disabled_at = key_column(self._model), self._model.disabled_at
        wanted = select(self._model).order_by(key).limit(limit)
        if after is not None:
            wanted = wanted.where(key > after)
        if is_disabled is not None:
            wanted = wanted.where(disabled_at.is_not(None) if is_disabled else disabled_at.is_(None))
        return self._db_session.scalars(wanted).unique().all()

    def read(self, account: A, *, lock: bool = False) -> A:
        """Return an account as it is stored now.

        Its key may have been given to another account since: the stamp that it was loaded with decides.

        Args:
            account: As it was loaded once.
            lock: Keep other transactions from changing it until this one ends.

        Raises:
            NotFound: The account is gone.
        """
        known = find_noted_stamps(account)
        locking = {"of": inspect(self._model, raiseerr=True).local_table} if lock else None
        current = self._db_session.get(self._model, key_of(account), populate_existing=True, with_for_update=locking)
        if current is None or (known and current.security_stamp not in known):
            raise NotFound("The account is gone.")
        keep_stamp(account, current)
        return current

    def write(self, account: A, wanted: Mapping[str, Any]) -> list[str]:
        """Write the columns that are to change, if the account is still at the version that was read, and return their names.

        Raises:
            Overtaken: Another transaction has changed or deleted the account.
        """
        changed = {column: value for column, value in wanted.items() if getattr(account, column) != value}
        if changed:
            written = self._db_session.execute(
                update(self._model)
                .where(key_column(self._model) == key_of(account), self._model.version == account.version)
                .values(changed | {"version": self._model.version + 1})
                .execution_options(synchronize_session=False)
            )
            if written.rowcount != 1:  # type: ignore[attr-defined]
                raise Overtaken
            self._db_session.refresh(account)
            note_stamp(account)
        return [*changed]

    def link(self, account: A, firebase_uid: str) -> None:
        """Write who an account is at Firebase, if nobody is it yet; whoever was signed in as it before is so no more.

        Raises:
            Overtaken: Another transaction has written it meanwhile, or has deleted the account.
        """
        try:
            with self._db_session.begin_nested():
                written = self._db_session.execute(
                    update(self._model)
                    .where(key_column(self._model) == key_of(account), self._model.firebase_uid.is_(None))
                    .values({"firebase_uid": firebase_uid, "version": self._model.version + 1, "security_stamp": make_opaque()})
                    .execution_options(synchronize_session=False)
                )
        except IntegrityError as error:  # the user has got an account meanwhile
            raise Overtaken from error
        if written.rowcount != 1:  # type: ignore[attr-defined]
            raise Overtaken
        self._db_session.refresh(account)
        note_stamp(account)

    def write_aside(self, account: A, column: str, value: Any) -> None:
        """Write a column that belongs to no version."""
        self._db_session.execute(
            update(self._model)
            .where(key_column(self._model) == key_of(account))
            .values({column: value})
            .execution_options(synchronize_session=False)
        )
        attributes.set_committed_value(account, column, value)
