"""docs/moving-in.md: the code of its steps, and each block of "From another library" on the tables of that library."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from textwrap import dedent, indent
from types import SimpleNamespace
from uuid import uuid4

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from flask_dance.consumer.storage.sqla import OAuthConsumerMixin
from flask_login import UserMixin, login_required
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.models import fsqla_v3
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql

import flask_firebase_login
from devices import Device
from flask_firebase_login import roles_required

pytestmark = pytest.mark.integration

PAGE = (Path(__file__).parents[2] / "docs" / "moving-in.md").read_text()
NAMES = {
    **{
        name: getattr(sqlalchemy, name)
        for name in ("Column", "ForeignKey", "String", "Table", "Text", "UniqueConstraint", "delete", "select")
    },
    **{name: getattr(orm, name) for name in ("Mapped", "mapped_column", "relationship")},
    **{
        name: getattr(flask_firebase_login, name)
        for name in ("AccountMixin", "FirebaseLogin", "SignInDenied", "by_verified_email")
    },
    "OAuthConsumerMixin": OAuthConsumerMixin,
    "datetime": datetime,
    "token_hex": token_hex,
    "uuid4": uuid4,
}


POST = """
class Post(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
"""


def block(heading: str) -> str:
    """The block of code under a heading."""
    (found,) = re.findall(rf"^### {heading}\n.*?^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return found


@pytest.fixture
def before(postgresql_url):
    """A site as it was: an app and its `db`, to declare the classes of before on."""
    app = Flask("before")
    app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=postgresql_url, SECURITY_PASSWORD_SALT="salt" * 8)
    app.config["SECURITY_PASSWORD_HASH"] = "bcrypt"
    db = SQLAlchemy(app)
    yield SimpleNamespace(app=app, db=db)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def move(postgresql_url, firebase_issuer):
    """A function that puts the block under a heading in the place of what was, and migrates the database; returns what the block names."""
    moved = []

    def run(heading):
        app = Flask("after")
        app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=postgresql_url, **firebase_issuer.config)
        db = SQLAlchemy(app)
        names = {**NAMES, "app": app, "db": db, "__name__": "after"}
        exec(compile(block(heading), "moving-in.md", "exec", dont_inherit=True), names)
        with app.app_context():
            migrate(db)
        moved.append(names)
        return SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})

    yield run
    for names in moved:
        with names["app"].app_context():
            names["db"].engine.dispose()


def migrate(db):
    """What `flask db migrate` and `flask db upgrade` do; `flask db check` is clean afterwards."""
    with db.engine.begin() as connection:
        context = MigrationContext.configure(connection)
        written = render_python_code(produce_migrations(context, db.metadata).upgrade_ops, migration_context=context)
        exec(f"if True:\n    {written}", {"op": Operations(context), "sa": sqlalchemy, "postgresql": postgresql})
        assert compare_metadata(context, db.metadata) == []


def test_the_steps_lead_a_site_over(before, firebase_issuer, postgresql_url):
    """The extension, the configuration, a free name for a newcomer, and what goes when an owner comes."""
    execute(
        before,
        'CREATE TABLE "user" (id serial PRIMARY KEY, email varchar(120) NOT NULL UNIQUE, password_hash varchar(256), token varchar, username varchar)',
    )
    execute(before, "INSERT INTO \"user\" (email, token, username) VALUES ('Ada@example.com', 'of a squatter', 'ada')")
    steps = PAGE.partition("## Step by step")[2].partition("## Names that both have")[0]
    models, factory, name, _ = (
        dedent(block) for block in re.findall(r"^ *```python\n(.*?)^ *```", steps, re.DOTALL | re.MULTILINE)
    )
    app = Flask("after")
    app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=postgresql_url, **firebase_issuer.config)
    db = SQLAlchemy()
    names = {**NAMES, "app": app, "db": db, "__name__": "after"}
    models = models.replace(
        "    password_hash", "    token: Mapped[str | None]\n    username: Mapped[str | None]\n    password_hash"
    )
    at = models.index("\n\n\n@firebase.on_link")
    for part in (POST, models[:at] + "\n" + indent(name, "    ") + models[at:], "db.init_app(app)", factory):
        exec(compile(part, "moving-in.md", "exec", dont_inherit=True), names)
    site = SimpleNamespace(app=app)
    with app.app_context():
        migrate(db)
    ada = Device(app, firebase_issuer, "cookie")
    assert ada.sign_in().get_json()["account"]["id"] == 1
    assert sign_in(site, firebase_issuer, email="una@example.com", email_verified=False)[1]["code"] == "email_not_verified"
    assert sign_in(site, firebase_issuer, email="ada@elsewhere.example")[1]["created"] is True
    with app.app_context():
        rows = db.session.execute(sqlalchemy.text('SELECT email, token, username FROM "user" ORDER BY id')).all()
        db.session.add(names["Post"](body="Hello", user_id=1))
        db.session.commit()
    assert ada.get("/auth/account/export").get_json()["posts"] == ["Hello"]
    assert ada.delete("/auth/account").status_code == 204
    with app.app_context():
        db.engine.dispose()
    assert rows == [("Ada@example.com", None, "ada"), ("ada@elsewhere.example", None, rows[1].username)]
    assert re.fullmatch("ada-[0-9a-f]{6}", rows[1].username)


def execute(before, statement):
    with before.app.app_context(), before.db.engine.begin() as connection:
        connection.execute(sqlalchemy.text(statement))


def sign_in(site, firebase_issuer, **person):
    answer = Device(site.app, firebase_issuer, "cookie").sign_in(**person)
    return answer.status_code, answer.get_json()


def test_the_accounts_of_flask_firebase_are_the_accounts(before, move, firebase_issuer):
    """With their keys; nobody is looked for, and what the provider says is kept up."""
    execute(
        before,
        "CREATE TABLE accounts (account_id serial PRIMARY KEY, firebase_user_id text UNIQUE, email text NOT NULL UNIQUE, "
        "email_verified boolean NOT NULL, name text, photo_url text)",
    )
    execute(before, "INSERT INTO accounts VALUES (41, 'ada-at-firebase', 'old@example.com', false, 'Ada', NULL)")
    site = move("Flask-Firebase")
    status, answer = sign_in(site, firebase_issuer, uid="ada-at-firebase", email="ada@example.com", name="Ada Lovelace")
    assert (status, answer["created"], answer["account"]["id"]) == (200, False, 41)
    assert (answer["account"]["email"], answer["account"]["name"]) == ("ada@example.com", "Ada Lovelace")
    with site.app.app_context():
        assert site.db.session.get(site.Account, 41).email == "ada@example.com"
    assert sign_in(site, firebase_issuer, email="grace@example.com")[1]["created"] is True
    assert sign_in(site, firebase_issuer, uid="another", email="ada@example.com")[1]["code"] == "account_conflict"
    assert sign_in(site, firebase_issuer, uid="by-telephone", email=None, provider="phone")[1]["code"] == "sign_in_denied"


def test_whom_flask_dance_knew_is_found_by_the_provider_s_id(before, move, firebase_issuer):
    """Whatever their address is today."""

    class User(UserMixin, before.db.Model):
        id = before.db.Column(before.db.Integer, primary_key=True)
        username = before.db.Column(before.db.String(256), unique=True, nullable=False)
        password_hash = before.db.Column(before.db.LargeBinary)

    class OAuth(OAuthConsumerMixin, before.db.Model):
        __table_args__ = (before.db.UniqueConstraint("provider", "provider_user_id"),)
        provider_user_id = before.db.Column(before.db.String(256), nullable=False)
        provider_user_login = before.db.Column(before.db.String(256), nullable=False)
        user_id = before.db.Column(before.db.Integer, before.db.ForeignKey(User.id), nullable=False)
        user = before.db.relationship(User)

    with before.app.app_context():
        before.db.create_all()
        ada = OAuth(
            provider="google",
            provider_user_id="google.com-ada",
            provider_user_login="old@example.com",
            token={"access_token": "t"},
        )
        ada.user = User(username="old@example.com")
        before.db.session.add(ada)
        before.db.session.commit()
        key = ada.user_id
    site = move("Flask-Dance")
    status, answer = sign_in(site, firebase_issuer, uid="ada", email="new@example.com")
    assert (status, answer["created"], answer["account"]["id"]) == (200, False, key)
    status, answer = sign_in(site, firebase_issuer, uid="grace", email="grace@example.com")
    assert (status, answer["created"]) == (200, True)
    assert sign_in(site, firebase_issuer, uid="ada", provider="github.com", email="x@example.com")[1]["created"] is False
    assert (
        sign_in(site, firebase_issuer, uid="other", provider="password", email="old@example.com")[1]["code"]
        == "account_conflict"
    )
    with site.app.app_context():
        assert site.db.session.scalars(site.select(site.OAuth)).one().token == {"access_token": "t"}


def test_whom_flask_security_knew_keeps_their_roles(before, move, firebase_issuer):
    """`roles_required` of ours asks for those of before; who was deactivated stays out."""
    fsqla_v3.FsModels.set_db_info(before.db)

    class Role(before.db.Model, fsqla_v3.FsRoleMixin):
        pass

    class User(before.db.Model, fsqla_v3.FsUserMixin):
        pass

    with before.app.app_context():
        security = Security(before.app, SQLAlchemyUserDatastore(before.db, User, Role))
        before.db.create_all()
        editor = security.datastore.create_role(name="editor")
        for email, roles, active in [("ada@example.com", [editor], True), ("mallory@example.com", [], False)]:
            security.datastore.create_user(
                email=email, password="x" * 9, roles=roles, active=active, confirmed_at=datetime.now(UTC)
            )
        security.datastore.commit()
    site = move("Flask-Security")

    @site.app.get("/edit")
    @login_required
    @roles_required("editor")
    def edit():
        return {}

    device = Device(site.app, firebase_issuer, "cookie")
    assert device.sign_in("ada@example.com").get_json()["created"] is False
    assert device.get("/edit").status_code == 200
    assert sign_in(site, firebase_issuer, email="mallory@example.com")[1]["code"] == "account_disabled"
    new = Device(site.app, firebase_issuer, "cookie")
    assert new.sign_in("grace@example.com").get_json()["created"] is True
    assert new.get("/edit").status_code == 403
    assert sign_in(site, firebase_issuer, email="una@example.com", email_verified=False)[1]["code"] == "sign_in_denied"


def test_firebase_s_uid_stays_the_key_of_a_table_of_one_s_own(before, move, firebase_issuer):
    """As those have it that call firebase-admin by hand."""
    execute(before, 'CREATE TABLE "user" (uid varchar(128) PRIMARY KEY, display_name varchar)')
    execute(before, "INSERT INTO \"user\" VALUES ('ada-at-firebase', 'Ada')")
    site = move("firebase-admin by hand")
    status, answer = sign_in(site, firebase_issuer, uid="ada-at-firebase")
    assert (status, answer["created"], answer["account"]["id"]) == (200, False, "ada-at-firebase")
    assert sign_in(site, firebase_issuer, uid="another", email="grace@example.com")[1]["account"]["id"] == "another"


@pytest.mark.parametrize("heading", ["Flask-Firebase", "Flask-Dance", "firebase-admin by hand"])
def test_the_lines_are_as_many_as_the_page_says(heading):
    """Without blank ones and comments."""
    (told,) = re.findall(rf"^\| {heading} \|.* become (\d+) \|$", PAGE, re.MULTILINE)
    assert int(told) == len([line for line in block(heading).splitlines() if line.strip() and not line.startswith("#")])
