"""Whether Google signed a token: the same for every kind of tokens that Firebase issues."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from joserfc.errors import JoseError

from .claims import read_json_object
from .compact import CompactToken, take_apart
from .kinds import TokenKind

if TYPE_CHECKING:
    from joserfc._rfc7515.model import JWSAlgModel
    from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
MAX_KEY_ID_CHARACTERS = 256


class Keys(Protocol):
    """Where the public keys come from; `PublicKeys` is the one in use."""

    def find(self, key_id: str) -> RSAKey | None:
        """Return the key of that id, or None where there is none."""

    def warm(self) -> None:
        """Fetch the keys ahead of the first question."""


@dataclass(frozen=True)
class Opened:
    """A token that Google signed.

    Attributes:
        header: The JOSE header.
        claims: The payload, of which no rule is checked yet.
    """

    header: dict[str, Any]
    claims: dict[str, Any] = field(repr=False)


class Signatures:
    """Opens tokens of one kind that one of the keys has signed.

    Args:
        kind: What the tokens are.
        keys: Google's public keys.

    Source: RFC 7515, section 5.2; RFC 8725 (one algorithm, by the verifier's choice alone).
    """

    def __init__(self, kind: TokenKind, keys: Keys) -> None:
        self._kind = kind
        self._keys = keys

    def open(self, encoded: str) -> Opened:
        """Check the signature, and return what was signed.

        The token is taken apart once, by us; joserfc's algorithm then says whether the signature is that of those bytes.

        Args:
            encoded: The token in its compact form.

        Raises:
            Rejected: As `kind.malformed` or `kind.untrusted`.
            KeysUnavailable: The public keys cannot be fetched, and none are at hand.
        """
        kind = self._kind
        token = take_apart(encoded, kind)
        key = self._find_key(token)
        try:
            is_genuine = self._algorithm.verify(token.signed, token.signature, key)
        except (JoseError, ValueError):
            is_genuine = False
        if not is_genuine:
            raise kind.untrusted(f"The signature of the {kind.name} is not one of Google's.")
        return Opened(token.header, read_json_object(token.payload, "payload", kind))

    @cached_property
    def _algorithm(self) -> JWSAlgModel:
        from joserfc.jws import JWSRegistry  # with all its algorithms, which the import of the package need not wait for

        return JWSRegistry(algorithms=[ALGORITHM]).get_alg(ALGORITHM)

    def _find_key(self, token: CompactToken) -> RSAKey:
        name, untrusted = self._kind.name, self._kind.untrusted
        if token.header.get("alg") != ALGORITHM:
            raise untrusted(f"An {name} is signed with {ALGORITHM} and nothing else.")
        if "crit" in token.header or "b64" in token.header:
            raise untrusted(f"The header of the {name} asks for an extension (RFC 7515, section 4.1.11).")
        key_id = token.header.get("kid")
        if not isinstance(key_id, str) or not 1 <= len(key_id) <= MAX_KEY_ID_CHARACTERS:
            raise untrusted(f"The header of the {name} names no key.")
        key = self._keys.find(key_id)
        if key is None:
            raise untrusted(f"The {name} names a key that is not one of Google's.")
        return key
