"""The bodies of requests."""

from __future__ import annotations

import httpx


def is_repeatable(request: httpx.Request) -> bool:
    """Whether the body can be sent again: httpx keeps it as bytes, or makes it of fields that it can read again."""
    fields = getattr(request.stream, "fields", None)
    if isinstance(fields, list):
        return all(isinstance(getattr(field, "file", b""), str | bytes) for field in fields)
    return isinstance(request.stream, httpx.ByteStream)
