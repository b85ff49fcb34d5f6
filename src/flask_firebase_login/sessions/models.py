"""What is kept of a device that a user is signed in on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ..database.columns import Id, UTCDateTime

MAX_CLIENT_NAME_CHARACTERS = 80
MAX_USER_AGENT_CHARACTERS = 256
SECRET_HASH_CHARACTERS = 64


class SessionMixin:
    """The columns of a session. A row is no credential: it holds the hash of the secret alone.

    Attributes:
        id: What the user's other devices call this one by.
        account_id: Whose session it is.
        secret_hash: SHA-256 of the secret, in hexadecimal.
        transport: `cookie` or `bearer`; the secret is good for that transport alone.
        client_name: What the client calls itself.
        user_agent: The header of the sign-in, cut at 256 characters.
        created_at: When the device signed in.
        last_seen_at: When it was last seen, to within `TOUCH_INTERVAL`.
        expires_at: When it ends unless it is seen before.
        auth_time: When the user last proved who they are.
    """

    __tablename__ = "firebase_session"
    __account_table__ = "firebase_account"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(SECRET_HASH_CHARACTERS), unique=True)
    transport: Mapped[str] = mapped_column(String(6))
    client_name: Mapped[str | None] = mapped_column(String(MAX_CLIENT_NAME_CHARACTERS))
    user_agent: Mapped[str | None] = mapped_column(String(MAX_USER_AGENT_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    auth_time: Mapped[datetime] = mapped_column(UTCDateTime)

    @declared_attr
    def account_id(cls) -> Mapped[int]:
        """Whose session it is; it goes with the account."""
        return mapped_column(Id, ForeignKey(f"{cls.__account_table__}.id", ondelete="CASCADE"), index=True)
