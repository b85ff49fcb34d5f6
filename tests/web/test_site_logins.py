"""The site's own code calls Flask-Login: each `login_user` vouches for the user anew, with a session of its own."""

from __future__ import annotations

import pytest
from flask import session
from flask_login import UserMixin, current_user, encode_cookie, login_user, logout_user

from flask_firebase_login import signals
from flask_firebase_login.errors import AccountDisabled, NotFound


@pytest.fixture
def logins(site):
    """Views that log in and out in the ways that sites do."""
    firebase, app = site.firebase, site.app

    def find(uid):
        return firebase.accounts.find(uid)

    @app.post("/out-and-in")
    def out_and_in():
        user = current_user._get_current_object()
        logout_user()
        login_user(user)
        return {"name": current_user.name}

    @app.post("/revoke-and-in")
    def revoke_and_in():
        user = current_user._get_current_object()
        firebase.sessions.revoke_all(user)
        login_user(user)
        return {"name": current_user.name}

    @app.post("/there-and-back/<uid>")
    def there_and_back(uid):
        user = current_user._get_current_object()
        login_user(find(uid))
        login_user(user)
        return {"name": current_user.name}

    @app.post("/again")
    def again():
        login_user(current_user)
        return {"name": current_user.name}

    @app.post("/enter-blind/<uid>")
    def enter_blind(uid):
        login_user(find(uid))
        return {"cookie": session["_user_id"]}

    @app.post("/force/<uid>")
    def force(uid):
        login_user(find(uid), force=True)
        return {}

    @app.post("/gone/<uid>")
    def gone(uid):
        user = find(uid)
        firebase.accounts.delete(user)
        login_user(user)
        return {}

    return site


@pytest.mark.parametrize("path", ["/out-and-in", "/revoke-and-in", "/again", "/there-and-back/uid-of-eve@example.com"])
def test_a_user_who_is_logged_in_again_stays_signed_in(logins, path):
    """Whatever came before in the same request; the device has one session afterwards."""
    device = logins.device("cookie")
    logins.device("cookie").sign_in("eve@example.com", name="Eve")
    device.sign_in(name="Ada")
    assert device.post(path).get_json() == {"name": "Ada"}
    assert device.get("/private").get_json()["name"] == "Ada"
    assert len(device.get("/auth/sessions").get_json()["sessions"]) == 1


def test_a_login_of_the_site_s_names_the_browser_and_a_logout_its_session(logins):
    """Among the devices, and by the signal."""
    device, told = logins.device("cookie"), []
    logins.device("cookie").sign_in()
    device.post("/enter-blind/uid-of-ada@example.com", headers={"User-Agent": "Firefox/1"})
    (current,) = [one for one in device.get("/auth/sessions").get_json()["sessions"] if one["current"]]
    assert current["user_agent"] == "Firefox/1"

    def hear(sender, **carried):
        told.append((sender, carried["account"].email, carried["session_id"]))

    with signals.signed_out.connected_to(hear):
        device.post("/auth/sign-out")
        device.post("/enter-blind/uid-of-ada@example.com")
        device.post("/out-and-in")
    assert told[0] == (logins.app, "ada@example.com", current["id"])
    assert {(sender, email) for sender, email, _ in told} == {(logins.app, "ada@example.com")}
    assert len(told) == 2


def test_a_sign_in_is_recent_for_five_minutes_to_the_second(logins, clock):
    """And no longer."""
    device = logins.device("cookie")
    clock.advance(microseconds=-clock().microsecond)
    device.sign_in()
    clock.advance(minutes=5)
    assert device.get("/danger").status_code == 200
    clock.advance(seconds=1)
    assert device.get("/danger").status_code == 403


def test_logging_in_again_is_a_recent_sign_in(logins, clock):
    """The site has made sure of the user by its own means."""
    device = logins.device("cookie")
    device.sign_in()
    clock.advance(minutes=6)
    assert device.get("/danger").status_code == 403
    device.post("/again")
    assert device.get("/danger").status_code == 200


def test_a_login_within_a_bearer_s_request_opens_a_cookie_s_session(logins):
    """The bearer's secret is never put into a cookie, and stays good as bearer."""
    app = logins.device("bearer")
    app.sign_in()
    cookie = app.post("/again")
    assert cookie.status_code == 200
    in_cookie = app.post("/enter-blind/uid-of-ada@example.com").get_json()["cookie"]
    assert in_cookie != app.secret
    assert app.get("/private").status_code == 200
    secret, app.secret = app.secret, None
    assert app.get("/private").status_code == 200
    assert app.get("/private", headers={"Authorization": f"Bearer {in_cookie}"}).status_code == 401
    assert secret


def test_the_device_s_old_session_ends_though_the_view_never_looked(logins):
    """What the cookie held when it came is replaced."""
    logins.device("cookie").sign_in("eve@example.com")
    device = logins.device("cookie")
    device.sign_in()
    before = logins.count("session")
    device.post("/enter-blind/uid-of-eve@example.com")
    assert logins.count("session") == before
    assert device.get("/auth/account").get_json()["email"] == "eve@example.com"


def test_a_login_by_the_site_is_announced(logins):
    """With the session that it opened, and the one that it ended."""
    device = logins.device("cookie")
    old_id = device.sign_in().get_json()["session"]["id"]
    told = []

    def hear_sign_in(sender, **carried):
        told.append((carried["account"].email, carried["session"].id, carried["created"]))

    def hear_revocation(sender, **carried):
        told.append(carried["session_ids"])

    with signals.signed_in.connected_to(hear_sign_in), signals.session_revoked.connected_to(hear_revocation):
        device.post("/again")
    assert told[0] == [old_id]
    assert told[1][0] == "ada@example.com"
    assert told[1][1] != old_id
    assert told[1][2] is False


def test_a_disabled_account_is_not_logged_in_by_force(logins):
    """403, and nobody is signed in."""
    logins.device("cookie").sign_in()
    with logins.app.app_context():
        logins.firebase.accounts.disable(logins.firebase.accounts.find("uid-of-ada@example.com"))
    device = logins.device("cookie")
    answer = device.post("/force/uid-of-ada@example.com")
    assert (answer.status_code, answer.get_json()["code"]) == (403, AccountDisabled.code)
    assert device.get("/public").get_json() == {"signed_in": False}
    assert logins.count("session") == 0


def test_an_account_that_is_gone_is_not_logged_in(logins):
    """404, and no row is left over."""
    device = logins.device("cookie")
    device.sign_in()
    answer = device.post("/gone/uid-of-ada@example.com")
    assert (answer.status_code, answer.get_json()["code"]) == (404, NotFound.code)
    assert logins.count("session") == 0


def test_current_user_itself_can_be_handed_to_every_service(site):
    """Flask-Login's proxy is as good as the account."""
    firebase = site.firebase

    @site.app.post("/services")
    def services():
        firebase.accounts.grant(current_user, "admin")
        firebase.accounts.update(current_user, {"name": "Countess"})
        devices = len(firebase.sessions.list(current_user)), len(firebase.accounts.export(current_user)["sessions"])
        firebase.sessions.revoke_all(current_user)
        return {"roles": current_user.roles, "name": current_user.name, "devices": devices}

    device = site.device("cookie")
    device.sign_in()
    assert device.post("/services").get_json() == {"roles": ["admin"], "name": "Countess", "devices": [1, 1]}
    assert device.get("/private").status_code == 401


def test_a_remembered_login_ends_with_its_session(site):
    """Signed in again on the same device: the remember cookie of before opens nothing."""
    device = site.device("cookie")
    site.device("cookie").sign_in()
    device.post("/enter/uid-of-ada@example.com")
    remembered = device.client.get_cookie("remember_token").value
    device.post("/enter/uid-of-ada@example.com")
    thief = site.device("cookie")
    thief.client.set_cookie("remember_token", remembered)
    assert thief.get("/private").status_code == 401
    assert device.get("/private").status_code == 200


def test_a_remember_cookie_that_signs_nobody_in_is_deleted(site):
    """As one of before the site moved here; the next answer sets no cookie."""
    device = site.device("cookie")
    with site.app.app_context():
        device.client.set_cookie("remember_token", encode_cookie("1"))
    answer = device.get("/private")
    assert answer.status_code == 401
    assert [cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie")] == ["remember_token"]
    assert device.client.get_cookie("remember_token") is None
    assert "Set-Cookie" not in device.get("/private").headers


def test_a_remember_cookie_of_another_app_of_this_host_is_left_alone(site):
    """Nobody here has signed it; nor is the session touched that it came beside."""
    device = site.device("cookie")
    device.post("/cart/book")
    device.get("/private")  # Flask-Login notes that the session is not fresh
    device.client.set_cookie("remember_token", "staff|" + "0" * 128)
    answer = device.get("/private")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert device.get("/cart").get_json() == {"cart": "book"}


def test_a_login_beside_a_remember_cookie_of_before_is_remembered(site):
    """What is deleted is the old one."""
    device = site.device("cookie")
    site.device("cookie").sign_in()
    with site.app.app_context():
        device.client.set_cookie("remember_token", encode_cookie("1"))
    device.post("/enter/uid-of-ada@example.com")
    assert device.client.get_cookie("remember_token").value.partition("|")[0] != "1"
    assert device.get("/private").status_code == 200


def test_a_remembered_user_does_not_inherit_the_flask_session_of_another(site):
    """Answers that overtake each other may leave one user's session cookie beside another's remember cookie."""
    ada, eve = site.device("cookie"), site.device("cookie")
    ada.sign_in()
    ada.post("/cart/book")
    eve.sign_in("eve@example.com", name="Eve")
    eve.post("/enter/uid-of-eve@example.com")
    ada.client.set_cookie("remember_token", eve.client.get_cookie("remember_token").value)
    with site.app.app_context():
        site.firebase.sessions.revoke_all(site.firebase.accounts.find("uid-of-ada@example.com"))
    assert ada.get("/private").get_json()["name"] == "Eve"
    assert ada.client.get_cookie("session").expires is not None
    assert ada.get("/cart").get_json() == {"cart": None}


@pytest.mark.parametrize("cookie", ["nonsense", "ada|00", "\u00ff", "x|" + "0" * 128])
def test_a_bearer_is_judged_before_any_remember_cookie(site, cookie):
    """An undecodable or foreign one changes nothing, and the answer sets none."""
    app = site.device("bearer")
    app.sign_in()
    app.client.set_cookie("remember_token", cookie)
    answer = app.get("/private")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_a_bearer_beside_another_user_s_remember_cookie_is_the_bearer_s(site):
    """And no session is made of the cookie."""
    eve = site.device("cookie")
    eve.sign_in("eve@example.com")
    eve.post("/enter/uid-of-eve@example.com")
    app = site.device("bearer")
    app.sign_in(name="Ada")
    app.client.set_cookie("remember_token", eve.client.get_cookie("remember_token").value)
    answer = app.get("/private")
    assert answer.get_json()["name"] == "Ada"
    assert "Set-Cookie" not in answer.headers


def test_disabling_tells_which_sessions_ended(site):
    """So do deletion and a sign-in that replaces one."""
    device = site.device("bearer")
    first = device.sign_in().get_json()["session"]["id"]
    told = []

    def hear(sender, **carried):
        told.append(carried["session_ids"])

    with signals.session_revoked.connected_to(hear):
        second = device.sign_in().get_json()["session"]["id"]
        with site.app.app_context():
            account = site.firebase.accounts.find("uid-of-ada@example.com")
            site.firebase.accounts.disable(account)
            site.firebase.accounts.enable(account)
        third = site.device("bearer").sign_in().get_json()["session"]["id"]
        with site.app.app_context():
            site.firebase.accounts.delete(site.firebase.accounts.find("uid-of-ada@example.com"))
    assert told == [[first], [second], [third]]


def test_a_logout_holds_though_the_view_takes_its_own_changes_back(logins):
    """The row is deleted in the view's transaction, and once more when the answer is out."""

    @logins.app.post("/change-my-mind")
    def change_my_mind():
        current_user.chosen_name = "Never"
        logout_user()
        logins.db.session.rollback()
        return {}

    device = logins.device("bearer")
    device.sign_in(name="Ada")
    assert device.post("/change-my-mind").status_code == 200
    assert logins.count("session") == 0
    assert device.get("/private").status_code == 401
    device.sign_in()
    assert device.get("/private").get_json()["name"] == "Ada"


def test_a_user_of_another_kind_opens_no_session_of_ours(logins):
    """Such as an object of the site's own for a command line; the cookie of before is no way in either."""

    @logins.app.post("/robot")
    def robot():
        user = UserMixin()
        user.id = "robot"
        login_user(user)
        return {"id": current_user.id}

    device = logins.device("cookie")
    assert device.post("/robot").get_json() == {"id": "robot"}
    assert logins.count("session") == 0
    assert device.get("/private").status_code == 401
