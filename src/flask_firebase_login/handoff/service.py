"""The codes and links of a site: made, looked up, and used once."""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from .. import security_log
from ..accounts.documents import export_row
from ..clock import Clock, utc_now
from ..database.changes import DbSession
from ..database.transactions import begin_writing, in_transaction
from ..errors import RateLimited
from ..sessions import Sessions, Transport
from ..sessions.models import MAX_USER_AGENT_CHARACTERS
from ..sessions.rows import hash_secret
from ..text import cut_plain
from .models import MAX_ADDRESS_CHARACTERS, HandoffMixin
from .user_codes import format_user_code, make_user_code, read_user_code
from .values import Device, IssuedCode, Kind, Link, Redeemed

SECRET_BYTES = 32
CODE_TTL = LINK_TTL = timedelta(seconds=60)
DEVICE_TTL = timedelta(minutes=10)
KEPT_AFTER = timedelta(hours=1)
POLL_INTERVAL_SECONDS = SLOWER_BY_SECONDS = 5
POLL_LEEWAY = timedelta(seconds=1)
GUESSES_PER_USER, GUESSES_PER_ADDRESS = 10, 100
DEVICES_PER_ADDRESS, LINKS_PER_SESSION = 100, 30
SLOWEST_SECONDS = 60
_NOT_EXPORTED = frozenset({"secret_hash", "user_code_hash", "code_challenge", "account_stamp"})


class Handoffs:
    """Hands a sign-in on: to an app by a code, to another device by a code that is typed, to a browser by a link.

    Each is vouched for by a session that stands, is stored as a hash, and is used once, in one statement that sees that it was not used before. What
    is used a second time has leaked: the session that the first use gave ends.

    Every call is one transaction of its own, committed when it returns, or part of yours as for `Sessions`.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class.
        sessions: On which devices users are signed in.
        clock: The time, aware and in UTC.
        make_secret: Where codes and links come from.

    Source: RFC 6749, sections 4.1.2 and 10.5; RFC 8628; RFC 9700, section 4.5.
    """

    def __init__(
        self,
        db_session: DbSession,
        model: type[HandoffMixin],
        sessions: Sessions[Any],
        *,
        clock: Clock = utc_now,
        make_secret: Callable[[], str] = lambda: secrets.token_urlsafe(SECRET_BYTES),
    ) -> None:
        self._db_session = db_session
        self._model = model
        self._sessions = sessions
        self._clock = clock
        self._make_secret = make_secret

    def issue_code(self, session_id: str, *, client_id: str, redirect_uri: str, code_challenge: str) -> str:
        """Make an authorization code, good for 60 seconds.

        Args:
            session_id: The session of the user who has allowed it.
            client_id: Which app.
            redirect_uri: Where it is sent.
            code_challenge: S256, 43 characters.

        Returns:
            The code, 43 characters of base64url.
        """
        return self._issue(
            "code",
            CODE_TTL,
            session_id=session_id,
            client_id=client_id,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
        )

    def find_code(self, code: str, client_id: str) -> IssuedCode | None:
        """Return an authorization code of a client's; None where there is none that is good.

        One that was used already ends the session that it gave.
        """
        row = self._find("code", code)
        if row is None or row.client_id != client_id:
            return None
        if row.consumed_at is not None:
            self._end_given("code", code)
            return None
        return IssuedCode(code, row.redirect_uri, row.code_challenge) if row.expires_at > self._clock() else None

    def start_device(self, client_id: str, *, user_code: str, address: str | None, user_agent: str | None) -> str:
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
        self._check_count("device", DEVICE_TTL, DEVICES_PER_ADDRESS, self._model.address == address)
        return self._issue(
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
            if self._select(self._model.user_code_hash == hash_secret(user_code)) is None:
                return format_user_code(user_code)

    def find_device(self, device_code: str) -> Device | None:
        """Return the device that polls; None where there is no such code, or it has signed in already.

        One that was used already ends the session that it gave.
        """
        row = self._find("device", device_code)
        if row is not None and row.consumed_at is not None:
            self._end_given("device", device_code)
            return None
        return None if row is None else self._describe_device(row, "")

    def is_too_early(self, device_code: str) -> bool:
        """Whether a device polls before its time, which makes it wait five seconds longer from then on (RFC 8628, section 3.5)."""
        model, now = self._model, self._clock()

        def note_poll() -> bool:
            begin_writing(self._db_session, model)
            row = self._find("device", device_code)
            if row is None:
                return False
            is_early = row.next_poll_at is not None and row.next_poll_at > now
            if is_early and row.interval_seconds >= SLOWEST_SECONDS:
                return True
            interval = row.interval_seconds + (SLOWER_BY_SECONDS if is_early else 0)
            next_poll_at = now + timedelta(seconds=interval) - POLL_LEEWAY
            self._update(model.secret_hash == hash_secret(device_code), interval_seconds=interval, next_poll_at=next_poll_at)
            return is_early

        return in_transaction(self._db_session, note_poll)

    def find_device_by_user_code(self, typed: str, *, account_stamp: str, address: str | None) -> Device | None:
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
        model, now = self._model, self._clock()
        address = cut_plain(address, MAX_ADDRESS_CHARACTERS)
        guess = self._issue("guess", DEVICE_TTL, account_stamp=account_stamp, address=address)
        try:
            self._check_count("guess", DEVICE_TTL, GUESSES_PER_USER + 1, model.account_stamp == account_stamp)
            self._check_count("guess", DEVICE_TTL, GUESSES_PER_ADDRESS + 1, model.address == address)
        except RateLimited:
            self._take_back(guess)
            raise
        row = self._select(model.kind == "device", model.user_code_hash == hash_secret(user_code), model.expires_at > now)
        if row is None:
            return None
        self._take_back(guess)
        device = self._describe_device(row, format_user_code(user_code))
        return device if device.answer is None else None

    def answer_device(self, user_code: str, session_id: str, *, allows: bool) -> bool:
        """Let a device sign in as the user of a session, or not.

        Returns:
            Whether there was a device that waited for an answer.
        """
        model, now = self._model, self._clock()
        waiting = (
            model.kind == "device",
            model.user_code_hash == hash_secret(read_user_code(user_code) or ""),
            model.expires_at > now,
            model.session_id.is_(None),
            model.denied_at.is_(None),
        )
        answer: dict[str, Any] = {"session_id": session_id} if allows else {"denied_at": now}
        return in_transaction(self._db_session, lambda: self._update(*waiting, **answer)) == 1

    def make_link(self, session_id: str, next_path: str) -> str:
        """Make a link into a browser, good for 60 seconds.

        Args:
            session_id: The session of the user who asks.
            next_path: Where it leads, already checked.

        Raises:
            RateLimited: Too many of this session's are less than a minute old.
        """
        self._check_count("link", LINK_TTL, LINKS_PER_SESSION, self._model.session_id == session_id)
        return self._issue("link", LINK_TTL, session_id=session_id, next_path=next_path)

    def find_link(self, link: str) -> Link | None:
        """Return a link that is still good, without using it: previews and scanners of links look, too."""
        row = self._find("link", link)
        if row is None or row.consumed_at is not None or row.expires_at <= self._clock():
            return None
        vouching = self._sessions.find_standing(row.session_id)
        return None if vouching is None else Link(vouching.account, row.next_path)

    def find_followed(self, link: str, session_id: str | None) -> str | None:
        """Return where a link leads that this very session came by: its button was pressed twice. Else None."""
        row = self._find("link", link)
        return row.next_path if row is not None and session_id is not None and row.given_session_id == session_id else None

    def redeem(
        self,
        kind: Kind,
        secret: str,
        *,
        transport: Transport,
        client_name: str | None = None,
        user_agent: str | None = None,
        replacing: Collection[str] = (),
    ) -> Redeemed | None:
        """Use a code or link: open a session by it, once.

        Args:
            kind: What it is.
            secret: The code or link.
            transport: How the new session's secret will travel.
            client_name: What the user will recognise the device by.
            user_agent: The header of that name.
            replacing: The secrets of sessions that the device had before.

        Returns:
            The session; None where the code or link is not good any more. Where it was used before, the session that it gave
            then has ended.
        """
        model, secret_hash = self._model, hash_secret(secret)

        def redeem() -> Redeemed | None:
            now = self._clock()
            begin_writing(self._db_session, model)
            row = self._find(kind, secret)
            if row is None or row.session_id is None:
                return None
            vouching = self._sessions.find_standing(row.session_id, lock=True)  # first, as a deletion of the account does
            unused = (model.secret_hash == secret_hash, model.consumed_at.is_(None), model.expires_at > now)
            if vouching is None or self._update(*unused, model.session_id == row.session_id, consumed_at=now) != 1:
                return None
            opened = self._sessions.open(
                vouching.account,
                auth_time=vouching.session.auth_time,
                transport=transport,
                client_name=client_name,
                user_agent=user_agent,
                replacing=replacing,
                since=vouching.session.created_at,
            )
            self._update(model.secret_hash == secret_hash, given_session_id=opened.session.id)
            return Redeemed(vouching.account, opened, row.next_path)

        redeemed = in_transaction(self._db_session, redeem)
        if redeemed is None:
            self._end_given(kind, secret)
        return redeemed

    def prune(self) -> None:
        """Delete what has expired an hour ago; until then a second use is noticed. Whatever is made does so too."""
        in_transaction(self._db_session, lambda: self._prune(self._clock()))

    def forget(self, account: Any) -> Callable[[], None]:
        """Delete what a user's sessions have vouched for, and their guesses, within the transaction at hand."""
        self._delete(self._of(account))
        return lambda: None

    def export(self, account: Any) -> dict[str, Any]:
        """Return what is kept of a user's codes, links and guesses, but for what makes them genuine."""
        rows = self._db_session.scalars(select(self._model).where(self._of(account)).order_by(self._model.created_at))
        return {"handoffs": [export_row(row, without=_NOT_EXPORTED) for row in rows]}

    def _of(self, account: Any) -> ColumnElement[bool]:
        theirs = select(self._sessions.model.id).where(*self._sessions.belonging_to(account))
        return or_(self._model.session_id.in_(theirs), self._model.account_stamp == (account.security_stamp or ""))

    def _issue(self, kind: str, ttl: timedelta, **columns: Any) -> str:
        secret = self._make_secret()

        def issue() -> None:
            now = self._clock()
            self._prune(now)
            row = {"secret_hash": hash_secret(secret), "kind": kind, "created_at": now, "expires_at": now + ttl}
            self._db_session.execute(insert(self._model).values(row | columns))

        in_transaction(self._db_session, issue)
        return secret

    def _prune(self, now: datetime) -> None:
        self._delete(self._model.expires_at < now - KEPT_AFTER)

    def _delete(self, *which: ColumnElement[bool]) -> None:
        self._db_session.execute(delete(self._model).where(*which).execution_options(synchronize_session=False))

    def _end_given(self, kind: Kind, secret: str) -> None:
        row = self._find(kind, secret)
        if row is None or row.given_session_id is None:
            return
        if self._sessions.end(row.given_session_id):
            security_log.record(
                "handoff_reused",
                level=logging.WARNING,
                kind=kind,
                client_id=row.client_id,
                session_id=row.given_session_id,
            )

    def _check_count(self, kind: str, within: timedelta, too_many: int, whose: ColumnElement[bool]) -> None:
        model, since = self._model, self._clock() - within
        counting = select(func.count(), func.min(model.created_at)).where(model.kind == kind, model.created_at > since, whose)
        count, oldest_at = self._db_session.execute(counting).one()
        if count >= too_many:
            seconds = math.ceil((oldest_at - since).total_seconds())
            raise RateLimited("Too many codes or links within a short time.", retry_after_seconds=max(1, seconds))

    def _take_back(self, guess: str) -> None:
        in_transaction(self._db_session, lambda: self._delete(self._model.secret_hash == hash_secret(guess)))

    def _describe_device(self, row: Any, user_code: str) -> Device:
        answer = False if row.denied_at is not None else True if row.session_id is not None else None
        return Device(row.client_id, user_code, row.address, row.user_agent, row.expires_at <= self._clock(), answer)

    def _find(self, kind: str, secret: str) -> Any:
        return self._select(self._model.kind == kind, self._model.secret_hash == hash_secret(secret))

    def _select(self, *which: ColumnElement[bool]) -> Any:
        """Return one row's columns, read afresh: a mapped object would be the one that was loaded before."""
        columns = self._model.__table__.c  # type: ignore[attr-defined]
        return self._db_session.execute(select(*columns).where(*which)).one_or_none()

    def _update(self, *which: ColumnElement[bool], **columns: Any) -> int:
        statement = update(self._model).where(*which).values(**columns).execution_options(synchronize_session=False)
        return int(self._db_session.execute(statement).rowcount)  # type: ignore[attr-defined]
