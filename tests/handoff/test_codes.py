"""The good ways through the second door, and what is kept of them."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest

from flask_firebase_login import session_revoked, signed_in, signed_out
from second_door import CLIENTS, REDIRECT_URI, Door, bearer, led_to


def test_an_app_gets_a_session_by_a_code(door):
    """A bearer session, listed among the user's devices by the app's name."""
    answer = door.redeem(door.get_code())
    assert answer.get_json() | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 14 * 24 * 3600,
        "scope": "account",
    }
    token = answer.get_json()["access_token"]
    assert door.app.get("/auth/account", headers=bearer(token)).get_json()["email"] == "ada@example.com"
    [device] = [one for one in door.app.get("/auth/sessions", headers=bearer(token)).get_json()["sessions"] if one["current"]]
    assert (device["transport"], device["client_name"]) == ("bearer", "Notes")


@pytest.mark.parametrize("state", [None, "a state", "ü/?&=#%20", "x" * 500])
def test_a_state_comes_back_as_it_was(door, state):
    """None where there was none."""
    assert led_to(door.answer(state=state)).get("state") == state


@pytest.mark.parametrize("port", ["", ":1", ":5000", ":65535"])
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_loopback_address_takes_any_port(door, host, port):
    """The app takes whichever is free (RFC 8252, section 7.3); it is bound to the code like any other part."""
    redirect_uri = f"http://{host}{port}/callback"
    answer = door.answer(redirect_uri=redirect_uri)
    assert answer.headers["Location"].startswith(f"{redirect_uri}?code=")
    code = led_to(answer)["code"]
    assert door.redeem(code, redirect_uri=f"http://{host}:5001/callback").get_json()["error"] == "invalid_grant"
    assert door.redeem(code, redirect_uri=redirect_uri).status_code == 200


@pytest.mark.parametrize("changes", [{"scope": "account"}, {"response_mode": "query"}, {"prompt": "consent"}, {"nonce": "n"}])
def test_what_a_strict_client_sends_besides_is_taken(door, changes):
    """Or ignored, as the RFC says of what is not known."""
    assert door.redeem(door.get_code(**changes)).status_code == 200


def test_who_is_signed_in_is_asked_and_never_answered_for(door):
    """Again at each time; the page names the app and the user."""
    for _ in range(2):
        page = door.ask()
        assert page.status_code == 200
        assert "Sign in to Notes?" in page.get_data(as_text=True)
        assert "Continue as ada@example.com" in page.get_data(as_text=True)
        door.get_code()


def test_who_is_not_signed_in_signs_in_and_comes_back(door):
    """With the address that the app may know."""
    door.browser.post("/auth/sign-out")
    led = door.ask(login_hint="ada@example.com")
    assert led.status_code == 303
    page = door.browser.get(led.headers["Location"], headers={"Accept": "text/html"})
    assert 'value="ada@example.com"' in page.get_data(as_text=True)
    answer = door.browser.sign_in("ada@example.com", path=led.headers["Location"])
    assert answer.get_json()["next"] == f"/auth/authorize?{door.query(login_hint='ada@example.com')}"


def test_without_a_session_and_without_a_prompt_the_app_is_told(door):
    """`login_required`, for apps that only try."""
    door.browser.post("/auth/sign-out")
    assert led_to(door.ask(prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("way", ["prompt", "button"])
def test_somebody_else_may_be_taken(door, way):
    """The sign-in page is shown although somebody is signed in, and takes anybody."""
    led = door.ask(prompt="login consent") if way == "prompt" else door.answer("switch")
    assert "switch=1" in led.headers["Location"]
    page = door.browser.get(led.headers["Location"], headers={"Accept": "text/html"})
    assert page.status_code == 200
    answer = door.browser.sign_in("bob@example.com", path=led.headers["Location"])
    assert answer.status_code == 200
    assert "login" not in answer.get_json()["next"].replace("login_hint", "")
    page = door.browser.get(answer.get_json()["next"], headers={"Accept": "text/html"})
    assert "Continue as bob@example.com" in page.get_data(as_text=True)


def test_how_long_ago_the_user_signed_in_goes_along(door):
    """An app's session is as recent as the browser's was."""
    door.site.clock.advance(minutes=6)
    token = door.sign_in()
    assert door.app.delete("/auth/account", headers=bearer(token)).get_json()["code"] == "recent_sign_in_required"


def test_it_is_told_to_whoever_listens(door):
    """`signed_in` and `signed_out` for an audit log, `session_revoked` where a code came twice."""
    heard = []
    listeners = [
        (signal, lambda sender, name=name, **told: heard.append(name))
        for name, signal in (("in", signed_in), ("out", signed_out), ("revoked", session_revoked))
    ]
    for signal, listener in listeners:
        signal.connect(listener)
    token = door.sign_in()
    door.app.post("/auth/revoke", data={"token": token, "client_id": "notes"})
    code = door.get_code()
    door.redeem(code)
    door.redeem(code)
    for signal, listener in listeners:
        signal.disconnect(listener)
    assert heard == ["in", "revoked", "out", "in", "revoked"]


@pytest.mark.parametrize("token", ["t" * 43, "a.b.c", "ü", ""])
def test_a_token_that_there_is_not_is_revoked_as_well(door, token):
    """RFC 7009, section 2.2; an empty one is none at all."""
    answer = door.app.post("/auth/revoke", data={"token": token, "client_id": "notes"})
    assert answer.status_code == (200 if token else 400)


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
def test_a_revoked_token_is_out_at_its_next_call(door, hint):
    """Whatever was hinted."""
    token = door.sign_in()
    form = {"token": token, "client_id": "notes"} | ({} if hint is None else {"token_type_hint": hint})
    assert door.app.post("/auth/revoke", data=form).status_code == 200
    assert not door.is_signed_in(token)


def test_revoking_the_device_on_the_account_page_ends_the_app_s_next_call(door):
    """As any device's."""
    token = door.sign_in()
    [device] = [one for one in door.browser.get("/auth/sessions").get_json()["sessions"] if not one["current"]]
    door.browser.delete(f"/auth/sessions/{device['id']}")
    assert not door.is_signed_in(token)


def test_a_cookie_s_secret_is_no_token(door):
    """Each session is good for its own transport; revoking it by its secret as a token does nothing."""
    with door.browser.client.session_transaction() as session:
        secret = session["_user_id"]
    assert not door.is_signed_in(secret)
    door.app.post("/auth/revoke", data={"token": secret, "client_id": "notes"})
    assert door.browser.get("/auth/account").status_code == 200


def test_what_is_stored_is_no_credential(door):
    """Hashes alone, of codes and of what they gave."""
    code, codes = door.get_code(), door.start_device()
    token = door.redeem(code).get_json()["access_token"]
    with door.site.app.app_context():
        rows = door.site.db.session.execute(door.site.firebase.models.handoff.__table__.select()).all()
    stored = repr([tuple(row) for row in rows])
    for secret in (code, token, codes["device_code"], codes["user_code"], codes["user_code"].replace("-", "")):
        assert secret not in stored


def test_what_is_old_is_deleted_by_what_is_new(door):
    """An hour after it has expired; until then a second use is noticed."""
    door.get_code()
    door.site.clock.advance(hours=2)
    door.browser.sign_in("ada@example.com")
    door.get_code()
    assert door.site.count("handoff") == 1


def test_the_metadata_is_in_both_places(door):
    """RFC 8414, section 3, and where OpenID Connect has it."""
    found = [
        door.app.get(path).get_json()
        for path in ("/auth/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/auth")
    ]
    assert found[0] == found[1]
    assert found[0]["issuer"] == "http://localhost/auth"
    assert found[0]["code_challenge_methods_supported"] == ["S256"]
    assert {name for name in found[0] if name.endswith("_endpoint")} == {
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "device_authorization_endpoint",
    }


def test_without_clients_there_is_no_second_door(site):
    """404 for every endpoint of it; links into the browser are there for all."""
    device = site.device()
    device.sign_in()
    for method, path in (("GET", "authorize"), ("POST", "token"), ("POST", "revoke"), ("POST", "device"), ("GET", "device")):
        assert device.open(method, f"/auth/{path}").status_code == 404
    assert device.get("/.well-known/oauth-authorization-server/auth").status_code == 404
    assert device.post("/auth/browser-links", json={}).status_code == 200


@pytest.mark.parametrize("clients", [{}, {"notes": {"name": "Notes", "redirect_uris": [REDIRECT_URI]}}], ids=["none", "one"])
def test_authlib_is_loaded_where_a_client_is_asked_for_alone(clients, tmp_path):
    """Every start of a worker costs less without it."""
    program = f"""
import sys
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_firebase_login import FirebaseLogin
app = Flask("site")
app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI="sqlite:///{tmp_path}/test.db",
                  FIREBASE_LOGIN_CONFIG={{"projectId": "demo-shop"}}, FIREBASE_LOGIN_NATIVE_CLIENTS={clients!r})
FirebaseLogin(app, SQLAlchemy(app))
print("authlib" in sys.modules)
app.test_client().get("/auth/authorize")
print("authlib" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["False", "True" if clients else "False"]


def test_the_code_is_in_no_referrer(door):
    """The answer that has it in its address forbids one."""
    answer = door.answer()
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_bearer_answers_no_page(door):
    """A program that has a session cannot press the button for its user, and so make itself another; nor is it led in circles."""
    token = door.sign_in()
    page = door.app.get(f"/auth/authorize?{door.query()}", headers={"Authorization": f"Bearer {token}", "Accept": "text/html"})
    assert page.status_code == 400
    pressed = door.app.post(
        f"/auth/authorize?{door.query()}", data={"answer": "allow"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert pressed.status_code == 400
    door.app.post("/auth/revoke", data={"token": token, "client_id": "notes"})


def test_a_session_that_hands_itself_on_ends_when_it_would_have(door):
    """The absolute timeout is the first one's: nobody has proved who they are since."""
    began_at, way, door.app_secret = door.site.clock.now, 0, door.sign_in()
    while door.is_signed_in(door.app_secret):
        door.site.clock.advance(days=10)
        if not door.is_signed_in(door.app_secret):
            break
        link = door.make_link(door.app_secret)
        door.browser.post("/auth/continue", data={"link": link})
        door.app_secret = door.sign_in()
        way += 1
    assert way == 8
    assert door.site.clock.now - began_at == timedelta(days=90)


def test_no_access_token_is_in_a_log(door, caplog):
    """Not at DEBUG either, where Authlib writes what it issues."""
    with caplog.at_level(logging.DEBUG):
        token = door.sign_in()
        codes = door.start_device()
        door.answer_device(codes["user_code"])
        other = door.poll(codes).get_json()["access_token"]
    assert "Issue token" in caplog.text
    for secret in (token, other):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "redirect_uri",
    ["https://app.example/cb?x=&y=a%20b+c&z=1;2", "com.example.notes:/a?b", "com.example.notes://x", "io.github.ada.notes:a"],
)
def test_what_is_registered_is_where_the_browser_is_led(make_site, redirect_uri):
    """Character by character, with what is added behind it."""
    clients = {"notes": {"name": "Notes", "redirect_uris": [redirect_uri]}}
    door = Door(make_site(FIREBASE_LOGIN_NATIVE_CLIENTS=clients))
    door.browser.sign_in()
    joint = "&" if "?" in redirect_uri else "?"
    for answer, begins in (("allow", "code="), ("deny", "error=access_denied")):
        location = door.answer(answer, redirect_uri=redirect_uri).headers["Location"]
        assert location.startswith(f"{redirect_uri}{joint}{begins}")


@pytest.mark.parametrize("characters", [300, 700, 1700])
def test_an_address_that_comes_back_from_the_sign_in_page_or_is_refused(door, characters):
    """Whatever it looks like encoded: nobody signs in and is then led elsewhere."""
    door.browser.post("/auth/sign-out")
    path = f"/auth/authorize?{door.query(state=None)}&state={'/!' * (characters // 2)}"
    led = door.browser.get(path, headers={"Accept": "text/html"})
    if led.status_code == 303:
        answer = door.browser.sign_in("ada@example.com", path=led.headers["Location"])
        assert answer.get_json()["next"].startswith("/auth/authorize?")
    else:
        assert led.status_code == 400
        assert characters > 300


@pytest.mark.parametrize("mount", ["/shop", "/caf\u00e9", "/a b"])
def test_who_answers_is_a_uri(door, mount):
    """As the metadata say it, also below a mount point that is no ASCII."""
    environ = {"SCRIPT_NAME": mount.encode().decode("latin-1")}
    metadata = door.app.get("/auth/.well-known/openid-configuration", environ_overrides=environ).get_json()
    assert metadata["issuer"] == f"http://localhost{quote(mount)}/auth"
    assert led_to(door.open("GET", {"prompt": "none"}, environ_overrides=environ))["iss"] == metadata["issuer"]


def test_where_cookies_go_over_https_so_do_addresses(make_site):
    """Also where the proxy in front does not say that it speaks TLS; on the user's own machine they are as they were asked for."""
    door = Door(make_site(FIREBASE_LOGIN_NATIVE_CLIENTS=CLIENTS, FIREBASE_LOGIN_COOKIE_SECURE=True))
    path = "/auth/.well-known/openid-configuration"
    assert door.app.get(path, headers={"Host": "shop.example"}).get_json()["issuer"] == "https://shop.example/auth"
    assert door.app.get(path, headers={"Host": "127.0.0.1:5000"}).get_json()["issuer"] == "http://127.0.0.1:5000/auth"


def test_no_cache_keeps_the_metadata(door):
    """They name the host that was asked."""
    for path in ("/auth/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/auth"):
        assert door.app.get(path).headers["Cache-Control"] == "no-store"


def test_a_name_that_is_somebody_else_s_address_stands_beside_the_user_s_own(door):
    """A name is chosen freely; what Firebase has verified is not."""
    eve = Door(door.site)
    eve.browser.sign_in("eve@evil.example")
    eve.browser.patch("/auth/account", json={"name": "ada@example.com"})
    assert "ada@example.com · eve@evil.example" in eve.ask().get_data(as_text=True)
    mallory = Door(door.site)
    mallory.browser.sign_in("ada@example.com", uid="mallory", email_verified=False)
    assert "ada@example.com (not confirmed)" in mallory.ask().get_data(as_text=True)
    nobody = Door(door.site)
    nobody.browser.sign_in(None, uid="by-phone", provider="phone")
    nobody.browser.patch("/auth/account", json={"name": "ada@example.com"})
    assert "ada@example.com (not confirmed)" in nobody.ask().get_data(as_text=True)


def test_a_deletion_leaves_nothing_of_the_second_door(door):
    """And an export is all that is kept."""
    code = door.get_code()
    door.browser.get("/auth/device?user_code=BBBB-BBBB")
    door.make_link(door.redeem(code).get_json()["access_token"], {"next": "/private"})
    kept = door.browser.get("/auth/account/export").get_json()["handoffs"]
    assert {row["kind"] for row in kept} == {"code", "guess", "link"}
    assert code not in str(kept)
    assert "hash" not in str(kept)
    assert door.browser.delete("/auth/account").status_code == 204
    assert door.site.count("handoff") == 0


def test_pruning_takes_old_codes_along(door):
    """For a site that makes no new ones."""
    door.start_device()
    door.site.clock.advance(hours=2)
    with door.site.app.app_context():
        door.site.firebase.sessions.prune()
    assert door.site.count("handoff") == 0
