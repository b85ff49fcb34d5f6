"""By what the current request is signed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import g

from ..accounts.models import AccountMixin
from ..errors import NotSignedIn, Rejected
from ..sessions import Transport
from ..sessions.values import Due


@dataclass
class SignedIn:
    """By what the current request is signed in.

    Attributes:
        account: Who.
        auth_time: When they last proved it, aware UTC.
        transport: How the request said so.
        session_id: The session; None where an ID token itself is the bearer.
        secret: What the request sent.
        due: The session's times, where they are to be written after the answer.
    """

    account: AccountMixin
    auth_time: datetime
    transport: Transport
    session_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    due: Due | None = None


def find_signed_in() -> SignedIn | None:
    """Return by what the current request is signed in, once `current_user` has been looked at; None where it is not."""
    signed_in: SignedIn | None = g.get("firebase_login")
    return signed_in


def is_page_of(account: AccountMixin, whose: str | None) -> bool:
    """Whether a page that was shown to a user is this account's: it names the `firebase_uid`, or, in a template of the site's, the `security_stamp`."""
    return whose is not None and whose in (account.firebase_uid, account.security_stamp)


def find_rejection() -> Rejected:
    """Return why nobody is signed in."""
    rejection: Rejected | None = g.get("firebase_login_rejection")
    return rejection or NotSignedIn("Sign in at the sign-in endpoint, then send the session along.")
