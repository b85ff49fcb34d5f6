"""A code or link becomes a session, once."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from .. import security_log
from ..database.transactions import begin_writing, in_transaction
from ..sessions import Sessions, Transport
from ..sessions.rows import hash_secret
from .rows import HandoffRows
from .values import Kind, Redeemed


class Redeemer:
    """Opens sessions by codes and links, each once, in one statement that sees that it was not used before.

    What is used a second time has leaked: the session that the first use gave ends.

    Args:
        rows: The codes and links.
        sessions: On which devices users are signed in.

    Source: RFC 6749, sections 4.1.2 and 10.5; RFC 9700, section 4.5.
    """

    def __init__(self, rows: HandoffRows, sessions: Sessions[Any]) -> None:
        self._rows = rows
        self._sessions = sessions

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
        model, secret_hash = self._rows.model, hash_secret(secret)

        def redeem() -> Redeemed | None:
            now = self._rows.clock()
            begin_writing(self._rows.db_session, model)
            row = self._rows.find(kind, secret)
            if row is None or row.session_id is None:
                return None
            vouching = self._sessions.find_standing(row.session_id, lock=True)  # first, as a deletion of the account does
            unused = (model.secret_hash == secret_hash, model.consumed_at.is_(None), model.expires_at > now)
            if vouching is None or self._rows.update(*unused, model.session_id == row.session_id, consumed_at=now) != 1:
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
            self._rows.update(model.secret_hash == secret_hash, given_session_id=opened.session.id)
            return Redeemed(vouching.account, opened, row.next_path)

        redeemed = in_transaction(self._rows.db_session, redeem)
        if redeemed is None:
            self.end_given(kind, secret)
        return redeemed

    def end_given(self, kind: Kind, secret: str) -> None:
        """End the session that a code or link gave when it was used first."""
        row = self._rows.find(kind, secret)
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
