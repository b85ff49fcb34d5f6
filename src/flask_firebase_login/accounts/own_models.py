"""A site's own class of accounts: which of its names are ours, and which stay its own.

`email`, `name` and `photo_url` are the site's where the class declares them: nothing of ours reads or writes them. A column of ours that the class
declares is used in the place of ours, if it can hold the same. `docs/moving-in.md` has the table.
"""

from __future__ import annotations

from inspect import isfunction, signature
from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, PrimaryKeyConstraint, String, Table, UniqueConstraint, inspect
from sqlalchemy.orm import ColumnProperty
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..errors import ConfigError
from .models import (
    MAX_EMAIL_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_UID_CHARACTERS,
    MAX_URL_CHARACTERS,
    AccountMixin,
    annotations_of,
)

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
    "firebase_disabled_at": None,
    "firebase_valid_since": None,
}
"""What a column of the site's must be to be used in the place of ours; None where none can."""


_LENGTHS = {
    "firebase_uid": MAX_UID_CHARACTERS,
    "provider_email": MAX_EMAIL_CHARACTERS,
    "provider_name": MAX_NAME_CHARACTERS,
    "chosen_name": MAX_NAME_CHARACTERS,
    "provider_photo_url": MAX_URL_CHARACTERS,
    "chosen_photo_url": MAX_URL_CHARACTERS,
}
"""How many characters a column of the site's holds at least."""


_SHADOWED = ("email", "name", "photo_url")
"""What of a site's own is not ours, but would be shadowed by ours from behind."""


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
    if isfunction(getattr(model, "is_active", None)):
        raise ConfigError(
            f"{model.__name__}.is_active is a method, which is always true. Make it a property, as Flask-Login asks."
        )
    _check_bases(model)
    _check_construction(model)
    for name, kind in _KINDS.items():
        found = mapper.attrs.get(name)
        column = found.columns[0] if isinstance(found, ColumnProperty) else None
        if not isinstance(column, Column):  # a relationship, a property, a column_property
            raise ConfigError(
                f"{model.__name__}.{name} is not a column, and FirebaseLogin keeps {name!r} there. Call yours otherwise; where it is "
                f"a relationship or a property, nothing in the database changes."
            )
        bare = _find_bare_annotation(model, name) if is_ours(model, name) else None
        if kind is None and (bare is not None or not is_ours(model, name)):
            raise ConfigError(
                f"{model.__name__}.{name} is the site's own, and FirebaseLogin needs a column of its own by that name. Call yours otherwise, "
                f'in the database too, by a migration before ours: op.execute(\'ALTER TABLE "{column.table.name}" RENAME COLUMN '
                f"{column.name} TO own_{column.name}')."
            )
        if bare is not None:
            raise ConfigError(
                f"{bare.__name__}.{name} has a type and no mapped_column(), so that SQLAlchemy takes FirebaseLogin's own column of that "
                f"name: write {name}: Mapped[…] = mapped_column(…), or leave it out."
            )
        if kind is not None and not is_ours(model, name):
            _check_own_column(model, name, column, kind)


def _check_bases(model: type[Any]) -> None:
    """A class behind the mixin loses its columns of our names to ours, and a migration would drop or change them.

    Raises:
        ConfigError: There is one.
    """
    behind = model.__mro__[model.__mro__.index(AccountMixin) + 1 :]
    for base in behind:
        lost = sorted(name for name in (*_KINDS, *_SHADOWED) if name in vars(base) or name in annotations_of(base))
        if lost and base is not object:
            raise ConfigError(
                f"{model.__name__} gets {lost[0]!r} from {base.__name__}, which stands behind AccountMixin, so that FirebaseLogin's own would be in "
                f"its place: write it into {model.__name__} itself, or put {base.__name__} before AccountMixin."
            )


def _check_construction(model: type[Any]) -> None:
    """A newcomer's row is made without arguments, and filled by `on_create`.

    Raises:
        ConfigError: The class asks for some.
    """
    try:
        signature(model).bind()
    except TypeError as error:
        raise ConfigError(
            f"{model.__name__}() is how FirebaseLogin makes a newcomer's row, and {model.__name__}.__init__ asks for more ({error}): give its "
            "parameters defaults, and fill the row in @firebase.on_create."
        ) from error


def _find_bare_annotation(model: type[Any], name: str) -> type[Any] | None:
    """Return the class that gives one of our names a type alone: its column would be ours, and a migration would change it into ours."""
    for base in model.__mro__:
        if base is AccountMixin:
            break
        if name in annotations_of(base):
            return base
    return None


def _check_own_column(model: type[Any], name: str, column: Column[Any], kind: type[TypeEngine[Any]]) -> None:
    """A column of the site's own in the place of ours is of the same type, holds as much, and a uid once.

    Raises:
        ConfigError: It does not.
    """
    if not _is_a(column.type, kind):
        raise ConfigError(
            f"{model.__name__}.{name} is the site's own, and FirebaseLogin needs a column of the type {kind.__name__} by that name. Call yours "
            f"otherwise, such as own_{name} = mapped_column({column.name!r}, …), and ours in the database: docs/moving-in.md, "
            '"Names that both have".'
        )
    wanted = _LENGTHS.get(name)
    length = getattr(column.type, "length", None)
    if wanted is not None and length is not None and length < wanted:
        raise ConfigError(
            f"{model.__name__}.{name} holds {length} characters, and FirebaseLogin needs {wanted} there: make it String({wanted})."
        )
    if name == "firebase_uid" and not _is_unique(model, column):
        raise ConfigError(f"{model.__name__}.firebase_uid is not unique, and one user would be several: make it unique=True.")


def _is_unique(model: type[Any], column: Column[Any]) -> bool:
    table: Table = inspect(model, raiseerr=True).local_table
    unique = [[*index.columns] for index in table.indexes if index.unique]
    unique += [[*one.columns] for one in table.constraints if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)]
    return [column] in unique


def is_ours(model: type[Any], name: str) -> bool:
    """Whether a column is the mixin's own, which we write; a site's `created_at` is the site's to write."""
    column = inspect(model, raiseerr=True).attrs[name].columns[0]
    return column.info.get("flask_firebase_login", False) is True


def _is_a(kind: TypeEngine[Any], wanted: type[TypeEngine[Any]]) -> bool:
    return isinstance(kind.impl if isinstance(kind, TypeDecorator) else kind, wanted)
