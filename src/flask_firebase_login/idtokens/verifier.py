"""ID tokens that Firebase signed, verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from ..clock import Clock, utc_now
from .claims import DEFAULT_CLOCK_SKEW, ClaimRules, IDToken
from .kinds import ID_TOKEN
from .signatures import Keys, Signatures


class Verifier(Protocol):
    """What turns an encoded ID token into an `IDToken`, or raises."""

    def verify(self, encoded: str) -> IDToken:
        """Verify an encoded ID token."""

    def warm(self) -> None:
        """Fetch ahead of the first sign-in whatever verifying needs, for a worker's start hook."""


class IDTokenVerifier:
    """Verifies the ID tokens of one Firebase project.

    Args:
        project_id: The Firebase project, as `projectId` in the console's `firebaseConfig`.
        keys: Google's public keys.
        clock: The time, aware and in UTC.
        clock_skew: How far the clocks of Firebase and of this machine may differ.
        tenant_id: The one tenant that is taken; None rejects every token that has one.
        max_age: The oldest `iat` that is taken; None leaves it to `exp`.

    Source: firebase.google.com/docs/auth/admin/verify-id-tokens, "Verify ID tokens using a third-party JWT
    library"; RFC 8725 (one algorithm, by the verifier's choice alone).
    """

    def __init__(
        self,
        project_id: str,
        keys: Keys,
        *,
        clock: Clock = utc_now,
        clock_skew: timedelta = DEFAULT_CLOCK_SKEW,
        tenant_id: str | None = None,
        max_age: timedelta | None = None,
    ) -> None:
        self._rules = ClaimRules(project_id, tenant_id=tenant_id, clock_skew=clock_skew, max_age=max_age)
        self._signatures = Signatures(ID_TOKEN, keys)
        self._keys = keys
        self._clock = clock

    def verify(self, encoded: str) -> IDToken:
        """Return what a genuine ID token says about a user.

        The signature is checked before any claim is looked at; only rejections that need no key come earlier.

        Args:
            encoded: The token in its compact form.

        Raises:
            IDTokenMalformed: It is no compact JWS with the claims of an ID token.
            IDTokenUntrusted: Algorithm, key or signature are not Google's.
            IDTokenWrongProject: It was issued for another project, or is another kind of token.
            IDTokenWrongTenant: It belongs to another tenant.
            IDTokenExpired: It has run out.
            IDTokenNotYetValid: It is dated in the future.
            KeysUnavailable: The public keys cannot be fetched, and none are at hand.
        """
        return self._rules.read(self._signatures.open(encoded).claims, self._clock())

    def warm(self) -> None:
        """Fetch the public keys ahead of the first sign-in, for a worker's start hook.

        Raises:
            KeysUnavailable: There are none at hand, and none can be fetched.
        """
        self._keys.warm()
