"""A good ID token, and every way to spoil it."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from joserfc import jwe, jws
from joserfc.jwk import ECKey, RSAKey

from clocks import StandingClock

PROJECT_ID = "shop-prod"
KID = "key-1"
KEY = RSAKey.generate_key(2048, {"kid": KID})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": KID})
EC_KEY = ECKey.generate_key("P-256", {"kid": KID})
CLOCK = StandingClock()
NOW = int(CLOCK().timestamp())


def good_header() -> dict[str, Any]:
    return {"alg": "RS256", "kid": KID, "typ": "JWT"}


def good_claims() -> dict[str, Any]:
    return {
        "iss": f"https://securetoken.google.com/{PROJECT_ID}",
        "aud": PROJECT_ID,
        "sub": "ada",
        "user_id": "ada",
        "iat": NOW - 60,
        "auth_time": NOW - 120,
        "exp": NOW + 3540,
        "name": "Ada Lovelace",
        "picture": "https://example.com/ada.png",
        "email": "ada@example.com",
        "email_verified": True,
        "firebase": {
            "identities": {"google.com": ["1"], "email": ["ada@example.com"]},
            "sign_in_provider": "google.com",
        },
    }


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign_raw(header: bytes, payload: bytes, key: Any = KEY, alg: str = "RS256") -> str:
    """Sign any bytes as header and payload, whatever they say."""
    signing_input = f"{b64(header)}.{b64(payload)}"
    algorithm = jws.JWSRegistry.algorithms[alg]
    return f"{signing_input}.{b64(algorithm.sign(signing_input.encode(), key))}"


def token(header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None, key: Any = KEY) -> str:
    header = good_header() if header is None else header
    return sign_raw(json.dumps(header).encode(), json.dumps(good_claims() if claims is None else claims).encode(), key)


def with_header(**members: Any) -> str:
    return token(header=good_header() | members)


def without_header(name: str) -> str:
    header = good_header()
    del header[name]
    return token(header=header)


def with_claims(**claims: Any) -> str:
    return token(claims=good_claims() | claims)


def without_claim(name: str) -> str:
    claims = good_claims()
    del claims[name]
    return token(claims=claims)


def with_firebase(**members: Any) -> str:
    return with_claims(firebase=good_claims()["firebase"] | members)


def with_alg(alg: str, key: Any) -> str:
    """Sign as another algorithm would, and say so."""
    header = good_header() | {"alg": alg}
    return sign_raw(json.dumps(header).encode(), json.dumps(good_claims()).encode(), key, alg)


def unsigned(alg: str = "none") -> str:
    return f"{b64(json.dumps(good_header() | {'alg': alg}).encode())}.{b64(json.dumps(good_claims()).encode())}."


def hmac_with_public_key() -> str:
    """The classic confusion: the public key, known to all, as the secret of an HMAC."""
    signing_input = f"{b64(json.dumps(good_header() | {'alg': 'HS256'}).encode())}.{b64(json.dumps(good_claims()).encode())}"
    return f"{signing_input}.{b64(hmac.digest(KEY.as_pem(private=False), signing_input.encode(), 'sha256'))}"


def encrypted() -> str:
    return jwe.encrypt_compact({"alg": "RSA-OAEP", "enc": "A128GCM"}, json.dumps(good_claims()).encode(), KEY)


def of_length(length: int) -> str:
    """A genuine token of exactly so many characters: padded by a claim, then by the header."""
    for header_padding in range(8):
        short = token(header=good_header() | {"x": "x" * header_padding}, claims=good_claims() | {"padding": ""})
        padding = (length - len(short)) * 3 // 4
        for extra in (-2, -1, 0, 1, 2):
            encoded = token(
                header=good_header() | {"x": "x" * header_padding},
                claims=good_claims() | {"padding": "x" * (padding + extra)},
            )
            if len(encoded) == length:
                return encoded
    raise AssertionError(length)


class FixedKeys:
    """The keys at hand, with no fetching."""

    def __init__(self, **keys: RSAKey) -> None:
        self._keys = keys or {KID: KEY}

    def find(self, key_id: str) -> RSAKey | None:
        return self._keys.get(key_id)

    def warm(self) -> None:
        self.is_warm = True
