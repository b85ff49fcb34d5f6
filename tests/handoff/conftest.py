from datetime import UTC, datetime

import pytest

from clocks import StandingClock
from second_door import CLIENTS, Door
from sites import Site, clock, database_url, device, make_site, other_device, site, transport

__all__ = ["clock", "database_url", "device", "make_site", "other_device", "site", "transport"]


@pytest.fixture
def door(make_site):
    """A site where apps are registered, and Ada in a browser."""
    door = Door(make_site(FIREBASE_LOGIN_NATIVE_CLIENTS=CLIENTS))
    door.browser.sign_in("ada@example.com")
    return door


@pytest.fixture(scope="module")
def shared_door(tmp_path_factory, firebase_issuer):
    """The same for a whole module, for what leaves no trace."""
    url = f"sqlite:///{tmp_path_factory.mktemp('shared')}/test.db"
    site = Site(url, firebase_issuer, StandingClock(datetime.now(UTC)), FIREBASE_LOGIN_NATIVE_CLIENTS=CLIENTS)
    door = Door(site)
    door.browser.sign_in("ada@example.com")
    yield door
    site.close()


@pytest.fixture
def standing_door(shared_door):
    """The shared one, where nothing may be issued: no session, and no code that is good."""
    before = count_issued(shared_door)
    yield shared_door
    assert count_issued(shared_door) == before


def count_issued(door):
    models, session = door.site.firebase.models, door.site.db.session
    with door.site.app.app_context():
        good = session.query(models.handoff).filter(models.handoff.kind != "guess", models.handoff.consumed_at.is_(None))
        return session.query(models.session).count(), good.count()
