"""The codes that users type for a device: eight letters of twenty.

Consonants alone make no words, and none is taken for another letter or a digit: 20⁸ are 34 bits, for ten minutes.

Source: RFC 8628, section 6.1.
"""

from __future__ import annotations

import secrets

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CHARACTERS = 8


def make_user_code() -> str:
    """Return eight random letters."""
    return "".join(secrets.choice(LETTERS) for _ in range(CHARACTERS))


def format_user_code(user_code: str) -> str:
    """Return how a user code is shown: `BCDF-GHJK`."""
    return f"{user_code[:4]}-{user_code[4:]}"


def read_user_code(typed: str) -> str | None:
    """Return the eight letters that a user has typed, whatever case, spaces and hyphens; None where they are no code."""
    letters = "".join(character for character in typed[:64].upper() if character.isalnum())
    return letters if len(letters) == CHARACTERS and set(letters) <= set(LETTERS) else None
