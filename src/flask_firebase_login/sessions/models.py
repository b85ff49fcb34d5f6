"""What is kept of a device that a user is signed in on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ..database.columns import OPAQUE_CHARACTERS, UTCDateTime, make_opaque

MAX_CLIENT_NAME_CHARACTERS = 80
MAX_USER_AGENT_CHARACTERS = 256
SECRET_HASH_CHARACTERS = 64


class SessionMixin:
    """The columns of a session. A row is no credential: it holds the hash of the secret alone.

    Attributes:
        id: What the user's other devices call this one by: 22 random characters, which never come again.
        account_id: Whose session it is: the primary key of the account, of whatever type that is.
        account_stamp: The `security_stamp` of the account when the session was opened. Where the account's is another, or its row
            is gone, the session has ended, though the key may have been given to another account.
        secret_hash: SHA-256 of the secret, in hexadecimal.
        transport: `cookie` or `bearer`; the secret is good for that transport alone.
        client_name: What the client calls itself.
        chosen_name: What the user calls the device, which wins.
        user_agent: The header of the sign-in, cut at 256 characters.
        created_at: When the device signed in; of a session that was handed on by another, when that one began. The absolute timeout counts from here.
        last_seen_at: When it was last seen, to within `TOUCH_INTERVAL`.
        expires_at: When it ends unless it is seen before.
        auth_time: When the user last proved who they are.
    """

    __tablename__ = "firebase_session"
    __account_table__ = "firebase_account"
    __account_key__ = "id"

    id: Mapped[str] = mapped_column(String(OPAQUE_CHARACTERS), primary_key=True, default=make_opaque)
    account_stamp: Mapped[str] = mapped_column(String(OPAQUE_CHARACTERS))
    secret_hash: Mapped[str] = mapped_column(String(SECRET_HASH_CHARACTERS), unique=True)
    transport: Mapped[str] = mapped_column(String(6))
    client_name: Mapped[str | None] = mapped_column(String(MAX_CLIENT_NAME_CHARACTERS))
    chosen_name: Mapped[str | None] = mapped_column(String(MAX_CLIENT_NAME_CHARACTERS))
    user_agent: Mapped[str | None] = mapped_column(String(MAX_USER_AGENT_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    auth_time: Mapped[datetime] = mapped_column(UTCDateTime)

    @declared_attr
    def account_id(cls) -> Mapped[Any]:
        """Whose session it is; it goes with the account. Its type is that of the account's key."""
        return mapped_column(ForeignKey(f"{cls.__account_table__}.{cls.__account_key__}", ondelete="CASCADE"), index=True)

    @property
    def name(self) -> str | None:
        """What the user calls the device, else what the client calls itself."""
        return self.chosen_name or self.client_name
