"""What clients were told, and whether the database agrees."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import create_engine, text

State = Literal["alive", "ended", "unknown"]


@dataclass
class Device:
    """A device that a sign-in was acknowledged to.

    Attributes:
        session_id: Its session.
        credential: The header that it signs in by.
        state: Whether its session must be there, must not be, or may be.
    """

    session_id: str
    credential: dict[str, str]
    state: State = "alive"


@dataclass
class User:
    """What is known of one user.

    Attributes:
        uid: The Firebase user id.
        is_there: Whether there must be an account; None where there may be one.
        devices: Every device that was signed in.
        settings: For each setting, the values that it may have: one where the last change was acknowledged.
        created: How often a sign-in was answered with `created`, since the account was last known to be gone.
        is_crowd: Whether several clients are this user at once, so that their answers come in any order.
    """

    uid: str
    is_there: bool | None = False
    devices: list[Device] = field(default_factory=list)
    settings: dict[str, set[Any]] = field(default_factory=dict)
    created: int = 0
    is_crowd: bool = False

    def alive(self) -> list[Device]:
        """The devices whose session must be there."""
        return [device for device in self.devices if device.state == "alive"]

    def is_anew(self) -> None:
        """Note that the account has been made, so that it has no settings."""
        self.settings = {name: {None} for name in self.settings}

    def may_be_anew(self) -> None:
        """Note that an account may have been made in the place of one that is gone, or may be gone: it has the settings, or none."""
        self.settings = {name: {None, *possible} for name, possible in self.settings.items()}

    def forget(self, state: State) -> None:
        """End the devices that have not ended, for certain or perhaps."""
        for device in self.devices:
            device.state = device.state if device.state == "ended" else state


class Ledger:
    """Counts answers, and collects what must not be; for threads."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.answers: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, outcome: str) -> None:
        """Count an answer by its status or code."""
        with self._lock:
            self.answers[outcome] += 1

    def violate(self, what: str) -> None:
        """Note what must not be."""
        with self._lock:
            self.violations.append(what)

    def check_settings(self, user: User, stored: dict[str, Any], where: str) -> None:
        """Compare settings with what they may be."""
        for name, possible in user.settings.items():
            if stored.get(name) not in possible:
                self.violate(f"lost write: {user.uid} has {name}={stored.get(name)!r} {where}, not one of {possible}")

    def check_database(self, users: Iterable[User], url: str) -> None:
        """Compare what was acknowledged with every row of the database."""
        accounts, sessions, orphans = _read_database(url)
        for user in users:
            found = accounts.get(user.uid, [])
            if len(found) > 1:
                self.violate(f"duplicate account: {user.uid}")
            if user.is_there is not None and bool(found) != user.is_there:
                self.violate(f"lost write: {user.uid} is {'' if found else 'not '}there")
            if found:
                self.check_settings(user, found[0], "in the database")
            for device in user.devices:
                if device.state != "unknown" and (device.session_id in sessions) != (device.state == "alive"):
                    self.violate(f"lost write: session {device.session_id} of {user.uid} should be {device.state}")
        if orphans:
            self.violate(f"{orphans} sessions without an account")


def _read_database(url: str) -> tuple[dict[str, list[dict[str, Any]]], set[str], int]:
    engine = create_engine(url)
    accounts: dict[str, list[dict[str, Any]]] = {}
    with engine.connect() as connection:
        for uid, settings in connection.execute(text("SELECT firebase_uid, settings FROM firebase_account")):
            accounts.setdefault(uid, []).append(settings)
        sessions = {row[0] for row in connection.execute(text("SELECT id FROM firebase_session"))}
        orphans = connection.scalar(
            text(
                "SELECT count(*) FROM firebase_session s WHERE NOT EXISTS "
                "(SELECT 1 FROM firebase_account a WHERE a.id = s.account_id AND a.security_stamp = s.account_stamp)"
            )
        )
    engine.dispose()
    return accounts, sessions, orphans or 0
