"""The users of a table, as the file that Firebase imports."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.security import generate_password_hash

from flask_firebase_login import AccountMixin, FirebaseLogin
from flask_firebase_login.cli import export_users as module
from flask_firebase_login.cli import group

SCRYPT = generate_password_hash("correct horse", "scrypt:1024:8:1")
PBKDF2 = generate_password_hash("correct horse", "pbkdf2:sha256:1000")
BCRYPT = f"$2b$04${'a' * 53}"
USERS = {
    "ada@example.com": {"password_hash": SCRYPT, "nick": "Ada", "is_confirmed": True},
    "bob@example.com": {"password_hash": PBKDF2},
    "cyd@example.com": {"password_hash": BCRYPT},
    "dan@example.com": {"password_hash": "pbkdf2:sha256:600000$salt$00ff"},
    "eve@example.com": {"password_hash": None},
    "Two@example.com": {"password_hash": SCRYPT},
    "two@example.com": {"password_hash": SCRYPT},
    None: {"password_hash": SCRYPT},
}


@pytest.fixture
def site(either_database_url, firebase_issuer):
    """A site with users of every kind, of whom one signs in through Firebase already."""
    app = Flask("grown")
    app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=either_database_url, TESTING=True, **firebase_issuer.config)
    db = SQLAlchemy(app)

    class User(AccountMixin, db.Model):
        email: Mapped[str | None] = mapped_column(String(120), unique=True)
        password_hash: Mapped[str | None] = mapped_column(String(256))
        binary_hash: Mapped[bytes | None]
        nick: Mapped[str | None] = mapped_column(String(20))
        is_confirmed: Mapped[bool] = mapped_column(default=False)

    app.firebase = FirebaseLogin(app, db, account_model=User)
    app.db, app.user = db, User
    with app.app_context():
        db.create_all()
        db.session.add_all([User(email=email, **columns) for email, columns in USERS.items()])
        db.session.commit()
        app.firebase.accounts.disable(add(app, "out@example.com"))
        here = add(app, "here@example.com", firebase_uid="here")
        here.last_signed_in_at = here.created_at
        db.session.commit()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.fixture
def empty_emulator(emulator):
    """The emulator, with nobody in it, before and after."""
    emulator.clear()
    yield emulator
    emulator.clear()


def add(site, email, **columns):
    user = site.user(email=email, **columns)
    site.db.session.add(user)
    site.db.session.commit()
    return user


def export(site, *arguments):
    return site.test_cli_runner().invoke(group, ["export-users", *map(str, arguments)])


def uids(site):
    with site.app_context():
        return dict(site.db.session.execute(site.db.select(site.user.email, site.user.firebase_uid)).all())


def read(folder):
    return {path.name: json.loads(path.read_text())["users"] for path in folder.glob("users-*.json")}


def test_without_write_nothing_is_written(site, tmp_path):
    """It says what would be, and how to import it."""
    folder = tmp_path / "out"
    before = uids(site)
    done = export(site, folder)
    assert done.exit_code == 0
    assert not folder.exists()
    assert uids(site) == before
    assert "5 users:" in done.output
    assert "This was a dry run" in done.output


def test_a_report_is_json_on_demand(site, tmp_path):
    """With the commands that import the files, and the keys of those who are left out."""
    report = json.loads(export(site, tmp_path / "out", "--json").stdout)
    assert report["written"] is False
    assert sum(file["users"] for file in report["files"]) == 5
    assert all(file["command"].startswith("firebase auth:import ") for file in report["files"])
    assert len(report["left_out"]["share an e-mail address: merge them first"]) == 2
    assert report["without_password"]["no password"] == 1


def test_a_hash_that_is_kept_as_bytes_is_a_hash(site, tmp_path):
    """As Flask-Bcrypt makes it."""
    with site.app_context():
        add(site, "flo@example.com", binary_hash=BCRYPT.encode())
    export(site, tmp_path, "--write", "--password-hash", "binary_hash")
    assert [user["email"] for user in read(tmp_path)["users-bcrypt.json"]] == ["flo@example.com"]


def test_an_address_with_a_line_s_end_behind_it_is_no_other(site, tmp_path):
    """Whatever the database's trim() takes for a blank."""
    with site.app_context():
        add(site, "ada@example.com\n")
    export(site, tmp_path, "--write")
    assert "ada@example.com" not in str(read(tmp_path))


def test_whoever_signs_in_meanwhile_is_left_out(site, tmp_path, monkeypatch):
    """Their user is at Firebase, and an import would take its ways to sign in away."""
    find_obstacle = module._find_obstacle

    def sign_in_meanwhile(row, columns, twice):
        why = find_obstacle(row, columns, twice)
        if row.email == "ada@example.com":
            update = site.db.update(site.user).where(site.user.id == row.id)
            values = {"firebase_uid": "at-firebase", "last_signed_in_at": row.created_at}
            site.db.session.execute(update.values(values).execution_options(synchronize_session=False))
        return why

    monkeypatch.setattr(module, "_find_obstacle", sign_in_meanwhile)
    done = export(site, tmp_path, "--write")
    assert "1 are left out: they have signed in, or been disabled, meanwhile" in done.output
    assert uids(site)["ada@example.com"] == "at-firebase"
    assert "ada@example.com" not in str(read(tmp_path))


def test_each_user_is_in_the_file_of_their_kind(site, tmp_path):
    """With the uid that their row has from now on, and the command line that goes with it."""
    done = export(site, tmp_path, "--write", "--name", "nick", "--verified", "is_confirmed")
    assert done.exit_code == 0, done.output
    files, known = read(tmp_path), uids(site)
    assert {name: [user["email"] for user in users] for name, users in files.items()} == {
        "users-standard_scrypt-1024-8-1-64.json": ["ada@example.com"],
        "users-pbkdf2_sha256-1000.json": ["bob@example.com"],
        "users-bcrypt.json": ["cyd@example.com"],
        "users-without-password.json": ["dan@example.com", "eve@example.com"],
    }
    for users in files.values():
        for user in users:
            assert user["localId"] == known[user["email"]]
            assert re.fullmatch(r"[A-Za-z0-9]{28}", user["localId"])
    ada = files["users-standard_scrypt-1024-8-1-64.json"][0]
    assert (ada["displayName"], ada["emailVerified"]) == ("Ada", True)
    assert files["users-bcrypt.json"][0]["emailVerified"] is False
    command = next(line for line in done.output.splitlines() if "STANDARD_SCRYPT" in line)
    assert shlex.split(command)[1:] == [
        "firebase",
        "auth:import",
        str(tmp_path / "users-standard_scrypt-1024-8-1-64.json"),
        "--hash-algo=STANDARD_SCRYPT",
        "--mem-cost=1024",
        "--block-size=8",
        "--parallelization=1",
        "--dk-len=64",
        f"--project={site.extensions['firebase_login'].config.project_id}",
    ]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("users-*.json"))


def test_who_is_left_out_is_told(site, tmp_path):
    """By the keys of their rows; and who comes without a password."""
    output = export(site, tmp_path, "--write").output
    assert re.search(r"^2 are left out: they share an e-mail address: merge them first \(keys 6, 7\)\.$", output, re.MULTILINE)
    assert re.search(r"^1 are left out: they have no valid e-mail address \(keys 8\)\.$", output, re.MULTILINE)
    assert re.search(r"^1 are left out: they are disabled \(keys 9\)\.$", output, re.MULTILINE)
    assert re.search(r"^1 are left out: they sign in through Firebase already \(keys 10\)\.$", output, re.MULTILINE)
    assert "1 come without their password: PBKDF2 of 600,000 rounds; Firebase takes 120,000." in output
    known = uids(site)
    assert [known[email] for email in ("Two@example.com", "two@example.com", None, "out@example.com")] == [None] * 4
    assert known["here@example.com"] == "here"


def test_nothing_secret_is_printed(site, tmp_path):
    """No hash, no salt, no address."""
    output = export(site, tmp_path, "--write").output
    for secret in (SCRYPT.split("$")[1], SCRYPT.split("$")[2], PBKDF2.split("$")[2], BCRYPT, "00ff", "ada@"):
        assert secret not in output


def test_it_may_be_interrupted_and_run_again(site, tmp_path, monkeypatch):
    """A row keeps the uid that it was given; no half of a file is left."""
    folder = tmp_path / "out"
    monkeypatch.setattr(module, "BATCH", 2)
    made = iter([module.make_uid(), module.make_uid(), module.make_uid()])

    def interrupted():
        try:
            return next(made)
        except StopIteration:
            raise KeyboardInterrupt from None

    with monkeypatch.context() as patched:
        patched.setattr(module, "make_uid", interrupted)
        assert export(site, folder, "--write").exit_code != 0
    assert list(folder.iterdir()) == []
    given = {email: uid for email, uid in uids(site).items() if uid not in (None, "here")}
    assert sorted(given) == ["ada@example.com", "bob@example.com"]
    (folder / ".users-left-over").write_text("of a run that was killed")
    assert export(site, folder, "--write").exit_code == 0
    again = export(site, folder, "--write")
    assert again.exit_code == 0
    assert given.items() <= uids(site).items()
    exported = [user for users in read(folder).values() for user in users]
    assert {user["email"]: user["localId"] for user in exported}.items() <= uids(site).items()
    assert len(exported) == 5
    assert not (folder / ".users-left-over").exists()


@pytest.mark.parametrize("option", ["--email", "--password-hash", "--name", "--verified"])
def test_a_column_that_is_not_there_is_named(site, tmp_path, option):
    """With those that are."""
    done = export(site, tmp_path, option, "passwort")
    assert done.exit_code == 2
    assert "User has no column 'passwort'; it has " in done.output
    assert "password_hash" in done.output


@pytest.mark.integration
def test_the_command_is_flask_s(tmp_path):
    """Wherever the package is installed."""
    (tmp_path / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    command = [sys.executable, "-m", "flask", "firebase-login", "export-users", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "without it, this is a dry run" in " ".join(done.stdout.split())


def test_an_app_without_firebase_login_has_no_users_to_export(tmp_path):
    """The command is there for every app of the environment."""
    done = Flask("other").test_cli_runner().invoke(group, ["export-users", str(tmp_path)])
    assert done.exit_code == 2
    assert "This app has no FirebaseLogin." in done.output


@pytest.mark.integration
def test_the_emulator_s_users_of_the_file_come_into_their_old_accounts(site, tmp_path, empty_emulator, firebase_issuer):
    """By Google, and with a new password from a reset link."""
    emulator = empty_emulator
    export(site, tmp_path, "--write")
    known = uids(site)
    for users in read(tmp_path).values():
        assert emulator.call_as_owner("accounts:batchCreate", {"users": users}).get("error", []) == []
    assert emulator.sign_in_with_google("ada@example.com", "Ada")["localId"] == known["ada@example.com"]
    emulator.call("accounts:sendOobCode", {"requestType": "PASSWORD_RESET", "email": "dan@example.com"})
    emulator.open_link("dan@example.com", "PASSWORD_RESET", "&newPassword=battery%20staple")
    assert emulator.sign_in_with_password("dan@example.com", "battery staple")["localId"] == known["dan@example.com"]
    device = site.test_client()
    for email in ("ada@example.com", "dan@example.com"):
        id_token = firebase_issuer.mint(uid=known[email], email=email)
        answer = device.post("/auth/sign-in", data=id_token, content_type="application/jwt").get_json()
        assert answer["created"] is False
        with site.app_context():
            assert site.db.session.get(site.user, answer["account"]["id"]).email == email
