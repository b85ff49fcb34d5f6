"""The column types that accounts and sessions share."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..text import is_storable

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A surrogate key; SQLite counts up in `INTEGER` alone."""

OPAQUE_CHARACTERS = 22
MAX_KEY = 2**63 - 1
"""The largest whole number that every engine stores."""


def make_opaque() -> str:
    """Return 128 random bits as 22 characters of base64url: a name that never comes again."""
    return secrets.token_urlsafe(16)


def key_column(model: type[Any]) -> InstrumentedAttribute[Any]:
    """Return the primary key of a mapped class that has one of a single column.

    Args:
        model: The mapped class.
    """
    mapper = inspect(model, raiseerr=True)
    attribute: InstrumentedAttribute[Any] = mapper.get_property_by_column(mapper.primary_key[0]).class_attribute
    return attribute


def key_of(row: object) -> Any:
    """Return the primary key of a stored row without a query, though its attributes may have expired or the row may be gone.

    Raises:
        ValueError: The row is not stored yet.
    """
    identity = inspect(row, raiseerr=True).identity
    if identity is None:
        raise ValueError(f"This {type(row).__name__} is not stored yet: add it to the session and flush it first.")
    return identity[0]


def parse_key(text: str, key_type: TypeEngine[Any]) -> Any:
    """Return a key that is given as text in the type of its column; None where it cannot be one.

    Args:
        text: Such as `12`, or a UUID.
        key_type: The type of the column.
    """
    try:
        python_type = key_type.python_type
        key = python_type(text) if python_type is not int or text.isdecimal() else None
    except (NotImplementedError, TypeError, ValueError):
        return None
    is_stored = is_storable(key) if isinstance(key, str) else not isinstance(key, int) or key <= MAX_KEY
    return key if is_stored else None


def make_json_type() -> TypeEngine[Any]:
    """Return JSON, in PostgreSQL's binary form there; a type of its own for each column, because `as_mutable` marks the type."""
    return JSON().with_variant(_JSONB(), "postgresql")


class _JSONB(JSONB):
    """PostgreSQL's, which a migration names without the `Text` that Alembic imports nowhere."""

    __module__ = JSONB.__module__

    def __repr__(self) -> str:
        """What Alembic writes into a migration, behind `postgresql.`."""
        return "JSONB()"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it is: its module is another."""
        return JSONB, ()


class UTCDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python on every engine; SQLite, which knows no time zones, stores it naive.

    In the database it is SQLAlchemy's own type, and a migration names that: it runs without an import of ours, now and after years.
    """

    __module__ = DateTime.__module__
    impl = DateTime(timezone=True)
    cache_ok = True

    def __repr__(self) -> str:
        """What Alembic writes into a migration, behind `sa.`."""
        return "DateTime(timezone=True)"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by a name that can be imported: its module is another."""
        return _make_utc_date_time, ()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Reject a naive time before it is stored as if it were UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Times are aware: use datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Make what SQLite gives back aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _make_utc_date_time() -> UTCDateTime:
    return UTCDateTime()
