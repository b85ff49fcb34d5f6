"""Which users have signed in in this browser, and how the last of them did: kept in a cookie that outlives their sessions.

It is no authentication. It says whether a sign-in is news to its user (the signal `new_device`), and which button of the sign-in page was used
last. A user's part is a short hash of the account's `security_stamp`: it names nobody, and is no longer known where the stamp changes. A cookie
that is not as this site gave it counts as none.

Source: OWASP ASVS 5.0, V6.3.5 (users are told of a sign-in from an unusual client) and V3.3 Cookie Setup.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeSerializer

COOKIE = "firebase_login_devices"
MAX_ACCOUNTS = 10
LIFETIME = timedelta(days=365)
_MARK_CHARACTERS = 16
_SALT = "firebase-login-devices"


@dataclass(frozen=True)
class KnownDevice:
    """What a browser keeps.

    Attributes:
        accounts: The marks of the accounts that have signed in, the latest first.
        provider: How the last of them did, as Firebase calls it; None where the site's own code signed them in.
    """

    accounts: tuple[str, ...] = ()
    provider: str | None = None


def find_known_device() -> KnownDevice:
    """Return what the browser of this request keeps; nothing where its cookie is missing, tampered with or of an old key."""
    try:
        kept: Any = _make_serializer().loads(request.cookies.get(COOKIE, ""))
        return KnownDevice(tuple(kept["accounts"]), kept["provider"])
    except (BadData, LookupError, TypeError):
        return KnownDevice()


def is_known(security_stamp: str) -> bool:
    """Whether the account of a stamp has signed in in this browser before."""
    return _mark(security_stamp) in find_known_device().accounts


def remember(security_stamp: str, provider: str | None, now: datetime) -> None:
    """Keep, by the answer to this request, that an account has signed in.

    Args:
        security_stamp: The account's.
        provider: How they signed in, as Firebase calls it; None leaves what is known.
        now: The time, aware and in UTC; the cookie lasts a year from then.
    """
    known, mark = find_known_device(), _mark(security_stamp)
    others = [other for other in known.accounts if other != mark]
    _keep(KnownDevice((mark, *others)[:MAX_ACCOUNTS], provider or known.provider), now)


def forget(security_stamp: str, now: datetime) -> None:
    """Take an account out, by the answer to this request; nothing happens where it is not kept.

    Args:
        security_stamp: The account's.
        now: The time, aware and in UTC.
    """
    known, mark = find_known_device(), _mark(security_stamp)
    if mark in known.accounts:
        _keep(KnownDevice(tuple(other for other in known.accounts if other != mark), known.provider), now)


def _keep(device: KnownDevice, now: datetime) -> None:
    """The cookie goes where the session's does."""
    app, value = current_app, _make_serializer().dumps(asdict(device))
    interface = app.session_interface

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            str(value),
            expires=now + LIFETIME,
            path=interface.get_cookie_path(app),
            domain=interface.get_cookie_domain(app),
            secure=interface.get_cookie_secure(app),
            httponly=True,
            samesite=interface.get_cookie_samesite(app),
            partitioned=interface.get_cookie_partitioned(app),
        )
        return response


def _mark(security_stamp: str) -> str:
    return hashlib.sha256(security_stamp.encode()).hexdigest()[:_MARK_CHARACTERS]


def _make_serializer() -> URLSafeSerializer:
    """Signed by the app's key, with the keys before it good for what is there, as for Flask's own session."""
    keys = [*(current_app.config.get("SECRET_KEY_FALLBACKS") or ()), current_app.secret_key]
    return URLSafeSerializer(keys, salt=_SALT)
