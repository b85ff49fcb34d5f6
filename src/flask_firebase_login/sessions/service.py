"""The sessions of a site: on which devices a user is signed in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.engine import Engine

from .. import signals
from ..accounts.documents import export_row
from ..accounts.models import AccountMixin
from ..clock import Clock, utc_now
from ..database.changes import DbSession, watch_changes
from ..database.columns import key_column, key_of, make_opaque
from ..database.transactions import Overtaken, in_transaction
from ..text import cut_plain, is_storable
from .models import MAX_CLIENT_NAME_CHARACTERS, MAX_USER_AGENT_CHARACTERS, SessionMixin
from .rows import SessionRows, hash_secret, is_alike, is_standing
from .values import Due, Found, Lifetimes, Opened, Pruned, Revoked, Standing, Transport

A = TypeVar("A", bound=AccountMixin)

SECRET_BYTES = 32
SESSIONS_PER_ACCOUNT = 100
PRUNED_AT_ONCE = 500


class Sessions(Generic[A]):
    """On which devices users are signed in.

    `open` leaves the commit to its caller, because a sign-in is one transaction with the account. Every other call is one
    transaction of its own, committed when it returns. Within a transaction that has changes of yours already, it is part of that
    transaction: you commit.

    A session belongs to an account by its key and its `security_stamp`: the session ends where the account's row is gone, whatever
    code deleted it, also where the key was given to another account.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class of sessions.
        account_model: The mapped class of accounts.
        lifetimes: How long sessions live.
        per_account: How many sessions a user has at most.
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
        per_account: int = SESSIONS_PER_ACCOUNT,
        clock: Clock = utc_now,
        make_secret: Callable[[], str] = lambda: secrets.token_urlsafe(SECRET_BYTES),
    ) -> None:
        self.model = model
        self._account_model = account_model
        self._db_session = db_session
        self._lifetimes = lifetimes or Lifetimes()
        self._per_account = per_account
        self._clock = clock
        self._make_secret = make_secret
        self.after_pruning: list[Callable[[], object]] = []
        self._rows = SessionRows(db_session, model, account_model, clock)
        watch_changes(db_session)

    def open(
        self,
        account: A,
        *,
        auth_time: datetime,
        transport: Transport,
        client_name: str | None = None,
        user_agent: str | None = None,
        replacing: Collection[str] = (),
        since: datetime | None = None,
    ) -> Opened:
        """Sign a device in, if the account stands and is not disabled when the row is written.

        The secret leaves this call once and is stored only as its SHA-256 hash. Sessions of the user that have ended are deleted,
        and so are the oldest where there are more than a user may have.

        Args:
            account: The user, who may sign in.
            auth_time: When they last proved who they are, aware; it decides what counts as a recent sign-in.
            transport: How the device will send the secret back.
            client_name: What the user will recognise the device by, cut at 80 characters.
            user_agent: The header of that name, cut at 256 characters.
            replacing: The secrets of sessions that the device had before; they end, whosever they were. What the user called one of their own
                goes on.
            since: When the session began that hands this one on, from which the absolute timeout counts; None is now.

        Returns:
            The session row, flushed but not committed, and its secret.

        Raises:
            Overtaken: The account was deleted or disabled meanwhile; within `in_transaction` the work is then done again.

        Source: OWASP ASVS 5.0, V7 Session Management (entropy, storage, a new secret at each sign-in).
        """
        now, secret = self._clock(), self._make_secret()
        began_at = since or now
        row = {
            "id": make_opaque(),
            "account_id": key_of(account),
            "account_stamp": self._rows.stamp(account),
            "secret_hash": hash_secret(secret),
            "transport": transport,
            "client_name": cut_plain(client_name, MAX_CLIENT_NAME_CHARACTERS),
            "user_agent": cut_plain(user_agent, MAX_USER_AGENT_CHARACTERS),
            "created_at": began_at,
            "last_seen_at": now,
            "expires_at": min(now + self._lifetimes.ttl, began_at + self._lifetimes.max_ttl),
            "auth_time": auth_time,
        }
        replaced = self._rows.find_replaced(row, replacing) if replacing else []
        self._rows.insert(row | {"chosen_name": next((one.chosen_name for one in replaced if one.chosen_name), None)})
        revoked = [*self._rows.end(self.model.secret_hash.in_([hash_secret(one) for one in replacing]))] if replacing else []
        alive, ended = self._rows.find_others(row)
        surplus = [other.id for other in (*alive[self._per_account - 1 :], *ended)]
        revoked += self._rows.end(self.model.id.in_(surplus)) if surplus else []
        is_known = bool(replaced) or any(is_alike(other, row) for other in alive)
        session = self._db_session.get(self.model, row["id"])
        if session is None:
            raise Overtaken
        return Opened(session, secret, tuple(revoked), is_known)

    def announce(self, revoked: Collection[Revoked]) -> None:
        """Send `session_revoked` for sessions that were ended before their time, after the commit."""
        for ended in revoked:
            signals.session_revoked.send(self, account_id=ended.account_id, session_ids=[*ended.session_ids])

    def find(self, secret: str, transport: Transport) -> Found[A] | None:
        """Return the session that a secret stands for, with its account, in one query.

        Args:
            secret: What the device sent.
            transport: How it was sent; a session is good for its own transport alone.

        Returns:
            None where there is no such session, or it has ended, or its account is disabled, or Firebase has revoked what it was opened by.
        """
        rows = self._db_session.execute(self._rows.finding, {"secret_hash": hash_secret(secret)})
        row = rows.unique().one_or_none()  # a site's class may load collections along
        if row is None:
            return None
        account, session_id, its_transport, created_at, last_seen_at, expires_at, auth_time = row
        now = self._clock()
        if its_transport != transport or expires_at <= now or not is_standing(account, auth_time):
            return None
        is_due = now - last_seen_at >= self._lifetimes.touch_interval
        due = Due(session_id, created_at, last_seen_at, self._engine()) if is_due else None
        return Found(account, session_id, auth_time, due)

    def find_standing(self, session_id: str, *, lock: bool = False) -> Standing[A] | None:
        """Return a session by its id, for what it has vouched for; None where it has ended, or its account is disabled.

        Args:
            session_id: Which session.
            lock: Keep it, and the other sessions of its user, from being ended until this transaction ends.
        """
        model, account = self.model, self._account_model
        wanted = select(model, account).join(account, self._rows.belongs()).where(model.id == session_id)
        if lock:
            self._rows.lock(key_column(account).in_(select(model.account_id).where(model.id == session_id)))
            wanted = wanted.with_for_update(read=True, key_share=True, of=model)
        found = self._db_session.execute(wanted.execution_options(populate_existing=True)).unique().one_or_none()
        if found is None:
            return None
        session, its_account = found
        is_over = session.expires_at <= self._clock() or not is_standing(its_account, session.auth_time)
        return None if is_over else Standing(session, its_account)

    def touch(self, due: Due) -> bool:
        """Write that a session is in use, in a transaction of its own on a connection of its own.

        It waits for nothing if the request has given its connection back, and needs no app context.

        Args:
            due: The session as it was read: of several requests at once, one writes.

        Returns:
            Whether this call wrote.
        """
        now, model = self._clock(), self.model
        ends_at = min(now + self._lifetimes.ttl, due.created_at + self._lifetimes.max_ttl)
        with due.engine.begin() as connection:
            written = connection.execute(
                update(model)
                .where(model.id == due.session_id, model.last_seen_at == due.last_seen_at)
                .values(last_seen_at=now, expires_at=ends_at)
            )
            return written.rowcount == 1

    def list(self, account: A) -> Sequence[SessionMixin]:
        """Return the sessions of a user that have not ended, the one last seen first."""
        alive = (*self._rows.of(account), self.model.expires_at > self._clock())
        newest_first = (self.model.last_seen_at.desc(), self.model.created_at.desc(), self.model.id)
        return [*self._db_session.scalars(select(self.model).where(*alive).order_by(*newest_first))]

    def revoke(self, account: A, session_id: str) -> bool:
        """Sign one device of a user out.

        Returns:
            Whether the user had such a session.
        """
        return is_storable(session_id) and bool(self._revoke(*self._rows.of(account), self.model.id == session_id))

    def rename(self, account: A, session_id: str, name: str | None) -> SessionMixin | None:
        """Give one device of a user the name that they recognise it by.

        Args:
            account: The user.
            session_id: Which session.
            name: One printable line, cut at 80 characters; None, or nothing in it, for what the client calls itself.

        Returns:
            The session; None where the user has no such session, or it has ended.
        """
        if not is_storable(session_id):
            return None
        which = (*self._rows.of(account), self.model.id == session_id, self.model.expires_at > self._clock())
        chosen_name = cut_plain(name, MAX_CLIENT_NAME_CHARACTERS)

        def write_name() -> SessionMixin | None:
            self._db_session.execute(
                update(self.model).where(*which).values(chosen_name=chosen_name).execution_options(synchronize_session=False)
            )
            return self._db_session.scalar(select(self.model).where(*which).execution_options(populate_existing=True))

        return in_transaction(self._db_session, write_name)

    def revoke_all(self, account: A, *, but: str | None = None) -> int:
        """Sign a user out everywhere.

        Args:
            account: The user.
            but: The id of a session that stays.

        Returns:
            How many devices were signed out.
        """
        which = (*self._rows.of(account), *([self.model.id != but] if but is not None else []))

        def revoke() -> Sequence[Revoked]:
            self._rows.lock(key_column(self._account_model) == key_of(account))
            return self._rows.end(*which)

        return self._announce(in_transaction(self._db_session, revoke))

    def end(self, session_id: str) -> bool:
        """End the session that a request is signed in by.

        Returns:
            Whether it had not ended already.
        """
        return bool(self._revoke(self.model.id == session_id))

    def ending(self, session_id: str) -> Callable[[], None]:
        """Return what ends a session in a transaction of its own, on a connection of its own, without an app context."""
        engine, statement = self._engine(), delete(self.model).where(self.model.id == session_id)

        def end() -> None:
            with engine.begin() as connection:
                connection.execute(statement)

        return end

    def count(self) -> int:
        """Return how many sessions are stored, those that have ended included."""
        return self._db_session.scalar(select(func.count()).select_from(self.model)) or 0

    def prune(self) -> int:
        """Delete the sessions that have ended, those of accounts that are gone included, and old codes and links. They are rejected without this too.

        It works in batches, as `prune_in_batches` does.

        Returns:
            How many there were.
        """
        return sum(batch.deleted for batch in self.prune_in_batches())

    def prune_in_batches(self, size: int = PRUNED_AT_ONCE) -> Iterator[Pruned]:
        """Do the work of `prune` batch by batch: each is a short transaction of its own, so that no sign-in waits for the whole.

        It may be given up after any batch: what is deleted stays deleted, and the next call does the rest.

        Args:
            size: How many sessions are looked at in one transaction.

        Yields:
            How many sessions of each batch were looked at, and how many of them deleted.
        """
        last: str | None = ""
        while last is not None:
            last, batch = in_transaction(self._db_session, partial(self._rows.prune_after, last, size))
            yield batch
        for prune in self.after_pruning:
            prune()

    def belonging_to(self, account: A) -> tuple[ColumnElement[bool], ...]:
        """Return the rule of which sessions are a user's, for a query of those who keep something of sessions."""
        return self._rows.of(account)

    def forget(self, account: A) -> Callable[[], None]:
        """Delete all sessions of a user, within the transaction at hand.

        Returns:
            What sends `session_revoked`, to be called after the commit.
        """
        return partial(self.announce, self._rows.end(self.model.account_id == key_of(account)))

    def forget_before(self, account: A, auth_time: datetime) -> Callable[[], None]:
        """Delete the sessions of a user who proved who they are before a time, within the transaction at hand, as `forget` does all."""
        return partial(self.announce, self._rows.end(*self._rows.of(account), self.model.auth_time < auth_time))

    def export(self, account: A) -> dict[str, Any]:
        """Return all that is kept of a user's devices, but for what makes a session genuine."""
        rows = self._db_session.scalars(select(self.model).where(*self._rows.of(account)).order_by(self.model.created_at))
        return {"sessions": [export_row(row, without=frozenset({"secret_hash", "account_stamp"})) for row in rows]}

    def _engine(self) -> Engine:
        bind = self._db_session.get_bind(self.model)
        return bind if isinstance(bind, Engine) else bind.engine

    def _revoke(self, *which: ColumnElement[bool]) -> int:
        return self._announce(in_transaction(self._db_session, lambda: self._rows.end(*which)))

    def _announce(self, revoked: Collection[Revoked]) -> int:
        self.announce(revoked)
        return sum(len(ended.session_ids) for ended in revoked)
