"""What Firebase knows of a user against what is stored here: what is to be written, and what that is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from ..database.columns import make_opaque
from .users import FirebaseUser

Finding = Literal["disabled", "deleted", "enabled", "revoked", "updated"]

ID_TOKEN_LIFE = timedelta(hours=1, minutes=5)
"""How long an ID token is good, and as much again as clocks differ: what was revoked longer ago than this signs nobody in."""


@dataclass(frozen=True)
class Seen:
    """An account as it was read before Firebase was asked.

    Attributes:
        uid: The Firebase user.
        version: What was read; what has another by now has changed meanwhile.
        stamp: Whose it was: an account that was deleted and made again meanwhile has another.
        email: The address that Firebase last told.
        email_verified: Whether it was theirs.
        providers: Those that were known.
        disabled_at: The mark of an earlier run.
        valid_since: The same.
        oldest_auth_time: By what the oldest of their sessions was opened; None where they have none.
    """

    uid: str
    version: int
    stamp: str | None
    email: str | None
    email_verified: bool
    providers: tuple[str, ...]
    disabled_at: datetime | None
    valid_since: datetime | None
    oldest_auth_time: datetime | None


@dataclass(frozen=True)
class Difference:
    """What is to be done to an account.

    Attributes:
        findings: What it is called.
        columns: What is to be written.
        ends_all: Whether every session of theirs ends.
        ends_before: Those opened by a sign-in before this end; None for none.
    """

    findings: frozenset[Finding] = frozenset()
    columns: dict[str, Any] = field(default_factory=dict)
    ends_all: bool = False
    ends_before: datetime | None = None


def compare(seen: Seen, user: FirebaseUser | None, now: datetime, *, keeps_new_address: bool) -> Difference | None:
    """Return how an account differs from the Firebase user; None where it does not.

    Args:
        seen: The account.
        user: The Firebase user; None where Firebase knows none.
        now: Aware UTC.
        keeps_new_address: Whether a verified address that the account did not have as such waits for the next sign-in, whose hooks of the
            site's need the ID token.
    """
    if user is None or user.is_disabled:
        if seen.disabled_at is not None:
            return None
        finding: Finding = "deleted" if user is None else "disabled"
        return Difference(frozenset({finding}), {"firebase_disabled_at": now}, ends_all=True)
    findings: set[Finding] = set()
    columns: dict[str, Any] = {}
    if seen.disabled_at is not None:
        findings.add("enabled")
        columns["firebase_disabled_at"] = None
    ends_before = _find_revocation(seen, user)
    if ends_before is not None:
        findings.add("revoked")
    if ends_before is not None or _must_know(seen, user, now):
        columns["firebase_valid_since"] = user.valid_since
    is_anothers = _brings_address(seen, user)
    facts = _list_facts(seen, user, with_address=not (is_anothers and keeps_new_address))
    if facts:
        findings.add("updated")
    ends_all = is_anothers and (bool(facts) or seen.oldest_auth_time is not None)
    if not findings and not columns and not ends_all:
        return None
    return Difference(frozenset(findings), columns | facts, ends_all, ends_before)


def with_new_stamp(difference: Difference) -> dict[str, Any]:
    """Return the columns to write, with a new stamp where every session ends: one that is being opened at the same moment ends too."""
    return difference.columns | ({"security_stamp": make_opaque()} if difference.ends_all else {})


def _find_revocation(seen: Seen, user: FirebaseUser) -> datetime | None:
    """Return the time before which sessions end, if the user has such sessions."""
    oldest, valid_since = seen.oldest_auth_time, user.valid_since
    return valid_since if oldest is not None and valid_since is not None and oldest < valid_since else None


def _must_know(seen: Seen, user: FirebaseUser, now: datetime) -> bool:
    """Whether an ID token from before a revocation could still sign in; Firebase's own first sign-in sets the time too."""
    valid_since = user.valid_since
    return valid_since is not None and valid_since != seen.valid_since and now - valid_since < ID_TOKEN_LIFE


def _brings_address(seen: Seen, user: FirebaseUser) -> bool:
    """As at a sign-in, `brings_address` in `accounts/sign_ins.py`: until an address is verified, it may be anybody's."""
    return user.email_verified and not (seen.email_verified and seen.email == user.email)


def _list_facts(seen: Seen, user: FirebaseUser, *, with_address: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if with_address and (seen.email, seen.email_verified) != (user.email, user.email_verified):
        facts |= {"provider_email": user.email, "email_verified": user.email_verified}
    if seen.providers != user.providers:
        facts["providers"] = [*user.providers]
    return facts
