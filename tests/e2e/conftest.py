"""Debian's Chromium, driven against a real server and the real emulator; every page is watched."""

from __future__ import annotations

import json
import re
import shutil
from urllib.parse import urlsplit

import httpx
import pytest
from emptied import forget_everybody
from playwright.sync_api import expect, sync_playwright

from notes_processes import make_notes_app, make_notes_site
from second_door import CLIENTS

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # machines are noisy; nothing waits longer than it must
PROVIDERS = ["google.com", "apple.com", "facebook.com", "github.com", "password", "emailLink"]


def pytest_addoption(parser):
    parser.addoption("--make-screenshots", action="store_true", help="write the pictures into docs/screenshots")


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/e2e" in item.nodeid:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("There is no Chromium: install it (on Debian: apt-get install chromium).")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Watched:
    """A browser context, and what must not happen in it: errors, policy violations, requests to other hosts."""

    def __init__(self, context, allowed_hosts):
        self.context = context
        self.allowed_hosts = allowed_hosts
        self.problems = []
        self.expected = [r"404 .*/favicon\.ico$"]  # of the quickstart's own page, which brings none
        context.on("request", self._check_request)
        context.on("console", self._check_console)
        context.on("weberror", lambda error: self.problems.append(f"error: {error.error}"))

    def page(self):
        return self.context.new_page()

    def expect(self, pattern):
        """Say which problem a test provokes, and why it is none: such as the browser's own note of a rejected request."""
        self.expected.append(pattern)

    def check(self):
        unexpected = [problem for problem in self.problems if not any(re.search(pattern, problem) for pattern in self.expected)]
        assert unexpected == []

    def _check_request(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self.allowed_hosts:
            self.problems.append(f"request: {request.url}")

    def _check_console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text} {message.location.get('url', '')}")


@pytest.fixture
def people(emulator):
    """The emulator, with nobody in it."""
    emulator.clear()
    return emulator


@pytest.fixture(scope="session")
def shared_site(start_site, tmp_path_factory):
    """The quickstart under gunicorn, with every way to sign in that the emulator offers; and the file of its database."""
    folder = tmp_path_factory.mktemp("shared-site")
    settings = {"PROVIDERS": PROVIDERS, "NATIVE_CLIENTS": CLIENTS}
    environment = {f"FLASK_FIREBASE_LOGIN_{key}": json.dumps(value) for key, value in settings.items()}
    with start_site(folder, **environment) as server:
        yield server, folder / "site.db"


@pytest.fixture
def running_site(shared_site, people):
    """The same for all tests that need no other, with nobody in it."""
    server, database = shared_site
    forget_everybody(database)
    return server


@pytest.fixture
def watch(browser, emulator):
    """A function that opens a watched browser context for a site."""
    opened = []

    def open_context(server, *, more_hosts=(), **options):
        hosts = {urlsplit(server.url).netloc, emulator.host, *more_hosts}
        watched = Watched(browser.new_context(base_url=server.url, **({"locale": "en"} | options)), hosts)
        opened.append(watched)
        return watched

    yield open_context
    for watched in opened:
        watched.context.close()
    for watched in opened:
        watched.check()


@pytest.fixture
def visitor(watch, running_site):
    """Somebody at a browser of their own."""
    return watch(running_site)


RIVE = re.compile(r"^https://cdn\.jsdelivr\.net/npm/@rive-app/")
"""The one address elsewhere that Flutter's page asks for: a module for animations that the app does not need. It is blocked."""
NOISE = [r"net::ERR_FAILED https://cdn\.jsdelivr\.net", r"Password field is not contained in a form"]


@pytest.fixture(scope="session")
def notes_processes(emulator, tmp_path_factory):
    """The Notes site and its app, started once for all tests."""
    folder = tmp_path_factory.mktemp("notes")
    with make_notes_site(emulator, folder) as site, make_notes_app(site, emulator, folder, poll_seconds=0.3) as app:
        yield site, app


@pytest.fixture
def notes_site(notes_processes, people):
    """The Notes site, with nobody at Firebase; a test may stop it."""
    site, _ = notes_processes
    yield site
    try:
        httpx.get(site.url, trust_env=False)
    except httpx.ConnectError:
        site.restart()


@pytest.fixture
def notes_app(notes_processes, notes_site):
    """The Notes app, served to browsers."""
    return notes_processes[1]


@pytest.fixture
def open_phone(watch, notes_app):
    """A function that opens a browser context for the app."""
    opened = []

    def open_context(**options):
        watched = watch(notes_app, **({"viewport": {"width": 420, "height": 780}} | options))
        watched.context.route(RIVE, lambda route: route.abort())
        watched.expect(rf"^request: {RIVE.pattern.removeprefix('^')}")  # asked, and blocked
        for noise in NOISE:
            watched.expect(noise)
        opened.append(watched)
        return watched

    yield open_context
    for watched in opened:
        watched.context.close()  # before the app may end, or its socket would complain


@pytest.fixture
def phone(open_phone):
    """A browser context that shows the app."""
    return open_phone()


@pytest.fixture
def laptop(watch, notes_site):
    """A browser context that shows the site."""
    return watch(notes_site)
