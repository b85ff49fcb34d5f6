"""Where a session is kept between two runs of an app.

A store keeps one text. Its methods may be plain functions or coroutines; coroutines serve `httpx.AsyncClient` alone. One that
others write too, in this process or in another, also has `lock`: a method that returns a context manager, plain or asynchronous,
under which the text is read, changed and written.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import tempfile
import threading
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from .file_lock import locked


class Store(Protocol):
    """Keeps one text."""

    def load(self) -> str | Awaitable[str | None] | None:
        """Return the text that was saved last; None where there is none."""

    def save(self, text: str, /) -> Awaitable[None] | None:
        """Keep a text instead of the one before, wholly or not at all."""

    def clear(self) -> Awaitable[None] | None:
        """Keep nothing; nothing being kept is as good."""


def check_store(store: Store | None, *, is_async: bool = True) -> Store:
    """Return the store; one in memory where there is none.

    Args:
        store: What the app gave.
        is_async: Whether a store of coroutines can be used.

    Raises:
        TypeError: It is none, or one of coroutines where they cannot be used.
    """
    if isinstance(store, str | os.PathLike):
        raise TypeError(f"A path is no store: give store=FileStore({os.fspath(store)!r}).")
    if isinstance(store, type):
        raise TypeError(f"{store.__name__} is a class: give store={store.__name__}(…).")
    if store is not None and not all(callable(getattr(store, name, None)) for name in ("load", "save", "clear")):
        raise TypeError(f"A store has the methods load, save and clear, and {type(store).__name__} does not.")
    if store is not None and not is_async and inspect.iscoroutinefunction(store.load):
        raise TypeError(f"{type(store).__name__} is asynchronous, and IdentityToolkit is not: use AsyncIdentityToolkit.")
    return store or MemoryStore()


class MemoryStore:
    """Keeps the session as long as the program runs.

    Args:
        text: What it holds at first.
    """

    def __init__(self, text: str | None = None) -> None:
        self._text = text
        self._lock = threading.Lock()

    def lock(self) -> AbstractContextManager[Any]:
        """Return a lock for all who share this store."""
        return self._lock

    def load(self) -> str | None:
        """Return the text that was saved last."""
        return self._text

    def save(self, text: str) -> None:
        """Keep a text."""
        self._text = text

    def clear(self) -> None:
        """Keep nothing."""
        self._text = None


class FileStore:
    """Keeps the session in a file that only its owner reads (0600), written whole or not at all.

    Args:
        path: The file; its folder is made, for the owner alone (0700), where it is missing.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def lock(self) -> AbstractContextManager[Any]:
        """Return a lock for all threads and processes that share this file, by another beside it; `OSError` where that is no use."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return locked(self._path.with_name(f".{self._path.name}.lock"))

    def load(self) -> str | None:
        """Return what the file holds; None where there is no file."""
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def save(self, text: str) -> None:
        """Write beside the file, then put the new file in the place of the old one."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")  # 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
            raise

    def clear(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


class KeyringStore:
    """Keeps the session in the keyring of the operating system; needs the extra `keyring`.

    Args:
        service: Under which name, such as the app's.
        user: Under which user's; one app may keep several.
    """

    def __init__(self, service: str, user: str = "session") -> None:
        try:
            keyring: Any = importlib.import_module("keyring")
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "KeyringStore needs the package keyring: pip install 'flask-firebase-login-client[keyring]'.", name="keyring"
            ) from error
        self._keyring = keyring
        self._service, self._user = service, user
        self._lock = threading.Lock()

    def lock(self) -> AbstractContextManager[Any]:
        """Return a lock for all threads that share this store; other processes are not kept out."""
        return self._lock

    def load(self) -> str | None:
        """Return what the keyring holds."""
        kept: str | None = self._keyring.get_password(self._service, self._user)
        return kept

    def save(self, text: str) -> None:
        """Keep a text."""
        self._keyring.set_password(self._service, self._user, text)

    def clear(self) -> None:
        """Keep nothing."""
        with contextlib.suppress(self._keyring.errors.PasswordDeleteError):
            self._keyring.delete_password(self._service, self._user)


class FletStore:
    """Keeps the session where a Flet app keeps its preferences: on the device, or in the browser; needs the extra `flet`.

    Args:
        preferences: The app's `ft.SharedPreferences()`.
        key: Under which name; one app may keep several.
    """

    def __init__(self, preferences: Any, key: str = "flask_firebase_login.session") -> None:
        self._preferences = preferences
        self._key = key
        self._lock: AbstractAsyncContextManager[Any] | None = None

    def lock(self) -> AbstractAsyncContextManager[Any]:
        """Return a lock for all tasks that share this store; another window of the browser is not kept out."""
        if self._lock is None:
            import anyio

            self._lock = anyio.Lock()
        return self._lock

    async def load(self) -> str | None:
        """Return what is kept."""
        kept = await self._preferences.get(self._key)
        return kept if isinstance(kept, str) else None

    async def save(self, text: str) -> None:
        """Keep a text.

        Raises:
            OSError: The device rejected it.
        """
        if not await self._preferences.set(self._key, text):
            raise OSError("the device's preferences reject to keep it")

    async def clear(self) -> None:
        """Keep nothing."""
        await self._preferences.remove(self._key)
