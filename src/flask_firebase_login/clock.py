"""What time it is: handed in everywhere, so that tests need no sleep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the time as an aware UTC datetime."""


def utc_now() -> datetime:
    """Return the time of the machine's clock, aware and in UTC."""
    return datetime.now(UTC)
