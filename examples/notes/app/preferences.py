"""The preferences of a window, whose page may be loaded again at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

FIRST_PATIENCE_SECONDS = 2.0


class WindowPreferences:
    """Asks a window's preferences again where no answer comes: a page that is loaded again forgets what it was asked.

    Each of its methods may be called twice with the same effect as once.

    Args:
        preferences: Flet's.
        patience_seconds: How long to wait for the first answer; twice as long for each next one.
    """

    def __init__(self, preferences: Any, *, patience_seconds: float = FIRST_PATIENCE_SECONDS) -> None:
        self._preferences = preferences
        self._patience_seconds = patience_seconds

    async def get(self, key: str) -> Any:
        """Return what is kept."""
        return await self._ask(lambda: self._preferences.get(key))

    async def set(self, key: str, value: Any) -> Any:
        """Keep a value, and return whether it is kept."""
        return await self._ask(lambda: self._preferences.set(key, value))

    async def remove(self, key: str) -> Any:
        """Keep nothing."""
        return await self._ask(lambda: self._preferences.remove(key))

    async def _ask(self, call: Callable[[], Awaitable[Any]]) -> Any:
        patience = self._patience_seconds
        while True:
            try:
                async with asyncio.timeout(patience):
                    return await call()
            except TimeoutError:
                patience *= 2
