"""Several processes, sharing nothing but the database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

TOOLS = Path(__file__).parents[2] / "tools"
JWT = {"Content-Type": "application/jwt"}


def sign_in(device, id_token):
    answer = device.post("/auth/sign-in", content=id_token, headers=JWT)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_revoked_session_is_rejected_at_the_next_request_by_another_process(emulator, site, postgresql_url):
    """Two sites on one PostgreSQL: signed in at one, known at the other, signed out by a third process."""
    id_token = emulator.sign_in_with_google("ada@example.com", "Ada")["idToken"]
    shared = {"FLASK_SQLALCHEMY_DATABASE_URI": postgresql_url, "FLASK_SECRET_KEY": "shared" * 6}
    with site(**shared) as one, site(**shared) as two, one.device() as device:
        sign_in(device, id_token)
        cookie = {"session": device.cookies["session"]}
        with two.device() as at_two:
            at_two.cookies.update(cookie)
            assert at_two.get("/api/hello").status_code == 200
            revoke = (
                "from app import app, firebase\n"
                "with app.app_context():\n"
                f"    firebase.sessions.revoke_all(firebase.accounts.find('{device.get('/auth/account').json()['firebase_uid']}'))"
            )
            two.run_python(revoke)
            assert at_two.get("/api/hello").status_code == 401
            assert device.get("/api/hello").status_code == 401


def test_a_person_meets_the_same_account_from_the_app_and_from_the_site(emulator, site):
    """By bearer in the app, by cookie on the site, with the same settings."""
    with site() as server, server.device("app") as app, server.device("browser") as browser:
        id_token = emulator.sign_up("grace@example.com", "correct horse")["idToken"]
        signed_in = app.post("/auth/sign-in", json={"id_token": id_token, "transport": "bearer", "client_name": "Phone"}).json()
        app.headers["Authorization"] = f"Bearer {signed_in['session_secret']}"
        app.patch("/auth/account", json={"settings": {"theme": "dark"}})
        again = emulator.sign_in_with_password("grace@example.com", "correct horse")["idToken"]
        assert sign_in(browser, again)["account"]["id"] == signed_in["account"]["id"]
        assert browser.get("/api/hello").json()["settings"] == {"theme": "dark"}
        assert browser.delete("/auth/sessions").status_code == 204
        assert app.get("/api/hello").status_code == 401
        assert browser.get("/api/hello").status_code == 200


def test_a_body_over_its_limit_gets_its_answer_and_no_reset_connection(site):
    """Through a real server, with a length and without one."""
    with site() as server, server.device() as device:
        for body in (b"x" * 500_000, (b"x" * 50_000 for _ in range(10))):
            answer = device.post("/auth/sign-in", content=body, headers=JWT)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_client_that_hangs_up_midway_leaves_the_site_well(site):
    """Half a body, then nothing."""
    with site() as server, server.device() as device:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(
                b"POST /auth/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jwt\r\nContent-Length: 100\r\n\r\nhalf"
            )
        assert device.get("/api/hello").status_code == 401


def test_the_emulator_ends_with_its_parent_however_that_went():
    """Even where the parent is killed."""
    program = (
        "import sys, time\n"
        "from firebase_emulator import FirebaseAuthEmulator\n"
        "with FirebaseAuthEmulator() as emulator:\n"
        "    print(emulator.host, flush=True)\n"
        "    time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(TOOLS)}
    ) as parent:
        host, port = parent.stdout.readline().strip().split(":")
        socket.create_connection((host, int(port))).close()
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    pytest.fail("The emulator still listens.")


def test_the_keys_are_safe_with_gevent():
    """Greenlets instead of threads: fifty at the start cause one fetch."""
    program = (
        "from gevent import monkey; monkey.patch_all()\n"
        "import gevent\n"
        "from flask_firebase_login.testing import LocalIssuer\n"
        "from flask_firebase_login.idtokens import HttpFetch, PublicKeys\n"
        "fetches = []\n"
        "def fetch(url):\n"
        "    fetches.append(url)\n"
        "    return HttpFetch()(url)\n"
        "with LocalIssuer() as issuer:\n"
        "    keys = PublicKeys(issuer.jwks_url, fetch=fetch)\n"
        "    found = [gevent.spawn(keys.find, issuer.jwks['keys'][0]['kid']) for _ in range(50)]\n"
        "    gevent.joinall(found, raise_error=True)\n"
        "print(len(fetches), all(one.value for one in found))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["1", "True"]
