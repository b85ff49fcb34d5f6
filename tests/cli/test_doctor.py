"""`flask firebase-login doctor`: a good site has no findings, and each broken one is told what is wrong and what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner
from flask import Flask, request
from flask.sessions import SessionInterface
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from sqlalchemy import event, text
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_firebase_login import FirebaseLogin
from flask_firebase_login.cli import group
from flask_firebase_login.cli.doctor import command
from flask_firebase_login.cli.doctor.keys import _check_clock
from flask_firebase_login.cli.doctor.served import _check_plain_http
from flask_firebase_login.idtokens.fetch import Fetched
from key_endpoint import KeyEndpoint
from site_process import find_free_port
from terminal import SECRET_KEY, read_json, run, served
from tls_site import make_certificate

ROOT = Path(__file__).parents[2]
API_KEY = "AIzaSyDoNotShowThisKeyToAnybody0123456789"
GOOD = {
    "SECRET_KEY": SECRET_KEY,
    "FIREBASE_LOGIN_AUTH_PROXY": True,
}


def in_wal(connection, _):
    for pragma in ("journal_mode = WAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


@dataclass
class SetUp:
    """A site of production, and what is different about it."""

    config: dict = field(default_factory=dict)
    before: object = lambda app: None
    after: object = lambda app: None
    statements: tuple = ()
    clock: object = None
    pragmas: object = in_wal
    creates: bool = True

    def make(self, folder, issuer):
        config = {
            **issuer.config,
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'shop.db'}",
            "FIREBASE_LOGIN_CONFIG": {"projectId": "shop", "apiKey": API_KEY, "authDomain": "shop.firebaseapp.com"},
            **GOOD,
            **self.config,
        }
        app = Flask("shop")
        app.config.update({key: value for key, value in config.items() if value is not None})
        self.before(app)
        app.db = SQLAlchemy(app)
        with app.app_context():
            engine = app.db.engine
        if self.pragmas and engine.dialect.name == "sqlite":
            event.listen(engine, "connect", self.pragmas)
        app.firebase = FirebaseLogin(app, app.db, **({"clock": self.clock} if self.clock else {}))
        with app.app_context():
            if self.creates:
                app.db.create_all()
            for statement in self.statements:
                app.db.session.execute(text(statement))
            app.db.session.commit()
        self.after(app)
        engine.dispose()
        return app


def forget(app):
    raise ValueError(f"{app.config['SECRET_KEY']} is no number")


def load_users_itself(app):
    app.login_manager.user_loader(lambda key: None)


class SeaSurf:
    """A double: Flask-SeaSurf's shape, which is not installed. It hooks a bound method before each request, and says so nowhere."""

    def __init__(self, app):
        app.before_request(self._before_request)

    def _before_request(self):
        raise AssertionError("The doctor runs no hook.")


class ServerSideInterface(SessionInterface):
    """Keeps sessions under an id that never changes."""

    def open_session(self, app, request):
        return {}

    def save_session(self, app, session, response):
        raise AssertionError("The doctor writes no session.")


class HostChangingProxyDouble:
    """A double of a proxy, in the same process: to the app it gives a host of its own, and says in a header what users see."""

    def __init__(self, app):
        self._app = app

    def __call__(self, environ, start_response):
        seen = environ["HTTP_HOST"]
        return self._app(environ | {"HTTP_HOST": "inner.internal:8000", "HTTP_X_FORWARDED_HOST": seen}, start_response)


def an_hour_ahead():
    return datetime.now(UTC) + timedelta(hours=1)


def an_hour_behind():
    return datetime.now(UTC) - timedelta(hours=1)


NOWHERE = f"http://127.0.0.1:{find_free_port()}/jwks"
DEMO = {"FIREBASE_LOGIN_CONFIG": {"projectId": "demo-shop", "apiKey": API_KEY}, "FIREBASE_LOGIN_JWKS_URL": None}

BROKEN = {
    "no configuration": (SetUp({"FIREBASE_LOGIN_CONFIG": None}), "config", "firebaseConfig"),
    "a key that is misspelt": (SetUp({"FIREBASE_LOGIN_PROVIDER": []}), "config", "FIREBASE_LOGIN_PROVIDERS"),
    "no SECRET_KEY": (SetUp({"SECRET_KEY": None}), "config", "32 or more random bytes"),
    "a user_loader before ours": (SetUp(before=lambda app: load_users_itself(with_manager(app))), "config", "request_loader"),
    "code that fails": (SetUp(before=forget), "app_fails", "flask routes"),
    "a SECRET_KEY that is guessed": (SetUp({"SECRET_KEY": "dev-secret-for-shop"}), "secret_key_weak", "secrets.token_hex"),
    "a SECRET_KEY that is short": (SetUp({"SECRET_KEY": "k9#x"}), "secret_key_weak", "secrets.token_hex"),
    "cookies over plain HTTP": (SetUp({"FIREBASE_LOGIN_COOKIE_SECURE": False}), "cookie_not_secure", "HTTPS"),
    "a cookie without Secure": (
        SetUp(after=lambda app: app.config.update(SESSION_COOKIE_SECURE=False)),
        "session_cookie_not_secure",
        "Do not set SESSION_COOKIE_SECURE",
    ),
    "a cookie for scripts": (SetUp({"SESSION_COOKIE_HTTPONLY": False}), "session_cookie_readable", "Remove"),
    "a cookie that is Strict": (SetUp({"SESSION_COOKIE_SAMESITE": "Strict"}), "session_cookie_strict", "'Lax'"),
    "a cookie that browsers drop": (
        SetUp({"SESSION_COOKIE_SAMESITE": "None", "FIREBASE_LOGIN_COOKIE_SECURE": False}),
        "session_cookie_dropped",
        "'Lax'",
    ),
    "keys out of reach": (SetUp({"FIREBASE_LOGIN_JWKS_URL": NOWHERE}), "keys_unreachable", "HTTPS_PROXY"),
    "a clock ahead": (SetUp(clock=an_hour_ahead), "clock_wrong", "set-ntp"),
    "a clock behind": (SetUp(clock=an_hour_behind), "clock_wrong", "set-ntp"),
    "an emulator that is not there": (
        SetUp(DEMO | {"FIREBASE_LOGIN_EMULATOR_HOST": NOWHERE[7:-5], "FIREBASE_LOGIN_AUTH_PROXY": False}),
        "emulator_unreachable",
        "flask firebase-login emulator --project demo-shop",
    ),
    "no tables": (SetUp(creates=False, statements=["CREATE TABLE other (id INTEGER)"]), "table_missing", "flask db upgrade"),
    "a column that is missing": (
        SetUp(statements=["ALTER TABLE firebase_session DROP COLUMN chosen_name"]),
        "column_missing",
        "flask db migrate",
    ),
    "a column in the way": (
        SetUp(creates=False, statements=["CREATE TABLE firebase_handoff_code (secret_hash TEXT, owner TEXT NOT NULL)"]),
        "column_in_the_way",
        "default",
    ),
    "a column that may not be empty": (
        SetUp(creates=False, statements=["CREATE TABLE firebase_handoff_code (secret_hash TEXT, client_id TEXT NOT NULL)"]),
        "column_not_null",
        "NOT NULL",
    ),
    "an index that is missing": (
        SetUp(statements=["DROP INDEX ix_firebase_session_expires_at"]),
        "index_missing",
        "create it",
    ),
    "uids that are not unique": (
        SetUp(statements=["DROP INDEX ix_firebase_account_firebase_uid"]),
        "unique_missing",
        "unique index",
    ),
    "no database file": (SetUp(creates=False, pragmas=None), "database_missing", "flask db upgrade"),
    "a database in memory": (SetUp({"SQLALCHEMY_DATABASE_URI": "sqlite://"}), "database_in_memory", "sqlite:///site.db"),
    "a database that does not answer": (
        SetUp(
            {"SQLALCHEMY_DATABASE_URI": f"postgresql+psycopg://shop:pa55w0rd@127.0.0.1:{find_free_port()}/shop"},
            creates=False,
            pragmas=None,
        ),
        "database_unreachable",
        "SQLALCHEMY_DATABASE_URI",
    ),
    "SQLite as it comes: its journal": (SetUp(pragmas=None), "sqlite_journal_mode", "PRAGMA journal_mode = WAL"),
    "SQLite as it comes: its foreign keys": (SetUp(pragmas=None), "sqlite_foreign_keys", "PRAGMA foreign_keys = ON"),
    "SQLite without patience": (
        SetUp({"SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 0}}}),
        "sqlite_busy_timeout",
        "PRAGMA busy_timeout = 5000",
    ),
    "a user_loader after ours": (SetUp(after=load_users_itself), "foreign_user_loader", "Remove yours"),
    "sessions under an id that stays": (
        SetUp(after=lambda app: setattr(app, "session_interface", ServerSideInterface())),
        "session_interface",
        "Flask-Session 0.8",
    ),
    "a CSRF protection of another kind": (SetUp(after=SeaSurf), "foreign_csrf_protection", "CSRFProtect"),
    "a CSRF protection by hand": (
        SetUp({"WTF_CSRF_CHECK_DEFAULT": False}, after=CSRFProtect),
        "csrf_by_hand",
        "apply_exemptions=True",
    ),
    "Talisman on plain HTTP": (
        SetUp({"FIREBASE_LOGIN_COOKIE_SECURE": False}, after=Talisman),
        "talisman_https",
        "force_https=False",
    ),
    "Talisman with strict cookies": (
        SetUp(after=lambda app: Talisman(app, session_cookie_samesite="Strict")),
        "session_cookie_strict",
        "session_cookie_samesite='Lax'",
    ),
    "redirects over Firebase's host": (
        SetUp({"FIREBASE_LOGIN_AUTH_PROXY": False}),
        "redirect_third_party",
        "FIREBASE_LOGIN_AUTH_PROXY = True",
    ),
    "redirects over another host": (
        SetUp(
            {
                "FIREBASE_LOGIN_AUTH_PROXY": False,
                "SERVER_NAME": "shop.example",
                "FIREBASE_LOGIN_CONFIG": {"projectId": "shop", "apiKey": API_KEY, "authDomain": "auth.example"},
            }
        ),
        "redirect_third_party",
        "/__/auth/handler",
    ),
    "no authDomain": (
        SetUp({"FIREBASE_LOGIN_AUTH_PROXY": False, "FIREBASE_LOGIN_CONFIG": {"projectId": "shop", "apiKey": API_KEY}}),
        "auth_domain_missing",
        "Firebase console",
    ),
}


def with_manager(app):
    LoginManager(app)
    return app


def close(site):
    with site.app_context():
        site.db.engine.dispose()


def find(done, code):
    findings = json.loads(done.stdout)["findings"]
    return next(finding for finding in findings if finding["code"] == code)


@pytest.fixture
def good(tmp_path, firebase_issuer):
    return SetUp().make(tmp_path, firebase_issuer)


def test_a_good_site_has_no_findings(good):
    """What cannot be looked at from here is said."""
    done = run(good, "doctor")
    assert done.exit_code == 0
    assert done.stdout.startswith("Nothing is wrong.\n")
    assert "repeat with --url" in done.stdout
    assert "FIREBASE_LOGIN_PROVIDERS" in done.stdout
    assert read_json(run(good, "doctor", "--json"))["findings"] == []


@pytest.mark.parametrize(("set_up", "code", "remedy"), BROKEN.values(), ids=BROKEN)
def test_a_broken_set_up_is_named_with_its_remedy(set_up, code, remedy, tmp_path, firebase_issuer):
    """An error ends with 1, a warning with 0; no secret is in what is said."""
    try:
        site = set_up.make(tmp_path, firebase_issuer)
    except Exception as failure:
        site = raising(failure)
    done = run(site, "doctor", "--json")
    finding = find(done, code)
    assert remedy in finding["remedy"]
    levels = {finding["level"] for finding in json.loads(done.stdout)["findings"]}
    assert done.exit_code == ("error" in levels)
    said = done.stdout + run(site, "doctor").output
    assert not [secret for secret in (SECRET_KEY, API_KEY, "pa55w0rd", "dev-secret-for-shop") if secret in said]


def raising(failure):
    def create_app():
        raise failure

    return create_app


def test_each_fault_is_found_alone(tmp_path, firebase_issuer):
    """What is good beside it stays unmentioned."""
    site = SetUp(statements=["DROP INDEX ix_firebase_session_expires_at"]).make(tmp_path, firebase_issuer)
    findings = read_json(run(site, "doctor", "--json"))["findings"]
    assert [finding["code"] for finding in findings] == ["index_missing"]
    assert "'firebase_session.expires_at'" in findings[0]["problem"]


def test_a_column_that_is_too_short_is_found(tmp_path, firebase_issuer, postgresql_url):
    """On an engine that means lengths."""
    statement = "ALTER TABLE firebase_account ALTER COLUMN firebase_uid TYPE VARCHAR(28)"
    site = SetUp({"SQLALCHEMY_DATABASE_URI": postgresql_url}, statements=[statement]).make(tmp_path, firebase_issuer)
    finding = find(run(site, "doctor", "--json"), "column_short")
    assert finding["problem"] == "The column 'firebase_account.firebase_uid' holds 28 characters, and 128 are needed."
    close(site)


def test_a_good_site_on_postgresql_has_no_findings(tmp_path, firebase_issuer, postgresql_url):
    """No pragma is missed there."""
    site = SetUp({"SQLALCHEMY_DATABASE_URI": postgresql_url}).make(tmp_path, firebase_issuer)
    assert read_json(run(site, "doctor", "--json"))["findings"] == []
    close(site)


def test_nothing_is_written(good, tmp_path):
    """Neither in the database, nor beside it."""
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    run(good, "doctor")
    with good.app_context():
        good.db.engine.dispose()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_no_database_file_is_made(tmp_path, firebase_issuer):
    """SQLite would, at the first question."""
    run(SetUp(creates=False, pragmas=None).make(tmp_path, firebase_issuer), "doctor")
    assert not (tmp_path / "shop.db").exists()


def test_the_app_may_be_missing(monkeypatch, tmp_path):
    """Flask's own sentence is kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLASK_APP", raising=False)
    done = CliRunner().invoke(group, ["doctor", "--json"])
    assert done.exit_code == 1
    assert "Could not locate a Flask application" in find(done, "no_app")["problem"]


def test_an_app_without_firebase_login_is_told_how_to_get_one(tmp_path):
    """The command is there for every app of the environment."""
    assert "FirebaseLogin(app, db)" in find(run(Flask("other"), "doctor", "--json"), "no_firebase_login")["remedy"]


def test_a_check_that_fails_itself_keeps_no_other_from_its_findings(good, monkeypatch):
    """A session interface of the site's may need a server that is away, say."""

    def check_nothing(examined):
        raise RuntimeError(SECRET_KEY)

    monkeypatch.setattr(command, "CHECKS", (check_nothing, *command.CHECKS))
    findings = json.loads(run(good, "doctor", "--json").stdout)["findings"]
    assert [finding["problem"] for finding in findings] == ["The check of nothing failed itself: RuntimeError: …"]


def test_an_endpoint_without_a_date_tells_no_time():
    """Nothing is guessed."""
    now = datetime.now(UTC)
    assert [*_check_clock(now, now, Fetched(b"", ""), timedelta(seconds=10))] == []


def test_an_endpoint_says_by_how_much_the_clock_is_wrong_or_what_it_answers(tmp_path, firebase_issuer):
    """The numbers are in the sentence."""
    with KeyEndpoint(firebase_issuer) as endpoint:
        site = SetUp({"FIREBASE_LOGIN_JWKS_URL": endpoint.url}, clock=an_hour_ahead).make(tmp_path, firebase_issuer)
        assert find(run(site, "doctor", "--json"), "clock_wrong")["problem"].startswith(
            ("This machine's clock is 3599 seconds ahead", "This machine's clock is 3600 seconds ahead")
        )
    with KeyEndpoint(firebase_issuer, failing=1.0) as endpoint:
        site = SetUp({"FIREBASE_LOGIN_JWKS_URL": endpoint.url}).make(tmp_path, firebase_issuer)
        assert "the answer was 500" in find(run(site, "doctor", "--json"), "keys_unreachable")["problem"]


# From outside


def test_a_site_that_is_served_well_has_no_findings(good, tmp_path, monkeypatch):
    """Over HTTPS, behind a proxy whose headers it reads."""
    certificate, key = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    good.wsgi_app = ProxyFix(good.wsgi_app)
    with served(good, (str(certificate), str(key))) as url:
        assert read_json(run(good, "doctor", "--json", "--url", url))["findings"] == []


@pytest.mark.parametrize(
    ("wrap", "code", "remedy"),
    [
        (lambda app: app, "no_proxy_fix", "ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)"),
        (lambda app: ProxyFix(app, x_for=0), "proxy_fix_part", "Set both"),
    ],
    ids=["no ProxyFix", "half of it"],
)
def test_a_proxy_that_the_app_does_not_know_of_is_found(good, tmp_path, monkeypatch, wrap, code, remedy):
    """HTTPS ends somewhere in front."""
    certificate, key = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    good.wsgi_app = wrap(good.wsgi_app)
    with served(good, (str(certificate), str(key))) as url:
        done = run(good, "doctor", "--json", "--url", url)
    assert remedy in find(done, code)["remedy"]


def test_a_proxy_that_changes_host_is_found(good):
    """By the site's own rejection of its own page."""
    with served(HostChangingProxyDouble(good)) as url:
        done = run(good, "doctor", "--json", "--url", url)
    assert "x_host=1" in find(done, "proxy_host")["remedy"]
    good.wsgi_app = ProxyFix(good.wsgi_app, x_host=1)
    with served(HostChangingProxyDouble(good)) as url:
        assert read_json(run(good, "doctor", "--json", "--url", url))["findings"] == []


def test_what_stands_in_front_of_the_sign_in_is_found(good):
    """A `csrf.protect()` of the site's, a redirect, another app."""
    good.before_request_funcs[None].insert(0, forbid_posts)
    with served(good) as url:
        finding = find(run(good, "doctor", "--json", "--url", url), "in_front_of_sign_in")
    assert "answered with 403" in finding["problem"]


def forbid_posts():
    return ("Not you", 403) if request.method == "POST" else None


def test_another_site_is_found(good):
    """So is nobody at all, and a certificate that nobody has signed."""
    with served(Flask("other")) as url:
        assert find(run(good, "doctor", "--json", "--url", url), "site_elsewhere")
    assert find(run(good, "doctor", "--json", "--url", NOWHERE), "site_unreachable")


def test_a_certificate_of_nobody_s_is_found(good, tmp_path):
    """As a browser finds it."""
    certificate, key = make_certificate(tmp_path)
    with served(good, (str(certificate), str(key))) as url:
        finding = find(run(good, "doctor", "--json", "--url", url), "site_unreachable")
    assert "CERTIFICATE_VERIFY_FAILED" in finding["problem"]


def test_a_site_in_public_over_plain_http_or_in_development_is_found(good, monkeypatch):
    """Before it is asked anything: no such host answers here."""
    monkeypatch.setenv("FLASK_DEBUG", "1")
    done = run(good, "doctor", "--json", "--url", "http://shop.invalid")
    assert "HTTPS" in find(done, "plain_http")["remedy"]
    assert "FLASK_DEBUG" in find(done, "development_in_public")["remedy"]


@pytest.mark.parametrize("url", ["shop.example", "ftp://shop.example", "https://", ""])
def test_a_url_that_is_none_is_not_understood(good, url):
    """With an example."""
    done = run(good, "doctor", "--url", url)
    assert done.exit_code == 2
    assert "https://shop.example" in done.stderr


@pytest.mark.parametrize(
    ("url", "answer", "codes"),
    [
        ("https://shop.example", httpx.Response(200), ["no_redirect_to_https"]),
        ("https://shop.example", httpx.Response(301, headers={"Location": "/home"}), ["no_redirect_to_https"]),
        ("https://shop.example", httpx.Response(301, headers={"Location": "https://shop.example/"}), []),
        ("https://shop.example:443", httpx.Response(404), ["no_redirect_to_https"]),
        ("https://shop.example", httpx.ConnectError("refused"), []),
        ("https://shop.example:8443", httpx.Response(200), []),
    ],
)
def test_who_types_the_address_without_https_is_led_there(url, answer, codes):
    """Asked at the ports that browsers try, which a test cannot have: httpx answers itself here."""
    with httpx.Client(transport=httpx.MockTransport(lambda request: answer_or_raise(answer))) as client:
        assert [finding.code for finding in _check_plain_http(client, urlsplit(url))] == codes


def answer_or_raise(answer):
    if isinstance(answer, Exception):
        raise answer
    return answer


# The examples


MAKE_TABLES = """
import app
site = app.create_app() if hasattr(app, "create_app") else app.app
with site.app_context():
    site.extensions["sqlalchemy"].create_all()
"""


@pytest.mark.integration
@pytest.mark.parametrize("folder", ["quickstart", "own_look", "notes/site", "grown_site/after"])
def test_the_examples_have_no_findings(folder, emulator, tmp_path):
    """As their READMEs start them, with the emulator; in processes of their own, which an example may set up as it likes."""
    settings = {
        "FLASK_SECRET_KEY": SECRET_KEY,
        "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'site.db'}",
        "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": emulator.project_id, "apiKey": "demo"}),
        "FIREBASE_AUTH_EMULATOR_HOST": emulator.host,
    }
    doctor = ["-m", "flask", "--app", "app", "firebase-login", "doctor", "--json"]
    for arguments in (["-c", MAKE_TABLES], doctor):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT / "examples" / folder,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"findings": [], "not_checked": []}
