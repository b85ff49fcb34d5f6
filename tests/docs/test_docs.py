"""The README, the docs and the examples tell the truth."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

from flask_firebase_login import signals
from flask_firebase_login.cli import group
from flask_firebase_login.config import _READERS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
QUICKSTART = ROOT / "examples" / "quickstart" / "app.py"
CONFIGURATION = {"FLASK_SECRET_KEY": "s" * 32, "FLASK_SQLALCHEMY_DATABASE_URI": "sqlite://"}


def blocks(page: str | Path) -> list[str]:
    text = page.read_text() if isinstance(page, Path) else page
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def quickstart(monkeypatch, firebase_issuer):
    """The module of the quickstart, run from the README's own text."""
    import json

    environment = {f"FLASK_{key}": json.dumps(value) for key, value in firebase_issuer.config.items()}
    for name, value in (CONFIGURATION | environment).items():
        monkeypatch.setenv(name, value)
    module = types.ModuleType("quickstart")
    monkeypatch.setitem(sys.modules, "quickstart", module)
    exec(compile(blocks(README)[0], "README.md", "exec"), module.__dict__)
    module.app.testing = True
    module.app.config["SESSION_COOKIE_SECURE"] = False
    with module.app.app_context():
        module.db.create_all()
    yield module
    with module.app.app_context():
        module.db.engine.dispose()


def test_the_readme_s_site_is_the_example_s():
    """Letter by letter, and at most 25 lines."""
    assert blocks(README)[0] == QUICKSTART.read_text()
    assert len(QUICKSTART.read_text().splitlines()) <= 25


def test_the_readme_s_site_runs(quickstart, firebase_sign_in):
    """A protected page and a protected API."""
    client = quickstart.app.test_client()
    assert client.get("/api/hello").status_code == 401
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 303
    firebase_sign_in(client, email="ada@example.com", name="Ada")
    assert client.get("/").text == "Hello Ada"
    assert client.get("/api/hello").get_json() == {"hello": "Ada", "settings": {}}


def test_a_name_is_no_script_on_the_readme_s_site(quickstart, firebase_sign_in):
    """Users choose their names, so a page escapes them."""
    client = quickstart.app.test_client()
    firebase_sign_in(client, email="eve@example.com", name="<script>alert(1)</script>")
    answer = client.get("/")
    assert answer.mimetype == "text/html"
    assert answer.text == "Hello &lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.mark.parametrize(
    "path",
    sorted(
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.md", "docs/**/*.md", "clients/*/*.md", "examples/**/*.md", "examples/**/*.py")
        for path in ROOT.glob(pattern)
    ),
)
def test_no_example_serves_a_user_s_text_unescaped(path):
    """A view that returns an f-string is HTML."""
    source = (ROOT / path).read_text()
    assert not re.search(r"return f[\"'].*(current_user|account|request)\.", source)


def test_the_readme_s_own_code_runs(quickstart, firebase_issuer, firebase_sign_in, caplog):
    """Who may sign in, roles, recency and a signal, on top of the site."""
    import logging

    exec(compile(blocks(README)[1], "README.md", "exec"), quickstart.__dict__)
    client = quickstart.app.test_client()
    stranger = client.post("/auth/sign-in", data=firebase_issuer.mint(email="eve@evil.example"), content_type="application/jwt")
    assert stranger.get_json()["detail"] == "This site is for users of example.com."
    with caplog.at_level(logging.INFO):
        firebase_sign_in(client, email="ada@example.com")
    assert "signed in on" in caplog.text
    assert client.get("/admin").status_code == 403
    firebase_sign_in(client, email="ada@example.com", roles=["admin"])
    assert client.get("/admin").get_json() == {"users": 1}
    assert client.post("/danger").status_code == 200


def test_the_audit_log_of_the_docs_writes_entries(quickstart, firebase_issuer, firebase_sign_in):
    """On top of the README's site, within the requests themselves."""
    namespace = quickstart.__dict__
    exec(compile(blocks(ROOT / "docs" / "audit.md")[0], "audit.md", "exec"), namespace)
    with quickstart.app.app_context():
        quickstart.db.create_all()
    client = quickstart.app.test_client()
    firebase_sign_in(client, email="ada@example.com")
    assert client.delete("/auth/sessions?including=current").status_code == 204
    with quickstart.app.app_context():
        entries = quickstart.db.session.query(namespace["AuditEntry"]).order_by(namespace["AuditEntry"].id).all()
        assert [(entry.event, entry.account_id) for entry in entries] == [("signed_in", 1), ("session_revoked", 1)]
    signals.signed_in.disconnect(namespace["on_sign_in"])
    signals.session_revoked.disconnect(namespace["on_revocation"])


def test_the_code_of_the_operations_page_runs(quickstart, firebase_sign_in):
    """SQLite's settings and the daily command; the hook of gunicorn is run by `tests/integration/test_workers.py`."""
    page = (ROOT / "docs" / "operations.md").read_text()
    _, sqlite_settings = blocks(page)
    with quickstart.app.app_context():
        exec(compile(sqlite_settings, "operations.md", "exec"), quickstart.__dict__)
        quickstart.db.engine.dispose()
        quickstart.db.create_all()
        assert quickstart.db.session.scalar(quickstart.db.text("PRAGMA foreign_keys")) == 1
    firebase_sign_in(quickstart.app.test_client(), email="ada@example.com")
    command = re.search(r"^flask firebase-login (.*)$", page, re.MULTILINE)[1].split()
    assert quickstart.app.test_cli_runner().invoke(group, command).stdout == "0 sessions deleted.\n"


@pytest.mark.parametrize("page", ["README.md", "docs/testing.md"])
def test_the_tests_of_the_docs_pass(page, pytester, quickstart):
    """A user's own test suite, as the page shows it, against the README's site."""
    pytester.makepyfile(
        myapp=f"""
        import pathlib
        import types

        SOURCE = pathlib.Path({str(QUICKSTART)!r}).read_text()
        site = types.SimpleNamespace()


        class Db:
            def create_all(self):
                site.db.create_all()


        db = Db()


        def create_app(config):
            names = {{"__name__": "site", "configured": {{"SECRET_KEY": "s", "TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite://"}} | config}}
            exec(SOURCE.replace("app.config.from_prefixed_env()", "app.config.update(configured)"), names)
            site.db = names["db"]
            from flask_firebase_login import roles_required

            names["app"].add_url_rule("/admin", "admin", roles_required("admin")(lambda: "admin"))
            with names["app"].app_context():
                names["db"].create_all()
            return names["app"]
        """
    )
    code = blocks((ROOT / page).read_text())[-1]
    imports = "" if "import pytest" in code else "import pytest\nfrom myapp import create_app\n\n\n"
    pytester.makepyfile(test_site=imports + code)
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    assert result.ret == 0, result.stdout.str()


def test_the_configuration_page_names_every_key():
    """And no other."""
    page = (ROOT / "docs" / "configuration.md").read_text()
    table = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", page, re.MULTILINE))
    assert table == set(_READERS)


def test_every_file_that_the_architecture_names_is_there():
    """Rooms and the table of what to open."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    package = ROOT / "src" / "flask_firebase_login"
    for path in re.findall(
        r"`((?:idtokens|database|accounts|sessions|web|api|pages|tests|tools|docs|frontend)/[\w./-]+\.\w+)`", page
    ):
        assert (package / path).exists() or (ROOT / path).exists(), path
    named = set(re.findall(r"\b(\w+\.py)\b", page))
    for module in package.rglob("*.py"):
        if module.name != "__init__.py":
            assert module.name in named | {
                "clock.py",
                "text.py",
                "columns.py",
                "documents.py",
                "fetch.py",
                "services.py",
                "negotiation.py",
            }, module


@pytest.mark.parametrize(
    "page",
    sorted(
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.md", "docs/**/*.md", "clients/*/*.md", "examples/**/*.md")
        for path in ROOT.glob(pattern)
    ),
)
def test_links_between_pages_lead_somewhere(page):
    """Relative links alone; the web is not asked."""
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text()):
        assert ((ROOT / page).parent / link).exists(), link


def test_make_help_is_one_line_for_each_target():
    """And the README's commands are among them."""
    import subprocess

    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = [line.split()[0] for line in shown.splitlines()]
    assert {"demo", "test", "check", "lint", "fmt", "types", "e2e", "dart"} <= set(targets)


def rows_with_tests(page: Path) -> list[str]:
    """The rows of each table whose last column is the test."""
    tables = re.findall(r"^\|.*\| test \|\n\|[-|]+\|\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE)
    return [row for table in tables for row in table.splitlines()]


def test_each_row_of_the_threat_model_names_its_tests():
    """And they are there."""
    rows = rows_with_tests(ROOT / "docs" / "threat-model.md")
    assert len(rows) > 60
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", row)
        assert named, f"This row names no test: {row}"
        for path, name in named:
            source = (ROOT / "tests" / path).read_text()
            assert re.search(rf"^\s*(async )?def {name}\(", source, re.MULTILINE), f"{path} has no {name}"
