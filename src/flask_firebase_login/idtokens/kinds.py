"""The kinds of tokens that Firebase signs: what each is called, and as what it is rejected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..errors import (
    AppCheckInvalid,
    IDTokenExpired,
    IDTokenMalformed,
    IDTokenNotYetValid,
    IDTokenUntrusted,
    Rejected,
)

Rejection = Callable[[str], Rejected]
"""Takes the detail, and returns the error to raise."""


@dataclass(frozen=True)
class TokenKind:
    """A kind of tokens.

    Attributes:
        name: What an error calls it; "an" stands before it.
        malformed: It is no compact JWS with the claims of its kind.
        untrusted: Algorithm, key or signature are not Google's.
        expired: It has run out.
        not_yet_valid: It is dated in the future.
    """

    name: str
    malformed: Rejection
    untrusted: Rejection
    expired: Rejection
    not_yet_valid: Rejection


ID_TOKEN = TokenKind("ID token", IDTokenMalformed, IDTokenUntrusted, IDTokenExpired, IDTokenNotYetValid)
APP_CHECK_TOKEN = TokenKind(
    "App Check token",
    partial(AppCheckInvalid, reason="malformed"),
    partial(AppCheckInvalid, reason="untrusted"),
    partial(AppCheckInvalid, reason="expired"),
    partial(AppCheckInvalid, reason="not_yet_valid"),
)
