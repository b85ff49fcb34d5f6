"""What sessions are spoken of in: how long they live, and what opening, finding and revoking one returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy.engine import Engine

from ..accounts.models import AccountMixin
from .models import SessionMixin

A = TypeVar("A", bound=AccountMixin)
Transport = Literal["cookie", "bearer"]


@dataclass(frozen=True)
class Lifetimes:
    """How long sessions live.

    Attributes:
        ttl: The idle timeout: how long a session lives without a request.
        max_ttl: The absolute timeout: how long a session lives at most.
        touch_interval: How often at most its times are written.
    """

    ttl: timedelta = timedelta(days=14)
    max_ttl: timedelta = timedelta(days=90)
    touch_interval: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Revoked:
    """Sessions of one account that were ended before their time.

    Attributes:
        account_id: The primary key of the account.
        session_ids: Which sessions.
    """

    account_id: Any
    session_ids: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """A session just opened, and the only sight of its secret.

    Attributes:
        session: The row, flushed but not committed.
        secret: 43 characters of base64url, 256 random bits.
        revoked: What ended because of it: the device's session before, and the oldest of more than there may be. To be
            announced after the commit, with `Sessions.announce`.
        is_known: Whether the user was signed in on this device: it sent a session of theirs, or, by bearer, another living session of
            theirs says the same of itself.
    """

    session: SessionMixin
    secret: str = field(repr=False)
    revoked: tuple[Revoked, ...] = ()
    is_known: bool = False


@dataclass(frozen=True)
class Pruned:
    """One batch of a pruning.

    Attributes:
        seen: How many sessions were looked at.
        deleted: How many of them had ended.
    """

    seen: int
    deleted: int


@dataclass(frozen=True)
class Due:
    """A session whose times are to be written, as it was read.

    Attributes:
        session_id: Which session.
        created_at: When the device signed in.
        last_seen_at: When it was last seen, to within the touch interval.
        engine: Where it is stored; known here, because the request has ended when the times are written.
    """

    session_id: str
    created_at: datetime
    last_seen_at: datetime
    engine: Engine = field(repr=False)


@dataclass(frozen=True)
class Found(Generic[A]):
    """What a request is signed in by.

    Attributes:
        account: The user.
        session_id: Their session.
        auth_time: When they last proved who they are, aware.
        due: What to hand to `Sessions.touch`; None where the times were written not long ago.
    """

    account: A
    session_id: str
    auth_time: datetime
    due: Due | None


@dataclass(frozen=True)
class Standing(Generic[A]):
    """A session that has not ended, with whose it is.

    Attributes:
        session: The row.
        account: The user.
    """

    session: SessionMixin
    account: A
