"""Where sessions are kept: whole or not at all, and for their owner alone."""

from __future__ import annotations

import asyncio
import os
import stat

import keyring
import pytest
from keyring.backend import KeyringBackend

from flask_firebase_login_client import FileStore, FletStore, KeyringStore, MemoryStore
from preferences_double import PreferencesInMemory


class KeyringInMemory(KeyringBackend):
    """A double of an operating system's keyring, by keyring's own interface."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("there is none")


@pytest.fixture(params=["memory", "file", "keyring"])
def store(request, tmp_path):
    before = keyring.get_keyring()
    keyring.set_keyring(KeyringInMemory())
    yield {
        "memory": MemoryStore,
        "file": lambda: FileStore(tmp_path / "new" / "session.json"),
        "keyring": lambda: KeyringStore("notes"),
    }[request.param]()
    keyring.set_keyring(before)


def test_a_store_keeps_the_last_text(store):
    """And nothing after `clear`, which may be called twice."""
    assert store.load() is None
    store.save("one")
    store.save("zwei ü")
    assert store.load() == "zwei ü"
    store.clear()
    store.clear()
    assert store.load() is None


def test_a_file_is_for_its_owner_alone(tmp_path):
    """So is the folder that was made for it."""
    file = tmp_path / "notes" / "session.json"
    FileStore(file).save("secret")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_disk_that_is_full_leaves_the_old_text_whole(tmp_path, monkeypatch, failing):
    """And nothing beside it."""
    store = FileStore(tmp_path / "session.json")
    store.save("old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="No space left"):
        store.save("new")
    monkeypatch.undo()
    assert store.load() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["session.json"]


def test_flet_s_preferences_keep_the_last_text():
    """And a device that rejects is an error, or the session would be lost without a word."""

    async def main():
        preferences = PreferencesInMemory()
        store = FletStore(preferences)
        assert await store.load() is None
        await store.save("one")
        assert await store.load() == "one"
        preferences.is_full = True
        with pytest.raises(OSError, match="reject"):
            await store.save("two")
        assert await store.load() == "one"
        await store.clear()
        await store.clear()
        assert await store.load() is None

    asyncio.run(main())
