"""What is kept of a session between two runs of an app, as one versioned JSON text."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .cookies import Cookie
from .dates import format_time, parse_time

VERSION = 2
log = logging.getLogger(__name__)


class SessionState(StrEnum):
    """Where a session stands, as far as the client knows without a call.

    Attributes:
        UNKNOWN: The store has not been read yet.
        SIGNED_OUT: No session is kept.
        SIGNED_IN: A session is kept.
        OFFLINE: A session is kept, and the last call reached nobody.
    """

    UNKNOWN = "unknown"
    SIGNED_OUT = "signed_out"
    SIGNED_IN = "signed_in"
    OFFLINE = "offline"


@dataclass(frozen=True)
class PendingSignOut:
    """A session that was signed out of while the site could not be reached.

    Attributes:
        cookie: The `Cookie` header by which the site will know it.
        expires_at: When it ends by itself, aware UTC; None where that is not known.
    """

    cookie: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class StoredSession:
    """All that is kept.

    Attributes:
        cookies: The site's.
        session_cookies: The names of those that the sign-in set: while one of them lasts, the user is signed in.
        account: The account as the sign-in's answer told it, its `firebase_uid` among it; None where nobody is signed in.
        sign_in_id: Which sign-in of this device it comes from; None where nobody is signed in.
        pending: Sessions still to be ended at the site.
    """

    cookies: tuple[Cookie, ...] = ()
    session_cookies: tuple[str, ...] = ()
    account: Mapping[str, Any] | None = None
    sign_in_id: str | None = None
    pending: tuple[PendingSignOut, ...] = ()

    @property
    def firebase_uid(self) -> str | None:
        """Whose session it is; None where nobody is signed in."""
        return None if self.account is None else str(self.account["firebase_uid"])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.cookies or self.pending or self.account)


def to_text(stored: StoredSession, origin: str) -> str:
    """Return what a store keeps.

    Args:
        stored: The session.
        origin: The site that it is for.
    """
    return json.dumps(
        {
            "version": VERSION,
            "site": origin,
            "account": stored.account,
            "sign_in_id": stored.sign_in_id,
            "session_cookies": [*stored.session_cookies],
            "cookies": [_describe_cookie(cookie) for cookie in stored.cookies],
            "pending_sign_outs": [{"cookie": one.cookie, "expires_at": _format(one.expires_at)} for one in stored.pending],
        },
        separators=(",", ":"),
    )


def from_text(text: str | None, origin: str) -> StoredSession:
    """Return the session that a store kept; an empty one where the text is of another version or site, or cannot be read.

    Args:
        text: What the store kept; None for nothing.
        origin: The site that it must be for: a session is never sent to another.
    """
    if text is None:
        return StoredSession()
    try:
        kept = json.loads(text)
        if kept["version"] != VERSION or kept["site"] != origin:
            return StoredSession()
        return StoredSession(
            cookies=tuple(_read_cookie(one) for one in kept["cookies"]),
            session_cookies=tuple(str(name) for name in kept["session_cookies"]),
            account=_read_account(kept["account"]),
            sign_in_id=None if kept["sign_in_id"] is None else str(kept["sign_in_id"]),
            pending=tuple(PendingSignOut(str(one["cookie"]), _parse(one["expires_at"])) for one in kept["pending_sign_outs"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("What was stored of the session cannot be read (%s); it counts as empty.", type(error).__name__)
        return StoredSession()


def _read_account(kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A session without a user's `firebase_uid` is nobody's."""
    if kept is not None and not isinstance(kept["firebase_uid"], str):
        raise TypeError(kept["firebase_uid"])
    return None if kept is None else dict(kept)


def _describe_cookie(cookie: Cookie) -> dict[str, Any]:
    return {
        "name": cookie.name,
        "value": cookie.value,
        "path": cookie.path,
        "secure": cookie.secure,
        "http_only": cookie.http_only,
        "host_only": cookie.host_only,
        "expires_at": _format(cookie.expires_at),
    }


def _read_cookie(kept: Mapping[str, Any]) -> Cookie:
    return Cookie(
        name=str(kept["name"]),
        value=str(kept["value"]),
        path=str(kept["path"]),
        secure=bool(kept["secure"]),
        http_only=bool(kept["http_only"]),
        host_only=bool(kept["host_only"]),
        expires_at=_parse(kept["expires_at"]),
    )


def _format(time: datetime | None) -> str | None:
    return None if time is None else format_time(time)


def _parse(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)
