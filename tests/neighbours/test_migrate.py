"""Beside Flask-Migrate, which writes migrations from the models of `db`, ours among them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
MOVING_IN = (ROOT / "docs" / "moving-in.md").read_text()
QUICKSTART = (
    (ROOT / "examples" / "quickstart" / "app.py").read_text()
    + """
from flask_migrate import Migrate

Migrate(app, db)
"""
)
BEFORE = """
from flask import Flask
from flask_login import UserMixin
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)
Migrate(app, db)


class User(UserMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
"""
AFTER = (
    BEFORE.replace("class User(UserMixin, db.Model)", "class User(AccountMixin, db.Model)").replace(
        "from flask_login import UserMixin\n", "from flask_firebase_login import AccountMixin, FirebaseLogin\n"
    )
    + """

firebase = FirebaseLogin(app, db, account_model=User)
"""
)


RUN = "import sys; from flask.cli import cli; [cli.main(['--app', 'app', 'db', one], standalone_mode=False) for one in sys.argv[1:]]"


@pytest.fixture
def run_db(tmp_path, either_database_url):
    """A function that runs `flask db …` of a site with Flask-Migrate, command after command, and returns what they said."""
    environment = os.environ | {
        "FLASK_SECRET_KEY": "s" * 32,
        "FLASK_SQLALCHEMY_DATABASE_URI": either_database_url,
        "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": "demo-shop"}),
    }

    def run(app, *commands):
        (tmp_path / "app.py").write_text(app)
        command = [sys.executable, "-c", RUN, *commands]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def engine(either_database_url):
    """The database."""
    engine = create_engine(either_database_url)
    yield engine
    engine.dispose()


def test_a_migration_is_written_for_our_tables_and_runs_as_it_is(run_db, tmp_path, engine):
    """Nothing in it is mended by hand, nor imported from us; afterwards there is nothing left to migrate."""
    said = run_db(QUICKSTART, "init", "migrate")
    assert "Detected added table 'firebase_account'" in said
    assert "Detected added table 'firebase_session'" in said
    (migration,) = (tmp_path / "migrations" / "versions").glob("*.py")
    assert "flask_firebase_login" not in migration.read_text()
    for commands in (["upgrade", "check"], ["downgrade", "upgrade", "check"]):
        assert "No new upgrade operations detected" in run_db(QUICKSTART, *commands)
        ours = {"firebase_account", "firebase_session", "firebase_handoff_code", "firebase_deletion", "firebase_sync"}
        assert ours <= set(inspect(engine).get_table_names())


def test_a_table_with_rows_becomes_the_accounts_and_goes_back(run_db, tmp_path, engine):
    """It keeps its name, its rows and its columns; what we add has values for the rows that are there."""
    run_db(BEFORE, "init", "migrate", "upgrade")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO \"user\" (email, password_hash) VALUES ('ada@example.com', 'scrypt:')"))
    (first,) = (tmp_path / "migrations" / "versions").glob("*.py")
    assert "removed table" not in run_db(AFTER, "migrate")
    (second,) = {*(tmp_path / "migrations" / "versions").glob("*.py")} - {first}
    assert "flask_firebase_login" not in second.read_text()
    assert "_constraint(None" not in second.read_text()
    for _ in range(2):
        assert "No new upgrade operations detected" in run_db(AFTER, "upgrade", "check")
        with engine.connect() as connection:
            row = connection.execute(text('SELECT * FROM "user"')).mappings().one()
        assert (row["email"], row["password_hash"], row["firebase_uid"], row["version"]) == (
            "ada@example.com",
            "scrypt:",
            None,
            1,
        )
        assert row["created_at"] is None
        run_db(AFTER, "downgrade")
        assert [column["name"] for column in inspect(engine).get_columns("user")] == ["id", "email", "password_hash"]


@pytest.mark.parametrize("either_database_url", ["sqlite"], indirect=True)
def test_rows_that_refer_to_a_user_survive_where_sqlite_enforces_foreign_keys(run_db, tmp_path, engine):
    """Up the table is not copied; down, Alembic copies it and drops the old one, which the lines of docs/moving-in.md make harmless."""
    posts = """

class Post(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(db.ForeignKey("user.id", ondelete="CASCADE"))


with app.app_context():
    db.event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
"""
    run_db(BEFORE + posts, "init", "migrate", "upgrade")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO \"user\" (email) VALUES ('ada@example.com')"))
        connection.execute(text("INSERT INTO post (user_id) VALUES (1)"))

    def count_posts():
        with engine.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM post"))

    run_db(AFTER + posts, "migrate", "upgrade")
    assert count_posts() == 1
    (lines,) = re.findall(r"```python\n( +if connection.dialect.name == .*?)```", MOVING_IN, re.DOTALL)
    env, opened = tmp_path / "migrations" / "env.py", "    with connectable.connect() as connection:\n"
    assert opened in env.read_text()
    env.write_text(env.read_text().replace(opened, opened + lines))
    run_db(AFTER + posts, "downgrade")
    assert count_posts() == 1
    assert "No new upgrade operations detected" in run_db(AFTER + posts, "upgrade", "check")
    assert count_posts() == 1
