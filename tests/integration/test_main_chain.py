"""The thinnest chain: emulator, verification, account, session, cookie, restart."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.integration


def test_an_emulator_token_becomes_a_session_that_outlives_the_server(emulator, site):
    """A person signs in at the real emulator, gets a cookie, and the cookie is good after a restart."""
    id_token = emulator.sign_in_with_google("ada@example.com", "Ada Lovelace")["idToken"]
    with site() as server, server.device() as app:
        answer = app.post("/auth/sign-in", content=id_token, headers={"Content-Type": "application/jwt"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["account"]["name"] == "Ada Lovelace"
        assert app.get("/api/hello").json()["hello"] == "Ada Lovelace"
        server.restart()
        assert app.get("/api/hello").json()["hello"] == "Ada Lovelace"


def test_without_a_session_the_api_is_closed(site):
    """Nobody signed in is a 401 problem details for a program."""
    with site() as server, server.device() as app:
        answer = app.get("/api/hello")
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_signed_in"
