"""What is kept of the work with Firebase that is not done yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ..accounts.models import MAX_UID_CHARACTERS
from ..database.columns import UTCDateTime

MAX_NAME_CHARACTERS = 16


class DeletionMixin:
    """A Firebase user who is to be deleted, because their account here was.

    Once Firebase has done it, the row stays for as long as an ID token from before may be good: it makes no account again.

    Attributes:
        firebase_uid: Whom.
        requested_at: When the account was deleted.
        attempts: How often Firebase was asked.
        last_tried_at: When it was asked last.
        deleted_at: When it had done it; None until then.
    """

    __tablename__ = "firebase_deletion"

    firebase_uid: Mapped[str] = mapped_column(String(MAX_UID_CHARACTERS), primary_key=True)
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SyncMixin:
    """How far a run of `sync` has come; the row goes when the run is over.

    Attributes:
        name: Which run: `everybody`.
        cursor: The uid of the last account that was checked; None before the first.
        began_at: When the run began.
    """

    __tablename__ = "firebase_sync"

    name: Mapped[str] = mapped_column(String(MAX_NAME_CHARACTERS), primary_key=True)
    cursor: Mapped[str | None] = mapped_column(String(MAX_UID_CHARACTERS))
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
