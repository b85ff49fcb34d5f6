"""The codes and links of a site: made, looked up, and used once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from ..accounts.documents import export_row
from ..clock import Clock, utc_now
from ..database.changes import DbSession
from ..database.transactions import in_transaction
from ..sessions import Sessions
from .device_codes import DeviceCodes
from .models import HandoffMixin
from .redeeming import Redeemer
from .rows import HandoffRows
from .values import IssuedCode, Link

CODE_TTL = LINK_TTL = timedelta(seconds=60)
LINKS_PER_SESSION = 30
_NOT_EXPORTED = frozenset({"secret_hash", "user_code_hash", "code_challenge", "account_stamp"})


class Handoffs:
    """Hands a sign-in on: to an app by a code, to another device by a code that is typed, to a browser by a link.

    Each is vouched for by a session that stands, is stored as a hash, and is used once. Every call is one transaction of its own, committed
    when it returns, or part of yours as for `Sessions`.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class.
        sessions: On which devices users are signed in.
        clock: The time, aware and in UTC.

    Attributes:
        devices: Those without a browser.
        redeem: Opens a session by a code or link; see `Redeemer.redeem`.
    """

    def __init__(
        self, db_session: DbSession, model: type[HandoffMixin], sessions: Sessions[Any], *, clock: Clock = utc_now
    ) -> None:
        self.model = model
        self._rows = HandoffRows(db_session, model, clock)
        self._sessions = sessions
        self._redeemer = Redeemer(self._rows, sessions)
        self.devices = DeviceCodes(self._rows, self._redeemer)
        self.redeem = self._redeemer.redeem

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
        return self._rows.issue(
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
        row = self._rows.find("code", code)
        if row is None or row.client_id != client_id:
            return None
        if row.consumed_at is not None:
            self._redeemer.end_given("code", code)
            return None
        return IssuedCode(code, row.redirect_uri, row.code_challenge) if row.expires_at > self._rows.clock() else None

    def make_link(self, session_id: str, next_path: str) -> str:
        """Make a link into a browser, good for 60 seconds.

        Args:
            session_id: The session of the user who asks.
            next_path: Where it leads, already checked.

        Raises:
            RateLimited: Too many of this session's are less than a minute old.
        """
        self._rows.check_count("link", LINK_TTL, LINKS_PER_SESSION, self._rows.model.session_id == session_id)
        return self._rows.issue("link", LINK_TTL, session_id=session_id, next_path=next_path)

    def find_link(self, link: str) -> Link | None:
        """Return a link that is still good, without using it: previews and scanners of links look, too."""
        row = self._rows.find("link", link)
        if row is None or row.consumed_at is not None or row.expires_at <= self._rows.clock():
            return None
        vouching = self._sessions.find_standing(row.session_id)
        return None if vouching is None else Link(vouching.account, row.next_path)

    def find_followed(self, link: str, session_id: str | None) -> str | None:
        """Return where a link leads that this very session came by: its button was pressed twice. Else None."""
        row = self._rows.find("link", link)
        return row.next_path if row is not None and session_id is not None and row.given_session_id == session_id else None

    def prune(self) -> None:
        """Delete what is old; whatever is made does so too."""
        in_transaction(self._rows.db_session, lambda: self._rows.delete_old(self._rows.clock()))

    def forget(self, account: Any) -> Callable[[], None]:
        """Delete what a user's sessions have vouched for, and their guesses, within the transaction at hand."""
        self._rows.delete(self._of(account))
        return lambda: None

    def export(self, account: Any) -> dict[str, Any]:
        """Return what is kept of a user's codes, links and guesses, but for what makes them genuine."""
        model = self._rows.model
        rows = self._rows.db_session.scalars(select(model).where(self._of(account)).order_by(model.created_at))
        return {"handoffs": [export_row(row, without=_NOT_EXPORTED) for row in rows]}

    def _of(self, account: Any) -> ColumnElement[bool]:
        model, theirs = self._rows.model, select(self._sessions.model.id).where(*self._sessions.belonging_to(account))
        return or_(model.session_id.in_(theirs), model.account_stamp == (account.security_stamp or ""))
