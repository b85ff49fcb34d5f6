"""Is this token genuine? Knows neither Flask nor SQL."""

from __future__ import annotations

from .app_check import AppCheckToken, AppCheckVerifier
from .claims import ClaimRules, IDToken
from .emulator import UnsignedVerifier
from .fetch import HttpFetch
from .keys import PublicKeys
from .verifier import IDTokenVerifier, Verifier

__all__ = [
    "AppCheckToken",
    "AppCheckVerifier",
    "ClaimRules",
    "HttpFetch",
    "IDToken",
    "IDTokenVerifier",
    "PublicKeys",
    "UnsignedVerifier",
    "Verifier",
]
