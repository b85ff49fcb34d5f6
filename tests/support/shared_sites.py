"""A site that has another Flask extension beside ours, initialised before it or after it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from clocks import StandingClock
from devices import Device
from flask_firebase_login import FirebaseLogin
from sites import NeverAhead, add_views

PAGE = {"Accept": "text/html"}
DOCS = Path(__file__).parents[2] / "docs" / "neighbours.md"
ORDERS = ["neighbour first", "ours first"]


def code_of_the_docs(word):
    """The block of Python in docs/neighbours.md that has a word in it."""
    return next(block for block in re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL) if word in block)


class SharedSite:
    """An app with FirebaseLogin, a neighbour and the views of `sites`.

    Attributes:
        neighbour: What the function returned that initialised it.
    """

    def __init__(self, url, issuer, clock, initialise, order, config):
        self.app = Flask("site", template_folder=None)
        self.app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=url, TESTING=True)
        self.app.config.update(issuer.config | config)
        self.issuer = NeverAhead(issuer, clock)
        self.clock = clock
        self.db = SQLAlchemy(self.app)
        self.firebase = FirebaseLogin(db=self.db, clock=clock)
        steps = [lambda: initialise(self.app), lambda: self.firebase.init_app(self.app)]
        if order == "neighbour first":
            self.neighbour, _ = [step() for step in steps]
        else:
            _, self.neighbour = [step() for step in reversed(steps)]
        add_views(self.app, self.firebase)
        with self.app.app_context():
            self.db.create_all()

    def device(self, transport="cookie"):
        return Device(self.app, self.issuer, transport)

    def find_account(self, email="ada@example.com"):
        """Within an app context."""
        return self.firebase.accounts.find(f"uid-of-{email}")

    def close(self):
        with self.app.app_context():
            for engine in self.db.engines.values():
                engine.dispose()


@pytest.fixture
def clock():
    """The time, standing still from now on."""
    return StandingClock(datetime.now(UTC))


@pytest.fixture(params=ORDERS)
def order(request):
    """Which extension is initialised first."""
    return request.param


@pytest.fixture
def share_site(tmp_path, firebase_issuer, clock):
    """A function that makes a site with a neighbour: `initialise(app)` is what the site writes for it."""
    made = []

    def make(initialise, order="neighbour first", **config):
        url = f"sqlite:///{tmp_path / f'{len(made)}.db'}"
        site = SharedSite(url, firebase_issuer, clock, initialise, order, config)
        made.append(site)
        return site

    yield make
    for site in made:
        site.close()
