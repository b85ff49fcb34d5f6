"""Real faults of real databases: 503 with a time to come back, nothing half written, and the next request is fine."""

from __future__ import annotations

import copy
import sqlite3
from contextlib import contextmanager

import pytest
from flask import request_finished
from sqlalchemy import create_engine, event, make_url, text

from flask_firebase_login.database import transactions
from sites import clock, make_site

__all__ = ["clock", "make_site"]

pytestmark = pytest.mark.integration

WRITES = ("sign_in", "first_sign_in", "patch", "revoke", "revoke_others", "sign_out", "delete")
OPERATIONS = ("read", "list", *WRITES)


@pytest.fixture
def database_url(postgresql_url):
    """PostgreSQL, unless a test makes a site on SQLite."""
    return postgresql_url


class Scene:
    """Ada on two devices and Eve on one, what each may do, and all that is stored."""

    def __init__(self, site, transport="cookie"):
        self.site = site
        self.ada, self.other = site.device(transport), site.device(transport)
        self.ada.sign_in()
        self.other_id = self.other.sign_in().get_json()["session"]["id"]
        self.eve = site.device(transport)
        self.eve.sign_in("eve@example.com")

    def do(self, operation):
        """One operation, as a client asks for it."""
        return {
            "read": lambda: self.ada.get("/private"),
            "list": lambda: self.ada.get("/auth/sessions"),
            "sign_in": lambda: self.ada.sign_in(name="Ada again"),
            "first_sign_in": lambda: self.site.device("bearer").sign_in("grace@example.com"),
            "patch": lambda: self.ada.patch("/auth/account", json={"name": "Countess", "settings": {"theme": "dark"}}),
            "revoke": lambda: self.ada.delete(f"/auth/sessions/{self.other_id}"),
            "revoke_others": lambda: self.ada.delete("/auth/sessions"),
            "sign_out": lambda: self.ada.post("/auth/sign-out"),
            "delete": lambda: self.ada.delete("/auth/account"),
        }[operation]()

    def stored(self):
        """Every row of both tables."""
        with self.site.app.app_context():
            db = self.site.db
            models = (self.site.firebase.models.account, self.site.firebase.models.session)
            rows = {
                model.__tablename__: {tuple(map(repr, row)) for row in db.session.execute(model.__table__.select())}
                for model in models
            }
            db.session.rollback()
            return rows

    def count(self):
        return {what: self.site.count(what) for what in ("account", "session")}

    def engine(self):
        with self.site.app.app_context():
            return self.site.db.engine

    def renew_connections(self):
        """As if the pool's had come to their end."""
        self.engine().dispose()

    def at(self, site):
        """The same devices, at another site on the same database."""
        scene = copy.copy(self)
        scene.site = site
        for name in ("ada", "other", "eve"):
            device = site.device()
            device.client.set_cookie("session", getattr(self, name).client.get_cookie("session").value)
            setattr(scene, name, device)
        return scene

    def expect_all_well(self):
        """What follows a fault."""
        for operation in ("read", "list", "patch", "revoke", "first_sign_in", "sign_in", "delete"):
            assert self.do(operation).status_code in (200, 204), operation

    def expect_unavailable(self, answer):
        """The answer of a fault that passes."""
        assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert "Set-Cookie" not in answer.headers


@pytest.fixture
def scene(make_site):
    return Scene(make_site())


@pytest.fixture
def administration(postgresql_url):
    """A connection of an administrator's, to another database of the same server."""
    engine = create_engine(make_url(postgresql_url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def no_pauses(monkeypatch):
    monkeypatch.setattr(transactions, "_pause", lambda attempt: None)


class Terminator:
    """Ends the connection of a site at its n-th statement or commit, from outside, as an administrator would."""

    def __init__(self, site, administration):
        self._administration = administration
        self._left = 0
        with site.app.app_context():
            event.listen(site.db.engine, "before_cursor_execute", lambda connection, *_: self._count(connection))
            event.listen(site.db.engine, "commit", self._count)

    @contextmanager
    def at(self, number):
        """Let it happen at the statement of that number; yields a list that then is not empty."""
        self._left, self._happened = number, []
        yield self._happened
        self._left = 0

    def _count(self, connection):
        self._left -= 1
        if self._left == 0:
            self._happened.append(True)
            process = connection.connection.dbapi_connection.info.backend_pid
            self._administration.execute(text(f"SELECT pg_terminate_backend({process}, 5000)"))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_connection_lost_at_any_statement_of_a_request_is_a_503(scene, administration, operation):
    """At the first, at the second, … and at the commit: nothing is half written, and the same request then succeeds."""
    terminator = Terminator(scene.site, administration)
    faults, before = 0, scene.stored()
    while True:
        with terminator.at(faults + 1) as happened:
            answer = scene.do(operation)
        if not happened:
            break
        scene.expect_unavailable(answer)
        assert scene.stored() == before
        faults += 1
    assert answer.status_code in (200, 204)
    assert faults >= (1 if operation in ("read", "list") else 3)
    assert (scene.stored() == before) == (operation in ("read", "list"))


def end_connections(administration, url):
    """As a restart of PostgreSQL does."""
    administration.execute(
        text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"),
        {"name": make_url(url).database},
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_connection_lost_after_the_last_statement_costs_nothing_but_itself(scene, administration, postgresql_url, operation):
    """The answer stands, and the broken session is not kept for a later request."""

    with request_finished.connected_to(lambda *_, **__: end_connections(administration, postgresql_url), scene.site.app):
        assert scene.do(operation).status_code in (200, 204)
    assert not scene.site.db.session.registry.registry
    scene.renew_connections()
    assert scene.other.get("/private").status_code == (401 if operation.startswith("revoke") or operation == "delete" else 200)


def test_connections_lost_between_requests_cost_one_request(scene, administration, postgresql_url):
    """One 503 for all that the pool held."""
    before = scene.stored()
    for operation in OPERATIONS:
        end_connections(administration, postgresql_url)
        scene.expect_unavailable(scene.do(operation))
        assert scene.do("read").status_code == 200
    assert scene.stored() == before
    scene.expect_all_well()


def test_connections_lost_between_requests_cost_nothing_where_the_pool_asks_first(make_site, administration, postgresql_url):
    """`pool_pre_ping`."""
    scene = Scene(make_site(SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True}))
    for operation in ("read", "sign_in", "patch", "revoke", "delete"):
        end_connections(administration, postgresql_url)
        assert scene.do(operation).status_code in (200, 204)


def test_a_database_that_takes_no_connections_is_a_503(scene, administration, postgresql_url):
    """As while it starts, or when it has too many."""
    name, before = make_url(postgresql_url).database, scene.stored()
    administration.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
    end_connections(administration, postgresql_url)
    for operation in OPERATIONS * 2:
        scene.expect_unavailable(scene.do(operation))
    administration.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    assert scene.stored() == before
    scene.expect_all_well()


def test_an_exhausted_pool_is_a_503(make_site):
    """Every connection is held elsewhere, for longer than the pool waits."""
    scene = Scene(make_site(SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1}))
    before = scene.stored()
    with scene.engine().connect():
        for operation in OPERATIONS:
            scene.expect_unavailable(scene.do(operation))
    assert scene.stored() == before
    scene.expect_all_well()


@pytest.fixture
def database_with(administration, postgresql_url):
    """A function that gives the database a setting for a while."""
    name = make_url(postgresql_url).database

    @contextmanager
    def set_for_a_while(setting, value, scene):
        administration.execute(text(f"ALTER DATABASE {name} SET {setting} = '{value}'"))
        scene.renew_connections()
        yield
        administration.execute(text(f"ALTER DATABASE {name} RESET {setting}"))
        scene.renew_connections()

    return set_for_a_while


def test_a_read_only_postgresql_is_a_503_for_writes_alone(database_with, scene):
    """As after a failover to a standby: users stay signed in."""
    before = scene.stored()
    with database_with("default_transaction_read_only", "on", scene):
        for operation in WRITES:
            scene.expect_unavailable(scene.do(operation))
            assert scene.do("read").status_code == 200
    assert scene.stored() == before
    scene.expect_all_well()


def test_times_that_a_read_only_database_cannot_write_do_not_fail_the_request(database_with, scene, clock, caplog):
    """The log says so."""
    clock.advance(minutes=6)
    with database_with("default_transaction_read_only", "on", scene):
        assert scene.do("read").status_code == 200
    assert "could not be written" in caplog.text


@pytest.mark.parametrize("setting", ["statement_timeout", "lock_timeout"])
def test_a_row_that_another_transaction_holds_is_a_503_where_postgresql_has_a_timeout(
    database_with, scene, postgresql_url, no_pauses, setting
):
    """`statement_timeout`, or `lock_timeout` after some attempts."""
    before, other_process = scene.stored(), create_engine(postgresql_url)
    with other_process.begin() as elsewhere:
        elsewhere.execute(text("SELECT id FROM firebase_account FOR UPDATE"))
        with database_with(setting, "50ms", scene):
            for operation in ("sign_in", "patch", "delete"):
                scene.expect_unavailable(scene.do(operation))
    other_process.dispose()
    assert scene.stored() == before
    scene.expect_all_well()


@pytest.mark.parametrize("setting", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_transaction_that_postgresql_ends_for_its_age_is_a_503(scene, administration, setting):
    """The site's validator takes too long; the next request is fine."""
    before, is_slow = scene.stored(), [True]

    @scene.site.firebase.settings_validator
    def wait_until_the_connection_is_gone(settings):
        if is_slow:
            connection = scene.site.db.session.connection()
            connection.execute(text(f"SET {setting} = '100ms'"))
            process = connection.connection.dbapi_connection.info.backend_pid
            while administration.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"), {"pid": process}):
                pass
        return settings

    scene.expect_unavailable(scene.do("patch"))
    assert scene.stored() == before
    is_slow.clear()
    scene.expect_all_well()


@pytest.fixture
def sqlite_scene(make_site, sqlite_url):
    return Scene(make_site(SQLALCHEMY_DATABASE_URI=sqlite_url, SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"timeout": 0.02}}))


@contextmanager
def locked(tmp_path, how):
    """Another process's transaction."""
    with sqlite3.connect(tmp_path / "test.db", isolation_level=None) as other:
        other.execute(f"BEGIN {how}")
        yield
        other.execute("ROLLBACK")
    other.close()


def test_a_locked_sqlite_is_a_503(sqlite_scene, tmp_path, no_pauses):
    """For longer than its `timeout` and our attempts."""
    before = sqlite_scene.stored()
    with locked(tmp_path, "EXCLUSIVE"):
        for operation in OPERATIONS:
            sqlite_scene.expect_unavailable(sqlite_scene.do(operation))
    assert sqlite_scene.stored() == before
    sqlite_scene.expect_all_well()


def test_a_sqlite_with_a_write_ahead_log_is_read_while_it_is_locked(sqlite_scene, tmp_path, no_pauses):
    """Writes are a 503, reads are fine: `PRAGMA journal_mode = WAL`."""
    with sqlite3.connect(tmp_path / "test.db") as other:
        other.execute("PRAGMA journal_mode = WAL")
    other.close()
    with locked(tmp_path, "IMMEDIATE"):
        assert sqlite_scene.do("read").status_code == 200
        assert sqlite_scene.do("list").status_code == 200
        sqlite_scene.expect_unavailable(sqlite_scene.do("sign_in"))
    assert sqlite_scene.do("sign_in").status_code == 200


def test_a_full_disk_is_a_503_and_what_is_there_can_be_read_and_deleted(sqlite_scene):
    """SQLite is allowed no page more: a real SQLITE_FULL."""
    scene, engine = sqlite_scene, sqlite_scene.engine()

    def limit(connection, *_):
        connection.execute("PRAGMA max_page_count = 1")  # SQLite makes it the pages that there are

    event.listen(engine, "checkout", limit)
    signed_in, answer = 0, scene.site.device("bearer").sign_in("user-0@example.com")
    while answer.status_code == 200:
        signed_in += 1
        answer = scene.site.device("bearer").sign_in(f"user-{signed_in}@example.com")
    scene.expect_unavailable(answer)
    scene.expect_unavailable(scene.ada.patch("/auth/account", json={"settings": {"long": "x" * 12_000}}))
    assert scene.count() == {"account": 2 + signed_in, "session": 3 + signed_in}
    assert scene.do("read").status_code == 200
    assert scene.do("delete").status_code == 204
    event.remove(engine, "checkout", limit)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    scene.renew_connections()
    assert scene.site.device("bearer").sign_in(f"user-{signed_in}@example.com").status_code == 200


def test_a_read_only_sqlite_is_a_503_for_writes_alone(sqlite_scene, make_site, tmp_path):
    """A file on a mount that is read-only, say."""
    before = sqlite_scene.stored()
    scene = sqlite_scene.at(make_site(SQLALCHEMY_DATABASE_URI=f"sqlite:///file:{tmp_path / 'test.db'}?mode=ro&uri=true"))
    for operation in WRITES:
        scene.expect_unavailable(scene.do(operation))
        assert scene.do("read").status_code == 200
    assert scene.stored() == before
    sqlite_scene.expect_all_well()


def test_the_suite_at_serializable_is_at_serializable(serializable_url):
    """What `tests/api/test_contract.py` runs on, once more."""
    engine = create_engine(serializable_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "serializable"
    engine.dispose()
