"""Who may be seen as whom: the model, without HTTP and without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

TTL, MAX_TTL, TOUCH_INTERVAL, RECENT_TTL = timedelta(days=14), timedelta(days=90), timedelta(minutes=5), timedelta(minutes=5)
PER_ACCOUNT = 4


@dataclass(eq=False)
class Account:
    """A user from their first sign-in to their deletion; who comes back after that is another account."""

    uid: str
    id: int
    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    is_disabled: bool = False
    times_disabled: int = 0


@dataclass(eq=False)
class Session:
    """A device on which an account is signed in."""

    account: Account
    transport: str
    auth_time: datetime
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    id: object = None


class Expected:
    """All accounts and sessions of the site. What is not in it has ended."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.accounts: dict[str, Account] = {}
        self.sessions: list[Session] = []

    def open(self, account: Account, transport: str, auth_time: datetime) -> Session:
        session = Session(account, transport, auth_time, self.now, self.now, self.now + TTL)
        others = sorted(self.of(account), key=lambda other: (other.last_seen_at, other.created_at), reverse=True)
        self.end(*others[PER_ACCOUNT - 1 :])
        self.sessions.append(session)
        return session

    def is_good(self, session: Session | None) -> bool:
        """Whether a session opens anything: not ended, not expired, of an account that stands."""
        return session in self.sessions and session.expires_at > self.now and not session.account.is_disabled

    def is_recent(self, session: Session) -> bool:
        return self.now - session.auth_time <= RECENT_TTL

    def use(self, session: Session) -> None:
        if self.now - session.last_seen_at >= TOUCH_INTERVAL:
            session.last_seen_at, session.expires_at = self.now, min(self.now + TTL, session.created_at + MAX_TTL)

    def of(self, account: Account) -> list[Session]:
        return [session for session in self.sessions if session.account is account and self.is_good(session)]

    def end(self, *sessions: Session | None) -> None:
        self.sessions = [kept for kept in self.sessions if kept not in sessions]

    def end_all(self, account: Account, *, but: Session | None = None) -> None:
        self.end(*(session for session in self.sessions if session.account is account and session is not but))

    def disable(self, account: Account) -> None:
        self.end_all(account)
        account.times_disabled += not account.is_disabled
        account.is_disabled = True

    def delete(self, account: Account) -> None:
        self.end_all(account)
        del self.accounts[account.uid]
