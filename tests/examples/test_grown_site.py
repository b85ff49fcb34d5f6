"""The database of examples/grown_site/before, moved to examples/grown_site/after by the commands of docs/moving-in.md."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from flask_firebase_login.testing import LocalIssuer
from local_sites import configure
from site_process import SiteProcess
from threads import at_once

pytestmark = pytest.mark.integration

SITES = Path(__file__).parents[2] / "examples" / "grown_site"
MORE_USERS = """
from app import create_app
from models import Post, User, db

with create_app().app_context():
    users = [User(username=name, email=email) for name, email in [("una", "una@example.com"), ("joan", "joan@example.com"), ("tw1", "twin@example.com"), ("tw2", "Twin@example.com")]]
    db.session.add_all(users)
    db.session.scalars(db.select(User).where(User.username == "alan")).one().token = "token-of-before"
    db.session.commit()
"""
ROW = """
from app import create_app
from models import User, db

with create_app().app_context():
    user = db.session.scalars(db.select(User).where(User.username == {name!r})).one()
    print(user.id, user.firebase_uid)
"""
DISABLE = """
from app import create_app
from models import User, db, firebase

with create_app().app_context():
    firebase.accounts.disable(db.session.scalars(db.select(User).where(User.username == {name!r})).one())
"""


@pytest.mark.parametrize("suffix", ["py", "html"])
def test_the_lines_are_as_many_as_the_readme_says(suffix):
    """Of both sites."""
    told = re.search(rf"\| `\*\.{suffix}` \| (\d+) \| (\d+) \|", (SITES / "README.md").read_text())
    files = [[path.read_text() for path in (SITES / site).rglob(f"*.{suffix}")] for site in ("before", "after")]
    assert [int(number) for number in told.groups()] == [
        sum(bool(line.strip()) for text in texts for line in text.splitlines()) for texts in files
    ]


def put(site, folder):
    """Replace the code of a site; its migrations stay."""
    for path in [*folder.glob("*.py"), *folder.glob("__pycache__"), *folder.glob("templates")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(SITES / site, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture
def issuer():
    with LocalIssuer() as issuer:
        yield issuer


@pytest.fixture
def moved(tmp_path, either_database_url, issuer):
    """The site after the move, as a process that is not started, with the users of before; and what `db migrate` said."""
    environment = configure(issuer, either_database_url)
    server = SiteProcess("app:create_app()", tmp_path, environment, log=tmp_path / "site.log")
    put("before", tmp_path)
    for command in ("init", "migrate", "upgrade"):
        server.run_flask("db", command)
    server.run_flask("seed")
    server.run_python(MORE_USERS)
    put("after", tmp_path)
    for command in ("migrate", "upgrade", "check"):
        server.run_flask("db", command)
    return server


@pytest.fixture
def open_device(moved):
    """A function that opens a device; all are closed at the end."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(moved.device())


def sign_in(open_device, issuer, **person):
    """A device that is signed in, or was rejected; and the answer."""
    device = open_device()
    return device, device.post("/auth/sign-in", content=issuer.mint(**person), headers={"Content-Type": "application/jwt"})


def row_of(server, name):
    key, uid = server.run_python(ROW.format(name=name)).split()
    return int(key), None if uid == "None" else uid


def test_the_people_of_before_find_what_they_had(moved, open_device, issuer, tmp_path):
    """By a verified address, eight times at once, or by the uid of the export; everybody else gets a clear answer."""
    keys = {name: row_of(moved, name)[0] for name in ("ada", "grace", "alan")}
    joan, answers = row_of(moved, "joan")[0], []
    with moved:
        assert at_once(*[lambda: answers.append(sign_in(open_device, issuer, email="joan@example.com")[1])] * 8) == []
        assert {(answer.status_code, answer.json()["account"]["id"]) for answer in answers} == {(200, joan)}

        grace, answer = sign_in(open_device, issuer, email="grace@example.com")
        assert (answer.status_code, answer.json()["created"], answer.json()["account"]["id"]) == (200, False, keys["grace"])
        assert grace.get("/api/posts").json() == {"posts": ["Hello from grace"]}
        home = grace.get("/", headers={"Accept": "text/html"}).text
        assert "Hello, grace" in home
        assert "Hello from ada" in home  # whom she follows
        assert re.search(r'nonce="[^"]+"', grace.get("/auth/", headers={"Accept": "text/html"}).text.partition("bootstrap")[2])

        new, answer = sign_in(open_device, issuer, email="mary@example.com")
        assert (answer.status_code, answer.json()["created"]) == (200, True)
        assert "Hello, mary" in new.get("/", headers={"Accept": "text/html"}).text

        for person, status, code in [
            ({"email": "una@example.com", "email_verified": False}, 403, "email_not_verified"),
            ({"email": "nobody-yet@example.com", "email_verified": False}, 403, "email_not_verified"),
            ({"email": "twin@example.com"}, 409, "account_conflict"),
            ({"provider": "phone"}, 403, "email_not_verified"),
        ]:
            _, answer = sign_in(open_device, issuer, **person)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert row_of(moved, "una")[1] is None

        old_app = {"Authorization": "Bearer token-of-before"}
        assert open_device().get("/api/posts", headers=old_app).json() == {"posts": ["Hello from alan"]}
        assert (
            open_device().get("/api/posts", headers={"Accept": "text/html"}).headers["Content-Type"]
            == "application/problem+json"
        )

        moved.run_python(DISABLE.format(name="alan"))
        assert open_device().get("/api/posts", headers=old_app).status_code == 401
        _, answer = sign_in(open_device, issuer, email="alan@example.com")
        assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")

        exported = moved.run_flask("firebase-login", "export-users", str(tmp_path / "users"), "--name", "username", "--write")
        assert "2 users:" in exported
        uid = row_of(moved, "ada")[1]
        users = json.loads((tmp_path / "users" / "users-standard_scrypt-32768-8-1-64.json").read_text())["users"]
        assert [(user["localId"], user["displayName"]) for user in users] == [(uid, "ada")]
        ada, answer = sign_in(open_device, issuer, uid=uid, email="ada@example.com")
        assert (answer.json()["created"], answer.json()["account"]["id"]) == (False, keys["ada"])
        assert ada.get("/auth/account/export").json()["posts"] == ["Hello from ada"]
        assert "password_hash" not in ada.get("/auth/account/export").text
        assert ada.delete("/auth/account").status_code == 204
        assert "Hello from ada" not in grace.get("/", headers={"Accept": "text/html"}).text
