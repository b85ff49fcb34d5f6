"""The Python client's README tells the truth."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys

import pytest

import flask_firebase_login_client
from client_drivers import CLIENTS
from flask_firebase_login_client import AsyncIdentityToolkit, ClientError, MemoryStore, SiteClient
from preferences_double import PreferencesInMemory
from scripted_site import ScriptedSite

FOLDER = CLIENTS / "python"
README = (FOLDER / "README.md").read_text()
PASSWORD = "correct horse"
BROWSER = """
import sys, urllib.parse, urllib.request
query = urllib.parse.parse_qs(urllib.parse.urlsplit(sys.argv[1]).query)
back = {"state": query["state"][0], "iss": sys.argv[1].partition("/authorize?")[0], "code": "code-1"}
urllib.request.urlopen(query["redirect_uri"][0] + "?" + urllib.parse.urlencode(back)).read()
"""
"""A user's browser that is signed in at the site and comes back at once."""
TOKEN = {"asked": "POST /auth/token", "answer": {"json": {"access_token": "bearer-1", "token_type": "Bearer"}}}
ADA = {"json": {"firebase_uid": "ada", "name": "Ada"}}
HELLO = {"asked": "GET /api/hello", "headers": {"Authorization": "Bearer bearer-1"}, "answer": {"json": {"hello": "Ada"}}}


def block(marker):
    return re.search(rf"<!-- {re.escape(marker)} -->\n```python\n(.*?)```", README, re.DOTALL)[1]


@pytest.mark.integration
def test_the_example_is_the_file_that_runs(emulator, start_site, tmp_path):
    """Letter by letter; the second run asks for no password."""
    example = FOLDER / "examples" / "hello.py"
    assert block("examples/hello.py") == example.read_text()
    emulator.sign_up("hello@example.com", PASSWORD)
    with start_site(tmp_path) as site:
        environment = os.environ | {"SITE": site.url, "FIREBASE_API_KEY": "demo", "FIREBASE_AUTH_EMULATOR_HOST": emulator.host}
        for typed in (f"hello@example.com\n{PASSWORD}\n", ""):
            done = subprocess.run(
                [sys.executable, example],
                cwd=tmp_path,
                env=environment,
                input=typed,
                capture_output=True,
                text=True,
                check=True,
            )
            assert done.stdout.endswith("{'hello': None, 'settings': {}}\n")


@pytest.mark.integration
def test_the_lines_for_asyncio_run(emulator, start_site, tmp_path, monkeypatch):
    """With a double of Flet's preferences, at the emulator."""
    names = {}
    exec(compile(block("asyncio"), "README.md", "exec"), names)
    names["AsyncIdentityToolkit"] = lambda api_key, store: AsyncIdentityToolkit(
        api_key, store=store, emulator_host=emulator.host
    )
    emulator.sign_up("async@example.com", PASSWORD)
    preferences = PreferencesInMemory()
    with start_site(tmp_path) as site:
        said = asyncio.run(names["hello"](site.url, "demo", preferences, "async@example.com", PASSWORD))
    assert said == {"hello": None, "settings": {}}
    assert set(preferences.kept) == {"firebase", "session"}


@pytest.mark.integration
def test_the_lines_for_the_browser_are_the_file_that_runs(tmp_path):
    """Letter by letter; the second run opens no browser."""
    example = FOLDER / "examples" / "notes_cli.py"
    assert block("examples/notes_cli.py") == example.read_text()
    browser = tmp_path / "browser.py"
    browser.write_text(BROWSER)
    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site:
        site.play([TOKEN, {"asked": "GET /auth/account", "answer": ADA}, HELLO, HELLO])
        environment = os.environ | {
            "SITE": site.url,
            "HOME": str(tmp_path),
            "BROWSER": f"{sys.executable} {browser} %s",
            "NO_PROXY": "*",
        }
        for _ in range(2):
            done = subprocess.run([sys.executable, example], env=environment, capture_output=True, text=True, check=True)
            assert done.stdout == "{'hello': 'Ada'}\n"
        site.check_played()
        assert site.problems == []


def test_the_lines_for_a_device_run(capsys):
    """Against a scripted site."""
    names = {}
    exec(compile(block("device"), "README.md", "exec"), names)
    code = {"device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": "https://shop.example/auth/device"}
    times = {"expires_in": 9, "interval": 0.01}
    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site:
        site.play([{"asked": "POST /auth/device", "answer": {"json": code | times}}])
        site.play([TOKEN, {"asked": "GET /auth/account", "answer": ADA}, HELLO])
        with SiteClient(names["make_auth"](site.url, MemoryStore()), trust_env=False) as client:
            assert client.get("/api/hello").json() == {"hello": "Ada"}
        assert site.problems == []
    assert capsys.readouterr().out == "Open https://shop.example/auth/device and type BCDF-GHJK\n"


def test_the_line_for_app_check_runs(tmp_path, monkeypatch):
    """The token goes along with the sign-in alone."""
    monkeypatch.chdir(tmp_path)
    signed_in = {"json": {"account": ADA["json"], "session": {"id": 1}}, "headers": {"Set-Cookie": "session=s1; Path=/"}}
    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site:
        site.play([{"asked": "POST /auth/sign-in", "headers": {"X-Firebase-AppCheck": "genuine"}, "answer": signed_in}])
        site.play([{"asked": "GET /api/hello", "headers": {"X-Firebase-AppCheck": None}, "answer": {"json": {"hello": "Ada"}}}])
        names = vars(flask_firebase_login_client) | {"site": site.url}
        names |= {
            "get_id_token": lambda *, force_refresh: "id-token",
            "get_app_check_token": lambda *, force_refresh: "genuine",
        }
        exec(compile(block("app check"), "README.md", "exec"), names)
        with SiteClient(names["auth"], trust_env=False) as client:
            assert client.get("/api/hello").json() == {"hello": "Ada"}
        assert site.problems == []


def test_every_error_is_in_the_table():
    """And nothing else."""
    table = set(re.findall(r"^\| `(\w+)` \| ", README.split("## What goes wrong")[1], re.MULTILINE))
    errors = {
        name for name in flask_firebase_login_client.__all__ if isinstance(getattr(flask_firebase_login_client, name), type)
    }
    errors = {name for name in errors if issubclass(getattr(flask_firebase_login_client, name), ClientError)}
    assert table == errors - {"ClientError"}
