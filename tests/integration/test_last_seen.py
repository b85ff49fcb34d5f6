"""A site that writes into its own columns at each request: no conflict with us, and no ETag of ours changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_firebase_login.testing import LocalIssuer
from local_sites import configure
from site_process import SiteProcess

pytestmark = pytest.mark.integration

THREADS, REQUESTS = 4, 15
APP = """
from datetime import UTC, datetime

from flask import Flask
from flask_login import UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_firebase_login import AccountMixin, FirebaseLogin

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)


class User(UserMixin, AccountMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    last_seen: Mapped[datetime | None]
    visits: Mapped[int] = mapped_column(default=0)


firebase = FirebaseLogin(app, db, account_model=User)
app.cli.command("create-tables")(db.create_all)


@app.before_request
def note_visit():
    if current_user.is_authenticated:
        current_user.last_seen = datetime.now(UTC).replace(tzinfo=None)
        current_user.visits = User.visits + 1
        db.session.commit()


@app.get("/")
def home():
    return {"visits": current_user.visits}
"""


@pytest.fixture
def site(tmp_path, either_database_url):
    """Such a site under gunicorn, with threads, the default pool and no pragma; and who mints its ID tokens."""
    (tmp_path / "app.py").write_text(APP)
    with LocalIssuer() as issuer:
        environment = configure(issuer, either_database_url)
        server = SiteProcess("app:app", tmp_path, environment, log=tmp_path / "site.log")
        server.run_flask("create-tables")
        with server:
            yield server, issuer


def test_what_a_site_writes_at_each_request_is_no_new_version(site):
    """Four threads of one user, fifteen requests each, and patches beside them: all are answered, and both are kept."""
    server, issuer = site
    id_token = issuer.mint(email="ada@example.com")
    with server.device() as device:
        body = {"id_token": id_token, "transport": "bearer"}
        bearer = {"Authorization": f"Bearer {device.post('/auth/sign-in', json=body).json()['session_secret']}"}
        etag = device.get("/auth/account", headers=bearer).headers["ETag"]

        def visit(_):
            with server.device() as one:
                return [one.get("/", headers=bearer).status_code for _ in range(REQUESTS)]

        with ThreadPoolExecutor(THREADS) as pool:
            assert [*pool.map(visit, range(THREADS))] == [[200] * REQUESTS] * THREADS
        assert device.get("/auth/account", headers=bearer).headers["ETag"] == etag
        before = device.get("/", headers=bearer).json()["visits"]

        def patch(number):
            with server.device() as one:
                settings = {"settings": {f"n{number}": number}}
                return one.patch("/auth/account", json=settings, headers=bearer).status_code

        with ThreadPoolExecutor(2 * THREADS) as pool:
            visits, patches = pool.map(visit, range(THREADS)), pool.map(patch, range(THREADS))
            assert [*visits] == [[200] * REQUESTS] * THREADS
            assert [*patches] == [200] * THREADS
        changed = device.get("/auth/account", headers=bearer)
        assert changed.json()["settings"] == {f"n{number}": number for number in range(THREADS)}
        assert changed.headers["ETag"] != etag
        visits = device.get("/", headers=bearer).json()["visits"]
        assert visits >= before + THREADS * REQUESTS
