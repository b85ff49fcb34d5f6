"""The way of an app in Python through the site's own page, at the real site, with a browser that a test plays."""

from __future__ import annotations

import json
import re
import subprocess
import webbrowser
from datetime import timedelta
from urllib.parse import urlsplit

import anyio
import httpx
import pytest

from flask_firebase_login_client import (
    AsyncSiteClient,
    BrowserSignIn,
    ClientNotRegistered,
    DeviceSignIn,
    FileStore,
    FirebaseLoginAuth,
    SignInDenied,
    SignInRejected,
    SignInTimedOut,
    SiteClient,
)
from flask_firebase_login_client.command_line import main

pytestmark = pytest.mark.integration
CLIENTS = {
    "notes-cli": {"name": "Notes", "redirect_uris": ["http://127.0.0.1/callback"]},
    "notes-tv": {"name": "Notes on television", "device_code": True},
}


class Browser:
    """The user's browser, in which somebody is signed in at the site, and who answers what it asks.

    Args:
        device: Signed in by cookie.
    """

    def __init__(self, device):
        self.device = device
        self.answer = "allow"
        self.opened = []

    def __call__(self, address):
        """Open an address, answer, and go where the site leads."""
        self.opened.append(address)
        page = self.device.get(address)
        if page.status_code == 200:
            page = self.device.post(address, data=self.read(page) | {"answer": self.answer}, headers=self.headers(address))
        if "Location" in page.headers:
            assert httpx.get(page.headers["Location"]).status_code == 200

    def show(self, code):
        """Type a device's code."""
        page = self.device.get(code.verification_uri_complete)
        form = self.read(page) | {"user_code": code.user_code, "answer": self.answer}
        address = f"{code.verification_uri}/answer"
        assert self.device.post(address, data=form, headers=self.headers(address)).status_code == 200

    def read(self, page):
        return {"account": re.search(r'name="account" value="([^"]+)"', page.text)[1]}

    def headers(self, address):
        return {"Origin": "{0.scheme}://{0.netloc}".format(urlsplit(address))}


@pytest.fixture
def browser(emulator, start_site, tmp_path):
    id_token = emulator.sign_in_with_google("page-python@example.com", "Ada Lovelace")["idToken"]
    with start_site(tmp_path, FLASK_FIREBASE_LOGIN_NATIVE_CLIENTS=json.dumps(CLIENTS)) as site, site.device() as laptop:
        laptop.post("/auth/sign-in", content=id_token, headers={"Content-Type": "application/jwt"}).raise_for_status()
        browser = Browser(laptop)
        browser.site = site.url
        yield browser


def sessions(browser):
    return sorted(one["transport"] for one in browser.device.get("/auth/sessions").json()["sessions"])


@pytest.mark.parametrize("way", ["threads", "asyncio", "trio"])
def test_the_way_of_an_app_through_the_sites_page(browser, tmp_path, way):
    """Sign in, call on after a restart, be signed out by the site, sign in again, lead into the browser, sign out."""
    store = FileStore(tmp_path / "session.json")

    def make():
        return FirebaseLoginAuth(browser.site, BrowserSignIn("notes-cli", open_browser=browser), store=store)

    async def walk(make_client):
        async with make_client(make()) as client:
            assert (await client.get("/api/hello")).json()["hello"] == "Ada Lovelace"
        auth = make()
        async with make_client(auth) as client:
            assert (await client.get("/api/hello")).status_code == 200
            assert len(browser.opened) == 1
            assert sessions(browser) == ["bearer", "cookie"]
            assert browser.device.delete("/auth/sessions").status_code == 204
            assert (await client.get("/api/hello")).status_code == 200
            assert len(browser.opened) == 2
            address = await client.browser_url(auth, "/auth/")
            assert address.startswith(f"{browser.site}/auth/continue?link=")
            assert browser.device.get(address).status_code in {200, 303}
            with pytest.raises(SignInRejected):
                await client.browser_url(auth, "https://evil.example/")
            assert await client.sign_out(auth) is True
            assert sessions(browser) == ["cookie"]
            browser.answer = "deny"
            with pytest.raises(SignInDenied):
                await client.get("/api/hello")

    anyio.run(walk, Threads if way == "threads" else Tasks, backend="asyncio" if way == "threads" else way)


class Threads:
    """A `SiteClient`, whose calls are made in place."""

    def __init__(self, auth):
        self.client = SiteClient(auth)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.client.close()

    async def get(self, path):
        return self.client.get(path)

    async def browser_url(self, auth, page):
        return auth.browser_url(self.client, page)

    async def sign_out(self, auth):
        return auth.sign_out(self.client)


class Tasks(AsyncSiteClient):
    """An `AsyncSiteClient`, with the same methods."""

    async def browser_url(self, auth, page):
        return await auth.abrowser_url(self, page)

    async def sign_out(self, auth):
        return await auth.asign_out(self)


def test_a_device_signs_in_by_a_code(browser):
    """That the user types in the browser; one that they deny is told."""
    waits = []
    auth = FirebaseLoginAuth(browser.site, DeviceSignIn("notes-tv", show=browser.show), sleep=waits.append)
    with SiteClient(auth) as client:
        assert client.get("/api/hello").json()["hello"] == "Ada Lovelace"
        assert waits == [5]
        assert auth.sign_out(client) is True
        browser.answer = "deny"
        with pytest.raises(SignInDenied):
            client.get("/api/hello")


def test_a_client_that_may_not_use_device_codes_is_told(browser):
    """With what to register."""
    for client_id in ("notes-cli", "unknown"):
        auth = FirebaseLoginAuth(browser.site, DeviceSignIn(client_id, show=browser.show))
        with SiteClient(auth) as client, pytest.raises(ClientNotRegistered, match="FIREBASE_LOGIN_NATIVE_CLIENTS"):
            client.get("/api/hello")


def test_a_page_that_leads_nowhere_ends_by_the_time_limit(browser):
    """Such as that of an app that the site does not know: the site sends nobody back."""
    sign_in = BrowserSignIn("unknown", open_browser=browser.device.get, timeout=timedelta(milliseconds=300))
    with SiteClient(FirebaseLoginAuth(browser.site, sign_in)) as client, pytest.raises(SignInTimedOut):
        client.get("/api/hello")


def test_who_denies_nothing_and_is_not_asked_signs_in_once(browser):
    """`prompt=none`, where the user has to be asked."""
    sign_in = BrowserSignIn("notes-cli", open_browser=browser, prompt="none")
    with SiteClient(FirebaseLoginAuth(browser.site, sign_in)) as client, pytest.raises(SignInRejected) as raised:
        client.get("/api/hello")
    assert raised.value.code in {"interaction_required", "login_required", "consent_required"}


def test_the_token_of_the_command_line_is_good_for_curl(browser, tmp_path, capsys):
    """`sign-in`, then `token`."""
    store = ["--store", str(tmp_path / "session.json")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webbrowser, "open", browser)
        assert main(["sign-in", browser.site, "--client-id", "notes-cli", *store]) == 0
    assert "as Ada Lovelace <page-python@example.com>" in capsys.readouterr().out
    assert main(["token", browser.site, *store]) == 0
    bearer = capsys.readouterr().out.strip()
    curl = ["curl", "-sf", "-H", f"Authorization: Bearer {bearer}", f"{browser.site}/api/hello"]
    assert json.loads(subprocess.run(curl, capture_output=True, check=True).stdout)["hello"] == "Ada Lovelace"
    assert main(["sign-out", browser.site, *store]) == 0
    assert subprocess.run(curl, capture_output=True, check=False).returncode == 22
