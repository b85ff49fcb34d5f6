"""Two users sign in and out at Firebase at random, while two processes on one store call the real site: nobody speaks for another.

A few seconds by default; `STORM_SECONDS=60` for more.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from client_drivers import driver_command
from conformance import Driver
from site_process import SiteProcess

pytestmark = pytest.mark.integration
SECONDS = float(os.environ.get("STORM_SECONDS", "4"))
CALLS_UNDER_WAY = 10
EXPECTED_ERRORS = {"user_changed", "not_signed_in_at_firebase", "cancelled", "try_later"}
KINDS = ("python-sync", "python-async", "python-trio", "dart-io", "dart-http")
QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"


class Call(NamedTuple):
    """A call that was made, and from when to when."""

    number: int
    begun: float
    ended: float
    result: dict


class FirebaseFile:
    """Who is signed in at Firebase, in a file that both apps read; and who was, when."""

    def __init__(self, path, id_tokens):
        self.path = path
        self._id_tokens = id_tokens
        self._named = []
        self.name(None)

    def name(self, uid):
        """Sign this user in, None for nobody, in the place of whoever was."""
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps({"uid": uid, "id_token": self._id_tokens.get(uid)}))
        self._named.append((time.monotonic(), uid))
        beside.replace(self.path)
        self._named.append((time.monotonic(), uid))

    def users_between(self, begin, end):
        """Who was signed in at some time between."""
        before = [uid for at, uid in self._named if at <= begin][-1:]
        return {*before, *(uid for at, uid in self._named if begin <= at <= end)}


class Storm:
    """Two apps of a kind, and all that happens to them."""

    def __init__(self, apps, site, firebase, seed):
        self.apps, self.site, self.firebase = apps, site, firebase
        self.random = random.Random(seed)
        self.calls, self._numbers = [], count()
        self._is_over = threading.Event()

    def rage(self, seconds):
        """Have users come and go for so many seconds, while calls are under way."""
        callers = [threading.Thread(target=self._call_on, args=(app,)) for app in self.apps for _ in range(CALLS_UNDER_WAY)]
        for caller in callers:
            caller.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.firebase.name(self.random.choice(["ada", "bob"] * 3 + [None]))
            if self.random.random() < 0.2:
                self.random.choice(self.apps).do(self.random.choice(["sign_in", "sign_out", "load"]))
            self._is_over.wait(self.random.uniform(0.02, 0.4))
        self._is_over.set()
        for caller in callers:
            caller.join(60)

    def calm_down(self):
        """Sign everybody out at Firebase, and then in the apps."""
        self.firebase.name(None)
        for app in self.apps * 2:
            app.do("call", method="GET", url=f"{self.site.url}/api/hello")
            app.do("sign_out")

    def _call_on(self, app):
        while not self._is_over.is_set():
            number, begun = next(self._numbers), time.monotonic()
            method = "POST" if number % 2 else "GET"
            result = app.do(
                "call", method=method, url=f"{self.site.url}/api/storm/{number}", body="a note" if number % 2 else ""
            )
            if "error" in result:
                self._is_over.wait(0.05)  # for whom nobody is signed in there is nothing to do
            self.calls.append(Call(number, begun, time.monotonic(), result))


@pytest.fixture(scope="module")
def storm_site(emulator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("storm")
    environment = {
        "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'site.db'}",
        "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": emulator.project_id, "apiKey": "demo"}),
        "FIREBASE_AUTH_EMULATOR_HOST": emulator.host,
        "STORM_LOG": str(folder / "storm.log"),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1] / "support"), os.environ.get("PYTHONPATH", "")]),
    }
    # gunicorn hangs up after 2 idle seconds, and a call that is sent just then reaches nobody
    gunicorn = ("--preload", "--workers=2", "--threads=4", "--keep-alive=60")
    site = SiteProcess("storm_site:app", QUICKSTART, environment, log=folder / "site.log", gunicorn=gunicorn)
    site.run_flask("create-tables")
    with site:
        yield site


@pytest.mark.parametrize("kind", KINDS)
def test_no_call_ever_runs_as_a_user_who_was_not_signed_in_at_firebase(kind, emulator, storm_site, tmp_path):
    """By the site's own log; and no session is left alive at the end."""
    log = Path(storm_site.environment["STORM_LOG"])
    log.write_text("")
    signed_in = {name: emulator.sign_in_with_google(f"{name}@storm.example", name) for name in ("ada", "bob")}
    names = {answer["localId"]: name for name, answer in signed_in.items()}
    firebase = FirebaseFile(tmp_path / "firebase.json", {name: answer["idToken"] for name, answer in signed_in.items()})
    uids = {name: uid for uid, name in names.items()}
    started = {
        "site": storm_site.url,
        "now": "real",
        "file": str(tmp_path / "session.json"),
        "firebase": str(firebase.path),
        "uids": uids,
    }
    with Driver(driver_command(kind)) as one, Driver(driver_command(kind)) as two:
        for app in (one, two):
            app.do("start", id_tokens=[None], **started)
        storm = Storm([one, two], storm_site, firebase, seed=kind)
        storm.rage(SECONDS)
        storm.calm_down()

    calls = {call.number: call for call in storm.calls}
    errors = Counter(call.result["error"]["kind"] for call in storm.calls if "error" in call.result)
    ran = [(int(number), names[uid]) for number, uid in (line.split() for line in log.read_text().splitlines())]
    wrong = [
        (number, name) for number, name in ran if name not in firebase.users_between(calls[number].begun, calls[number].ended)
    ]
    print(f"{kind}: {len(calls)} calls, {len(ran)} ran, {Counter(name for _, name in ran)}, {dict(errors)}")
    assert wrong == []
    assert {name for _, name in ran} == {"ada", "bob"}
    assert set(errors) <= EXPECTED_ERRORS
    assert storm_site.run_python("from storm_site import count_sessions; print(count_sessions())").strip() == "0"
