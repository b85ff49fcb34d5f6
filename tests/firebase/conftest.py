from __future__ import annotations

import pytest

from emulated import EmulatedIssuer, EmulatedUser
from flask_firebase_login.clock import utc_now
from sites import Site


@pytest.fixture
def make_emulated_site(emulator, either_database_url):
    """A function that makes a site for the emulator's users, on SQLite and on PostgreSQL."""
    made = []

    def make(**config):
        site = Site(either_database_url, EmulatedIssuer(emulator), utc_now, **config)
        made.append(site)
        return site

    yield make
    for site in made:
        site.close()


@pytest.fixture
def make_user(emulator):
    """A function that makes a user at Firebase."""
    return lambda: EmulatedUser(emulator)


@pytest.fixture
def enter():
    """A function that signs a device in with an ID token."""

    def enter(device, id_token):
        body = {"id_token": id_token, "transport": device.transport}
        answer = device.post("/auth/sign-in", json=body)
        if answer.status_code == 200 and device.transport == "bearer":
            device.secret = answer.get_json()["session_secret"]
        return answer

    return enter
