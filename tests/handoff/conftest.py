import pytest

from second_door import CLIENTS, Door
from sites import clock, database_url, device, make_site, other_device, site, transport

__all__ = ["clock", "database_url", "device", "make_site", "other_device", "site", "transport"]


@pytest.fixture
def door(make_site):
    """A site where apps are registered, and Ada in a browser."""
    door = Door(make_site(FIREBASE_LOGIN_NATIVE_CLIENTS=CLIENTS))
    door.browser.sign_in("ada@example.com")
    return door
