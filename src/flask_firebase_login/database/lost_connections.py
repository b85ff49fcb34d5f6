"""A connection that is lost after the last statement of a request costs nothing but itself.

Flask-SQLAlchemy gives a request's session back when the answer is made, with a rollback. Where the database went away in between, the
rollback raises: the answer is lost, although nothing depends on it, and the broken session stays registered, for a later request whose
app context gets the same id.
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import scoped_session

log = logging.getLogger(__name__)


def outlive_lost_connections(db_session: scoped_session[Any]) -> None:
    """Let `remove` log a connection that is lost, and forget its session; does nothing where that is done already.

    Args:
        db_session: The registry of sessions, such as Flask-SQLAlchemy's `db.session`.
    """
    if "remove" in vars(db_session):
        return
    remove = db_session.remove

    def remove_what_is_there() -> None:
        try:
            remove()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            log.warning("The connection to the database was lost before it was given back: %s", type(error.orig).__name__)
        finally:
            db_session.registry.clear()

    db_session.remove = remove_what_is_there  # type: ignore[method-assign]
