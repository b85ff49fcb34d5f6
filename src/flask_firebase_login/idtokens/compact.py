"""The compact serialization of a token, taken apart before anything in it is believed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from joserfc.util import urlsafe_b64decode

from .claims import read_json_object
from .kinds import ID_TOKEN, TokenKind

MAX_TOKEN_BYTES = 16 * 1024
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True)
class CompactToken:
    """A token in its three parts, none of them verified.

    Attributes:
        signed: What the signature is of: the first two parts as they were sent, and the full stop between them.
        header: The JOSE header, in which no name occurs twice.
        payload: The payload, decoded from base64url.
        signature: The third part, decoded from base64url.
    """

    signed: bytes = field(repr=False)
    header: dict[str, Any]
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def take_apart(encoded: str, kind: TokenKind = ID_TOKEN) -> CompactToken:
    """Take a compact JWS apart, with every rejection that needs no key.

    Args:
        encoded: What the client sent, without white space around it.
        kind: What it is meant to be.

    Raises:
        Rejected: As `kind.malformed`: it is too long, has not three parts, is not base64url without padding, or its header
            is no JSON object.

    Source: RFC 7515, sections 2 (base64url without padding), 3.1 and 5.2.
    """
    if len(encoded) > MAX_TOKEN_BYTES:
        raise kind.malformed(f"An {kind.name} has at most {MAX_TOKEN_BYTES} bytes.")
    if not encoded.isascii():
        raise kind.malformed(f"An {kind.name} is base64url, which is ASCII.")
    parts = encoded.split(".")
    if len(parts) != 3:
        raise kind.malformed(f"An {kind.name} has three parts, separated by full stops.")
    header, payload, signature = parts
    return CompactToken(
        signed=f"{header}.{payload}".encode(),
        header=read_json_object(_decode(header, "header", kind), "header", kind),
        payload=_decode(payload, "payload", kind),
        signature=_decode(signature, "signature", kind),
    )


def _decode(part: str, name: str, kind: TokenKind) -> bytes:
    try:
        if not _BASE64URL.fullmatch(part):
            raise ValueError("a character is not of the alphabet")
        return urlsafe_b64decode(part.encode())
    except ValueError:
        raise kind.malformed(f"The {name} of the {kind.name} is not base64url without padding.") from None
