"""Password hashes as Firebase's import takes them.

Source: firebase.google.com/docs/cli/auth, "auth:import"; its limits are those that `firebase-tools` checks.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

MAX_PBKDF2_ROUNDS = 120_000
_PBKDF2 = {"sha1": "PBKDF_SHA1", "sha256": "PBKDF2_SHA256"}
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}", re.ASCII)
_WERKZEUG = re.compile(r"(?P<method>[a-z0-9:]+)\$(?P<salt>[^$]+)\$(?P<digest>[0-9a-f]+)", re.ASCII)


class UnknownHash(Exception):
    """Firebase takes no hash of this kind; the message says why, and holds nothing of it."""


@dataclass(frozen=True)
class PasswordHash:
    """One user's hash.

    Attributes:
        parameters: Options of `firebase auth:import`, the same for all users of a file.
        digest: The hash, in base64.
        salt: The salt, in base64; None where the hash holds it.
    """

    parameters: tuple[tuple[str, str], ...]
    digest: str = field(repr=False)
    salt: str | None = field(repr=False, default=None)


def read_password_hash(stored: str) -> PasswordHash:
    """Read a hash of Werkzeug's `generate_password_hash` (scrypt, PBKDF2), or of bcrypt.

    Args:
        stored: As the site keeps it.

    Raises:
        UnknownHash: It is of another kind, or beyond Firebase's limits.
    """
    if _BCRYPT.fullmatch(stored):
        return PasswordHash((("hash-algo", "BCRYPT"),), _base64(stored.encode()))
    found = _WERKZEUG.fullmatch(stored)
    if found is None:
        raise UnknownHash("a kind of hash that is not known")
    method, *numbers = found["method"].split(":")
    digest = bytes.fromhex(found["digest"]) if len(found["digest"]) % 2 == 0 else b""
    if method == "scrypt":
        parameters = _read_scrypt(numbers, len(digest))
    elif method == "pbkdf2":
        parameters = _read_pbkdf2(numbers)
    else:
        raise UnknownHash(f"{method}, which Firebase does not take with a salt of each user's own")
    return PasswordHash(parameters, _base64(digest), _base64(found["salt"].encode()))


def _read_scrypt(numbers: list[str], length: int) -> tuple[tuple[str, str], ...]:
    """Werkzeug writes `scrypt:N:r:p` (RFC 7914, section 2)."""
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers) or not length:
        raise UnknownHash("scrypt without its three parameters")
    cost, block_size, parallelization = numbers
    return (
        ("hash-algo", "STANDARD_SCRYPT"),
        ("mem-cost", cost),
        ("block-size", block_size),
        ("parallelization", parallelization),
        ("dk-len", str(length)),
    )


def _read_pbkdf2(numbers: list[str]) -> tuple[tuple[str, str], ...]:
    """Werkzeug writes `pbkdf2:sha256:rounds` (RFC 8018, section 5.2)."""
    if len(numbers) != 2 or numbers[0] not in _PBKDF2 or not numbers[1].isdecimal():
        raise UnknownHash("PBKDF2 with another function than SHA-1 or SHA-256, or without its rounds")
    if int(numbers[1]) > MAX_PBKDF2_ROUNDS:
        raise UnknownHash(f"PBKDF2 of {int(numbers[1]):,} rounds; Firebase takes {MAX_PBKDF2_ROUNDS:,}")
    return (("hash-algo", _PBKDF2[numbers[0]]), ("rounds", numbers[1]))


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
