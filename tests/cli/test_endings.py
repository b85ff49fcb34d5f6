"""How commands end in a real terminal and in real processes: Ctrl-C, pipes that close, questions, sites that do not start."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress

import pytest
from sqlalchemy import create_engine, text

FLASK = [sys.executable, "-m", "flask", "--app", "shop"]
SITE = """
    import os
    import time

    from flask import Flask
    from flask_sqlalchemy import SQLAlchemy

    from flask_firebase_login import FirebaseLogin

    app = Flask(__name__)
    app.config.update(SECRET_KEY="eeb4c1e5d5dd4e4bb3a3e0e5d1ba2d6f")
    app.config.from_prefixed_env()
    db = SQLAlchemy(app)
    firebase = FirebaseLogin(app, db)


    @firebase.on_delete
    def wait(account):
        if "SLOWLY" in os.environ:
            account.chosen_name = "half deleted"
            db.session.flush()
            print("deleting", flush=True)
            time.sleep(60)
"""
ACCOUNTS = 3000

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of a site with many accounts and ended sessions, where `flask` finds it."""
    (tmp_path / "shop.py").write_text(textwrap.dedent(SITE))
    (tmp_path / "fill.py").write_text(
        textwrap.dedent(
            f"""
            from datetime import UTC, datetime

            from sqlalchemy import insert

            from shop import app, db, firebase

            then = datetime(2020, 1, 1, tzinfo=UTC)
            ended = dict(account_stamp="x", transport="bearer", created_at=then, last_seen_at=then, expires_at=then, auth_time=then)
            with app.app_context():
                db.create_all()
                models = firebase.models
                rows = [dict(firebase_uid=f"user{{n}}", provider_email=f"user{{n}}@example.com") for n in range({ACCOUNTS})]
                db.session.execute(insert(models.account), rows)
                sessions = [dict(ended, account_id=1, secret_hash=f"{{n:064}}") for n in range({ACCOUNTS})]
                db.session.execute(insert(models.session), sessions)
                db.session.commit()
            """
        )
    )
    monkeypatch.setenv("FLASK_SQLALCHEMY_DATABASE_URI", f"sqlite:///{tmp_path / 'shop.db'}")
    monkeypatch.setenv("FLASK_FIREBASE_LOGIN_CONFIG", json.dumps({"projectId": "shop", "apiKey": "AIzaSyDoNotShow"}))
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    subprocess.run([sys.executable, "fill.py"], cwd=tmp_path, check=True)
    return tmp_path


def flask(folder, *arguments, **options):
    command = [*FLASK, "firebase-login", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)


def count(folder, table, where="1 = 1"):
    engine = create_engine(f"sqlite:///{folder / 'shop.db'}")
    with engine.connect() as connection:
        counted = connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar()
    engine.dispose()
    return counted


def answer(folder, typed, *arguments):
    """Run a command on a terminal, answer its question, or interrupt it where nothing is typed, and return the exit code."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*FLASK, "firebase-login", *arguments], cwd=folder, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        os.close(theirs)
        asked = told = b" "
        while told and b"[y/N]" not in asked:
            asked += (told := process.stderr.read(1))
        if typed:
            os.write(ours, typed)
        else:
            press_ctrl_c(process)
        process.stderr.read()
        os.close(ours)
        return process.wait()


def press_ctrl_c(process):
    """Until it is noticed: Python looks for signals before it waits for a line, and not in the moment in between."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(2)


def test_a_pipe_that_closes_ends_a_list_quietly(folder):
    """As `| head` does."""
    with subprocess.Popen(
        [*FLASK, "firebase-login", "accounts", "list"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().startswith("ID")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1


def test_ctrl_c_ends_a_pruning_between_two_batches(folder):
    """What is deleted stays deleted, and the next run deletes the rest."""
    with subprocess.Popen(
        [*FLASK, "firebase-login", "sessions", "prune", "--batch", "1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while count(folder, "firebase_session") == ACCOUNTS:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Interrupted." in told
    assert "Traceback" not in told
    left = count(folder, "firebase_session")
    assert 0 < left < ACCOUNTS
    assert flask(folder, "sessions", "prune").stdout == f"{left} sessions deleted.\n"


def test_ctrl_c_leaves_nothing_half_deleted(folder):
    """The transaction is rolled back, with what the site's hooks have written."""
    with subprocess.Popen(
        [*FLASK, "firebase-login", "accounts", "delete", "user7", "--yes"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SLOWLY": "1"},
    ) as process:
        assert process.stdout.readline() == "deleting\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert count(folder, "firebase_account", "firebase_uid = 'user7' AND chosen_name IS NULL") == 1


def test_a_question_is_answered_on_a_terminal(folder):
    """No is 1, Ctrl-C is 130, yes is done."""
    assert answer(folder, b"n\n", "accounts", "delete", "user7") == 1
    assert answer(folder, b"", "accounts", "delete", "user7") == 130
    assert count(folder, "firebase_account", "firebase_uid = 'user7'") == 1
    assert answer(folder, b"y\n", "accounts", "delete", "user7") == 0
    assert count(folder, "firebase_account", "firebase_uid = 'user7'") == 0


def test_without_a_terminal_nothing_is_deleted(folder):
    """Nothing is asked where nobody can answer."""
    done = flask(folder, "accounts", "delete", "user7")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: There is no terminal to ask on. Nothing was done. Repeat the command with --yes.\n"


def test_a_site_that_does_not_start_is_told_in_a_sentence(folder):
    """The doctor explains it, and runs all the same."""
    environment = os.environ | {"FLASK_FIREBASE_LOGIN_PROVIDER": "google.com"}
    done = flask(folder, "accounts", "list", env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The site does not start: FIREBASE_LOGIN_PROVIDER is not a key")
    assert "Traceback" not in done.stderr
    examined = flask(folder, "doctor", "--json", env=environment)
    assert examined.returncode == 1
    assert json.loads(examined.stdout)["findings"][0]["code"] == "config"


def test_a_database_that_does_not_answer_is_told_in_a_sentence(folder):
    """Without its password."""
    environment = os.environ | {"FLASK_SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://shop:pa55w0rd@127.0.0.1:1/shop"}
    for arguments in (["accounts", "list"], ["accounts", "show", "ada"], ["sessions", "prune"]):
        done = flask(folder, *arguments, env=environment)
        assert done.returncode == 1
        assert "The database does not answer" in done.stderr
        assert "Traceback" not in done.stderr
        assert "pa55w0rd" not in done.stderr


def test_a_database_that_is_locked_is_told_in_a_sentence(folder):
    """And nothing is written."""
    engine = create_engine(f"sqlite:///{folder / 'shop.db'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        done = flask(
            folder, "accounts", "list", env=os.environ | {"FLASK_SQLALCHEMY_ENGINE_OPTIONS": '{"connect_args": {"timeout": 0}}'}
        )
    engine.dispose()
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database does not answer")


def test_an_app_without_firebase_login_has_nothing_to_operate(folder):
    """A sentence says what to call."""
    (folder / "shop.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    done = flask(folder, "accounts", "list")
    assert done.returncode == 2
    assert "This app has no FirebaseLogin." in done.stderr


def test_a_missing_app_is_flask_s_own_sentence(folder):
    """As for every `flask` command."""
    (folder / "shop.py").unlink()
    done = flask(folder, "accounts", "list")
    assert done.returncode == 2
    assert "Could not import 'shop'" in done.stderr
