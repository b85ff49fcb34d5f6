"""Beside Flask-SocketIO: a real server, real WebSockets, and the code of docs/neighbours.md."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
import socketio

from flask_firebase_login.testing import LocalIssuer
from shared_sites import code_of_the_docs
from site_process import ServerProcess

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SECONDS = 20
COMMAND = (
    sys.executable,
    "-m",
    "gunicorn",
    "--workers=1",
    "--threads=20",
    "--log-level=warning",
    "app:app",
    "--bind=127.0.0.1:{port}",
)


@pytest.fixture(scope="module", params=["SocketIO after ours", "SocketIO before ours"])
def server(
    request,
    tmp_path_factory,
):
    """The quickstart with the docs' code, in a process of its own."""
    folder = tmp_path_factory.mktemp("site")
    source = (ROOT / "examples" / "quickstart" / "app.py").read_text()
    added = code_of_the_docs("SocketIO(app")
    if request.param == "SocketIO before ours":
        source = source.replace(
            "firebase = ", 'from flask_socketio import SocketIO\nsocketio = SocketIO(app, async_mode="threading")\nfirebase = '
        )
        added = added.replace('socketio = SocketIO(app, async_mode="threading")\n', "")
    (folder / "app.py").write_text(f"{source}\n\n{added}\n\nwith app.app_context():\n    db.create_all()\n")
    with LocalIssuer() as issuer:
        environment = {f"FLASK_{key}": json.dumps(value) for key, value in issuer.config.items()} | {
            "FLASK_SECRET_KEY": "s" * 32,
            "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'site.db'}",
            "FLASK_FIREBASE_LOGIN_COOKIE_SECURE": "false",
        }
        with ServerProcess(COMMAND, folder, environment, log=folder / "site.log") as running:
            yield running, issuer
        assert unexpected_tracebacks((folder / "site.log").read_text()) == []


def unexpected_tracebacks(log):
    """All but those of engineio's own thread, which uses a socket that the server has closed as it stopped."""
    tracebacks = re.findall(r"^Traceback .*\n(?:[ ].*\n|\n)*(.*)$", log, re.MULTILINE)
    return [error for error in tracebacks if error != "OSError: [Errno 9] Bad file descriptor"]


class Device:
    """An HTTP client that is signed in, and its WebSocket."""

    def __init__(self, server, transport):
        running, issuer = server
        self.url = running.url
        self.http = httpx.Client(base_url=running.url, headers={"Accept": "application/json"}, trust_env=False, timeout=SECONDS)
        body = {"id_token": issuer.mint(email="ada@example.com", name="Ada"), "transport": transport}
        answer = self.http.post("/auth/sign-in", json=body).raise_for_status().json()
        self.session_id = answer["session"]["id"]
        if transport == "bearer":
            self.http.headers["Authorization"] = f"Bearer {answer['session_secret']}"
        self.ended = threading.Event()
        self.socket = None

    @property
    def credentials(self):
        if "Authorization" in self.http.headers:
            return {"Authorization": self.http.headers["Authorization"]}
        return {"Cookie": f"session={self.http.cookies['session']}"}

    def connect(self, **headers):
        self.socket = socketio.Client(reconnection=False)
        self.socket.on("disconnect", lambda *_: self.ended.set())
        self.socket.connect(self.url, transports=["websocket"], headers=self.credentials | headers, wait_timeout=SECONDS)
        return self.socket

    def close(self):
        if self.socket is not None:
            self.socket.disconnect()
        self.http.close()


@pytest.fixture
def sign_in(server):
    devices = []

    def sign_in(transport="cookie"):
        devices.append(Device(server, transport))
        return devices[-1]

    yield sign_in
    for device in devices:
        device.close()


@pytest.mark.parametrize("transport", ["cookie", "bearer"])
def test_a_handshake_knows_the_user_and_so_does_each_event(sign_in, transport):
    """By cookie and by bearer."""
    socket = sign_in(transport).connect()
    assert [socket.call("greet", timeout=SECONDS) for _ in range(2)] == [{"hello": "Ada"}] * 2


def test_a_stranger_and_a_page_of_another_origin_cannot_connect(sign_in):
    """Flask-SocketIO checks the origin by itself."""
    device = sign_in()
    with pytest.raises(socketio.exceptions.ConnectionError):
        device.connect(Origin="https://evil.example")
    device.http.cookies.clear()
    device.http.cookies["session"] = "x"
    with pytest.raises(socketio.exceptions.ConnectionError):
        device.connect()


@pytest.mark.parametrize("how", ["signed out", "revoked elsewhere"])
@pytest.mark.parametrize("transport", ["cookie", "bearer"])
def test_a_live_connection_ends_with_its_session_and_no_other_begins(sign_in, transport, how):
    """At once, by the signal; the user's other devices go on."""
    device, other = sign_in(transport), sign_in()
    device.connect()
    stays = other.connect()
    credentials = device.credentials
    if how == "signed out":
        assert device.http.post("/auth/sign-out").status_code == 204
    else:
        assert other.http.delete(f"/auth/sessions/{device.session_id}").status_code == 204
    assert device.ended.wait(SECONDS)
    again = socketio.Client(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        again.connect(device.url, transports=["websocket"], headers=credentials, wait_timeout=SECONDS)
    assert stays.call("greet", timeout=SECONDS) == {"hello": "Ada"}


def test_a_connection_whose_session_went_without_a_word_ends_at_its_next_event(sign_in, server):
    """Another process has deleted the row, which tells this one nothing."""
    device = sign_in()
    socket = device.connect()
    path = server[0].environment["FLASK_SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    database = sqlite3.connect(path, timeout=SECONDS)
    with database:
        database.execute("DELETE FROM firebase_session WHERE id = ?", [device.session_id])
    database.close()
    socket.emit("greet")
    assert device.ended.wait(SECONDS)


def test_a_session_that_only_events_use_is_in_use(sign_in, server):
    """Its times are written while the connection is open."""
    device = sign_in()
    socket = device.connect()
    path = server[0].environment["FLASK_SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    database = sqlite3.connect(path, timeout=SECONDS, isolation_level=None)
    row = [device.session_id]
    database.execute(
        "UPDATE firebase_session SET last_seen_at = strftime('%Y-%m-%d %H:%M:%S.000000', 'now', '-1 hour') WHERE id = ?", row
    )
    [(before,)] = database.execute("SELECT last_seen_at FROM firebase_session WHERE id = ?", row).fetchall()
    assert socket.call("greet", timeout=SECONDS) == {"hello": "Ada"}
    until = time.monotonic() + SECONDS
    while (now := database.execute("SELECT last_seen_at FROM firebase_session WHERE id = ?", row).fetchone()[0]) == before:
        assert time.monotonic() < until, "the times were not written"
        time.sleep(0.05)
    database.close()
    assert now > before
