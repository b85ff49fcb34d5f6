"""A site's own class of accounts: which of its names are ours, and which stay its own.

`email`, `name` and `photo_url` are the site's where the class declares them: nothing of ours reads or writes them. A column of ours that the class
declares is used in the place of ours, if it can hold the same. `docs/moving-in.md` has the table.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, String, inspect
from sqlalchemy.orm import ColumnProperty
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..errors import ConfigError

_KINDS: dict[str, type[TypeEngine[Any]] | None] = {
    "firebase_uid": String,
    "provider_email": String,
    "email_verified": Boolean,
    "provider_name": String,
    "provider_photo_url": String,
    "chosen_name": String,
    "chosen_photo_url": String,
    "providers": JSON,
    "is_anonymous_user": Boolean,
    "settings": JSON,
    "roles": JSON,
    "version": None,
    "security_stamp": None,
    "created_at": DateTime,
    "last_signed_in_at": None,
    "disabled_at": None,
}
"""What a column of the site's must be to be used in the place of ours; None where none can."""


def check_account_model(model: type[Any]) -> None:
    """Return where a class can be the site's accounts.

    Args:
        model: The mapped class, with `AccountMixin`.

    Raises:
        ConfigError: A name of ours is something else there, or the primary key has several columns; the message says what to do.
    """
    mapper = inspect(model, raiseerr=True)
    if len(mapper.primary_key) != 1:
        keys = ", ".join(column.name for column in mapper.primary_key)
        raise ConfigError(
            f"{model.__name__} has a primary key of several columns ({keys}). An account is known by a single one."
        )
    for name, kind in _KINDS.items():
        found = mapper.attrs.get(name)
        column = found.columns[0] if isinstance(found, ColumnProperty) else None
        if not isinstance(column, Column):  # a relationship, a property, a column_property
            raise ConfigError(
                f"{model.__name__}.{name} is not a column, and FirebaseLogin keeps {name!r} there. Call yours otherwise; where it is "
                f"a relationship or a property, nothing in the database changes."
            )
        if not is_ours(model, name) and (kind is None or not _is_a(column.type, kind)):
            wanted = "its own" if kind is None else f"of the type {kind.__name__}"
            raise ConfigError(
                f"{model.__name__}.{name} is the site's own, and FirebaseLogin needs a column {wanted} by that name. Call yours "
                f"otherwise, such as own_{name} = mapped_column({column.name!r}, …), and ours in the database: docs/moving-in.md, "
                '"Names that both have".'
            )


def is_ours(model: type[Any], name: str) -> bool:
    """Whether a column is the mixin's own, which we write; a site's `created_at` is the site's to write."""
    column = inspect(model, raiseerr=True).attrs[name].columns[0]
    return column.info.get("flask_firebase_login", False) is True


def _is_a(kind: TypeEngine[Any], wanted: type[TypeEngine[Any]]) -> bool:
    return isinstance(kind.impl if isinstance(kind, TypeDecorator) else kind, wanted)
