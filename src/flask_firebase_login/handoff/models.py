"""What is kept of a code or link that hands a sign-in on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ..database.columns import OPAQUE_CHARACTERS, UTCDateTime
from ..native_clients import MAX_REDIRECT_URI_CHARACTERS
from ..sessions.models import MAX_USER_AGENT_CHARACTERS, SECRET_HASH_CHARACTERS

MAX_NEXT_CHARACTERS = 2048
CHALLENGE_CHARACTERS = 43
MAX_ADDRESS_CHARACTERS = 45


class HandoffMixin:
    """The columns of a code or link. A row is no credential: it holds hashes alone, and is good for a minute or ten.

    Whose it is, the session says that vouched for it: where that has ended, or its account is gone or disabled, the row is good for nothing.

    Attributes:
        secret_hash: SHA-256 of the code or link, in hexadecimal.
        kind: `code` (RFC 6749), `device` (RFC 8628), `link` into a browser, or `guess`: a user code that there was not.
        client_id: Which app it is for; None for a link and a guess.
        redirect_uri: Where the code was sent, which must be named again.
        code_challenge: S256 (RFC 7636).
        user_code_hash: SHA-256 of what the user types for a device.
        next_path: Where a link leads.
        session_id: The session that has vouched for it; None for a device that nobody has answered yet.
        account_stamp: Who guessed.
        address: From where the device has asked, or the guess came.
        user_agent: What the device calls itself.
        created_at: When it was made.
        expires_at: Until when it is good.
        next_poll_at: When the device may ask again.
        interval_seconds: How long the device is to wait between two polls.
        denied_at: When the user has said no.
        consumed_at: When it was used, which it can be once.
        given_session_id: The session that was opened by it; it ends where the code comes a second time.
    """

    __tablename__ = "firebase_handoff_code"

    secret_hash: Mapped[str] = mapped_column(String(SECRET_HASH_CHARACTERS), primary_key=True)
    kind: Mapped[str] = mapped_column(String(6))
    client_id: Mapped[str | None] = mapped_column(String(100))
    redirect_uri: Mapped[str | None] = mapped_column(String(MAX_REDIRECT_URI_CHARACTERS + 6))
    code_challenge: Mapped[str | None] = mapped_column(String(CHALLENGE_CHARACTERS))
    user_code_hash: Mapped[str | None] = mapped_column(String(SECRET_HASH_CHARACTERS), unique=True)
    next_path: Mapped[str | None] = mapped_column(String(MAX_NEXT_CHARACTERS))
    session_id: Mapped[str | None] = mapped_column(String(OPAQUE_CHARACTERS), index=True)
    account_stamp: Mapped[str | None] = mapped_column(String(OPAQUE_CHARACTERS), index=True)
    address: Mapped[str | None] = mapped_column(String(MAX_ADDRESS_CHARACTERS), index=True)
    user_agent: Mapped[str | None] = mapped_column(String(MAX_USER_AGENT_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    next_poll_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    interval_seconds: Mapped[int | None] = mapped_column(Integer)
    denied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    consumed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    given_session_id: Mapped[str | None] = mapped_column(String(OPAQUE_CHARACTERS))
