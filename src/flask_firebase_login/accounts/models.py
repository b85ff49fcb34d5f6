"""What is kept of a user."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, event, func, inspect
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from ..clock import utc_now
from ..database.columns import OPAQUE_CHARACTERS, Id, UTCDateTime, key_of, make_json_type, make_opaque

MAX_NAME_CHARACTERS = 200
MAX_URL_CHARACTERS = 2048
MAX_EMAIL_CHARACTERS = 320
MAX_UID_CHARACTERS = 128

SHOWN = (
    "firebase_uid",
    "email",
    "email_verified",
    "provider_name",
    "provider_photo_url",
    "chosen_name",
    "chosen_photo_url",
    "providers",
    "settings",
    "roles",
)
"""The columns that the JSON of an account shows: a change of one is a new version."""


class AccountMixin:
    """The columns of an account; `class Account(AccountMixin, db.Model)` may add its own.

    Attributes:
        id: The key for the site's own tables to refer to.
        firebase_uid: What Firebase calls the user; the account is found by this alone.
        email: The address that Firebase last told; not unique, and None for many (telephone, Facebook, anonymous).
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
        created_at: When they first signed in here.
        last_signed_in_at: When they last signed in, to within a day.
        disabled_at: Since when the site rejects them; None for most.
    """

    __tablename__ = "firebase_account"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    firebase_uid: Mapped[str] = mapped_column(String(MAX_UID_CHARACTERS), unique=True)
    email: Mapped[str | None] = mapped_column(String(MAX_EMAIL_CHARACTERS), index=True)
    email_verified: Mapped[bool] = mapped_column(default=False)
    provider_name: Mapped[str | None] = mapped_column(String(MAX_NAME_CHARACTERS))
    provider_photo_url: Mapped[str | None] = mapped_column(String(MAX_URL_CHARACTERS))
    chosen_name: Mapped[str | None] = mapped_column(String(MAX_NAME_CHARACTERS))
    chosen_photo_url: Mapped[str | None] = mapped_column(String(MAX_URL_CHARACTERS))
    providers: Mapped[list[str]] = mapped_column(MutableList.as_mutable(make_json_type()), default=list)
    is_anonymous_user: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(make_json_type()), default=dict)
    roles: Mapped[list[str]] = mapped_column(MutableList.as_mutable(make_json_type()), default=list)
    version: Mapped[int] = mapped_column(default=1)
    security_stamp: Mapped[str | None] = mapped_column(String(OPAQUE_CHARACTERS), default=make_opaque)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    last_signed_in_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

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
        """Whether the site rejects them."""
        return self.disabled_at is not None

    def has_role(self, role: str) -> bool:
        """Whether they have a role on this site."""
        return role in self.roles

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


@event.listens_for(AccountMixin, "before_update", propagate=True)
def _count_version(mapper: Mapper[Any], connection: Connection, account: Any) -> None:
    """A site's own code may change what the JSON shows, too: clients that hold an ETag then read again."""
    attributes = inspect(account, raiseerr=True).attrs
    if any(attributes[column].history.has_changes() for column in SHOWN) and not attributes["version"].history.has_changes():
        account.version = type(account).version + 1
