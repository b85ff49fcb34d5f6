"""A site with a few users, and the commands as a terminal runs them."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo
from flask_sqlalchemy import SQLAlchemy
from werkzeug.serving import make_server

from clocks import StandingClock
from flask_firebase_login import FirebaseLogin
from flask_firebase_login.cli import group

SECRET_KEY = "eeb4c1e5d5dd4e4bb3a3e0e5d1ba2d6f"


def run(site, *arguments, typed=None):
    """Run a command on an app, or on what a factory returns or raises."""
    create_app = site if not isinstance(site, Flask) else lambda: site
    info = ScriptInfo(create_app=create_app)
    return CliRunner().invoke(group, [*map(str, arguments)], obj=info, input=typed, catch_exceptions=False)


def read_json(done):
    """What a command has printed, as JSON."""
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def read_lines(done):
    """What a command has printed, each line as JSON."""
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def served(app, ssl_context=None):
    """Serve an app on loopback, and tell where."""
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=ssl_context)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'https' if ssl_context else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def clock():
    return StandingClock(datetime.now(UTC))


@pytest.fixture
def site(either_database_url, firebase_issuer, clock):
    """A site with Ada, who is admin and signed in on two devices, with two users of one address, and one with a slash in the uid."""
    app = Flask("shop")
    app.config.update(SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI=either_database_url, **firebase_issuer.config)
    db = SQLAlchemy(app)
    app.firebase, app.db = FirebaseLogin(app, db, clock=clock), db
    with app.app_context():
        db.create_all()
        ada = add(app, "ada", email="ada@example.com", provider_name="Ada Lovelace", roles=["admin"])
        add(app, "one", email="two@example.com")
        add(app, "other", email="two@example.com")
        add(app, "users/eve", email=None, provider_name="Eve\x1b[2J")
        app.sessions_of_ada = [open_session(app, ada, name) for name in ("Phone", "Laptop")]
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


def add(app, uid, *, email, **columns):
    """Add a user, within an app context."""
    account = app.firebase.models.account(firebase_uid=uid, provider_email=email, **columns)
    app.db.session.add(account)
    app.db.session.commit()
    return account


def open_session(app, account, client_name):
    """Sign a user in on a device, within an app context; return the session's id."""
    now = app.firebase.sessions._clock()
    opened = app.firebase.sessions.open(account, auth_time=now, transport="bearer", client_name=client_name)
    app.db.session.commit()
    return opened.session.id
