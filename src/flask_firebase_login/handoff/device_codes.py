"""Devices without a browser: what they poll with, what users type, and how often users may guess (RFC 8628)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..database.transactions import begin_writing, in_transaction
from ..errors import RateLimited
from ..sessions.models import MAX_USER_AGENT_CHARACTERS
from ..sessions.rows import hash_secret
from ..text import cut_plain
from .models import MAX_ADDRESS_CHARACTERS
from .redeeming import Redeemer
from .rows import HandoffRows
from .user_codes import format_user_code, make_user_code, read_user_code
from .values import Device

DEVICE_TTL = timedelta(minutes=10)
POLL_INTERVAL_SECONDS = SLOWER_BY_SECONDS = 5
SLOWEST_SECONDS = 60
POLL_LEEWAY = timedelta(seconds=1)
GUESSES_PER_USER, GUESSES_PER_ADDRESS = 10, 100
DEVICES_PER_ADDRESS = 100


class DeviceCodes:
    """The devices that ask for a sign-in, and what users answer.

    Args:
        rows: The codes.
        redeemer: Ends what a code gave that comes a second time.
    """

    def __init__(self, rows: HandoffRows, redeemer: Redeemer) -> None:
        self._rows = rows
        self._redeemer = redeemer

    def start(self, client_id: str, *, user_code: str, address: str | None, user_agent: str | None) -> str:
        """Make the code that a device polls with, good for ten minutes.

        Args:
            client_id: Which app asks.
            user_code: From `pick_user_code`.
            address: From where.
            user_agent: What the device calls itself.

        Returns:
            The device code, 43 characters of base64url.

        Raises:
            RateLimited: Too many devices from this address wait already.
        """
        address = cut_plain(address, MAX_ADDRESS_CHARACTERS)
        self._rows.check_count("device", DEVICE_TTL, DEVICES_PER_ADDRESS, self._rows.model.address == address)
        return self._rows.issue(
            "device",
            DEVICE_TTL,
            client_id=client_id,
            user_code_hash=hash_secret(read_user_code(user_code) or ""),
            address=address,
            user_agent=cut_plain(user_agent, MAX_USER_AGENT_CHARACTERS),
            interval_seconds=POLL_INTERVAL_SECONDS,
        )

    def pick_user_code(self) -> str:
        """Return a user code that no device has: eight letters that nobody takes for one another."""
        while True:
            user_code = make_user_code()
            if self._rows.select(self._rows.model.user_code_hash == hash_secret(user_code)) is None:
                return format_user_code(user_code)

    def find(self, device_code: str) -> Device | None:
        """Return the device that polls; None where there is no such code, or it has signed in already.

        One that was used already ends the session that it gave.
        """
        row = self._rows.find("device", device_code)
        if row is not None and row.consumed_at is not None:
            self._redeemer.end_given("device", device_code)
            return None
        return None if row is None else self._describe(row, "")

    def is_too_early(self, device_code: str) -> bool:
        """Whether a device polls before its time, which makes it wait five seconds longer from then on (RFC 8628, section 3.5)."""
        model, now = self._rows.model, self._rows.clock()

        def note_poll() -> bool:
            begin_writing(self._rows.db_session, model)
            row = self._rows.find("device", device_code)
            if row is None:
                return False
            is_early = row.next_poll_at is not None and row.next_poll_at > now
            if is_early and row.interval_seconds >= SLOWEST_SECONDS:
                return True
            interval = row.interval_seconds + (SLOWER_BY_SECONDS if is_early else 0)
            next_poll_at = now + timedelta(seconds=interval) - POLL_LEEWAY
            self._rows.update(
                model.secret_hash == hash_secret(device_code), interval_seconds=interval, next_poll_at=next_poll_at
            )
            return is_early

        return in_transaction(self._rows.db_session, note_poll)

    def find_by_user_code(self, typed: str, *, account_stamp: str, address: str | None) -> Device | None:
        """Return the device that a user means; None where there is none that waits for an answer.

        A code that there is not counts as a guess. It is counted before it is looked up, so that many at once are no more than one after
        the other.

        Args:
            typed: As it was typed; case, spaces and hyphens do not matter.
            account_stamp: Who asks.
            address: From where.

        Raises:
            RateLimited: Too many guesses by this user, or from this address, within ten minutes.
        """
        user_code = read_user_code(typed)
        if user_code is None:
            return None
        model, now = self._rows.model, self._rows.clock()
        address = cut_plain(address, MAX_ADDRESS_CHARACTERS)
        guess = self._rows.issue("guess", DEVICE_TTL, account_stamp=account_stamp, address=address)
        try:
            self._rows.check_count("guess", DEVICE_TTL, GUESSES_PER_USER + 1, model.account_stamp == account_stamp)
            self._rows.check_count("guess", DEVICE_TTL, GUESSES_PER_ADDRESS + 1, model.address == address)
        except RateLimited:
            self._take_back(guess)
            raise
        row = self._rows.select(model.kind == "device", model.user_code_hash == hash_secret(user_code), model.expires_at > now)
        if row is None:
            return None
        self._take_back(guess)
        device = self._describe(row, format_user_code(user_code))
        return device if device.answer is None else None

    def answer(self, user_code: str, session_id: str, *, allows: bool) -> bool:
        """Let a device sign in as the user of a session, or not.

        Returns:
            Whether there was a device that waited for an answer.
        """
        model, now = self._rows.model, self._rows.clock()
        waiting = (
            model.kind == "device",
            model.user_code_hash == hash_secret(read_user_code(user_code) or ""),
            model.expires_at > now,
            model.session_id.is_(None),
            model.denied_at.is_(None),
        )
        answer: dict[str, Any] = {"session_id": session_id} if allows else {"denied_at": now}
        return in_transaction(self._rows.db_session, lambda: self._rows.update(*waiting, **answer)) == 1

    def _take_back(self, guess: str) -> None:
        in_transaction(self._rows.db_session, lambda: self._rows.delete(self._rows.model.secret_hash == hash_secret(guess)))

    def _describe(self, row: Any, user_code: str) -> Device:
        answer = False if row.denied_at is not None else True if row.session_id is not None else None
        return Device(row.client_id, user_code, row.address, row.user_agent, row.expires_at <= self._rows.clock(), answer)
