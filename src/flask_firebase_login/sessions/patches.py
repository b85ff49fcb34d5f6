"""What a merge patch may change of a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidPatch
from ..text import is_plain
from .models import MAX_CLIENT_NAME_CHARACTERS


def check_session_patch(patch: Mapping[str, Any]) -> None:
    """Check a merge patch of a session (RFC 7396).

    Args:
        patch: `client_name` or nothing; None and the empty string stand for what the client calls itself.

    Raises:
        InvalidPatch: Another member, or what is no name of a device.
    """
    for member in patch:
        if member != "client_name":
            raise InvalidPatch(f"A session has no member {member[:40]!r} to change; there is 'client_name'.")
    name = patch.get("client_name")
    if name is None:
        return
    if not isinstance(name, str) or len(name) > MAX_CLIENT_NAME_CHARACTERS or not is_plain(name):
        raise InvalidPatch(
            f"The client_name is a string of at most {MAX_CLIENT_NAME_CHARACTERS} printable characters, or null."
        )
