"""The rows of codes and links: made, read and changed within the transaction at hand, and deleted when they are old."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from ..clock import Clock
from ..database.changes import DbSession
from ..database.transactions import in_transaction
from ..errors import RateLimited
from ..sessions.rows import hash_secret
from .models import HandoffMixin

SECRET_BYTES = 32
KEPT_AFTER = timedelta(hours=1)


def make_secret() -> str:
    """Return a code or link: 256 random bits, 43 characters of base64url."""
    return secrets.token_urlsafe(SECRET_BYTES)


class HandoffRows:
    """Reads and writes codes and links.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class.
        clock: The time, aware and in UTC.
        make_secret: Where codes and links come from.
    """

    def __init__(
        self, db_session: DbSession, model: type[HandoffMixin], clock: Clock, make_secret: Callable[[], str] = make_secret
    ) -> None:
        self.db_session = db_session
        self.model = model
        self.clock = clock
        self._make_secret = make_secret

    def issue(self, kind: str, ttl: timedelta, **columns: Any) -> str:
        """Make a row in a transaction of its own, and delete old ones; return its secret."""
        secret = self._make_secret()

        def issue() -> None:
            now = self.clock()
            self.delete_old(now)
            row = {"secret_hash": hash_secret(secret), "kind": kind, "created_at": now, "expires_at": now + ttl}
            self.db_session.execute(insert(self.model).values(row | columns))

        in_transaction(self.db_session, issue)
        return secret

    def find(self, kind: str, secret: str) -> Any:
        """Return the columns of a code or link, or None."""
        return self.select(self.model.kind == kind, self.model.secret_hash == hash_secret(secret))

    def select(self, *which: ColumnElement[bool]) -> Any:
        """Return one row's columns, read afresh: a mapped object would be the one that was loaded before."""
        columns = self.model.__table__.c  # type: ignore[attr-defined]
        return self.db_session.execute(select(*columns).where(*which)).one_or_none()

    def update(self, *which: ColumnElement[bool], **columns: Any) -> int:
        """Change rows, and return how many there were."""
        statement = update(self.model).where(*which).values(**columns).execution_options(synchronize_session=False)
        return int(self.db_session.execute(statement).rowcount)  # type: ignore[attr-defined]

    def delete(self, *which: ColumnElement[bool]) -> None:
        """Delete rows."""
        self.db_session.execute(delete(self.model).where(*which).execution_options(synchronize_session=False))

    def delete_old(self, now: datetime) -> None:
        """Delete what has expired an hour ago; until then a second use is noticed."""
        self.delete(self.model.expires_at < now - KEPT_AFTER)

    def check_count(self, kind: str, within: timedelta, too_many: int, whose: ColumnElement[bool]) -> None:
        """Return where somebody has made few enough of a kind.

        Raises:
            RateLimited: They have made so many within that time.
        """
        model, since = self.model, self.clock() - within
        counting = select(func.count(), func.min(model.created_at)).where(model.kind == kind, model.created_at > since, whose)
        count, oldest_at = self.db_session.execute(counting).one()
        if count >= too_many:
            seconds = math.ceil((oldest_at - since).total_seconds())
            raise RateLimited("Too many codes or links within a short time.", retry_after_seconds=max(1, seconds))
