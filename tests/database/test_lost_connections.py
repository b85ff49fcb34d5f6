"""A session that is given back is forgotten, whatever comes of it."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from flask_firebase_login.database.lost_connections import outlive_lost_connections


@pytest.mark.parametrize("is_lost", [True, False])
def test_only_a_lost_connection_is_outlived(is_lost):
    """Any other error of the rollback is raised; the session is forgotten in both cases."""

    class Broken(Session):
        def close(self):
            raise OperationalError("ROLLBACK", {}, Exception("away"), connection_invalidated=is_lost)

    db_session = scoped_session(sessionmaker(class_=Broken))
    outlive_lost_connections(db_session)
    outlive_lost_connections(db_session)  # as where several apps share it
    db_session()
    if is_lost:
        db_session.remove()
    else:
        with pytest.raises(OperationalError):
            db_session.remove()
    assert not db_session.registry.has()
