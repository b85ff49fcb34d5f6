"""`python -m flask_firebase_login_client`: for scripts and for curl."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import webbrowser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from client_drivers import CLIENTS
from flask_firebase_login_client import command_line
from flask_firebase_login_client.command_line import default_store, main
from scripted_site import ScriptedSite

DATE = "Mon, 01 Jun 2026 12:00:00 GMT"
BEARER = {"Authorization": "Bearer bearer-1"}
TOKEN = {"json": {"access_token": "bearer-1", "token_type": "Bearer"}}
ADA = {"json": {"firebase_uid": "ada", "name": "Ada", "email": "ada@example.com"}}
ENDED = {"status": 401, "json": {"code": "not_signed_in"}}
SIGNING_IN = [
    {"asked": "POST /auth/token", "answer": TOKEN},
    {"asked": "GET /auth/account", "headers": BEARER, "answer": ADA},
]
KEPT = {"asked": "GET /auth/account", "headers": BEARER, "answer": ADA}
CODE = {"device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": "https://shop.example/auth/device", "expires_in": 9}


@pytest.fixture
def site():
    with ScriptedSite(DATE) as scripted:
        yield scripted
        scripted.check_played()
        assert scripted.problems == []


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A user's folder of this test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path


@pytest.fixture
def browser(monkeypatch):
    """The user's browser: each address that it opens; where that is the site's page, it comes back with `answer`."""
    opened = Opened()
    monkeypatch.setattr(webbrowser, "open", opened)
    yield opened
    for thread in opened.threads:
        thread.join()


class Opened(list):
    def __init__(self):
        super().__init__()
        self.answer, self.threads = {"code": "code-1"}, []

    def __call__(self, address):
        self.append(address)
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if "redirect_uri" in query:
            back = {"state": query["state"], "iss": address.partition("/authorize?")[0]} | self.answer
            come_back = threading.Thread(target=lambda: httpx.get(query["redirect_uri"], params=back, trust_env=False))
            come_back.start()
            self.threads.append(come_back)
        return True


def sign_in(site, *more):
    return main(["sign-in", site.url, "--client-id", "notes-cli", *more])


def test_sign_in_says_who_is_signed_in_and_keeps_the_session(site, browser, capsys, home):
    """In a file of the user's alone; a second run opens no browser."""
    site.play([*SIGNING_IN, KEPT, KEPT])
    assert sign_in(site) == 0
    shown = capsys.readouterr()
    assert shown.out == f"Signed in at {site.url} as Ada <ada@example.com>.\n"
    assert browser[0] in shown.err
    (file,) = home.rglob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["bearer"] == "bearer-1"
    assert sign_in(site) == 0
    assert len(browser) == 1


def test_sign_in_again_is_for_another_user(site, browser, capsys):
    """And ends the session before at the site."""
    site.play([*SIGNING_IN, KEPT, *SIGNING_IN, {"asked": "POST /auth/sign-out", "headers": BEARER, "answer": {"status": 204}}])
    assert sign_in(site) == 0
    assert sign_in(site, "--again", "--login-hint", "bob@example.com") == 0
    assert "login_hint=bob%40example.com" in browser[1]
    assert capsys.readouterr().out.count("Signed in") == 2


def test_the_token_is_for_curl(site, browser, capsys):
    """It alone, without asking the site; where there is none, that is told."""
    assert main(["token", site.url]) == 1
    shown = capsys.readouterr()
    assert (shown.out, "run python -m flask_firebase_login_client sign-in" in shown.err) == ("", True)
    site.play([*SIGNING_IN, KEPT])
    sign_in(site)
    capsys.readouterr()
    assert main(["token", site.url]) == 0
    assert capsys.readouterr().out == "bearer-1\n"


def test_sign_out_ends_the_session(site, browser, capsys, home):
    """Here and at the site."""
    site.play([*SIGNING_IN, KEPT, {"asked": "POST /auth/sign-out", "headers": BEARER, "answer": {"status": 204}}])
    sign_in(site)
    assert main(["sign-out", site.url]) == 0
    assert capsys.readouterr().out.endswith(f"Signed out at {site.url}.\n")
    assert [*home.rglob("*.json")] == []
    assert main(["token", site.url]) == 1


def test_sign_out_without_a_connection_is_told(site, browser, capsys):
    """By the exit status; once more, and the site is told."""
    site.play([*SIGNING_IN, KEPT, {"asked": "POST /auth/sign-out", "answer": {"dropped": "whole"}}])
    sign_in(site)
    assert main(["sign-out", site.url]) == 3
    assert "sign out once more" in capsys.readouterr().err
    assert main(["token", site.url]) == 1
    site.play([{"asked": "POST /auth/sign-out", "headers": BEARER, "answer": {"status": 204}}])
    assert main(["sign-out", site.url]) == 0


def link_of(site, **expected):
    answer = {"json": {"url": f"{site.url}/auth/continue?link=link-1", "expires_in": 60}}
    return {"asked": "POST /auth/browser-links", "headers": BEARER, "answer": answer} | expected


def test_open_leads_into_the_browser_signed_in(site, browser, capsys):
    """Or prints the address; where the site has ended the session, that is told."""
    site.play([*SIGNING_IN, KEPT, link_of(site, json={"next": "/auth/"}), link_of(site, json={})])
    sign_in(site)
    assert main(["open", site.url, "/auth/"]) == 0
    assert browser[-1] == f"{site.url}/auth/continue?link=link-1"
    capsys.readouterr()
    assert main(["open", site.url, "--print"]) == 0
    assert capsys.readouterr().out == f"{site.url}/auth/continue?link=link-1\n"
    site.play([{"asked": "POST /auth/browser-links", "answer": ENDED}])
    assert main(["open", site.url]) == 1
    assert "the site has ended the session" in capsys.readouterr().err


def test_open_without_a_browser_is_told(site, browser, capsys, monkeypatch):
    """With the way to get the address."""
    site.play([*SIGNING_IN, KEPT, link_of(site)])
    sign_in(site)
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    assert main(["open", site.url]) == 1
    shown = capsys.readouterr()
    assert "--print" in shown.err
    assert "link-1" not in shown.err


def test_a_device_shows_a_code(site, capsys, monkeypatch):
    """And opens no browser."""
    monkeypatch.setattr(webbrowser, "open", lambda address: pytest.fail("a browser"))
    site.play(
        [{"asked": "POST /auth/device", "form": {"client_id": "notes-cli"}, "answer": {"json": CODE | {"interval": 0.01}}}]
    )
    site.play([*SIGNING_IN, KEPT])
    assert sign_in(site, "--device") == 0
    assert "type this code: BCDF-GHJK" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        ({"error": "access_denied"}, 1, "said no"),
        ({"error": "unauthorized_client"}, 1, "FIREBASE_LOGIN_NATIVE_CLIENTS"),
        ({"error": "server_error", "error_description": "Broken\x1b[2J."}, 1, "Broken[2J."),
        ({"iss": "https://evil.example/auth", "code": "c"}, 1, "iss is another"),
    ],
)
def test_what_goes_wrong_is_told_without_a_traceback(site, browser, capsys, answer, status, told):
    """With an exit status, and what to do."""
    browser.answer = answer
    assert sign_in(site) == status
    shown = capsys.readouterr()
    assert (shown.out, told in shown.err) == ("", True)
    assert "\x1b" not in shown.err


def test_a_site_that_is_none_is_told(site, browser, capsys):
    """One that does not answer, one that answers otherwise, and one that is no address."""
    assert main(["sign-out", "http://127.0.0.1:9", "--prefix", "/auth"]) == 0  # nothing is kept of it
    site.play([*SIGNING_IN[:1], {"asked": "GET /auth/account", "answer": {"dropped": "whole"}}])
    assert sign_in(site) == 3
    assert "does not answer" in capsys.readouterr().err
    for wrong in ("shop.example", "https://shop.example/path", "https://shop.example:x", ""):
        with pytest.raises(SystemExit) as ended:
            main(["token", wrong])
        assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_prefix_that_is_wrong_is_told(site, browser, capsys):
    """By the status of the answer."""
    site.play([*SIGNING_IN, {"asked": "GET /auth/account", "answer": {"status": 500, "json": {}}}])
    assert sign_in(site) == 1
    assert "answers 500" in capsys.readouterr().err


def test_a_store_that_cannot_be_written_is_told(site, browser, capsys, tmp_path):
    """Because the next command would know of no session."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    site.play([*SIGNING_IN, KEPT])
    assert sign_in(site, "--store", str(blocked / "session.json")) == 1
    assert "could not be stored" in capsys.readouterr().err


def test_an_interrupt_is_no_traceback(site, capsys, monkeypatch):
    """Its exit status is the shell's."""

    def interrupt(told):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "print_token", interrupt)
    assert main(["token", site.url]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "inf"])
def test_a_timeout_is_a_number_of_seconds(site, capsys, seconds):
    """Or a mistake, which is told."""
    with pytest.raises(SystemExit) as ended:
        sign_in(site, "--timeout", seconds)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("platform", "environment", "place"),
    [
        ("linux", {"XDG_CONFIG_HOME": "/home/ada/conf"}, "/home/ada/conf/flask-firebase-login/https_shop.example.json"),
        ("linux", {}, "~/.config/flask-firebase-login/https_shop.example.json"),
        ("darwin", {}, "~/Library/Application Support/flask-firebase-login/https_shop.example.json"),
        ("win32", {"APPDATA": "/Roaming"}, "/Roaming/flask-firebase-login/https_shop.example.json"),
        ("win32", {}, "~/AppData/Roaming/flask-firebase-login/https_shop.example.json"),
    ],
)
def test_each_site_has_a_file_in_the_folder_for_settings(platform, environment, place):
    """By the custom of the operating system."""
    assert default_store("https://shop.example/", "/auth", environment, platform) == Path(place).expanduser()


def test_another_prefix_or_port_has_another_file():
    """Two apps at one site have two sessions."""
    places = ["http://a:1", "http://a:2", "http://a/1", "http://A/1", "http://a_1", "http://a", "https://a"]
    names = {default_store(site, prefix, {}, "linux").name for site in places for prefix in ("/auth", "/x", "/X", "_x")}
    assert len(names) == 4 * len(places)


@pytest.mark.integration
def test_the_module_is_a_command(site, home, tmp_path):
    """As `python -m`, with the browser that `BROWSER` names."""
    browser = tmp_path / "browser.py"
    browser.write_text(
        "import sys, urllib.parse, urllib.request\n"
        "query = urllib.parse.parse_qs(urllib.parse.urlsplit(sys.argv[1]).query)\n"
        "back = {'state': query['state'][0], 'iss': sys.argv[1].partition('/authorize?')[0], 'code': 'code-1'}\n"
        "urllib.request.urlopen(query['redirect_uri'][0] + '?' + urllib.parse.urlencode(back)).read()\n"
    )
    site.play([*SIGNING_IN, KEPT])
    environment = os.environ | {
        "PYTHONPATH": str(CLIENTS / "python" / "src"),
        "BROWSER": f"{sys.executable} {browser} %s",
    }
    command = [sys.executable, "-m", "flask_firebase_login_client"]

    def run(*arguments):
        return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)

    done = run("sign-in", site.url, "--client-id", "notes-cli")
    assert (done.returncode, done.stdout) == (0, f"Signed in at {site.url} as Ada <ada@example.com>.\n"), done.stderr
    assert run("token", site.url).stdout == "bearer-1\n"
    assert "sign-out" in run("--help").stdout
    assert run("sign-in", "--help").returncode == 0
