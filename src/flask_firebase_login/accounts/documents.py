"""Accounts as JSON: what a client sees of one, and all that is kept of a user."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import inspect

from ..database.columns import key_of
from .models import AccountMixin


def describe_account(account: AccountMixin) -> dict[str, Any]:
    """Return the `account` of the HTTP answers."""
    return {
        "id": _as_json(key_of(account)),
        "firebase_uid": account.firebase_uid,
        "email": account.email,
        "email_verified": account.email_verified,
        "name": account.name,
        "photo_url": account.photo_url,
        "providers": list(account.providers),
        "settings": dict(account.settings),
        "roles": list(account.roles),
        "created_at": format_time(account.created_at),
    }


def export_row(row: object, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return every column of a row, the site's own columns included, as JSON values.

    Args:
        row: An instance of a mapped class.
        without: Columns that are left out.
    """
    columns = inspect(row, raiseerr=True).mapper.column_attrs
    return {column.key: _as_json(getattr(row, column.key)) for column in columns if column.key not in without}


def format_time(time: datetime) -> str:
    """Return a time as RFC 3339, in UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_json(value: object) -> Any:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _as_json(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(member) for member in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
