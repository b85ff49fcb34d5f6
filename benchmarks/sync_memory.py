"""What `sync` needs for ten thousand, a hundred thousand and a million accounts: time, and memory, which must not grow with them.

    python benchmarks/sync_memory.py 10000 100000 1000000 [--postgresql]

Each number runs in a process of its own. Firebase is a `GoogleDouble` in the same process that answers at once: what is measured is the site's
share. One account in a hundred has another address there, one in a thousand is disabled. With Google's answer time, eight calls at once, add
`accounts / 100 / 8` times that.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import insert, text

from flask_firebase_login import FirebaseLogin
from flask_firebase_login.firebase.calls import Calls
from flask_firebase_login.firebase.identity_toolkit import GOOGLE, IdentityToolkit
from google_double import GoogleDouble, UserInfo
from postgresql_server import PostgresqlServer

BATCH = 500


def find(uid: str) -> UserInfo:
    """Return what Firebase knows of a user, by the number in their uid."""
    number = int(uid.rpartition("-")[2])
    email = f"{uid}@new.example.com" if number % 100 == 0 else f"{uid}@example.com"
    linked = [{"providerId": "google.com"}]
    user: UserInfo = {"localId": uid, "email": email, "emailVerified": True, "providerUserInfo": linked}
    return user | {"disabled": number % 1000 == 1, "validSince": "1700000000"}


def measure(count: int, url: str) -> dict[str, float]:
    """Fill a database, run `sync`, and return what it took."""
    app = Flask("site")
    app.config.update(
        SECRET_KEY="s" * 32,
        TESTING=True,
        SQLALCHEMY_DATABASE_URI=url,
        FIREBASE_LOGIN_CONFIG={"projectId": "shop-prod"},
        FIREBASE_LOGIN_EMULATOR_HOST="",
    )
    db = SQLAlchemy(app)
    firebase = FirebaseLogin(app, db)
    google = GoogleDouble(find)
    google.keeps_requests = False
    calls = Calls(transport=google)
    app.extensions["firebase_login"].firebase._loaded = IdentityToolkit(GOOGLE, "shop-prod", calls=calls, calls_of_users=calls)
    with app.app_context():
        _fill(db, firebase, count)
        before = _resident_mib()
        began_at = time.monotonic()
        report = firebase.accounts.sync()
        seconds = time.monotonic() - began_at
        db.engine.dispose()
    return {
        "accounts": report.checked,
        "updated": report.updated,
        "disabled": report.disabled,
        "seconds": round(seconds, 1),
        "accounts_per_second": round(report.checked / seconds),
        "mib_before": round(before, 1),
        "mib_most": round(_resident_mib(), 1),
    }


def _fill(db: SQLAlchemy, firebase: FirebaseLogin, count: int) -> None:
    db.create_all()
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text("PRAGMA journal_mode = WAL"))
    account, session = firebase.models.account, firebase.models.session
    now = datetime.now(UTC)
    times = {"created_at": now, "last_seen_at": now, "expires_at": now + timedelta(days=1), "auth_time": now}
    numbers = iter(range(count))
    while some := [*islice(numbers, BATCH)]:
        uids = {number: f"user-{number:09}" for number in some}
        accounts = [
            {
                "id": number + 1,
                "firebase_uid": uid,
                "provider_email": f"{uid}@example.com",
                "email_verified": True,
                "providers": ["google.com"],
                "security_stamp": f"stamp-{number}",
            }
            for number, uid in uids.items()
        ]
        sessions = [
            {"account_id": number + 1, "account_stamp": f"stamp-{number}", "id": uid, "secret_hash": uid, "transport": "bearer"}
            | times
            for number, uid in uids.items()
        ]
        db.session.execute(insert(account), accounts)
        db.session.execute(insert(session), sessions)
        db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()


def _resident_mib() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure each number in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("accounts", type=int, nargs="+")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--url", help="measure here, in this database")
    asked = parser.parse_args()
    if asked.url:
        print(json.dumps(measure(asked.accounts[0], asked.url)), flush=True)
        return
    for count in asked.accounts:
        with tempfile.TemporaryDirectory() as folder:
            _run_alone(count, Path(folder), postgresql=asked.postgresql)


def _run_alone(count: int, folder: Path, *, postgresql: bool) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(PostgresqlServer(folder / "postgresql")) if postgresql else None
        url = server.url if server is not None else f"sqlite:///{folder / 'sync.db'}"
        subprocess.run([sys.executable, __file__, str(count), "--url", url], check=True)


if __name__ == "__main__":
    main()
