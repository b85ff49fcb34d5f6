"""The real parts that tests share: each is started once, and ends with the test run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firebase_emulator import FirebaseAuthEmulator
from site_process import SiteProcess

ROOT = Path(__file__).parent.parent
QUICKSTART = ROOT / "examples" / "quickstart"


@pytest.fixture(scope="session")
def emulator():
    """The real Firebase Auth emulator."""
    with FirebaseAuthEmulator("demo-shop") as running:
        yield running


@pytest.fixture
def site(emulator, tmp_path):
    """A function that starts the quickstart site under gunicorn, with a SQLite file of its own."""

    def start(**environment: str) -> SiteProcess:
        configured = {
            "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'site.db'}",
            "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": emulator.project_id, "apiKey": "demo"}),
            "FIREBASE_AUTH_EMULATOR_HOST": emulator.host,
        } | environment
        make_tables = "from app import app, db\nwith app.app_context(): db.create_all()"
        secret = {"FLASK_SECRET_KEY": "for-making-tables"}
        subprocess.run([sys.executable, "-c", make_tables], cwd=QUICKSTART, env=os.environ | secret | configured, check=True)
        return SiteProcess("app:app", QUICKSTART, configured, log=tmp_path / "site.log")

    return start
