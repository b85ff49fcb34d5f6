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
from flask_firebase_login_client import AsyncIdentityToolkit, ClientError
from preferences_double import PreferencesInMemory

FOLDER = CLIENTS / "python"
README = (FOLDER / "README.md").read_text()
PASSWORD = "correct horse"


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


def test_every_error_is_in_the_table():
    """And nothing else."""
    table = set(re.findall(r"^\| `(\w+)` \| ", README.split("## What goes wrong")[1], re.MULTILINE))
    errors = {
        name for name in flask_firebase_login_client.__all__ if isinstance(getattr(flask_firebase_login_client, name), type)
    }
    errors = {name for name in errors if issubclass(getattr(flask_firebase_login_client, name), ClientError)}
    assert table == errors - {"ClientError"}
