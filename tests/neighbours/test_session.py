"""Beside Flask-Session, which keeps `flask.session` on the server, under an id in the cookie."""

from __future__ import annotations

import pytest
from cachelib import FileSystemCache
from flask import request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask_login import logout_user
from flask_session import Session

from flask_firebase_login import ConfigError


@pytest.fixture
def cache(tmp_path):
    return FileSystemCache(str(tmp_path / "flask-sessions"))


@pytest.fixture
def site(share_site, order, cache):
    return share_site(Session, order, SESSION_TYPE="cachelib", SESSION_CACHELIB=cache)


def session_id(device):
    cookie = device.client.get_cookie("session")
    return cookie and cookie.value


def stored(cache, device_or_id):
    sid = device_or_id if isinstance(device_or_id, str) else session_id(device_or_id)
    return cache.get(f"session:{sid}")


def holder_of(site, sid):
    """A device of somebody who knows the id of a session."""
    device = site.device()
    device.client.set_cookie("session", sid)
    return device


def test_a_planted_session_id_does_not_survive_the_sign_in(site, cache):
    """Neither by our endpoint nor by the site's own `login_user`; what was in the anonymous session goes on, under a new id."""
    for number, enter in enumerate(("/auth/sign-in", "/enter/uid-of-ada@example.com")):
        attacker = site.device()
        attacker.post("/cart/book")
        planted = session_id(attacker)
        victim = holder_of(site, planted)
        answer = victim.sign_in() if number == 0 else victim.post(enter)
        assert answer.status_code == 200
        assert session_id(victim) != planted
        assert stored(cache, planted) is None
        assert victim.get("/private").status_code == 200
        assert victim.get("/cart").get_json() == {"cart": "book"}
        assert attacker.get("/private").status_code == 401
        assert attacker.get("/cart").get_json() == {"cart": None}


def test_an_id_that_the_server_never_gave_out_is_not_taken(site):
    """Flask-Session makes a new one."""
    device = holder_of(site, "planted")
    device.sign_in()
    assert session_id(device) != "planted"
    assert holder_of(site, "planted").get("/private").status_code == 401


def test_a_remember_cookie_signs_in_under_a_new_id(site, cache):
    """An attacker who plants an id beside it gets nothing."""
    device, attacker = site.device(), site.device()
    device.sign_in()
    device.post("/enter/uid-of-ada@example.com")
    attacker.post("/cart/book")
    planted = session_id(attacker)
    device.client.set_cookie("session", planted)
    assert device.get("/private").status_code == 200
    assert session_id(device) != planted
    assert attacker.get("/private").status_code == 401


def test_signing_in_again_renews_the_id_too(site, cache):
    """Whoever knew the one before does not follow."""
    device = site.device()
    device.sign_in()
    before = session_id(device)
    device.sign_in()
    assert session_id(device) != before
    assert stored(cache, before) is None
    assert holder_of(site, before).get("/private").status_code == 401
    device.post("/enter/uid-of-ada@example.com")
    assert len(device.get("/auth/sessions").get_json()["sessions"]) == 1


def test_the_next_user_of_a_device_finds_nothing_of_the_one_before(site, cache):
    """Signed out or not."""
    for leaves in (True, False):
        device = site.device()
        device.sign_in("ada@example.com")
        device.post("/cart/book")
        before = session_id(device)
        if leaves:
            device.post("/leave")
        device.sign_in("grace@example.com")
        assert device.get("/cart").get_json() == {"cart": None}
        assert "cart" not in stored(cache, device)
        assert stored(cache, before) is None


@pytest.mark.parametrize("path", ["/auth/sign-out", "/leave"])
def test_a_sign_out_ends_the_session_on_the_server(site, cache, path):
    """By our endpoint, and by the site's own `logout_user`: the id of before opens nothing."""
    device = site.device()
    device.sign_in()
    device.post("/cart/book")
    before = session_id(device)
    assert device.post(path).status_code in (200, 204)
    assert stored(cache, before) is None
    assert device.get("/private").status_code == 401
    assert holder_of(site, before).get("/cart").get_json() == {"cart": None}


def test_a_sign_out_elsewhere_is_seen_though_the_session_is_stored_still(site, cache):
    """The row decides, not what Flask-Session keeps."""
    device, other = site.device(), site.device()
    device.sign_in()
    other.sign_in()
    assert device.delete("/auth/sessions").status_code == 204
    assert stored(cache, other) is not None
    assert other.get("/private").status_code == 401


def test_an_ordinary_answer_sets_no_cookie(site):
    """Reading is reading."""
    device = site.device()
    device.sign_in()
    assert "Set-Cookie" not in device.get("/private").headers


def test_what_is_stored_on_the_server_opens_no_session_elsewhere(site, cache):
    """Somebody who reads the store, and not SECRET_KEY or the cookie, has a secret that counts as cookie alone, not as bearer."""
    device = site.device()
    device.sign_in()
    secret = stored(cache, device)["_user_id"]
    assert site.device().get("/private", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


class StoredSession(dict, SessionMixin):
    modified = True


class ServerSideInterface(SessionInterface):
    """What many a site has written for itself."""

    session_class = StoredSession

    def __init__(self):
        self.sessions = {}

    def open_session(self, app, request):
        opened = self.session_class(self.sessions.get(request.cookies.get("session"), {}))
        opened.sid = request.cookies.get("session") or "made-up"
        return opened

    def save_session(self, app, session, response):
        self.sessions[session.sid] = dict(session)
        response.set_cookie("session", session.sid)


class IdentifiedSession(SecureCookieSession):
    sid = None


class DerivedInterface(ServerSideInterface, SecureCookieSessionInterface):
    session_class = IdentifiedSession


class RenewingInterface(ServerSideInterface):
    def regenerate(self, session):
        self.sessions.pop(session.sid, None)
        session.sid += "+"


class HeaderAwareInterface(SecureCookieSessionInterface):
    """As Flask-Login's documentation has it: no cookie for who comes by a header."""

    def save_session(self, *args):
        return None if "X-Api-Key" in request.headers else super().save_session(*args)


def set_interface(interface):
    def initialise(app):
        app.session_interface = interface

    return initialise


@pytest.mark.parametrize("interface", [ServerSideInterface, DerivedInterface])
def test_an_interface_that_cannot_renew_ids_stops_the_site_at_its_first_request(share_site, order, interface):
    """And at each one after it; the message names the interface, the attack and the remedy."""
    device = share_site(set_interface(interface()), order).device()
    for _ in range(2):
        with pytest.raises(
            ConfigError, match=rf"{interface.__name__}, has no regenerate\(session\).*session fixation.*Flask-Session"
        ):
            device.get("/public")


def test_an_interface_that_is_set_later_is_checked_as_well(share_site):
    """After the first request."""
    site = share_site(lambda app: None)
    device = site.device()
    assert device.sign_in().status_code == 200
    site.app.session_interface = ServerSideInterface()
    with pytest.raises(ConfigError, match="session fixation"):
        device.get("/public")


def test_a_sign_in_before_our_check_is_checked_too(share_site):
    """A site that signs users in before each request, before we are initialised."""
    site = share_site(lambda app: app.before_request(enter_once))
    site.device().sign_in()

    def enter():
        from flask_login import login_user

        login_user(site.find_account())

    entering.append(enter)
    site.app.session_interface = ServerSideInterface()
    try:
        with pytest.raises(ConfigError, match="session fixation"):
            site.device().get("/public")
    finally:
        entering.clear()


entering = []


def enter_once():
    for enter in entering:
        enter()


def test_an_interface_of_the_site_s_own_is_renewed_by_its_own_method(share_site, order):
    """Any that has `regenerate`."""
    interface = RenewingInterface()
    site = share_site(set_interface(interface), order)
    attacker = site.device()
    attacker.post("/cart/book")
    device = holder_of(site, session_id(attacker))
    device.sign_in()
    assert (session_id(attacker), session_id(device)) == ("made-up", "made-up+")
    assert set(interface.sessions) == {"made-up+"}


def test_interfaces_that_keep_all_in_the_cookie_need_nothing(share_site, order):
    """Flask's own, and those that a site derives from it."""
    for initialise in (lambda app: None, set_interface(HeaderAwareInterface())):
        device = share_site(initialise, order).device()
        assert device.sign_in().status_code == 200
        assert device.get("/private").status_code == 200


def test_a_bearer_s_sign_in_leaves_the_flask_session_alone(site, cache):
    """An app keeps none."""
    device = site.device("bearer")
    assert "Set-Cookie" not in device.sign_in().headers
    assert device.get("/private").status_code == 200


def test_the_view_of_a_site_that_signs_out_and_goes_on_keeps_its_new_session(site, cache):
    """`logout_user` and then something for the visitor."""

    def leave_with_a_word():
        logout_user()
        session["said"] = "goodbye"
        return {}

    site.app.add_url_rule("/goodbye", view_func=leave_with_a_word, methods=["POST"], endpoint="goodbye")
    device = site.device()
    device.sign_in()
    before = session_id(device)
    device.post("/goodbye")
    assert session_id(device) != before
    assert stored(cache, device)["said"] == "goodbye"
    assert stored(cache, before) is None
