"""What is kept of a user."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from sqlalchemy import ColumnElement, Connection, PrimaryKeyConstraint, String, event, func, inspect
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.orm import Mapped, MappedColumn, Mapper, mapped_column

from ..clock import utc_now
from ..database.columns import OPAQUE_CHARACTERS, Id, UTCDateTime, key_of, make_json_type, make_opaque

MAX_NAME_CHARACTERS = 200
MAX_URL_CHARACTERS = 2048
MAX_EMAIL_CHARACTERS = 320
MAX_UID_CHARACTERS = 128

FALSE, ONE, NO_LIST, NO_OBJECT = "0", "1", "[]", "{}"
"""Defaults in the database, as literals that every engine takes: a migration that was written on one runs on another. SQLite adds a column with one
to a table as it is; with an expression, Alembic copies the table and drops the old one, and its foreign keys delete what refers to the rows.

Source: Alembic, "Running “Batch” Migrations for SQLite and Other Databases"; SQLite, "ALTER TABLE ADD COLUMN".
"""

_KNOWN_BY = "_firebase_login_known_by"
_CHANGED = "_firebase_login_changed"

SHOWN = (
    "firebase_uid",
    "provider_email",
    "email_verified",
    "provider_name",
    "provider_photo_url",
    "chosen_name",
    "chosen_photo_url",
    "providers",
    "settings",
    "roles",
    "created_at",
)
"""The columns that the JSON of an account shows: a change of one is a new version."""


OURS = {"flask_firebase_login": True}
"""Marks a column as the mixin's: one of the same name that the site declares does not have it."""


def _column(*arguments: Any, **options: Any) -> MappedColumn[Any]:
    return mapped_column(*arguments, info=OURS, **options)


class AccountMixin:
    """The columns of an account; `class Account(AccountMixin, db.Model)` may add its own.

    The class may be the site's own, of a table with rows: docs/moving-in.md says what becomes of a name that both have.
    Each column may be empty or has a default in the database, so that a migration can add it to rows that are there.

    Attributes:
        id: The key for the site's own tables to refer to; only where the class has no primary key of its own.
        firebase_uid: What Firebase calls the user; the account is found by this alone. None until they first sign in through Firebase.
        provider_email: The address that Firebase last told; not unique, and None for many (telephone, Facebook, anonymous).
        email: The same, unless the class has an `email` of its own.
        email_verified: Whether Firebase knows that the address is theirs.
        provider_name: Their name at the provider, as last told.
        provider_photo_url: Their picture at the provider, as last told.
        chosen_name: The name that they chose here, which wins.
        chosen_photo_url: The picture that they chose here, which wins.
        providers: The providers that they are known to use, a list of ids.
        is_anonymous_user: Whether they have no account at any provider yet. (Flask-Login's `is_anonymous` is another thing.)
        settings: Their settings on this site, a JSON object.
        roles: Their roles on this site, a list of names.
        version: Counts the changes of what the JSON of an account shows; a site's own columns do not count.
        security_stamp: Random, and never the same again: sessions carry it, and end where it changes or the row goes.
        created_at: When they first signed in here; None for the rows that were in the table before.
        last_signed_in_at: When they last signed in, to within a day; None where they never have.
        disabled_at: Since when the site rejects them; None for most.
        firebase_disabled_at: When Firebase was found to have disabled or deleted them; None again where it lets them in.
        firebase_valid_since: What Firebase issued for a sign-in before this is revoked, as after a new password; None where nothing needs to be known.
    """

    __not_exported__: tuple[str, ...] = ()
    """Columns of the site's own that are not for the export of a user's data; one that is called like a password never is in it."""

    if TYPE_CHECKING:
        id: Mapped[Any]

    firebase_uid: Mapped[str | None] = _column(String(MAX_UID_CHARACTERS), unique=True, index=True)
    provider_email: Mapped[str | None] = _column(String(MAX_EMAIL_CHARACTERS), index=True)
    email_verified: Mapped[bool] = _column(default=False, server_default=FALSE)
    provider_name: Mapped[str | None] = _column(String(MAX_NAME_CHARACTERS))
    provider_photo_url: Mapped[str | None] = _column(String(MAX_URL_CHARACTERS))
    chosen_name: Mapped[str | None] = _column(String(MAX_NAME_CHARACTERS))
    chosen_photo_url: Mapped[str | None] = _column(String(MAX_URL_CHARACTERS))
    providers: Mapped[list[str]] = _column(MutableList.as_mutable(make_json_type()), default=list, server_default=NO_LIST)
    is_anonymous_user: Mapped[bool] = _column(default=False, server_default=FALSE)
    settings: Mapped[dict[str, Any]] = _column(MutableDict.as_mutable(make_json_type()), default=dict, server_default=NO_OBJECT)
    roles: Mapped[list[str]] = _column(MutableList.as_mutable(make_json_type()), default=list, server_default=NO_LIST)
    version: Mapped[int] = _column(default=1, server_default=ONE)
    security_stamp: Mapped[str | None] = _column(String(OPAQUE_CHARACTERS), default=make_opaque)
    created_at: Mapped[datetime | None] = _column(UTCDateTime, default=utc_now)
    last_signed_in_at: Mapped[datetime | None] = _column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = _column(UTCDateTime)
    firebase_disabled_at: Mapped[datetime | None] = _column(UTCDateTime)
    firebase_valid_since: Mapped[datetime | None] = _column(UTCDateTime)

    def __init_subclass__(cls, **options: Any) -> None:
        """Add our key to a mapped class that has none, before it is mapped; Flask-Login's `get_id` gives way where it knows no key."""
        if hasattr(cls, "metadata") and not cls.__dict__.get("__abstract__") and not _has_key(cls):
            cls.id = _column(Id, primary_key=True)
        if cls.get_id.__module__ == "flask_login.mixins" and not hasattr(cls, "id"):
            cls.get_id = AccountMixin.get_id  # type: ignore[method-assign]
        super().__init_subclass__(**options)

    @hybrid_property
    def email(self) -> str | None:
        """The address that Firebase last told."""
        return self.provider_email

    @email.inplace.setter
    def _set_email(self, email: str | None) -> None:
        self.provider_email = email

    @hybrid_property
    def name(self) -> str | None:
        """Their own choice, else the provider's."""
        return self.chosen_name or self.provider_name

    @name.inplace.expression
    @classmethod
    def _name_expression(cls) -> ColumnElement[str | None]:
        return func.coalesce(cls.chosen_name, cls.provider_name)

    @hybrid_property
    def photo_url(self) -> str | None:
        """Their own choice, else the provider's."""
        return self.chosen_photo_url or self.provider_photo_url

    @photo_url.inplace.expression
    @classmethod
    def _photo_url_expression(cls) -> ColumnElement[str | None]:
        return func.coalesce(cls.chosen_photo_url, cls.provider_photo_url)

    @property
    def is_disabled(self) -> bool:
        """Whether the site rejects them, or Firebase, as far as that has been found."""
        return self.disabled_at is not None or self.firebase_disabled_at is not None

    def has_role(self, role: str) -> bool:
        """Whether they have a role on this site."""
        return role in (self.roles or ())

    # What Flask-Login asks of a user.

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Flask-Login's word for not disabled."""
        return not self.is_disabled

    def get_id(self) -> str:
        """Return the primary key as text, as Flask-Login's `UserMixin` does.

        It is what a site's own code may name the user by. What travels in the cookie is the secret of a session instead.
        """
        return str(key_of(self))


def is_out(account: AccountMixin) -> bool:
    """Whether an account is disabled, or denied by an `is_active` of the site's own."""
    is_disabled = account.disabled_at is not None or account.firebase_disabled_at is not None
    return is_disabled or account.is_disabled or not account.is_active  # a column of the site's may be called is_disabled, too


def is_revoked(account: AccountMixin, auth_time: datetime) -> bool:
    """Whether Firebase has revoked what a user proved at a time.

    Args:
        account: The user.
        auth_time: When they proved who they are.

    Source: firebase.google.com/docs/auth/admin/manage-sessions, "Detect ID token revocation".
    """
    return account.firebase_valid_since is not None and auth_time < account.firebase_valid_since


def _has_key(model: type[Any]) -> bool:
    """Whether a class, or one that it inherits from, declares a primary key, or an `id` that is for it to be."""
    bases = [base for base in model.__mro__ if base not in (AccountMixin, object)]
    if any("id" in vars(base) or "id" in annotations_of(base) or "__table__" in vars(base) for base in bases):
        return True
    named = getattr(model, "__table_args__", ())
    if isinstance(named, tuple) and any(isinstance(part, PrimaryKeyConstraint) for part in named):
        return True
    declared = [value for base in bases for value in (*vars(base).values(), *_find_annotated(base))]
    return any(getattr(getattr(value, "column", value), "primary_key", False) is True for value in declared)


def annotations_of(base: type[Any]) -> dict[str, Any]:
    """Return what a class itself gives types to, by name; without what it inherits."""
    annotations: dict[str, Any] = vars(base).get("__annotations__", {})
    return annotations


def _find_annotated(base: type[Any]) -> Iterator[Any]:
    """Yield what `Mapped[Annotated[…, mapped_column(primary_key=True)]]` of a class holds, where its names are those of its module."""
    for name, annotation in annotations_of(base).items():
        with suppress(Exception):  # a name that is imported for type checkers alone, say
            holder = SimpleNamespace(__annotations__={name: annotation})
            for part in get_args(get_type_hints(holder, vars(sys.modules[base.__module__]), include_extras=True)[name]):
                yield from getattr(part, "__metadata__", ())


def note_stamp(account: AccountMixin) -> None:
    """Note by what an account is known, so that it is never taken for another that its key has been given to since."""
    account.__dict__[_KNOWN_BY] = find_noted_stamps(account) | {account.security_stamp}


def keep_stamp(account: AccountMixin, current: AccountMixin) -> None:
    """Note the stamp that an account has been given, also where the caller's object is another of the same row."""
    note_stamp(current)
    account.__dict__[_KNOWN_BY] = find_noted_stamps(account) | find_noted_stamps(current)


def find_noted_stamps(account: AccountMixin) -> frozenset[str | None]:
    """Return what an account has been known by since it was loaded, whatever has expired or was rolled back: stamps never come again."""
    stamps: frozenset[str | None] = account.__dict__.get(_KNOWN_BY, frozenset())
    return stamps


def note_changes(account: AccountMixin, changed: list[str], former_email: str | None) -> None:
    """Note what a sign-in has changed, to be told once it is committed; what one before it has noted was taken back, or told."""
    account.__dict__[_CHANGED] = (changed, former_email)


def take_changes(account: AccountMixin) -> tuple[list[str], str | None]:
    """Return what a sign-in has changed, and the address before it, once."""
    changes: tuple[list[str], str | None] = account.__dict__.pop(_CHANGED, ([], None))
    return changes


@event.listens_for(AccountMixin, "load", propagate=True)
def _note_stamp_as_loaded(account: Any, context: Any) -> None:
    account.__dict__[_KNOWN_BY] = frozenset({account.__dict__.get("security_stamp")})


@event.listens_for(AccountMixin, "before_update", propagate=True)
def _count_version(mapper: Mapper[Any], connection: Connection, account: Any) -> None:
    """A site's own code may change what the JSON shows, too: clients that hold an ETag then read again."""
    attributes = inspect(account, raiseerr=True).attrs
    if any(attributes[column].history.has_changes() for column in SHOWN) and not attributes["version"].history.has_changes():
        account.version = type(account).version + 1
