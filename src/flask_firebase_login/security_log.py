"""One log record for each security event, on the logger `flask_firebase_login.security`.

The fields are stable, are attributes of the record too (`record.event`, `record.account_id`, …), and hold no secret and nothing personal
but the key of the account. `docs/audit.md` lists them.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from . import signals
from .database.columns import key_of

_PLAIN = re.compile(r"[!#-<>-~]+")  # printable ASCII without a space, a quote or an equals sign

log = logging.getLogger("flask_firebase_login.security")


def connect() -> None:
    """Record what the signals announce; does nothing where that is done already."""
    signals.account_created.connect(_account_created)
    signals.account_updated.connect(_account_updated)
    signals.account_deleted.connect(_account_deleted)
    signals.signed_in.connect(_signed_in)
    signals.new_device.connect(_new_device)
    signals.signed_out.connect(_signed_out)
    signals.sign_in_rejected.connect(_sign_in_rejected)
    signals.app_checked.connect(_app_checked)
    signals.security_changed.connect(_security_changed)
    signals.session_revoked.connect(_session_revoked)


def record(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write a record.

    Args:
        event: What happened, the stable name of it.
        level: Of `logging`.
        fields: What belongs to it; no secret, and nothing personal.
    """
    if log.isEnabledFor(level):
        told = " ".join(f"{name}={_quote(str(value))}" for name, value in fields.items())
        log.log(level, "%s %s", event, told, extra={"event": event} | fields)


def _quote(value: str) -> str:
    """Return a value that cannot pass for another field or another line: as a JSON string, unless it is plain."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value)


def _account_created(_: Any, *, account: Any) -> None:
    record("account_created", account_id=key_of(account))


def _account_updated(_: Any, *, account: Any, changed: list[str], **__: Any) -> None:
    record("account_updated", account_id=key_of(account), changed=",".join(changed))


def _account_deleted(_: Any, *, account_id: Any, **__: Any) -> None:
    record("account_deleted", account_id=account_id)


def _signed_in(_: Any, *, account: Any, session: Any, created: bool) -> None:
    record("signed_in", account_id=key_of(account), session_id=session.id, transport=session.transport, is_new_account=created)


def _new_device(_: Any, *, account: Any, session: Any) -> None:
    record("new_device", account_id=key_of(account), session_id=session.id, transport=session.transport)


def _signed_out(_: Any, *, account: Any, session_id: str) -> None:
    record("signed_out", account_id=key_of(account), session_id=session_id)


def _sign_in_rejected(_: Any, *, code: str, **__: Any) -> None:
    record("sign_in_rejected", level=logging.WARNING, code=code)


def _app_checked(_: Any, *, app_id: str | None, code: str | None, reason: str | None, is_rejected: bool, endpoint: str) -> None:
    """What was found, in one word to count by."""
    level = logging.INFO if code is None else logging.WARNING
    why = {} if reason is None else {"reason": reason}
    which = {} if app_id is None else {"app_id": app_id}
    record("app_checked", level=level, outcome=code or "genuine", **why, **which, is_rejected=is_rejected, endpoint=endpoint)


def _security_changed(_: Any, *, account: Any, event: str) -> None:
    record("security_changed", account_id=key_of(account), change=event)


def _session_revoked(_: Any, *, account_id: Any, session_ids: list[str]) -> None:
    record("session_revoked", account_id=account_id, session_ids=",".join(session_ids))
