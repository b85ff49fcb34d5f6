"""`flask firebase-login emulator` and `mint`, with the real emulator."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from firebase_emulator import EMULATOR_FOLDER
from flask_firebase_login import FirebaseLogin
from node_setup import find_node
from site_process import find_free_port
from terminal import SECRET_KEY, read_json, run

FLASK = [sys.executable, "-m", "flask"]


def make_site(**config):
    app = Flask("shop")
    app.config.update(SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI="sqlite://")
    app.config.update({f"FIREBASE_LOGIN_{name}": value for name, value in config.items()})
    db = SQLAlchemy(app)
    FirebaseLogin(app, db)
    with app.app_context():
        db.create_all()
    return app


@pytest.fixture
def site(emulator):
    return make_site(CONFIG={"projectId": emulator.project_id}, EMULATOR_HOST=emulator.host)


@pytest.mark.integration
def test_a_minted_id_token_signs_in(site):
    """It is all that is printed, so that curl sends it as it is."""
    done = run(site, "mint", "ada@example.com", "--name", "Ada Lovelace")
    client = site.test_client()
    answer = client.post("/auth/sign-in", data=done.stdout.strip(), content_type="application/jwt")
    assert answer.get_json()["account"]["name"] == "Ada Lovelace"
    assert done.stdout.count("\n") == 1


@pytest.mark.integration
def test_a_minted_id_token_is_json_on_demand(site):
    """With who it is, and for how long."""
    minted = read_json(run(site, "mint", "ada@example.com", "--provider", "apple.com", "--json"))
    assert minted["email"] == "ada@example.com"
    assert minted["expires_in"] == 3600
    assert minted["uid"]


@pytest.mark.integration
def test_a_user_whom_firebase_rejects_gets_no_id_token(site, emulator):
    """In the emulator's own word."""
    uid = read_json(run(site, "mint", "out@example.com", "--json"))["uid"]
    emulator.call_as_owner("accounts:update", {"localId": uid, "disableUser": True})
    done = run(site, "mint", "out@example.com")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "The Auth emulator rejected the sign-in: USER_DISABLED." in done.stderr


@pytest.mark.integration
def test_an_emulator_of_another_project_is_told(emulator):
    """Its tokens would be rejected."""
    site = make_site(CONFIG={"projectId": "demo-another"}, EMULATOR_HOST=emulator.host)
    done = run(site, "mint", "ada@example.com")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "runs for the project 'demo-shop', and this site for 'demo-another'" in done.stderr


def test_without_an_emulator_nothing_is_minted(firebase_issuer):
    """Neither where the site has none, nor where it does not answer."""
    site = make_site(CONFIG={"projectId": "shop"}, EMULATOR_HOST="")
    done = run(site, "mint", "ada@example.com")
    assert done.exit_code == 1
    assert "FIREBASE_AUTH_EMULATOR_HOST" in done.stderr
    site = make_site(CONFIG={"projectId": "demo-shop"}, EMULATOR_HOST=f"127.0.0.1:{find_free_port()}")
    assert "does not answer" in run(site, "mint", "ada@example.com").stderr


@pytest.mark.integration
def test_the_emulator_runs_until_ctrl_c(tmp_path):
    """The command line of firebase-tools, as npm installs it; nothing of it stays."""
    port = find_free_port()
    path = os.pathsep.join([str(find_node().parent), str(EMULATOR_FOLDER / "node_modules" / ".bin"), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "TMPDIR": str(tmp_path), "HOME": str(tmp_path), "CI": "1"}
    command = [*FLASK, "firebase-login", "emulator", "--project", "demo-shop", "--port", str(port), "--json"]
    log = (tmp_path / "emulator.out").open("w")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=tmp_path) as process:
        line = process.stdout.readline()
        assert json.loads(line) == {"project_id": "demo-shop", "host": f"127.0.0.1:{port}"}, Path(log.name).read_text()
        assert httpx.get(f"http://127.0.0.1:{port}/").is_success
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    log.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/")
    assert not [*tmp_path.glob("auth-emulator-*")]


def test_without_node_it_is_told_how_to_get_it(monkeypatch, tmp_path):
    """One sentence, and nothing is started."""
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run(raising, "emulator")
    assert done.exit_code == 1
    assert "https://nodejs.org" in done.stderr


def raising():
    raise RuntimeError("There is no site yet.")


@pytest.mark.parametrize("missing", ["firebase", "npx"])
def test_npm_s_package_is_run_as_it_is_there(monkeypatch, missing):
    """The one that is installed, or else the one that npx fetches."""
    from flask_firebase_login.cli.emulator import find_firebase_tools

    monkeypatch.setattr(shutil, "which", lambda name: None if name == missing else f"/usr/bin/{name}")
    expected = {"firebase": ["/usr/bin/npx", "--yes", "firebase-tools@15"], "npx": ["/usr/bin/firebase"]}
    assert find_firebase_tools() == expected[missing]


def test_a_project_that_may_exist_is_not_understood(firebase_issuer):
    """Unsigned tokens are for demo projects."""
    done = run(raising, "emulator", "--project", "shop-prod")
    assert done.exit_code == 2
    assert "does not start with 'demo-'" in done.stderr


def test_a_port_in_use_is_told():
    """Before anything is started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run(raising, "emulator", "--port", other.getsockname()[1])
    assert done.exit_code == 1
    assert "Choose another --port." in done.stderr


def test_the_site_s_own_project_is_the_default(firebase_issuer):
    """Where it is a demo project, and the site starts."""
    from click import Context
    from flask.cli import ScriptInfo

    from flask_firebase_login.cli.emulator import _find_project, emulator

    def find(create_app):
        return _find_project(Context(emulator, obj=ScriptInfo(create_app=create_app)))

    assert find(lambda: make_site(CONFIG={"projectId": "demo-shop"}, EMULATOR_HOST="127.0.0.1:9099")) == "demo-shop"
    assert find(lambda: make_site(CONFIG={"projectId": "shop"}, EMULATOR_HOST="")) is None
    assert find(raising) is None
