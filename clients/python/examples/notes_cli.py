"""Calls a Flask site as the user who signs in in the browser; the next run opens no browser."""

import os
from pathlib import Path

from flask_firebase_login_client import BrowserSignIn, FileStore, FirebaseLoginAuth, SiteClient

site = os.environ["SITE"]  # such as https://shop.example
store = FileStore(Path.home() / ".config" / "notes" / "session.json")

with SiteClient(FirebaseLoginAuth(site, BrowserSignIn("notes-cli"), store=store)) as client:
    print(client.get("/api/hello").json())
