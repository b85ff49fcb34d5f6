"""A site in this process, on SQLite and on PostgreSQL, and devices that sign in by cookie and by bearer."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, session
from flask_login import current_user, fresh_login_required, login_required, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event

from clocks import StandingClock
from devices import Device
from flask_firebase_login import FirebaseLogin, recent_sign_in_required, roles_required


class NeverAhead:
    """An issuer whose tokens are not of the site's future: its clock stands still while a slow machine's goes on.

    Args:
        issuer: A `LocalIssuer`, by the machine's clock.
        clock: The site's.
    """

    def __init__(self, issuer, clock):
        self._issuer, self._clock = issuer, clock

    def __getattr__(self, name):
        return getattr(self._issuer, name)

    def mint(self, *, age=timedelta(0), **person):
        return self._issuer.mint(age=age + self._ahead(), **person)

    def mint_app_check(self, *, age=timedelta(0), **app):
        return self._issuer.mint_app_check(age=age + self._ahead(), **app)

    def _ahead(self):
        return max(datetime.now(UTC) - self._clock(), timedelta(0))


class Site:
    """An app with a few views, and what tests look at."""

    def __init__(self, url, issuer, clock, **config):
        self.app = Flask("site")
        self.app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=url, TESTING=True)
        self.app.config.update(issuer.config)
        self.app.config.update(config)
        self.db = SQLAlchemy(self.app)
        self.clock = clock
        self.issuer = NeverAhead(issuer, clock)
        self.firebase = FirebaseLogin(self.app, self.db, clock=clock)
        self.statements = []
        add_views(self.app, self.firebase)
        with self.app.app_context():
            self.db.create_all()
            event.listen(self.db.engine, "before_cursor_execute", lambda *args: self.statements.append(args[2]))

    def device(self, transport="cookie"):
        return Device(self.app, self.issuer, transport)

    @contextmanager
    def counted(self):
        """The statements that run within."""
        counted = []
        self.statements.clear()
        yield counted
        counted.extend(self.statements)

    def count(self, what):
        """How many rows there are of `account` or `session`."""
        model = getattr(self.firebase.models, what)
        with self.app.app_context():
            return self.db.session.query(model).count()

    def close(self):
        with self.app.app_context():
            self.db.engine.dispose()


def add_views(app, firebase):
    @app.get("/private")
    @login_required
    def private():
        return {"name": current_user.name, "settings": current_user.settings}

    @app.post("/private")
    @login_required
    def change():
        return {"changed": True}

    @app.get("/public")
    def public():
        return {"signed_in": current_user.is_authenticated}

    @app.get("/admin")
    @roles_required("admin")
    def admin():
        return {"admin": True}

    @app.get("/danger")
    @recent_sign_in_required
    def danger():
        return {"danger": True}

    @app.get("/fresh")
    @fresh_login_required
    def fresh():
        return {"fresh": True}

    @app.post("/leave")
    def leave():
        logout_user()
        return {"left": True}

    @app.post("/enter/<uid>")
    def enter(uid):
        login_user(firebase.accounts.find(uid), remember=True)
        return {"entered": True}

    @app.post("/switch/<uid>")
    @login_required
    def switch(uid):
        login_user(firebase.accounts.find(uid))
        return {"switched": True}

    @app.get("/cart")
    def cart():
        return {"cart": session.get("cart")}

    @app.post("/cart/<thing>")
    def add_to_cart(thing):
        session["cart"] = thing
        return {"cart": thing}


@pytest.fixture
def database_url(tmp_path):
    """SQLite is enough for most; `test_contract` runs on PostgreSQL too."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def clock():
    """The time, standing still from now on."""
    return StandingClock(datetime.now(UTC))


@pytest.fixture
def make_site(database_url, firebase_issuer, clock):
    """A function that makes a site, configured as it is told."""
    made = []

    def make(**config):
        site = Site(database_url, firebase_issuer, clock, **config)
        made.append(site)
        return site

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(make_site):
    """The site as it is by default."""
    return make_site()


@pytest.fixture(params=["cookie", "bearer"])
def transport(request):
    return request.param


@pytest.fixture
def device(site, transport):
    """A device of one transport, and then of the other."""
    return site.device(transport)


@pytest.fixture
def other_device(site, transport):
    return site.device(transport)
