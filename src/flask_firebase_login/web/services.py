"""The services of one app, as its endpoints use them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ..accounts import Accounts
from ..clock import Clock
from ..config import Config
from ..database.transactions import commit_joined
from ..firebase import Firebase
from ..handoff import Handoffs
from ..idtokens import Verifier
from ..sessions import Sessions
from .app_check import AppCheck
from .transports import Transports

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    """What `app.extensions["firebase_login"]` holds.

    Attributes:
        config: The app's configuration.
        db_session: The database session that everything shares.
        verifier: Is this token genuine?
        app_check: Is this app genuine?
        accounts: Who is this here?
        sessions: On which devices?
        handoffs: From one signed-in place to another.
        firebase: What has Firebase changed since?
        transports: Cookie or bearer.
        clock: The time, aware and in UTC.
    """

    config: Config
    db_session: Any
    verifier: Verifier
    app_check: AppCheck
    accounts: Accounts[Any]
    sessions: Sessions[Any]
    handoffs: Handoffs
    firebase: Firebase
    transports: Transports
    clock: Clock

    def committed(self, view: Callable[P, T]) -> Callable[P, T]:
        """Wrap a view of ours: what the site's hooks have changed before it is stored with what it does, before its answer says so.

        Args:
            view: Returns its answer.
        """

        @wraps(view)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            answer = view(*args, **kwargs)
            commit_joined(self.db_session)
            return answer

        return run
