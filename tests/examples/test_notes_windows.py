"""Several windows of the Notes app: each may be loaded again while it is asked, and shows whose session it is."""

from __future__ import annotations

import asyncio

from preferences import WindowPreferences


class ForgetfulDouble:
    """Flet's preferences in a window that is loaded again: what it was asked before that has no answer."""

    def __init__(self, forgotten):
        self.forgotten, self.asked = forgotten, []

    async def _answer(self, *call):
        self.asked.append(call)
        if len(self.asked) <= self.forgotten:
            await asyncio.Event().wait()
        return "kept"

    async def get(self, key):
        return await self._answer("get", key)

    async def set(self, key, value):
        return await self._answer("set", key, value)

    async def remove(self, key):
        return await self._answer("remove", key)


def test_a_window_that_was_loaded_again_is_asked_again():
    async def play():
        window = ForgetfulDouble(forgotten=2)
        preferences = WindowPreferences(window, patience_seconds=0.001)
        assert await preferences.get("notes.session") == "kept"
        assert await preferences.set("notes.session", "text") == "kept"
        await preferences.remove("notes.session")
        return window.asked

    asked = asyncio.run(play())
    assert asked == [("get", "notes.session")] * 3 + [("set", "notes.session", "text"), ("remove", "notes.session")]


def test_what_a_window_was_asked_before_it_was_loaded_again_is_asked_again_once_it_is_back():
    """At once, however long an answer may take: what waits for it keeps the whole app waiting."""

    async def play():
        window = ForgetfulDouble(forgotten=3)
        preferences = WindowPreferences(window, patience_seconds=3600)
        waiting = [asyncio.create_task(preferences.get(key)) for key in ("notes.session", "notes.firebase")]
        async with asyncio.timeout(10):
            for asked in (2, 4):
                while len(window.asked) < asked:
                    await asyncio.sleep(0)
                preferences.ask_again()
            return await asyncio.gather(*waiting), window.asked

    answers, asked = asyncio.run(play())
    assert answers == ["kept", "kept"]
    assert len(asked) == 5
