"""The services of one app, as its endpoints use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..accounts import Accounts
from ..config import Config
from ..handoff import Handoffs
from ..idtokens import Verifier
from ..sessions import Sessions
from .transports import Transports


@dataclass(frozen=True)
class Services:
    """What `app.extensions["firebase_login"]` holds.

    Attributes:
        config: The app's configuration.
        db_session: The database session that everything shares.
        verifier: Is this token genuine?
        accounts: Who is this here?
        sessions: On which devices?
        handoffs: From one signed-in place to another.
        transports: Cookie or bearer.
    """

    config: Config
    db_session: Any
    verifier: Verifier
    accounts: Accounts[Any]
    sessions: Sessions[Any]
    handoffs: Handoffs
    transports: Transports
