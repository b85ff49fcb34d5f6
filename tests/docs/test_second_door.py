"""docs/second-door.md: each of its blocks is run, at a served site that registers the page's own apps."""

from __future__ import annotations

import asyncio
import html
import json
import re
import types
import webbrowser
from pathlib import Path
from threading import Thread

import flet
import httpx
import pytest
from werkzeug.serving import make_server

from flask_firebase_login.native_clients import read_native_clients
from preferences_double import PreferencesInMemory

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "second-door.md").read_text()
QUICKSTART = (ROOT / "examples" / "quickstart" / "app.py").read_text()


def block(name):
    """The block of Python below a comment of this name."""
    return re.search(rf"<!-- {name} -->\n```python\n(.*?)```", PAGE, re.DOTALL)[1]


def run_block(name, **names):
    namespace = dict(names)
    exec(compile(block(name), f"docs/second-door.md, {name}", "exec"), namespace)
    return namespace


@pytest.fixture
def served(monkeypatch, firebase_issuer, tmp_path):
    """The README's site, with the apps that the page registers; the address where it is."""
    registered = {}
    exec(re.search(r"```python\n(FIREBASE_LOGIN_NATIVE_CLIENTS = .*?)```", PAGE, re.DOTALL)[1], registered)
    settings = firebase_issuer.config | {
        "FIREBASE_LOGIN_NATIVE_CLIENTS": registered["FIREBASE_LOGIN_NATIVE_CLIENTS"],
        "FIREBASE_LOGIN_COOKIE_SECURE": False,
    }
    environment = {f"FLASK_{key}": json.dumps(value) for key, value in settings.items()}
    environment |= {"FLASK_SECRET_KEY": "s" * 32, "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/site.db"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    module = types.ModuleType("quickstart")
    exec(compile(QUICKSTART, "app.py", "exec"), module.__dict__)
    with module.app.app_context():
        module.db.create_all()
    server = make_server("127.0.0.1", 0, module.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()
    with module.app.app_context():
        module.db.engine.dispose()


class Browser:
    """Somebody at a browser, signed in at the site, who presses the main button of each page that is opened."""

    def __init__(self, site, id_token):
        self.http = httpx.Client(base_url=site, trust_env=False, headers={"Accept": "text/html"})
        self.http.post("/auth/sign-in", json={"id_token": id_token}).raise_for_status()
        self.opened = []
        self.threads = []

    def open(self, address, *_):
        self.opened.append(address)
        self.threads.append(Thread(target=self.press, args=(address,)))
        self.threads[-1].start()
        return True

    def press(self, address):
        page = self.http.get(address).text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        action = html.unescape(re.search(r'<form method="post" action="([^"]+)"', page)[1])
        answer = self.http.post(action, data=fields | {"answer": "allow"})
        if answer.headers.get("Location", "").startswith("http"):
            httpx.get(answer.headers["Location"], trust_env=False)

    def close(self):
        for thread in self.threads:
            thread.join()
        self.http.close()


@pytest.fixture
def browser(served, firebase_issuer, monkeypatch, tmp_path):
    """What `webbrowser` opens."""
    browser = Browser(served, firebase_issuer.mint(email="ada@example.com", name="Ada"))
    monkeypatch.setattr(webbrowser, "_tryorder", ["theirs"])
    monkeypatch.setitem(webbrowser._browsers, "theirs", [None, browser])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "*")
    yield browser
    browser.close()


def test_the_apps_of_the_page_may_be_registered(served):
    """As they stand there."""
    metadata = httpx.get(f"{served}/.well-known/oauth-authorization-server/auth", trust_env=False).json()
    assert metadata["issuer"] == f"{served}/auth"
    with pytest.raises(Exception, match="no way to sign in"):
        read_native_clients("X", {"notes": {"name": "Notes"}})


def test_a_command_line(served, browser):
    """The first run opens the browser, the next one does not."""
    hello = run_block("command line")["hello"]
    for _ in range(2):
        assert hello(served)["hello"] == "Ada"
    assert len(browser.opened) == 1


def test_flet(served, browser, monkeypatch):
    """The page opens the address."""

    class UrlLauncherDouble:
        """Flet's `UrlLauncher`, which asks the app's window to open an address."""

        async def launch_url(self, address):
            browser.open(address)

    class PageDouble:
        """Flet's `Page`, which runs tasks on its own loop from any thread."""

        def __init__(self):
            self.loop = asyncio.get_running_loop()

        def run_task(self, task, *arguments):
            return asyncio.run_coroutine_threadsafe(task(*arguments), self.loop)

    async def run():
        return await run_block("Flet")["hello"](PageDouble(), served, preferences)

    monkeypatch.setattr(flet, "UrlLauncher", UrlLauncherDouble)
    preferences = PreferencesInMemory()
    for _ in range(2):
        assert asyncio.run(run())["hello"] == "Ada"
    assert len(browser.opened) == 1


def test_a_device(served, browser):
    """The user types what it shows, elsewhere."""

    def show(text):
        address, user_code = re.fullmatch(r"Open (\S+) and type (\S+)", text).groups()
        browser.open(f"{address}?user_code={user_code}")

    assert run_block("device", print=show)["hello"](served)["hello"] == "Ada"


def test_the_way_back(served, browser, firebase_issuer):
    """Another user's browser is theirs then."""
    from flask_firebase_login_client import FirebaseLoginAuth, SiteClient

    id_token = firebase_issuer.mint(email="bob@example.com", name="Bob")
    auth = FirebaseLoginAuth(served, lambda force_refresh: id_token)
    with SiteClient(auth, trust_env=False) as client:
        client.get("/api/hello")
        run_block("the way back")["open_account_page"](auth, client)
    browser.threads[-1].join()
    assert browser.http.get("/api/hello").json()["hello"] == "Bob"
