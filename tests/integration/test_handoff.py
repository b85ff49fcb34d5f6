"""The second door on a real server: strict clients that know nothing of us, and a hundred at once for one code."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import create_engine, text

from driven_servers import drive_site, make_database
from node_setup import find_node
from second_door import CLIENTS, DEVICE_GRANT, VERIFIER, challenge_of
from threads import at_once

pytestmark = pytest.mark.integration

STRICT_CLIENT = Path(__file__).parents[1] / "handoff" / "strict_client.mjs"
AT_ONCE = 100
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, tmp_path_factory):
    """The site under gunicorn, sixteen threads on the default pool."""
    folder = tmp_path_factory.mktemp("handoff")
    with drive_site(folder, make_database(folder, request), threads=16, FIREBASE_LOGIN_NATIVE_CLIENTS=CLIENTS) as site:
        yield site


@pytest.fixture
def browser(served):
    """One in which Ada is signed in."""
    client = served.make_client()
    answer = client.post("/auth/sign-in", json={"id_token": served.issuer.mint("ada")})
    assert answer.status_code == 200
    return client


def press(browser, path, **form):
    """Press a button of a page in between."""
    page = browser.get(path, headers=PAGE)
    stamp = re.search(r'name="account" value="([^"]+)"', page.text)
    action = re.search(r'action="([^"]+)"', page.text)[1].replace("&amp;", "&")
    hidden = {"account": stamp[1]} if stamp else {}
    return browser.post(action, data=hidden | form, headers=PAGE)


class StrictClient:
    """`strict_client.mjs` in a process of its own."""

    def __init__(self, issuer, way, client_id):
        command = [str(find_node()), str(STRICT_CLIENT), issuer, way, client_id]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def hear(self):
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def tell(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


def test_oauth4webapi_signs_in_by_code(served, browser):
    """Discovery in both places, PKCE, `state`, `iss`, the token, a call, and its revocation, each checked by its own rules."""
    with StrictClient(f"{served.urls[0]}/auth", "code", "notes") as client:
        answer = press(browser, client.hear()["open"], answer="allow")
        client.tell(answer.headers["Location"])
        told = client.hear()
        assert told["account"]["firebase_uid"] == "ada"
        assert (told["expiresIn"], told["scope"], told["alike"]) == (14 * 24 * 3600, "account", True)
        assert client.hear() == {"afterRevocation": 401}


def test_oauth4webapi_signs_in_by_device_code(served, browser):
    """`authorization_pending`, then the token."""
    with StrictClient(f"{served.urls[0]}/auth", "device", "tv") as client:
        told = client.hear()
        assert told["waiting"] == "authorization_pending"
        path = told["codes"]["verification_uri_complete"]
        assert press(browser, path, user_code=told["codes"]["user_code"], answer="allow").status_code == 200
        client.tell("answered")
        assert client.hear()["account"]["firebase_uid"] == "ada"
        assert client.hear() == {"afterRevocation": 401}


def test_authlib_signs_in_by_code(served, browser):
    """Its OAuth 2 client, by the metadata alone; the token then goes along with a call of its own."""
    from authlib.integrations.requests_client import (
        OAuth2Session,  # needs requests, which the lowest versions are tested without
    )

    metadata = served.http.get("/.well-known/oauth-authorization-server/auth").json()
    redirect_uri = "http://127.0.0.1:49152/callback"
    with OAuth2Session(
        "notes",
        redirect_uri=redirect_uri,
        scope="account",
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
    ) as client:
        client.trust_env = False
        address, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=VERIFIER)
        led_to = press(browser, address, answer="allow").headers["Location"]
        token = client.fetch_token(
            metadata["token_endpoint"], authorization_response=led_to, code_verifier=VERIFIER, state=state
        )
        assert token["token_type"] == "Bearer"
        assert client.get(f"{served.urls[0]}/auth/account").json()["firebase_uid"] == "ada"
        assert client.revoke_token(metadata["revocation_endpoint"]).status_code == 200
        assert client.get(f"{served.urls[0]}/auth/account").status_code == 401


def make_code(served, browser):
    """An authorization code, and what redeems it."""
    query = {
        "response_type": "code",
        "client_id": "notes",
        "redirect_uri": "http://127.0.0.1:49152/callback",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    led_to = press(browser, f"/auth/authorize?{urlencode(query)}", answer="allow").headers["Location"]
    form = {"grant_type": "authorization_code", "code_verifier": VERIFIER} | query
    form["code"] = parse_qs(urlsplit(led_to).query)["code"][0]
    return lambda http: http.post("/auth/token", data=form)


def make_device_code(served, browser):
    """A device code that was allowed, and what redeems it."""
    codes = served.http.post("/auth/device", data={"client_id": "tv"}).json()
    press(browser, codes["verification_uri_complete"], user_code=codes["user_code"], answer="allow")
    form = {"grant_type": DEVICE_GRANT, "client_id": "tv", "device_code": codes["device_code"]}
    return lambda http: http.post("/auth/token", data=form)


def make_link(served, browser):
    """A link into a browser, and what follows it."""
    url = browser.post("/auth/browser-links", json={"next": "/who"}).json()["url"]
    link = parse_qs(urlsplit(url).query)["link"][0]
    return lambda http: http.post("/auth/continue", data={"link": link})


@pytest.mark.parametrize("make", [make_code, make_device_code, make_link])
def test_of_a_hundred_at_once_one_wins_and_nothing_is_left_alive(served, browser, make):
    """Each redeems the same code at the same moment, from a browser or app of its own."""
    redeem = make(served, browser)
    others = [served.make_client() for _ in range(AT_ONCE)]
    before = served.look("accounts")["ada"]["sessions"]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [*pool.map(redeem, others)]
    statuses = sorted(answer.status_code for answer in answers)
    won = [status for status in statuses if status in (200, 303)]
    assert len(won) == 1, statuses
    assert set(statuses) - {200, 303} <= {400, 410}, statuses
    assert served.look("accounts")["ada"]["sessions"] == before
    bearers = [answer.json().get("access_token") for answer in answers if answer.status_code == 200]
    for bearer in bearers:
        assert served.http.get("/auth/account", headers={"Authorization": f"Bearer {bearer}"}).status_code == 401
    assert [other.get("/who").json()["uid"] for other in others] == [None] * AT_ONCE
    assert redeem(served.make_client()).status_code in (400, 410)


ROUNDS = int(os.environ.get("RACE_ROUNDS", "10"))


@pytest.mark.parametrize("make", [make_code, make_device_code, make_link])
def test_whoever_signs_out_everywhere_is_out_whatever_is_handed_on_at_that_moment(served, browser, make):
    """The new session was there before, and ends with all others; or the old one has ended, and hands nothing on."""
    elsewhere = served.make_client()
    for _ in range(ROUNDS):
        browser.post("/auth/sign-in", json={"id_token": served.issuer.mint("ada")})
        elsewhere.post("/auth/sign-in", json={"id_token": served.issuer.mint("ada")})
        redeem, app = make(served, browser), served.make_client()
        errors = at_once(lambda: redeem(app), lambda: elsewhere.delete("/auth/sessions").raise_for_status())  # noqa: B023
        assert errors == []
        assert len(served.look("accounts")["ada"]["sessions"]) == 1
        assert elsewhere.get("/who").json()["uid"] == "ada"


@pytest.mark.parametrize("make", [make_code, make_device_code, make_link])
@pytest.mark.parametrize("end", ["disable", "delete"])
def test_an_end_of_the_account_at_that_moment_waits_for_nothing_that_waits_for_it(served, browser, request, make, end):
    """Both take their locks in one order: no deadlock that PostgreSQL has to break, no 5xx, and nothing left alive."""
    before = count_deadlocks(request)
    for _ in range(ROUNDS):
        assert browser.post("/auth/sign-in", json={"id_token": served.issuer.mint("ada")}).status_code == 200
        redeem, app, told = make(served, browser), served.make_client(), []
        ways = {"disable": lambda: served.administer("disable/ada"), "delete": lambda: browser.delete("/auth/account")}
        errors = at_once(lambda: told.append(redeem(app).status_code), ways[end])  # noqa: B023
        assert errors == []
        assert told[0] in (200, 303, 400, 410)
        assert app.get("/who").json()["uid"] is None
        if end == "disable":
            assert served.look("accounts")["ada"]["sessions"] == []
            served.administer("enable/ada")
    assert count_deadlocks(request) == before


def count_deadlocks(request):
    """How many PostgreSQL has broken since it started; SQLite has none."""
    if request.node.callspec.params["served"] == "sqlite":
        return 0
    engine = create_engine(request.getfixturevalue("postgresql_server"))
    with engine.connect() as connection:
        time.sleep(1.1)  # what a backend counts is told at most once a second
        counted = connection.execute(text("SELECT sum(deadlocks) FROM pg_stat_database")).scalar_one()
    engine.dispose()
    return counted


def test_the_challenge_of_the_tests_is_the_rfc_s():
    """RFC 7636, appendix B."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert base64.urlsafe_b64decode(challenge_of(VERIFIER) + "=") == digest
