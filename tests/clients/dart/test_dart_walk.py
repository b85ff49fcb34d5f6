"""The way of a Dart app through the site's own page, at the real site, with a browser that a test plays."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from client_drivers import driver_command
from conformance import Driver

pytestmark = pytest.mark.integration
APP = {"client_id": "notes", "redirect_uri": "com.example.notes:/signed-in"}
CLIENTS = {"notes": {"name": "Notes", "redirect_uris": [APP["redirect_uri"]]}}


class Browser:
    """The system browser: it opens addresses, and its user answers what the site asks.

    Args:
        device: Signed in at the site, by cookie.
    """

    def __init__(self, device: httpx.Client) -> None:
        self.device = device
        self.answer = "allow"
        self.opened: list[str] = []

    def open(self, address: str) -> list[str]:
        """Return what the browser comes back to."""
        self.opened.append(address)
        page = self.device.get(address)
        assert page.status_code == 200, page.text
        stamp = re.search(r'name="account" value="([^"]+)"', page.text)[1]
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        answered = self.device.post(address, data={"account": stamp, "answer": self.answer}, headers={"Origin": origin})
        return [answered.headers["Location"]]


@pytest.fixture
def browse():
    """A function that lets drivers open a browser, and returns where."""
    servers = []

    def serve(browser):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"comes_back": browser.open(parse_qs(urlsplit(self.path).query)["address"][0])}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Keep silent."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", ["dart-io", "dart-http"])
def test_the_way_of_an_app_through_the_sites_page(name, emulator, start_site, tmp_path, browse):
    """Sign in, be killed, call on, be signed out by the site, sign in again, lead into the browser, sign out."""
    id_token = emulator.sign_in_with_google(f"page-{name}@example.com", "Ada Lovelace")["idToken"]
    with start_site(tmp_path, FLASK_FIREBASE_LOGIN_NATIVE_CLIENTS=json.dumps(CLIENTS)) as site, site.device() as laptop:
        laptop.post("/auth/sign-in", content=id_token, headers={"Content-Type": "application/jwt"}).raise_for_status()
        browser = Browser(laptop)
        told = {
            "site": site.url, "now": "real", "file": str(tmp_path / "session.json"), "sign_in_by": APP, "browser": browse(browser),
        }  # fmt: skip
        hello = {"url": f"{site.url}/api/hello", "method": "GET"}

        app = Driver(driver_command(name))
        app.do("start", **told)
        answer = app.do("call", **hello)
        assert (answer["status"], json.loads(answer["body"])["hello"]) == (200, "Ada Lovelace")
        app.kill()

        with Driver(driver_command(name)) as app:
            app.do("start", **told)
            assert app.do("load") == {"state": "signed_in"}
            assert app.do("call", **hello)["status"] == 200
            assert len(browser.opened) == 1

            sessions = laptop.get("/auth/sessions").json()["sessions"]
            assert sorted(one["transport"] for one in sessions) == ["bearer", "cookie"]
            assert laptop.delete("/auth/sessions").status_code == 204
            assert app.do("call", **hello)["status"] == 200
            assert len(browser.opened) == 2

            link = app.do("browser_url", next="/auth/")
            assert link["url"].startswith(f"{site.url}/auth/continue?link=")
            assert laptop.get(link["url"]).status_code in {200, 303}

            assert app.do("sign_out") == {"ended": True}
            assert [one["transport"] for one in laptop.get("/auth/sessions").json()["sessions"]] == ["cookie"]

            browser.answer = "deny"
            assert app.do("call", **hello)["error"]["kind"] == "sign_in_denied"


def test_an_app_that_the_site_does_not_know_is_told_so(emulator, start_site, tmp_path, browse):
    """By the page, which leads nowhere: the user closes it."""
    with start_site(tmp_path, FLASK_FIREBASE_LOGIN_NATIVE_CLIENTS=json.dumps(CLIENTS)) as site:

        class Closed:
            def open(self, address):
                assert httpx.get(address).status_code == 400
                return []

        unknown = {"client_id": "others", "redirect_uri": "com.example.others:/signed-in"}
        with Driver(driver_command("dart-io")) as app:
            app.do("start", site=site.url, now="real", sign_in_by=unknown, browser=browse(Closed()))
            error = app.do("call", url=f"{site.url}/api/hello", method="GET")["error"]
            assert error["kind"] == "browser_closed"
