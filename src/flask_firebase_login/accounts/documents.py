"""Accounts as JSON: what a client sees of one, and all that is kept of a user."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import inspect

from ..database.columns import key_of
from .models import AccountMixin

_SECRET = re.compile(r"passw|passphrase|pwd|secret|token|salt|hash(?!tag)|(^|_)(otp|pw|api_?key)(_|$)", re.IGNORECASE)
"""What a column is called that holds a credential."""


def describe_account(account: AccountMixin) -> dict[str, Any]:
    """Return the `account` of the HTTP answers."""
    return {
        "id": _as_json(key_of(account)),
        "firebase_uid": account.firebase_uid,
        "email": account.provider_email,
        "email_verified": account.email_verified,
        "name": shown_name(account),
        "photo_url": account.chosen_photo_url or account.provider_photo_url,
        "providers": list(account.providers or ()),
        "settings": dict(account.settings or {}),
        "roles": list(account.roles or ()),
        "created_at": account.created_at and format_time(account.created_at),
    }


def shown_name(account: AccountMixin) -> str | None:
    """Return the user's own choice, else the provider's; a site's class may have another `name`."""
    return account.chosen_name or account.provider_name


def export_row(row: object, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return every column of a row, the site's own columns included, as JSON values; none that is called like a password.

    Args:
        row: An instance of a mapped class.
        without: Columns that are left out.
    """
    named = {
        column.key: (column.key, getattr(column.columns[0], "name", None))
        for column in inspect(row, raiseerr=True).mapper.column_attrs
    }
    shown = [
        key for key, names in named.items() if key not in without and not any(_SECRET.search(name or "") for name in names)
    ]
    return {key: _as_json(getattr(row, key)) for key in shown}


def format_time(time: datetime) -> str:
    """Return a time as RFC 3339, in UTC, to the millisecond; a naive one, in a column of the site's own, is UTC."""
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
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
