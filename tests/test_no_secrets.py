"""The scan of a whole run for secrets finds what it is there to find."""

from __future__ import annotations

import logging

import httpx
import pytest

from no_secrets import SecretScan
from sites import clock, database_url, make_site, site

__all__ = ["clock", "database_url", "make_site", "site"]

SECRET = "kq3Zr0dXJ7mW1tYb-uG5_cVhLs8Ef2Na4PiRo6Tx9Qz"
LEAKS = {
    "in a sentence": f"Signed in with {SECRET}.",
    "its beginning": f"session {SECRET[:24]}…",
    "inside a longer word": f"id-{SECRET}-1",
    "in an address": f"GET /auth/?next=%2F&token={SECRET}",
}


@pytest.fixture
def scan():
    return SecretScan()


@pytest.mark.parametrize("text", LEAKS.values(), ids=LEAKS.keys())
def test_a_secret_is_found(text, scan):
    scan.add(SECRET)
    scan.say("log records", text)
    assert scan.find_leaks() == [f"log records: {text}"]
    assert scan.find_leaks() == []


def test_what_is_no_secret_is_left_alone(scan):
    """The header that all tokens share is none."""
    scan.add(f"eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMyJ9.eyJzdWIiOiJhZGEifQaaaaaaaa.{SECRET}")
    scan.say("answers", f"eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMyJ9 {SECRET[::-1]} {SECRET[1:]}")
    assert scan.find_leaks() == []


def test_this_run_is_scanned(request, firebase_issuer, site):
    """A session's secret, as it was minted here, and as a client got it; and what a log, a repr and an answer say."""
    scan = request.config.pluginmanager.get_plugin("no-secrets")
    answer = site.app.test_client().post(
        "/auth/sign-in", json={"id_token": firebase_issuer.mint(uid="ada"), "transport": "bearer"}
    )
    secret = answer.get_json()["session_secret"]
    leak = f"Bearer {secret}"
    logging.getLogger("site").warning("a site's own line: %s", leak)
    problem = httpx.Response(400, headers={"Content-Type": "application/problem+json"}, text=leak)
    with httpx.Client(transport=httpx.MockTransport(lambda _: problem)) as client:
        client.get("https://site.example/")
    assert {found.partition(":")[0] for found in scan.find_leaks()} == {"log records", "answers"}


def test_a_representation_is_scanned(scan):
    """As each object of the two packages is, when it is made."""

    class Leaky:
        def __init__(self, secret):
            self.secret = secret

        def __repr__(self):
            return f"<Leaky {self.secret}>"

    scan.watch_repr(Leaky)
    scan.add(SECRET)
    Leaky(SECRET)
    assert scan.find_leaks() == [f"reprs: Leaky: <Leaky {SECRET}>"]


def test_the_log_of_a_server_is_scanned(scan, tmp_path):
    """Line by line."""
    (tmp_path / "site.log").write_text(f"started\nsigned in with {SECRET}\nstopped\n")
    scan.add(SECRET)
    scan.read_log(tmp_path / "site.log")
    assert scan.leaks_of_servers == [f"{tmp_path.name}/site.log: signed in with {SECRET}"]
