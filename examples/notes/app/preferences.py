"""The preferences of a window, whose page may be loaded again at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

FIRST_PATIENCE_SECONDS = 2.0


class WindowPreferences:
    """Asks a window's preferences again once its page is back, or where no answer comes: a page that is loaded again forgets what it was asked.

    Each of its methods may be called twice with the same effect as once.

    Args:
        preferences: Flet's.
        patience_seconds: How long to wait for the first answer; twice as long for each next one.
    """

    def __init__(self, preferences: Any, *, patience_seconds: float = FIRST_PATIENCE_SECONDS) -> None:
        self._preferences = preferences
        self._patience_seconds = patience_seconds
        self._back = asyncio.Event()

    def ask_again(self) -> None:
        """Ask whatever is unanswered once more: the page is back, and what it was asked before is lost."""
        self._back.set()
        self._back = asyncio.Event()

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
            asked, back = asyncio.ensure_future(call()), asyncio.ensure_future(self._back.wait())
            try:
                await asyncio.wait({asked, back}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                if asked.done():
                    return asked.result()
                if not back.done():
                    patience *= 2
            finally:
                asked.cancel()
                back.cancel()
