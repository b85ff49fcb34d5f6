"""The site and the app of `examples/notes`, each in a process of its own: for the demo and the tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from firebase_emulator import FirebaseAuthEmulator
from site_process import ServerProcess, SiteProcess

NOTES = Path(__file__).parent.parent / "examples" / "notes"


def make_notes_site(emulator: FirebaseAuthEmulator, folder: Path, *, port: int = 0) -> SiteProcess:
    """Return the site, with its tables made, ready to be started.

    Args:
        emulator: Where people sign in.
        folder: Where its database and its log go.
        port: Where it listens; 0 takes a free port.
    """
    environment = {
        "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'notes.db'}",
        "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": emulator.project_id, "apiKey": "demo"}),
        "FLASK_FIREBASE_LOGIN_PROVIDERS": json.dumps(["google.com", "facebook.com", "password", "emailLink"]),
        "FIREBASE_AUTH_EMULATOR_HOST": emulator.host,
    }
    site = SiteProcess("app:app", NOTES / "site", environment, port=port, log=folder / "site.log")
    site.run_flask("create-tables")
    return site


def make_notes_app(
    site: SiteProcess,
    emulator: FirebaseAuthEmulator,
    folder: Path,
    *,
    port: int = 0,
    poll_seconds: float = 3,
    sign_in_seconds: float = 300,
) -> ServerProcess:
    """Return the app, ready to be served to browsers.

    Args:
        site: The site that it is for.
        emulator: Where people sign in.
        folder: Where its log goes.
        port: Where it listens; 0 takes a free port.
        poll_seconds: How often it looks for what has changed.
        sign_in_seconds: How long a user may take to sign in in the browser.
    """
    environment = {
        "NOTES_SITE": site.url,
        "NOTES_FIREBASE_CONFIG": json.dumps({"projectId": emulator.project_id, "apiKey": "demo"}),
        "NOTES_POLL_SECONDS": str(poll_seconds),
        "NOTES_SIGN_IN_SECONDS": str(sign_in_seconds),
        "FIREBASE_AUTH_EMULATOR_HOST": emulator.host,
    }
    command = [sys.executable, "main.py", "--web", "--port={port}"]
    return ServerProcess(command, NOTES / "app", environment, port=port, log=folder / "app.log")
