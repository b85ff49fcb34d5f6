"""The sessions of a site: on which devices a user is signed in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult, Engine

from .. import signals
from ..accounts.documents import export_row, format_time
from ..accounts.models import AccountMixin
from ..clock import Clock, utc_now
from ..database.transactions import DbSession, in_transaction
from ..text import cut_plain
from .models import MAX_CLIENT_NAME_CHARACTERS, MAX_USER_AGENT_CHARACTERS, SessionMixin

A = TypeVar("A", bound=AccountMixin)
Transport = Literal["cookie", "bearer"]

SECRET_BYTES = 32


@dataclass(frozen=True)
class Lifetimes:
    """How long sessions live.

    Attributes:
        ttl: The idle timeout: how long a session lives without a request.
        max_ttl: The absolute timeout: how long a session lives at most.
        touch_interval: How often at most its times are written.
    """

    ttl: timedelta = timedelta(days=14)
    max_ttl: timedelta = timedelta(days=90)
    touch_interval: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Opened:
    """A session just opened, and the only sight of its secret.

    Attributes:
        session: The row, flushed but not committed.
        secret: 43 characters of base64url, 256 random bits.
    """

    session: SessionMixin
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Due:
    """A session whose times are to be written, as it was read.

    Attributes:
        session_id: Which session.
        created_at: When the device signed in.
        last_seen_at: When it was last seen, to within the touch interval.
    """

    session_id: int
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class Found(Generic[A]):
    """A session in use, with whose it is.

    Attributes:
        session: The row.
        account: The user.
        due: What to hand to `Sessions.touch`; None where the times were written not long ago.
    """

    session: SessionMixin
    account: A
    due: Due | None


class Sessions(Generic[A]):
    """On which devices users are signed in.

    `open` and `replace` leave the commit to their caller, because a sign-in is one transaction with the account.
    Everything else commits.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class of sessions.
        account_model: The mapped class of accounts.
        lifetimes: How long sessions live.
        clock: The time, aware and in UTC.
        make_secret: Where secrets come from.
    """

    def __init__(
        self,
        db_session: DbSession,
        model: type[SessionMixin],
        account_model: type[A],
        *,
        lifetimes: Lifetimes | None = None,
        clock: Clock = utc_now,
        make_secret: Callable[[], str] = lambda: secrets.token_urlsafe(SECRET_BYTES),
    ) -> None:
        self.model = model
        self._account_model = account_model
        self._db_session = db_session
        self._lifetimes = lifetimes or Lifetimes()
        self._clock = clock
        self._make_secret = make_secret

    def open(
        self,
        account: A,
        *,
        auth_time: datetime,
        transport: Transport,
        client_name: str | None = None,
        user_agent: str | None = None,
    ) -> Opened:
        """Sign a device in.

        The secret leaves this call once and is stored only as its SHA-256 hash.

        Args:
            account: The user, already admitted.
            auth_time: When they last proved who they are, aware; it decides what counts as a recent sign-in.
            transport: How the device will send the secret back.
            client_name: What the user will recognise the device by, cut at 80 characters.
            user_agent: The header of that name, cut at 256 characters.

        Returns:
            The session row, flushed but not committed, and its secret.

        Source: OWASP ASVS 5.0, V7 Session Management (entropy, storage, a new secret at each sign-in).
        """
        now, secret = self._clock(), self._make_secret()
        session = self.model()
        session.account_id = account.id
        session.secret_hash = hash_secret(secret)
        session.transport = transport
        session.client_name = cut_plain(client_name, MAX_CLIENT_NAME_CHARACTERS)
        session.user_agent = cut_plain(user_agent, MAX_USER_AGENT_CHARACTERS)
        session.created_at = session.last_seen_at = now
        session.expires_at = now + self._lifetimes.ttl
        session.auth_time = auth_time
        self._db_session.add(session)
        self._db_session.flush()
        return Opened(session, secret)

    def find(self, secret: str, transport: Transport) -> Found[A] | None:
        """Return the session that a secret stands for, with its account, in one query.

        Args:
            secret: What the device sent.
            transport: How it was sent; a session is good for its own transport alone.

        Returns:
            None where there is no such session, or it has ended, or its account is disabled.
        """
        row = self._db_session.execute(
            select(self.model, self._account_model)
            .join(self._account_model, self._account_model.id == self.model.account_id)
            .where(self.model.secret_hash == hash_secret(secret))
        ).one_or_none()
        if row is None:
            return None
        session, account = row
        now = self._clock()
        if session.transport != transport or session.expires_at <= now or account.is_disabled:
            return None
        is_due = now - session.last_seen_at >= self._lifetimes.touch_interval
        return Found(session, account, Due(session.id, session.created_at, session.last_seen_at) if is_due else None)

    def touch(self, due: Due) -> bool:
        """Write that a session is in use, in a transaction of its own, so that nobody's pending work is committed.

        Args:
            due: The session as it was read: of several requests at once, one writes.

        Returns:
            Whether this call wrote.
        """
        now, model = self._clock(), self.model
        ends_at = min(now + self._lifetimes.ttl, due.created_at + self._lifetimes.max_ttl)
        with self._engine().begin() as connection:
            written = connection.execute(
                update(model)
                .where(model.id == due.session_id, model.last_seen_at == due.last_seen_at)
                .values(last_seen_at=now, expires_at=ends_at)
            )
            return written.rowcount == 1

    def list(self, account: A) -> Sequence[SessionMixin]:
        """Return the sessions of a user that have not ended, the one last seen first."""
        alive = (self.model.account_id == account.id, self.model.expires_at > self._clock())
        return [
            *self._db_session.scalars(
                select(self.model).where(*alive).order_by(self.model.last_seen_at.desc(), self.model.id.desc())
            )
        ]

    def replace(self, session_id: int) -> None:
        """End the session that a device had before it signed in again; flushed, not committed."""
        self._db_session.execute(delete(self.model).where(self.model.id == session_id))

    def revoke(self, account: A, session_id: int) -> bool:
        """Sign one device of a user out, and commit.

        Returns:
            Whether the user had such a session.
        """
        return bool(self._revoke(account.id, self.model.id == session_id))

    def revoke_all(self, account: A, *, but: int | None = None) -> int:
        """Sign a user out everywhere, and commit.

        Args:
            account: The user.
            but: The id of a session that stays.

        Returns:
            How many devices were signed out.
        """
        return len(self._revoke(account.id, *([self.model.id != but] if but is not None else [])))

    def prune(self) -> int:
        """Delete the sessions that have ended, and commit. They are rejected without this too.

        Returns:
            How many there were.
        """

        def prune() -> int:
            ended: CursorResult[Any] = self._db_session.execute(
                delete(self.model).where(self.model.expires_at <= self._clock())
            )  # type: ignore[assignment]
            return ended.rowcount

        return in_transaction(self._db_session, prune)

    def forget(self, account_id: int) -> None:
        """Delete all sessions of a user, within the transaction at hand."""
        self._db_session.execute(delete(self.model).where(self.model.account_id == account_id))

    def export(self, account_id: int) -> dict[str, Any]:
        """Return all that is kept of a user's devices, but for the hashes of their secrets."""
        rows = self._db_session.scalars(select(self.model).where(self.model.account_id == account_id).order_by(self.model.id))
        return {"sessions": [export_row(row, without=frozenset({"secret_hash"})) for row in rows]}

    def _engine(self) -> Engine:
        bind = self._db_session.get_bind(self.model)
        return bind if isinstance(bind, Engine) else bind.engine

    def _revoke(self, account_id: int, *which: Any) -> Sequence[int]:
        def revoke() -> Sequence[int]:
            of_account = (self.model.account_id == account_id, *which)
            ids = [*self._db_session.scalars(select(self.model.id).where(*of_account))]
            if ids:
                self._db_session.execute(delete(self.model).where(*of_account, self.model.id.in_(ids)))
            return ids

        ids = in_transaction(self._db_session, revoke)
        if ids:
            signals.session_revoked.send(self, account_id=account_id, session_ids=ids)
        return ids


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def describe_session(session: SessionMixin, *, current_id: int | None) -> dict[str, Any]:
    """Return a `session` of the HTTP answers.

    Args:
        session: The row.
        current_id: The id of the session that asks.
    """
    return {
        "id": session.id,
        "transport": session.transport,
        "client_name": session.client_name,
        "user_agent": session.user_agent,
        "created_at": format_time(session.created_at),
        "last_seen_at": format_time(session.last_seen_at),
        "expires_at": format_time(session.expires_at),
        "current": session.id == current_id,
    }
