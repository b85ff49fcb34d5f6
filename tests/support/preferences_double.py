"""A double of Flet's preferences, for tests without a Flutter engine."""

from __future__ import annotations


class PreferencesInMemory:
    """A double of Flet's `SharedPreferences`; the real one is driven by `tests/e2e/test_notes.py`."""

    def __init__(self):
        self.kept = {}
        self.is_full = False

    async def get(self, key):
        return self.kept.get(key)

    async def set(self, key, value):
        if not self.is_full:
            self.kept[key] = value
        return not self.is_full

    async def remove(self, key):
        return self.kept.pop(key, None) is not None
