"""The way of an app, walked by each client's driver at the real site, with ID tokens of the real emulator."""

from __future__ import annotations

import json

import pytest

from client_drivers import DRIVERS, driver_command
from conformance import Driver
from scripted_site import ScriptedSite

pytestmark = pytest.mark.integration
SLOWLY = {"status": 503, "json": {"code": "keys_unavailable", "detail": "Later."}, "headers": {"Retry-After": "9"}}


@pytest.fixture(scope="module")
def running_site(emulator, tmp_path_factory, start_site):
    with start_site(tmp_path_factory.mktemp("walk")) as server:
        yield server


def start(name, site, id_tokens, file=None):
    driver = Driver(driver_command(name))
    driver.do("start", site=site.url, now="real", id_tokens=id_tokens, **({"file": str(file)} if file else {}))
    return driver


@pytest.mark.parametrize("name", DRIVERS)
def test_the_way_of_an_app(name, emulator, running_site, tmp_path):
    """Sign in, call, be killed, call without signing in, be signed out by the site, be signed in again, sign out."""
    email = f"{name}@example.com"
    first, second, third = (emulator.sign_in_with_google(email, "Ada Lovelace")["idToken"] for _ in range(3))
    hello = {"url": f"{running_site.url}/api/hello", "method": "GET"}
    file = tmp_path / "session.json"

    app = start(name, running_site, [first], file)
    answer = app.do("call", **hello)
    assert (answer["status"], json.loads(answer["body"])["hello"]) == (200, "Ada Lovelace")
    app.kill()
    assert file.stat().st_mode & 0o777 == 0o600

    with start(name, running_site, [second], file) as app:
        assert app.do("load") == {"state": "signed_in"}
        assert app.do("call", **hello)["status"] == 200
        assert app.do("look")["asked"] == []

        with running_site.device() as laptop:
            laptop.post("/auth/sign-in", content=third, headers={"Content-Type": "application/jwt"}).raise_for_status()
            assert laptop.delete("/auth/sessions").status_code == 204
            assert app.do("call", **hello)["status"] == 200
            look = app.do("look")
            assert (look["asked"], look["state"]) == ([False], "signed_in")
            assert len(laptop.get("/auth/sessions").json()["sessions"]) == 2

            assert app.do("sign_out") == {"ended": True}
            assert len(laptop.get("/auth/sessions").json()["sessions"]) == 1
    assert not file.exists()


@pytest.mark.parametrize("name", DRIVERS)
def test_fifty_first_calls_at_once_open_one_session(name, emulator, running_site):
    """At the real site, with threads, with asyncio and in Dart."""
    id_token = emulator.sign_in_with_google(f"fifty-{name}@example.com", "Grace")["idToken"]
    with start(name, running_site, [id_token]) as app:
        begun = [app.begin("call", method="GET", url=f"{running_site.url}/api/hello") for _ in range(50)]
        assert {app.wait(number)["status"] for number in begun} == {200}
        assert app.do("look")["asked"] == [False]
        sessions = app.do("call", method="GET", url=f"{running_site.url}/auth/sessions")
        assert len(json.loads(sessions["body"])["sessions"]) == 1


@pytest.mark.parametrize("name", DRIVERS)
def test_settings_written_by_the_app_are_there_on_the_site(name, emulator, running_site):
    """By a merge patch with the session's cookie."""
    email = f"settings-{name}@example.com"
    with start(name, running_site, [emulator.sign_in_with_google(email, "Grace")["idToken"]]) as app:
        body = json.dumps({"settings": {"theme": "dark"}})
        headers = {"Content-Type": "application/merge-patch+json"}
        patched = app.do("call", method="PATCH", url=f"{running_site.url}/auth/account", headers=headers, body=body)
        assert json.loads(patched["body"])["settings"] == {"theme": "dark"}
    with running_site.device() as laptop:
        id_token = emulator.sign_in_with_google(email, "Grace")["idToken"]
        signed_in = laptop.post("/auth/sign-in", content=id_token, headers={"Content-Type": "application/jwt"})
        assert signed_in.json()["account"]["settings"] == {"theme": "dark"}


@pytest.mark.parametrize("name", DRIVERS)
def test_a_wait_is_cancelled(name):
    """Where the site asks to wait, the person need not."""
    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site, start(name, site, ["id-token"]) as app:
        site.play([{"asked": "POST /auth/sign-in", "answer": SLOWLY}])
        call = app.begin("call", method="GET", url=f"{site.url}/api/hello")
        while not app.do("look")["progress"][2:]:
            pass
        app.do("cancel")
        assert app.wait(call)["error"]["kind"] == "cancelled"
        assert site.lines == ["POST /auth/sign-in"]


@pytest.mark.parametrize("name", DRIVERS)
def test_a_file_that_may_not_grow_is_told_and_the_old_one_stays_whole(name, tmp_path):
    """As on a full disk: the kernel rejects the write half-way. The session holds all the same."""
    file = tmp_path / "session.json"
    file.write_text("old")
    large = {
        "json": {"account": {"id": 1, "firebase_uid": "ada"}, "session": {"id": 1}},
        "headers": {"Set-Cookie": f"session={'x' * 3000}; Path=/"},
    }
    limited = ["bash", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "bash", *driver_command(name, is_measured=False)]
    with ScriptedSite("Mon, 01 Jun 2026 12:00:00 GMT") as site, Driver(limited) as app:
        app.do("start", site=site.url, now="real", id_tokens=["id-token"], file=str(file))
        site.play([{"asked": "POST /auth/sign-in", "answer": large}, {"asked": "GET /x", "answer": {"json": {}}}])
        assert app.do("call", method="GET", url=f"{site.url}/x")["status"] == 200
        assert app.do("look")["store_failures"] == 1
        site.play([{"asked": "POST /auth/sign-in", "answer": large}])
        error = app.do("sign_in")["error"]
        assert error["kind"] == "store_failed"
        assert "x" * 9 not in error["message"]
    assert file.read_text() == "old"
    assert {one.name for one in tmp_path.iterdir()} == {"session.json", ".session.json.lock"}
