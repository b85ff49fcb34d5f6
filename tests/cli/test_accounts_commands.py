"""`flask firebase-login accounts …`."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from flask_firebase_login import AccountMixin, FirebaseLogin, signals
from terminal import SECRET_KEY, add, read_json, read_lines, run


def roles(site, uid):
    with site.app_context():
        return site.firebase.accounts.find(uid).roles


def uids(site):
    with site.app_context():
        return [account.firebase_uid for account in site.firebase.accounts.find_page()]


def test_accounts_are_listed_in_their_order(site):
    """With what staff looks for; what a user calls themselves moves no cursor."""
    done = run(site, "accounts", "list")
    header, ada, *_, eve = done.stdout.splitlines()
    assert header.split() == ["ID", "UID", "E-MAIL", "NAME", "ROLES", "LAST", "SIGN-IN", "DISABLED", "SINCE"]
    assert ada.split()[1:6] == ["ada", "ada@example.com", "Ada", "Lovelace", "admin"]
    assert "Eve�[2J" in eve


def test_a_list_is_json_line_by_line(site):
    """So that a million of them is a stream."""
    listed = read_lines(run(site, "accounts", "list", "--json"))
    assert [one["firebase_uid"] for one in listed] == ["ada", "one", "other", "users/eve"]
    assert set(listed[0]) >= {"id", "email", "roles", "disabled_at", "last_signed_in_at"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--role", "admin"], ["ada"]),
        (["--disabled"], ["one"]),
        (["--not-disabled"], ["ada", "other", "users/eve"]),
        (["--limit", "2"], ["ada", "one"]),
        (["--role", "nobody's"], []),
    ],
    ids=["role", "disabled", "not disabled", "limit", "none"],
)
def test_a_list_is_narrowed(site, options, expected):
    """By role, by whether they are disabled, and by how many."""
    run(site, "accounts", "disable", "one")
    assert [one["firebase_uid"] for one in read_lines(run(site, "accounts", "list", "--json", *options))] == expected


def test_a_long_list_is_read_page_by_page(site, monkeypatch):
    """By keys and without an offset; a page before is forgotten."""
    monkeypatch.setattr("flask_firebase_login.cli.accounts.listing.PAGE", 2)
    statements = []
    with site.app_context():
        engine = site.db.engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    assert len(run(site, "accounts", "list").stdout.splitlines()) == 5
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) == 3
    assert not any("OFFSET" in statement for statement in selects if "sqlite" not in str(engine.url))


@pytest.mark.parametrize("named", ["ada", "uid:ada", "ada@example.com", "email:ada@example.com", "id:{id}", "{id}"])
def test_a_user_is_named_by_uid_id_or_address(site, named):
    """What stands in front of a colon says which."""
    with site.app_context():
        named = named.format(id=site.firebase.accounts.find("ada").id)
    assert read_json(run(site, "accounts", "show", named, "--json"))["firebase_uid"] == "ada"


def test_a_user_is_shown_with_their_devices(site):
    """As text, and as JSON."""
    shown = read_json(run(site, "accounts", "show", "ada", "--json"))
    assert {session["client_name"] for session in shown["sessions"]} == {"Phone", "Laptop"}
    assert "current" not in shown["sessions"][0]
    lines = run(site, "accounts", "show", "ada").stdout.splitlines()
    assert lines[-1].split() == ["sessions", "2"]


def test_two_users_of_one_address_are_listed_and_none_is_chosen(site):
    """The id names one of them."""
    done = run(site, "accounts", "delete", "two@example.com", "--yes")
    assert done.exit_code == 4
    assert done.stdout == ""
    assert [line.split()[1] for line in done.stderr.splitlines()[1:3]] == ["one", "other"]
    assert "Name one by id, such as id:" in done.stderr
    assert len(uids(site)) == 4
    named = done.stderr.rpartition("such as ")[2].strip().rstrip(".")
    assert run(site, "accounts", "delete", named, "--yes").exit_code == 0
    assert uids(site) == ["ada", "other", "users/eve"]


def test_a_uid_that_is_another_s_id_is_several(site):
    """A uid is whatever a custom token says."""
    with site.app_context():
        key = str(site.firebase.accounts.find("ada").id)
        add(site, key, email=None)
    assert run(site, "accounts", "show", key).exit_code == 4
    assert read_json(run(site, "accounts", "show", f"id:{key}", "--json"))["firebase_uid"] == "ada"
    assert read_json(run(site, "accounts", "show", f"uid:{key}", "--json"))["firebase_uid"] == key


@pytest.mark.parametrize("command", ["show", "disable", "enable", "export", "delete"])
@pytest.mark.parametrize("named", ["nobody", "ADA@example.com", "id:x", "99999999999999999999", "a\0b", "../ada", ""])
def test_nobody_is_named_by_anything_else(site, command, named):
    """A sentence and an exit code, and nothing is done."""
    done = run(site, "accounts", command, named, *(["--yes"] if command == "delete" else []))
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith("Error: There is no user with the uid, id or e-mail address")


def test_a_uid_with_a_slash_is_a_uid(site, tmp_path):
    """Also where a file is written."""
    exported = tmp_path / "eve.json"
    assert run(site, "accounts", "grant", "users/eve", "editor").exit_code == 0
    assert run(site, "accounts", "export", "users/eve", "--output", exported).exit_code == 0
    assert json.loads(exported.read_text())["account"]["roles"] == ["editor"]
    assert run(site, "accounts", "delete", "users/eve", "--yes").exit_code == 0
    assert "users/eve" not in uids(site)


def test_roles_are_granted_and_revoked(site):
    """Once each."""
    assert read_json(run(site, "accounts", "grant", "one", "editor", "--json"))["roles"] == ["editor"]
    run(site, "accounts", "grant", "one", "editor")
    assert roles(site, "one") == ["editor"]
    assert ["roles", "-"] in [line.split() for line in run(site, "accounts", "revoke", "one", "editor").stdout.splitlines()]
    assert roles(site, "one") == []


def test_a_role_that_is_none_is_not_understood(site):
    """And not granted."""
    done = run(site, "accounts", "grant", "one", "x" * 65)
    assert done.exit_code == 2
    assert "A role has 1 to 64 characters." in done.stderr


def test_a_disabled_user_is_signed_out_and_comes_back(site):
    """Their sessions end."""
    assert read_json(run(site, "accounts", "disable", "ada", "--json"))["disabled_at"]
    assert read_json(run(site, "accounts", "show", "ada", "--json"))["sessions"] == []
    assert read_json(run(site, "accounts", "enable", "ada", "--json"))["disabled_at"] is None


def test_an_export_is_there_as_a_whole_for_its_owner_alone(site, tmp_path):
    """Or printed."""
    printed = json.loads(run(site, "accounts", "export", "ada").stdout)
    assert [session["client_name"] for session in printed["sessions"]] == ["Phone", "Laptop"]
    assert len(run(site, "accounts", "export", "ada", "--json").stdout.splitlines()) == 1
    path = tmp_path / "ada.json"
    path.write_text("of before")
    run(site, "accounts", "export", "ada", "--output", path)
    assert json.loads(path.read_text()) == printed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*tmp_path.glob("*ada.json*")] == [path]


def test_an_export_that_breaks_off_leaves_the_file_of_before(site, tmp_path, monkeypatch):
    """And nothing beside it."""
    path = tmp_path / "ada.json"
    path.write_text("of before")

    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    done = run(site, "accounts", "export", "ada", "--output", path)
    assert (done.exit_code, done.stderr) == (1, f"Error: {path} cannot be written: No space left on device.\n")
    assert path.read_text() == "of before"
    assert [*tmp_path.glob("*ada.json*")] == [path]


def test_an_export_that_cannot_be_written_says_so(site, tmp_path):
    """A folder that is not there, say."""
    done = run(site, "accounts", "export", "ada", "--output", tmp_path / "nowhere" / "ada.json")
    assert done.exit_code == 1
    assert "cannot be written: No such file or directory." in done.stderr


def test_deleting_asks_first(site):
    """Where there is a terminal; else it wants --yes."""
    done = run(site, "accounts", "delete", "ada")
    assert (done.exit_code, "repeat" in done.stderr.lower()) == (2, True)
    assert "ada" in uids(site)


def test_a_deletion_runs_the_site_s_own_hooks(site):
    """It is `firebase.accounts.delete`."""
    heard = []
    with signals.account_deleted.connected_to(lambda sender, **carried: heard.append(carried["firebase_uid"])):
        deleted = read_json(run(site, "accounts", "delete", "ada", "--yes", "--json"))
    assert deleted["deleted"]["firebase_uid"] == "ada"
    assert heard == ["ada"]


def test_a_missing_table_is_named(site):
    """With what to run."""
    with site.app_context():
        site.db.drop_all()
    done = run(site, "accounts", "list")
    assert done.exit_code == 1
    assert "The table 'firebase_account' is missing." in done.stderr
    assert "db.create_all()" in done.stderr
    with site.app_context():
        site.db.create_all()


def test_a_site_s_own_users_are_named_by_their_own_key_and_address(tmp_path, firebase_issuer):
    """A key of any type; the site's address and Firebase's both name them."""
    app = Flask("grown")
    app.config.update(
        SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'grown.db'}", **firebase_issuer.config
    )
    db = SQLAlchemy(app)

    class User(AccountMixin, db.Model):
        key: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
        email: Mapped[str] = mapped_column(unique=True)

    FirebaseLogin(app, db, account_model=User)
    with app.app_context():
        db.create_all()
        db.session.add(user := User(email="ada@example.com", provider_email="ada@gmail.com"))
        db.session.commit()
        key = str(user.key)
    for named in (key, key.upper(), f"id:{key}", "ada@example.com", "ada@gmail.com", "email:ada@example.com"):
        assert read_json(run(app, "accounts", "show", named, "--json"))["id"] == key
    assert run(app, "accounts", "show", "id:1").exit_code == 3
    with app.app_context():
        db.engine.dispose()
