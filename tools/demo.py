"""The main job, walked and told: a user signs in from an app and from the site into one account, by both doors and back.

    make demo

Every value that is told comes from an answer that this script got; secrets are cut. Afterwards the Notes site and its app stay
open until Ctrl-C, or end at once where `DEMO_EXIT=1` is set.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from firebase_emulator import EmulatorError, FirebaseAuthEmulator
from flask_firebase_login_client import BrowserSignIn, ClientError, FirebaseLoginAuth, SiteClient
from notes_browser import PlainBrowser
from notes_processes import make_notes_app, make_notes_site
from site_process import SiteProcess, find_free_port, is_free

SITE_PORT, APP_PORT = 8000, 8550
PERSON, PASSWORD = "grace@example.com", "correct horse"


def main() -> int:
    """Start the emulator and the site, walk both doors, and keep the site open."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="firebase-login-demo-") as folder:
        try:
            return run(Path(folder))
        except (EmulatorError, UnexpectedAnswer, ClientError, LookupError, RuntimeError) as error:
            print(f"\nThe demo stopped: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130


def run(folder: Path) -> int:
    """Run the demo with its database and logs in a folder."""
    print("== Firebase Auth emulator", flush=True)
    with FirebaseAuthEmulator("demo-notes", log=folder / "emulator.log") as emulator:
        tell("listens on", emulator.host)
        print("== Site: examples/notes/site, on SQLite, under gunicorn with two workers", flush=True)
        with make_notes_site(emulator, folder, port=choose_port(SITE_PORT)) as site:
            tell("answers at", site.url)
            walk(emulator, site)
            emulator.sign_up(PERSON, PASSWORD)
            print("== App: examples/notes/app, Python with Flet, drawn by Flutter's engine in your browser", flush=True)
            with make_notes_app(site, emulator, folder, port=choose_port(APP_PORT)) as app:
                tell("answers at", app.url)
                if os.environ.get("DEMO_EXIT") == "1":
                    return 0
                print(
                    f"\nThe site is open at {site.url} and the app at {app.url}, until Ctrl-C.\n"
                    f"Sign in to both as {PERSON} with the password: {PASSWORD}\n"
                    "Write a note in one, choose a theme in the other.\n"
                    "Or let the app continue in the browser, and open your account from there.\n"
                    "To run examples/flutter beside them, in its folder:\n"
                    f"flutter run --dart-define=SITE={site.url} --dart-define=AUTH_EMULATOR={emulator.host}",
                    flush=True,
                )
                threading.Event().wait()
    return 0


def walk(emulator: FirebaseAuthEmulator, site: SiteProcess) -> None:
    """Walk both doors and the way back, and tell each step with what its answer said."""
    print("== An app signs in with Google", flush=True)
    with site.device("DemoApp/1.0 (phone)") as phone, site.device("DemoBrowser/1.0 (laptop)") as laptop:
        at_firebase = emulator.sign_in_with_google("ada@example.com", "Ada Lovelace")
        tell("1-2 the provider knows", f"{at_firebase['email']} ({at_firebase['providerId']})")
        tell("3   Firebase's ID token", cut(at_firebase["idToken"]))
        signed_in = expect(sign_in(phone, at_firebase["idToken"], "Ada's phone"), 200)
        tell("4-5 POST /auth/sign-in", f"account {signed_in['account']['id']}, created: {signed_in['created']}")
        tell("    the session cookie", cut(phone.cookies["session"]))
        tell("6   POST /api/notes", expect(phone.post("/api/notes", json={"text": "Call Charles"}), 201)["text"])
        site.restart()
        tell("7   after a restart", read_notes(phone))

        print("== The same person on the site", flush=True)
        again = emulator.sign_in_with_google("ada@example.com", "Ada Lovelace")
        on_site = expect(sign_in(laptop, again["idToken"], "Ada's laptop"), 200)
        tell("POST /auth/sign-in", f"account {on_site['account']['id']}, created: {on_site['created']}")
        patched = expect(phone.patch("/auth/account", json={"settings": {"theme": "dark"}}), 200)
        tell("settings written by app", patched["settings"])
        tell("settings read on site", expect(laptop.get("/auth/account"), 200)["settings"])
        tell("the app's note on site", read_notes(laptop))

        bearer = walk_second_door(site, laptop)

        devices = expect(laptop.get("/auth/sessions"), 200)["sessions"]
        tell("devices", ", ".join(device["client_name"] or "a browser" for device in devices))

        print("== All devices are signed out", flush=True)
        ended = laptop.delete("/auth/sessions?including=current")
        expect(ended, 204)
        tell("DELETE /auth/sessions", ended.status_code)
        rejected = expect(phone.get("/api/notes"), 401)
        tell("the app's cookie, again", f"{rejected['status']} {rejected['code']}")
        rejected = expect(phone.get("/api/notes", headers={"Authorization": bearer}), 401)
        tell("the other app's bearer", f"{rejected['status']} {rejected['code']}")


def walk_second_door(site: SiteProcess, laptop: httpx.Client) -> str:
    """Walk an app's sign-in through the site's page, and its way back to the account page; returns its `Authorization` header."""
    print("== An app without Firebase signs in through the site's page, in the browser on the laptop", flush=True)
    browser, is_told = PlainBrowser(laptop), threading.Event()

    def open_browser(address: str) -> None:
        tell("1   the app opens", address.partition("?")[0])
        browser.open(address)
        tell("2   the page asks", browser.heading)
        tell("3   the user presses", browser.press("Continue as"))
        tell("4   back at the app", f"{browser.address.partition('?')[0]}?code={cut(read_code(browser.address))}")
        is_told.set()

    auth = FirebaseLoginAuth(site.url, BrowserSignIn("notes-app", open_browser=open_browser))
    with SiteClient(auth, trust_env=False) as app:
        account = auth.sign_in(app)
        is_told.wait(10)  # the browser is another thread's
        bearer = auth.headers_for(site.url)["Authorization"]
        tell("5   POST /auth/token", cut(bearer))
        tell("    the same account", account["id"])
        tell("6   GET /api/notes", read_notes(app))

        print("== From that app to the account page, signed in, in a browser on the phone", flush=True)
        address = auth.browser_url(app, "/auth/")
        page, _, link = address.partition("link=")
        tell("1   POST browser-links", f"{page}link={cut(link)}")
        with PlainBrowser(site.device("DemoBrowser/1.0 (phone)")) as other:
            other.open(address)
            tell("2   the page asks", other.heading)
            tell("3   the user presses", other.press("Continue as"))
            tell("4   the account page", f"{other.heading}, at {other.address.removeprefix(site.url)}")
            other.open(address)
            tell("    the address, again", f"leads to {other.address.removeprefix(site.url)}, in this browser")
    return bearer


def read_code(address: str) -> str:
    """Return the authorization code that a browser came back with."""
    return parse_qs(urlsplit(address).query)["code"][0]


def sign_in(device: httpx.Client, id_token: str, name: str) -> httpx.Response:
    """Post an ID token, as an app does."""
    return device.post("/auth/sign-in", json={"id_token": id_token, "client_name": name})


def read_notes(device: httpx.Client) -> str:
    """Return what GET /api/notes says."""
    return ", ".join(note["text"] for note in expect(device.get("/api/notes"), 200)["notes"])


class UnexpectedAnswer(Exception):
    """An answer was not what the walk expects; the message tells both."""


def expect(answer: httpx.Response, status: int) -> Any:
    """Return the JSON of an answer of that status, None where it has no body.

    Raises:
        UnexpectedAnswer: It has another.
    """
    if answer.status_code != status:
        raise UnexpectedAnswer(
            f"{answer.request.method} {answer.url.path} gave {answer.status_code}, not {status}: {answer.text[:200]}"
        )
    return answer.json() if answer.content else None


def tell(what: str, value: object) -> None:
    """Print one line of the walk."""
    shown = value if isinstance(value, str | int) else json.dumps(value)
    print(f"   {what:<26} {shown}", flush=True)


def cut(secret: str) -> str:
    """Return as much of a secret as may be shown."""
    return f"{secret[:12]}… ({len(secret)} characters)"


def choose_port(port: int) -> int:
    """Return the port that people expect, or a free one."""
    return port if is_free(port) else find_free_port()


if __name__ == "__main__":
    sys.exit(main())
