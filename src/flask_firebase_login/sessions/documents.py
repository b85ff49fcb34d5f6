"""Sessions as JSON: what a client sees of a device."""

from __future__ import annotations

from typing import Any

from ..accounts.documents import format_time
from .models import SessionMixin


def describe_session(session: SessionMixin, *, current_id: str | None) -> dict[str, Any]:
    """Return a `session` of the HTTP answers.

    Args:
        session: The row.
        current_id: The id of the session that asks.
    """
    return {
        "id": session.id,
        "transport": session.transport,
        "client_name": session.name,
        "user_agent": session.user_agent,
        "created_at": format_time(session.created_at),
        "last_seen_at": format_time(session.last_seen_at),
        "expires_at": format_time(session.expires_at),
        "current": session.id == current_id,
    }
