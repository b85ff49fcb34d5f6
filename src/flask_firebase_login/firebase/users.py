"""What Firebase knows of a user, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..accounts.models import MAX_EMAIL_CHARACTERS
from ..text import is_storable


@dataclass(frozen=True, kw_only=True)
class FirebaseUser:
    """A user as Identity Toolkit describes one.

    Attributes:
        uid: Their Firebase user id.
        email: Their address; None where there is none, or none that can be stored.
        email_verified: Whether Firebase knows that it is theirs.
        providers: Every provider that they have, sorted; `password` for a password and for links in e-mails.
        is_disabled: Whether Firebase lets nobody in as them.
        valid_since: What Firebase issued for a sign-in before this is revoked; None where it has never revoked anything.

    Source: cloud.google.com/identity-platform/docs/reference/rest/v1/UserInfo.
    """

    uid: str
    email: str | None = None
    email_verified: bool = False
    providers: tuple[str, ...] = ()
    is_disabled: bool = False
    valid_since: datetime | None = None

    @classmethod
    def read(cls, user: Mapping[str, Any]) -> FirebaseUser:
        """Read a `UserInfo`; a member of another type than it documents counts as absent."""
        email = _read_text(user.get("email"))
        email = email if email and len(email) <= MAX_EMAIL_CHARACTERS else None
        return cls(
            uid=str(user["localId"]),
            email=email,
            email_verified=user.get("emailVerified") is True and email is not None,
            providers=_read_providers(user.get("providerUserInfo")),
            is_disabled=user.get("disabled") is True,
            valid_since=_read_seconds(user.get("validSince")),
        )


def _read_providers(linked: object) -> tuple[str, ...]:
    named = (
        [_read_text(one.get("providerId")) for one in linked if isinstance(one, Mapping)] if isinstance(linked, list) else []
    )
    return tuple(sorted({name for name in named if name}))


def _read_text(value: object) -> str | None:
    return value if isinstance(value, str) and is_storable(value) else None


def _read_seconds(value: object) -> datetime | None:
    """Read an int64, which Google writes as a string of digits."""
    try:
        return datetime.fromtimestamp(int(value), UTC) if isinstance(value, str | int) else None
    except (ValueError, OverflowError, OSError):
        return None
