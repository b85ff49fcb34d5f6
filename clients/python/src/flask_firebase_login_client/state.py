"""What is kept of a session between two runs of an app, as one versioned JSON text."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .cookies import Cookie
from .dates import format_time, parse_time

VERSION = 2
log = logging.getLogger(__name__)

_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]{1,4096}=*")


def is_bearer(text: object) -> bool:
    """Whether something can be sent as a bearer (RFC 6750, section 2.1): a text without spaces and ends of lines."""
    return isinstance(text, str) and _BEARER.fullmatch(text) is not None


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
        cookie: The `Cookie` header by which the site will know it; empty beside a bearer.
        expires_at: When it ends by itself, aware UTC; None where that is not known.
        bearer: The access token by which the site will know it; None where that is a cookie.
    """

    cookie: str = field(repr=False)
    expires_at: datetime | None = None
    bearer: str | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[str, str | None]:
        """What tells it apart from others."""
        return self.cookie, self.bearer


@dataclass(frozen=True)
class StoredSession:
    """All that is kept.

    Attributes:
        cookies: The site's.
        session_cookies: The names of those that the sign-in set: while one of them lasts, the user is signed in.
        account: The account as the sign-in's answer told it, its `firebase_uid` among it; None where nobody is signed in.
        sign_in_id: Which sign-in of this device it comes from; None where nobody is signed in.
        pending: Sessions still to be ended at the site.
        bearer: The access token of a session that was opened through the site's page; None where the session is one of cookies.
    """

    cookies: tuple[Cookie, ...] = ()
    session_cookies: tuple[str, ...] = ()
    account: Mapping[str, Any] | None = None
    sign_in_id: str | None = None
    pending: tuple[PendingSignOut, ...] = ()
    bearer: str | None = field(default=None, repr=False)

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
            **({} if stored.bearer is None else {"bearer": stored.bearer}),
            "pending_sign_outs": [_describe_pending(one) for one in stored.pending],
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
            pending=tuple(_read_pending(one) for one in kept["pending_sign_outs"]),
            bearer=_read_bearer(kept.get("bearer")),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("What was stored of the session cannot be read (%s); it counts as empty.", type(error).__name__)
        return StoredSession()


def _read_account(kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A session without a user's `firebase_uid` is nobody's."""
    if kept is not None and not isinstance(kept["firebase_uid"], str):
        raise TypeError(kept["firebase_uid"])
    return None if kept is None else dict(kept)


def _read_bearer(kept: Any) -> str | None:
    if kept is not None and not is_bearer(kept):
        raise TypeError("bearer")
    return None if kept is None else str(kept)


def _describe_pending(one: PendingSignOut) -> dict[str, Any]:
    bearer = {} if one.bearer is None else {"bearer": one.bearer}
    return {"cookie": one.cookie, **bearer, "expires_at": _format(one.expires_at)}


def _read_pending(kept: Mapping[str, Any]) -> PendingSignOut:
    return PendingSignOut(str(kept["cookie"]), _parse(kept["expires_at"]), _read_bearer(kept.get("bearer")))


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
