"""An ordinary small site, served by gunicorn for the tests beside it: `gunicorn "driven_site:create_app()"`.

Its views do what sites do: sign users in and out by Flask-Login's own functions, write rows of their own, delete accounts by the ORM
and in bulk. What only a test asks for is under `/-/`. Each answer says in the header `X-Facts` what it took (`facts.py`).

The environment configures it, by Flask's own prefix: `FLASK_SQLALCHEMY_DATABASE_URI`, `FLASK_CLOCK_FILE`, `FLASK_EXPIRE_ON_COMMIT`,
`FLASK_COMMIT_AT_TEARDOWN`, and every key of Flask-Firebase-Login.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, abort, request, session
from flask_login import current_user, login_required, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import delete, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from facts import FactsMiddleware
from flask_firebase_login import FirebaseLogin

NO_USER = {"uid": None}


def create_app() -> Flask:
    """Make the site; its tables are made where they are missing."""
    app = Flask(__name__)
    app.config.from_prefixed_env()
    db = SQLAlchemy(app, session_options={"expire_on_commit": app.config.get("EXPIRE_ON_COMMIT", True)})
    firebase = FirebaseLogin(app, db, clock=FileClock(Path(app.config["CLOCK_FILE"])))
    note = declare_note(db)
    add_views(app, db, note, firebase)
    add_logins(app, firebase)
    add_administration(app, db, note, firebase)
    if app.config.get("COMMIT_AT_TEARDOWN"):
        app.teardown_request(lambda _: db.session.commit())
    with app.app_context():
        db.create_all()
        db.engine.dispose()
    app.wsgi_app = FactsMiddleware(app.wsgi_app)
    return app


class FileClock:
    """The time that a file holds, in seconds since 1970: it stands still until a test writes another."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(float(self._path.read_text()), UTC)

    def set(self, now: datetime) -> None:
        """Write the time at once, for a reader never to see half of it."""
        written = self._path.with_suffix(".new")
        written.write_text(str(now.timestamp()))
        written.replace(self._path)


def declare_note(db):
    """A row of the site's own, kept by uid: it outlives the account, as an audit log does."""

    class Note(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        uid: Mapped[str] = mapped_column(index=True)

    return Note


def add_views(app, db, note, firebase):
    @app.get("/who")
    def who():
        account = describe(current_user) if current_user.is_authenticated else NO_USER
        return account | {"cart": session.get("cart")}

    @app.get("/private")
    @login_required
    def private():
        time.sleep(float(request.args.get("seconds", "0")))
        return {"uid": current_user.firebase_uid}

    @app.post("/cart")
    def fill_cart():
        session["cart"] = current_user.firebase_uid if current_user.is_authenticated else "nobody"
        return {}

    @app.post("/note/<role>")
    @login_required
    def write_note(role):
        db.session.add(note(uid=current_user.firebase_uid))
        firebase.accounts.grant(current_user, role)
        db.session.commit()
        return {}

    @app.post("/flush")
    @login_required
    def flush_only():
        db.session.add(note(uid=current_user.firebase_uid))
        db.session.flush()
        return {}


def add_logins(app, firebase):
    """How sites sign users in and out by themselves."""

    def find(uid):
        account = firebase.accounts.find(uid)
        return account if account is not None and not account.is_disabled else abort(404)

    @app.post("/site/login/<uid>")
    def log_in(uid):
        login_user(find(uid), remember="remember" in request.args)
        return {}

    @app.post("/site/logout")
    def log_out():
        logout_user()
        return {}

    @app.post("/site/out-and-in")
    @login_required
    def out_and_in():
        account = current_user._get_current_object()
        logout_user()
        login_user(account)
        return {}

    @app.post("/site/only-here")
    @login_required
    def only_here():
        account = current_user._get_current_object()
        firebase.sessions.revoke_all(account)
        login_user(account)
        return {}

    @app.post("/site/proved-anew")
    @login_required
    def proved_anew():
        login_user(current_user)
        return {}

    @app.post("/site/there-and-back/<uid>")
    @login_required
    def there_and_back(uid):
        account = current_user._get_current_object()
        login_user(find(uid))
        login_user(account)
        return {}


def add_administration(app, db, note, firebase):
    """What the site's staff does, and what tests look at."""
    account_model, session_model = firebase.models.account, firebase.models.session

    def find(uid):
        return firebase.accounts.find(uid) or abort(404)

    @app.post("/-/delete-by-orm/<uid>")
    def delete_by_orm(uid):
        def work():
            if (account := firebase.accounts.find(uid)) is not None:
                db.session.delete(account)

        return until_committed(db, work)

    @app.post("/-/delete-in-bulk/<uid>")
    def delete_in_bulk(uid):
        return until_committed(db, lambda: db.session.execute(delete(account_model).where(account_model.firebase_uid == uid)))

    @app.post("/-/disable/<uid>")
    def disable(uid):
        firebase.accounts.disable(find(uid))
        return {}

    @app.post("/-/enable/<uid>")
    def enable(uid):
        firebase.accounts.enable(find(uid))
        return {}

    @app.post("/-/revoke-all/<uid>")
    def revoke_all(uid):
        firebase.sessions.revoke_all(find(uid))
        return {}

    @app.post("/-/prune")
    def prune():
        firebase.sessions.prune()
        return {}

    @app.get("/-/accounts")
    def list_accounts():
        return {
            account.firebase_uid: describe(account)
            | {
                "is_disabled": account.is_disabled,
                "notes": db.session.scalar(select(func.count()).where(note.uid == account.firebase_uid)),
                "sessions": sorted([row.transport, row.last_seen_at.timestamp()] for row in firebase.sessions.list(account)),
            }
            for account in db.session.scalars(select(account_model))
        }

    @app.get("/-/rows")
    def count_rows():
        sessions, accounts = select(func.count()).select_from(session_model), select(account_model.id)
        return {
            "sessions": db.session.scalar(sessions),
            "orphans": db.session.scalar(sessions.where(session_model.account_id.not_in(accounts))),
            "notes": db.session.scalar(select(func.count()).select_from(note)),
        }

    @app.post("/-/reset")
    def reset():
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(table.delete())
        db.session.commit()
        return {}


def until_committed(db, work):
    """The site's own writes meet other transactions too; the site does them again, as sites should."""
    for _ in range(100):
        try:
            work()
            db.session.commit()
        except (OperationalError, StaleDataError):
            db.session.rollback()
            time.sleep(0.01)
        else:
            return {}
    return abort(503)


def describe(account):
    """What a view shows of a user."""
    return {
        "uid": account.firebase_uid,
        "name": account.name,
        "settings": json.loads(json.dumps(account.settings)),
        "roles": sorted(account.roles),
    }
