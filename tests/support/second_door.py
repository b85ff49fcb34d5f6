"""An app that signs in through the site's own page, as strictly or as wrongly as a test wants it to."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import text
from werkzeug.test import TestResponse

from sites import Site

CLIENTS = {
    "notes": {
        "name": "Notes",
        "redirect_uris": [
            "com.example.notes:/signed-in",
            "https://app.example/signed-in",
            "http://127.0.0.1/callback",
            "http://[::1]/callback",
        ],
    },
    "tv": {"name": "Notes on television", "device_code": True},
    "other": {"name": "Other", "redirect_uris": ["com.example.notes:/signed-in"], "device_code": True},
}
REDIRECT_URI = "com.example.notes:/signed-in"
VERIFIER = "verifier-of-forty-three-characters-at-least-"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Door:
    """A browser in which a user may be signed in, and an app that has no cookies of it.

    Args:
        site: The site, with `CLIENTS` registered.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.browser = site.device()
        self.app = site.app.test_client()

    def ask(self, **changes: Any) -> TestResponse:
        """Open the authorization page."""
        return self.open("GET", changes)

    def answer(self, answer: str = "allow", *, form: dict[str, str] | None = None, **changes: Any) -> TestResponse:
        """Press a button of the page in between."""
        page = self.ask(**changes)
        stamp = re.search(r'name="account" value="([^"]+)"', page.get_data(as_text=True))
        sent = {"answer": answer, "account": stamp[1] if stamp else ""} | (form or {})
        return self.open("POST", changes, data=sent)

    def open(self, method: str, changes: dict[str, Any], **options: Any) -> TestResponse:
        return self.browser.open(method, f"/auth/authorize?{self.query(**changes)}", headers={"Accept": "text/html"}, **options)

    def query(self, **changes: Any) -> str:
        """The parameters of a good request, changed; None leaves one out, a list sends it several times."""
        parameters = {
            "response_type": "code",
            "client_id": "notes",
            "redirect_uri": REDIRECT_URI,
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            "state": "a state",
        } | changes
        return urlencode({name: value for name, value in parameters.items() if value is not None}, doseq=True)

    def get_code(self, **changes: Any) -> str:
        return led_to(self.answer(**changes))["code"]

    def redeem(self, code: str, headers: dict[str, str] | None = None, **changes: Any) -> TestResponse:
        """Exchange a code as a good app does, changed."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "client_id": "notes",
            "code_verifier": VERIFIER,
        } | changes
        return self.app.post(
            "/auth/token", data={name: value for name, value in form.items() if value is not None}, headers=headers
        )

    def sign_in(self, **changes: Any) -> str:
        """The whole way; returns the access token."""
        return str(self.redeem(self.get_code(**changes)).get_json()["access_token"])

    def start_device(self, **changes: Any) -> dict[str, Any]:
        return self.app.post("/auth/device", data={"client_id": "tv"} | changes).get_json()

    def poll(self, codes: dict[str, Any], **changes: Any) -> TestResponse:
        form = {"grant_type": DEVICE_GRANT, "client_id": "tv", "device_code": codes["device_code"]} | changes
        return self.app.post("/auth/token", data={name: value for name, value in form.items() if value is not None})

    def answer_device(self, user_code: str, answer: str = "allow", **options: Any) -> TestResponse:
        page = self.browser.get(f"/auth/device?{urlencode({'user_code': user_code})}", headers={"Accept": "text/html"})
        stamp = re.search(r'name="account" value="([^"]+)"', page.get_data(as_text=True))
        form = {"answer": answer, "user_code": user_code, "account": stamp[1] if stamp else ""}
        return self.browser.post("/auth/device/answer", data=form, **options)

    def make_link(self, secret: str, body: Any = None) -> str:
        answer = self.app.post("/auth/browser-links", json=body or {}, headers=bearer(secret))
        return dict(parse_qsl(urlsplit(answer.get_json()["url"]).query))["link"]

    def is_signed_in(self, secret: str) -> bool:
        return self.app.get("/auth/account", headers=bearer(secret)).status_code == 200


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def led_to(answer: TestResponse) -> dict[str, str]:
    """What a redirect carries back to the app."""
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def write_before_requests(site: Site) -> None:
    """From now on the site writes something of its own before each request, and leaves the commit to its views."""

    def note() -> None:
        site.db.session.execute(text("CREATE TABLE IF NOT EXISTS visits (at TEXT)"))
        site.db.session.execute(text("INSERT INTO visits VALUES ('now')"))

    site.app.before_request_funcs.setdefault(None, []).append(note)
