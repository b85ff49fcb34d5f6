"""Who is signed in at Firebase, and how that is stored."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .dates import format_time, parse_time

log = logging.getLogger(__name__)

VERSION = 1


@dataclass(frozen=True)
class FirebaseUser:
    """A user who is signed in at Firebase.

    Attributes:
        uid: Their Firebase user id.
        id_token: What proves it, for an hour.
        refresh_token: What gets the next ID token.
        expires_at: When the ID token ends, aware UTC, by this device's clock.
        email: Their e-mail address, where Firebase told one.
        name: Their name, where Firebase told one.
        is_new: Whether this sign-in made them.
    """

    uid: str
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    email: str | None = None
    name: str | None = None
    is_new: bool = False


def user_of(answer: Mapping[str, Any], now: datetime) -> FirebaseUser:
    """Return the user that an answer of Firebase's signs in.

    Args:
        answer: It has an `idToken`.
        now: This device's time, aware UTC.
    """
    return FirebaseUser(
        uid=str(answer.get("localId") or _subject_of(answer["idToken"])),
        id_token=str(answer["idToken"]),
        refresh_token=str(answer["refreshToken"]),
        expires_at=now + timedelta(seconds=int(answer.get("expiresIn", 3600))),
        email=answer.get("email"),
        name=answer.get("displayName") or None,
        is_new=bool(answer.get("isNewUser", False)),
    )


def describe_user(user: FirebaseUser) -> str:
    """Return what a store keeps of a user."""
    return json.dumps({"version": VERSION, **asdict(user), "expires_at": format_time(user.expires_at), "is_new": False})


def read_user(text: str | None) -> FirebaseUser | None:
    """Return whom a store kept; None for nobody, and where it cannot be read."""
    if text is None:
        return None
    try:
        kept = json.loads(text)
        if kept.pop("version") != VERSION:
            return None
        return FirebaseUser(**{**kept, "expires_at": parse_time(kept["expires_at"])})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        log.warning("Who is signed in at Firebase cannot be read (%s); it counts as nobody.", type(error).__name__)
        return None


def _subject_of(id_token: str) -> str:
    """The user's id, for this device's own use: only the site verifies ID tokens."""
    payload = id_token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])
