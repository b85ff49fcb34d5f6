"""The cookies as a browser sees them, over HTTP and over HTTPS, and when it sends them to another site's pages.

The machine has two names, which are two sites to a browser: 127.0.0.1 is the site here, and localhost the other one.
"""

from __future__ import annotations

import json
import time
from contextlib import closing, contextmanager

import pytest

from flask_firebase_login.testing import LocalIssuer
from site_process import SiteProcess
from tls_site import TLSSiteProcess

DEVICES = "firebase_login_devices"
DAY = 24 * 60 * 60
APP = """
from pathlib import Path

from flask import Flask, request
from flask_login import current_user, login_user
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import FirebaseLogin

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)
firebase = FirebaseLogin(app, db)
app.cli.command("create-tables")(db.create_all)


@app.get("/")
def home():
    return f"<title>{current_user.is_authenticated}</title><a href=/seen>next</a>"


@app.post("/remember")
def remember():
    login_user(current_user, remember=True)
    return {}


@app.route("/seen", methods=["GET", "POST"])
def seen():
    return f"<title>{'|'.join(sorted(request.cookies))}</title>"
"""
SIGN_IN = """async ([path, body]) => {
    const options = {method: 'POST', headers: {'Content-Type': 'application/jwt'}, body, credentials: 'include'};
    return (await fetch(path, options)).status;
}"""
SEND_FORM = """(action) => {
    const form = document.body.appendChild(document.createElement('form'));
    Object.assign(form, {action, method: 'POST'}).submit();
}"""
SHOW = """(src) => new Promise((resolve) => {
    const frame = document.createElement('iframe');
    Object.assign(frame, {src, onload: resolve});
    document.body.append(frame);
})"""


@pytest.fixture(scope="module")
def issuer():
    with LocalIssuer() as issuer:
        yield issuer


@pytest.fixture
def serve(issuer, tmp_path):
    """A function that starts the site, over `http` or `https`, configured as it is told."""

    @contextmanager
    def start(scheme, **config):
        (tmp_path / "app.py").write_text(APP)
        environment = {
            "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'site.db'}",
            "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps(issuer.config["FIREBASE_LOGIN_CONFIG"]),
            "FLASK_FIREBASE_LOGIN_JWKS_URL": issuer.jwks_url,
            "FLASK_FIREBASE_LOGIN_EMULATOR_HOST": "",
            **config,
        }
        kind = TLSSiteProcess if scheme == "https" else SiteProcess
        server = kind("app:app", tmp_path, environment, log=tmp_path / "site.log")
        server.run_flask("create-tables")
        with server:
            yield server

    return start


@pytest.fixture
def visit(browser):
    """A function that opens the site in a browser context of its own, for as long as `with` says."""

    @contextmanager
    def open_page(server):
        with closing(browser.new_context(base_url=server.url, ignore_https_errors=True)) as context:
            page = context.new_page()
            page.goto("/")
            yield page

    return open_page


def sign_in(page, issuer):
    assert page.evaluate(SIGN_IN, ["/auth/sign-in", issuer.mint(email="ada@example.com")]) == 200
    assert page.evaluate(SIGN_IN, ["/remember", ""]) == 200


def cookies_of(page):
    return {cookie["name"]: cookie for cookie in page.context.cookies()}


@pytest.mark.parametrize(("scheme", "config"), [("https", {}), ("http", {"FLASK_FIREBASE_LOGIN_COOKIE_SECURE": "false"})])
def test_what_a_browser_keeps(serve, visit, issuer, scheme, config):
    """`Secure` over HTTPS; `HttpOnly`, `SameSite=Lax`, the host alone and the root path always; not longer than Flask says."""
    with serve(scheme, **config) as server, visit(server) as page:
        assert cookies_of(page) == {}
        sign_in(page, issuer)
        kept = cookies_of(page)
        assert sorted(kept) == [DEVICES, "remember_token", "session"]
        for cookie in kept.values():
            attributes = {name: cookie[name] for name in ("secure", "httpOnly", "sameSite", "path", "domain")}
            assert attributes == {
                "secure": scheme == "https",
                "httpOnly": True,
                "sameSite": "Lax",
                "path": "/",
                "domain": "127.0.0.1",
            }
        assert kept["session"]["expires"] == pytest.approx(time.time() + 31 * DAY, abs=600)
        for name in (DEVICES, "remember_token"):
            assert kept[name]["expires"] == pytest.approx(time.time() + 365 * DAY, abs=600)
        assert page.evaluate("document.cookie") == ""


def test_signing_out_takes_both_cookies_away(serve, visit, issuer):
    """The browser keeps neither; that it is known stays."""
    with serve("https") as server, visit(server) as page:
        sign_in(page, issuer)
        assert page.evaluate(SIGN_IN, ["/auth/sign-out", ""]) == 204
        assert [*cookies_of(page)] == [DEVICES]


def test_a_host_cookie_is_kept_over_https_and_refused_over_http(serve, visit, issuer):
    """`SESSION_COOKIE_NAME = "__Host-session"`: the browser itself holds the site to `Secure`, the root path and one host."""
    named = {"FLASK_SESSION_COOKIE_NAME": "__Host-session"}
    with serve("https", **named) as server, visit(server) as page:
        sign_in(page, issuer)
        assert cookies_of(page)["__Host-session"]["secure"]
        page.reload()
        assert page.title() == "True"
    with serve("http", FLASK_FIREBASE_LOGIN_COOKIE_SECURE="false", **named) as server, visit(server) as page:
        assert page.evaluate(SIGN_IN, ["/auth/sign-in", issuer.mint(email="ada@example.com")]) == 200
        assert [*cookies_of(page)] == [DEVICES]


def test_what_is_sent_across_sites(serve, visit, issuer):
    """A link brings the cookies along; another site's form, frame and `fetch` do not, and its sign-in is rejected."""
    with serve("https") as server, visit(server) as page:
        sign_in(page, issuer)
        there = f"{server.url}/seen"
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        page.goto("/seen")
        assert page.title() == f"{DEVICES}|remember_token|session"

        page.goto(elsewhere)
        page.evaluate("(there) => { document.querySelector('a').href = there; }", there)
        page.click("a")
        page.wait_for_url(there)
        assert page.title() == f"{DEVICES}|remember_token|session"

        page.goto(elsewhere)
        page.evaluate(SEND_FORM, there)
        page.wait_for_url(there)
        assert page.title() == ""

        page.goto(elsewhere)
        page.evaluate(SHOW, there)
        assert page.frames[-1].title() == ""
        with page.expect_response(there) as answer:
            page.evaluate("(there) => fetch(there, {credentials: 'include', mode: 'no-cors'}).then(() => 0)", there)
        assert "cookie" not in answer.value.request.all_headers()

        with page.expect_response(f"{server.url}/auth/sign-in") as answer:
            page.evaluate(SEND_FORM, f"{server.url}/auth/sign-in")
        page.wait_for_url(f"{server.url}/auth/sign-in")
        assert answer.value.status == 403
        page.goto(server.url)
        assert page.title() == "True"


def test_a_cookie_for_pages_of_other_sites_is_held_by_our_own_protection(serve, visit, issuer):
    """`SESSION_COOKIE_SAMESITE = "None"`: the browser sends it along, and the request is rejected by its origin."""
    with serve("https", FLASK_SESSION_COOKIE_SAMESITE="None") as server, visit(server) as page:
        sign_in(page, issuer)
        assert {cookie["sameSite"] for cookie in cookies_of(page).values()} == {"None"}
        page.goto(server.url.replace("127.0.0.1", "localhost"))
        with page.expect_response(f"{server.url}/seen") as answer:
            page.evaluate(SEND_FORM, f"{server.url}/seen")
        assert "session=" in answer.value.request.all_headers()["cookie"]
        assert answer.value.status == 403
