"""Beside Flask-Migrate, which writes migrations from the models of `db`, ours among them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "examples" / "quickstart" / "app.py"


@pytest.fixture
def run_flask(tmp_path, either_database_url):
    """A function that runs `flask …` of the quickstart with Flask-Migrate on it, and returns what it said."""
    migrate = "from flask_migrate import Migrate\n\nMigrate(app, db)\n"
    (tmp_path / "app.py").write_text(f"{QUICKSTART.read_text()}\n\n{migrate}")
    environment = os.environ | {
        "FLASK_SECRET_KEY": "s" * 32,
        "FLASK_SQLALCHEMY_DATABASE_URI": either_database_url,
        "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": "demo-shop"}),
    }

    def run(*arguments):
        command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


def test_a_migration_is_written_for_our_tables_and_makes_them(run_flask, tmp_path, either_database_url):
    """With the two imports of docs/neighbours.md; afterwards there is nothing left to migrate."""
    run_flask("db", "init")
    said = run_flask("db", "migrate")
    assert "Detected added table 'firebase_account'" in said
    assert "Detected added table 'firebase_session'" in said
    (migration,) = (tmp_path / "migrations" / "versions").glob("*.py")
    page = (ROOT / "docs" / "neighbours.md").read_text().partition("## Flask-Migrate")[2]
    imports = [line.strip() for line in page.splitlines() if line.strip().startswith(("import ", "from "))]
    assert len(imports) == 2
    migration.write_text(migration.read_text().replace("\nrevision = ", "\n" + "\n".join(imports) + "\nrevision = ", 1))
    run_flask("db", "upgrade")
    engine = create_engine(either_database_url)
    assert {"firebase_account", "firebase_session"} <= set(inspect(engine).get_table_names())
    engine.dispose()
    assert "No new upgrade operations detected" in run_flask("db", "check")
    run_flask("db", "downgrade")
