"""Which texts every engine can store."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether a text has no NUL, which PostgreSQL's text lacks, and no half of a surrogate pair, which UTF-8 lacks."""
    return _UNSTORABLE.search(text) is None


def is_plain(text: str) -> bool:
    """Whether a text is one printable line; the joiner that emoji are made with is allowed."""
    return all(character.isprintable() or character == "\u200d" for character in text)


def cut_plain(text: str | None, max_characters: int) -> str | None:
    """Return a text of others as one printable line, at most so long, or None where nothing is left of it."""
    if text is None:
        return None
    kept = "".join(character for character in text if is_plain(character)).strip()
    return kept[:max_characters] or None
