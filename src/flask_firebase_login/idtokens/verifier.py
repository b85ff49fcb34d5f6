"""ID tokens that Firebase signed, verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from ..clock import Clock, utc_now
from ..errors import IDTokenUntrusted
from .claims import DEFAULT_CLOCK_SKEW, ClaimRules, IDToken, read_json_object
from .compact import MAX_TOKEN_BYTES, CompactToken, take_apart

ALGORITHM = "RS256"
MAX_KEY_ID_CHARACTERS = 256


class Verifier(Protocol):
    """What turns an encoded ID token into an `IDToken`, or raises."""

    def verify(self, encoded: str) -> IDToken:
        """Verify an encoded ID token."""

    def warm(self) -> None:
        """Fetch ahead of the first sign-in whatever verifying needs, for a worker's start hook."""


class Keys(Protocol):
    """Where the public keys come from; `PublicKeys` is the one in use."""

    def find(self, key_id: str) -> RSAKey | None:
        """Return the key of that id, or None where there is none."""

    def warm(self) -> None:
        """Fetch the keys ahead of the first question."""


class _Registry(jws.JWSRegistry):
    """joserfc's registry, with our own bound on the whole token in place of its bounds on the parts."""

    max_header_length = max_payload_length = max_signature_length = MAX_TOKEN_BYTES


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
        self._keys = keys
        self._clock = clock
        self._registry = _Registry(algorithms=[ALGORITHM], strict_check_header=False)

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
        token = take_apart(encoded)
        key = self._find_key(token)
        try:
            signed = jws.extract_compact(token.encoded, registry=self._registry)
            is_genuine = jws.validate_compact(signed, key, [ALGORITHM], registry=self._registry)
        except (JoseError, ValueError):
            is_genuine = False
        if not is_genuine:
            raise IDTokenUntrusted("The signature of the ID token is not one of Google's.")
        return self._rules.read(read_json_object(token.payload, "payload"), self._clock())

    def warm(self) -> None:
        """Fetch the public keys ahead of the first sign-in, for a worker's start hook.

        Raises:
            KeysUnavailable: There are none at hand, and none can be fetched.
        """
        self._keys.warm()

    def _find_key(self, token: CompactToken) -> RSAKey:
        if token.header.get("alg") != ALGORITHM:
            raise IDTokenUntrusted(f"An ID token is signed with {ALGORITHM} and nothing else.")
        if "crit" in token.header or "b64" in token.header:
            raise IDTokenUntrusted("The header of the ID token asks for an extension (RFC 7515, section 4.1.11).")
        key_id = token.header.get("kid")
        if not isinstance(key_id, str) or not 1 <= len(key_id) <= MAX_KEY_ID_CHARACTERS:
            raise IDTokenUntrusted("The header of the ID token names no key.")
        key = self._keys.find(key_id)
        if key is None:
            raise IDTokenUntrusted("The ID token names a key that is not one of Google's.")
        return key
