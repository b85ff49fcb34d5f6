"""A sign-in on a device that is not known is told; what a browser keeps for that signs nobody in."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import URLSafeSerializer

from flask_firebase_login import signals
from flask_firebase_login.web.known_devices import COOKIE

ATTRIBUTES = {"HttpOnly", "Path", "Expires", "SameSite"}


@pytest.fixture
def told():
    """What `signed_in` and `new_device` said, in order."""
    heard = []

    def hear_sign_in(sender, *, account, session, created):
        heard.append(("signed_in", account.email, created))

    def hear_device(sender, *, account, session):
        heard.append(("new_device", account.email, session.transport))

    with signals.signed_in.connected_to(hear_sign_in), signals.new_device.connected_to(hear_device):
        yield heard


@pytest.fixture
def ada(site):
    """She has an account, which she made on a device that is not here."""
    site.device().sign_in()


def news(told):
    """Whom a sign-in on a new device was told of; what was heard is forgotten."""
    heard = [email for signal, email, _ in told if signal == "new_device"]
    told.clear()
    return heard


def kept(device):
    """What the browser keeps: the marks of accounts, and the provider."""
    cookie = device.client.get_cookie(COOKIE)
    if cookie is None:
        return None
    payload = cookie.value.lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return json.loads(zlib.decompress(raw) if cookie.value.startswith(".") else raw)


def set_headers(answer):
    return [header for header in answer.headers.getlist("Set-Cookie") if header.startswith(f"{COOKIE}=")]


class TestSignal:
    def test_a_new_account_s_first_device_is_no_news(self, device, told):
        """Nobody is to be warned of themselves."""
        device.sign_in()
        assert [signal for signal, *_ in told] == ["signed_in"]

    def test_a_sign_in_on_another_device_is_told_once_it_is_stored(self, site, ada, device, told):
        """After `signed_in`, by the same sender, with account and session."""
        heard = []

        def receive(sender, account, session):
            heard.append((sender, account.email, session.transport))
            site.db.session.rollback()  # takes nothing back that was told of

        with signals.new_device.connected_to(receive):
            device.sign_in()
        assert heard == [(site.app, "ada@example.com", device.transport)]
        assert [signal for signal, *_ in told] == ["signed_in", "new_device"]
        assert device.get("/private").status_code == 200

    def test_signing_in_anew_on_the_same_device_is_no_news(self, ada, device, told):
        """The request brings the session of before, whether or not that is alive."""
        device.sign_in()
        told.clear()
        device.sign_in()
        assert news(told) == []

    def test_a_session_that_has_ended_still_tells_its_device(self, make_site, transport, told, clock):
        """By its secret, as long as its row is there."""
        site = make_site(FIREBASE_LOGIN_SESSION_TTL=360)
        site.device().sign_in()
        device = site.device(transport)
        device.sign_in()
        assert news(told) == ["ada@example.com"]
        clock.advance(minutes=7)
        assert device.get("/private").status_code == 401
        device.client.delete_cookie(COOKIE)
        assert device.sign_in().status_code == 200
        assert news(told) == []

    def test_whoever_brings_another_user_s_session_is_news(self, site, ada, device, told):
        """A device is known to the users who were here."""
        device.sign_in("eve@example.com")
        told.clear()
        device.sign_in()
        assert news(told) == ["ada@example.com"]


class TestBrowser:
    @pytest.fixture
    def browser(self, site):
        return site.device()

    def test_a_browser_is_known_after_a_sign_out(self, ada, browser, told):
        """For a year."""
        browser.sign_in()
        browser.post("/auth/sign-out")
        told.clear()
        browser.sign_in()
        assert news(told) == []

    def test_a_sign_in_of_another_user_does_not_make_the_former_unknown(self, browser, ada, told):
        """A family's tablet."""
        for email in ("ada@example.com", "eve@example.com"):
            browser.sign_in(email)
        told.clear()
        for email in ("ada@example.com", "eve@example.com"):
            browser.sign_in(email)
        assert news(told) == []

    def test_the_last_ten_users_are_known(self, site, browser, told):
        """The latest first."""
        for number in range(11):
            browser.sign_in(f"user-{number}@example.com")
        assert len(kept(browser)["accounts"]) == 10
        browser.post("/auth/sign-out")
        told.clear()
        browser.sign_in("user-1@example.com")
        assert news(told) == []
        browser.sign_in("user-0@example.com")
        assert news(told) == ["user-0@example.com"]

    def test_the_site_s_own_login_makes_a_browser_known(self, site, ada, browser, told):
        """`login_user`, which says of no provider."""
        browser.post("/enter/uid-of-ada@example.com")
        assert news(told) == ["ada@example.com"]
        browser.post("/leave")
        browser.post("/enter/uid-of-ada@example.com")
        assert news(told) == []
        assert kept(browser)["provider"] is None

    def test_a_link_from_an_app_makes_a_browser_known(self, site, ada, browser, told):
        """The page in between signs in, too."""
        app = site.device("bearer")
        app.sign_in()
        told.clear()
        for expected in (["ada@example.com"], []):
            link = app.post("/auth/browser-links").get_json()["url"].partition("link=")[2]
            browser.post("/auth/sign-out")
            browser.post("/auth/continue", data={"link": link})
            assert news(told) == expected

    def test_a_bearer_sets_no_cookie_and_is_known_by_none(self, site, ada, browser, told):
        """Though a browser's cookies come along."""
        browser.sign_in()
        browser.post("/auth/sign-out")
        told.clear()
        body = {"id_token": site.issuer.mint(email="ada@example.com"), "transport": "bearer"}
        answer = browser.post("/auth/sign-in", json=body)
        assert set_headers(answer) == []
        assert news(told) == ["ada@example.com"]

    def test_an_ordinary_answer_and_a_sign_out_leave_the_cookie_alone(self, browser):
        """It is written by sign-ins."""
        browser.sign_in()
        for answer in (browser.get("/private"), browser.get("/auth/account"), browser.post("/auth/sign-out")):
            assert set_headers(answer) == []
        assert kept(browser)["accounts"]

    @pytest.mark.parametrize("is_page", [False, True])
    def test_a_deletion_takes_the_account_out(self, site, browser, is_page):
        """And leaves what is of others."""
        browser.sign_in("eve@example.com")
        eve_s = kept(browser)["accounts"]
        browser.sign_in()
        assert kept(browser)["accounts"][1:] == eve_s
        if is_page:
            with site.app.app_context():
                stamp = site.firebase.accounts.find("uid-of-ada@example.com").security_stamp
            assert browser.post("/auth/", data={"action": "delete", "word": "delete", "account": stamp}).status_code == 303
        else:
            assert browser.delete("/auth/account").status_code == 204
        assert kept(browser)["accounts"] == eve_s

    def test_a_deletion_that_fails_takes_nothing_out(self, browser, clock):
        """The account is still there."""
        browser.sign_in()
        clock.advance(minutes=6)
        answer = browser.delete("/auth/account")
        assert (answer.status_code, set_headers(answer)) == (403, [])

    def test_a_deletion_where_the_account_is_not_kept_sets_no_cookie(self, site):
        """As by a bearer."""
        app = site.device("bearer")
        app.sign_in()
        assert set_headers(app.delete("/auth/account")) == []

    def test_nobody_knows_a_device_of_an_account_that_was_disabled_meanwhile(self, site, ada, browser, told):
        """Its stamp is another since."""
        browser.sign_in()
        with site.app.app_context():
            account = site.firebase.accounts.find("uid-of-ada@example.com")
            site.firebase.accounts.disable(account)
            site.firebase.accounts.enable(account)
        told.clear()
        browser.sign_in()
        assert news(told) == ["ada@example.com"]


class TestApp:
    """A bearer's device is known by what it says of itself, as long as it is signed in."""

    @pytest.fixture
    def sign_in(self, site):
        def sign_in(client_name="Phone", user_agent="Notes/1", email="ada@example.com"):
            body = {"id_token": site.issuer.mint(email=email), "transport": "bearer", "client_name": client_name}
            headers = {} if user_agent is None else {"User-Agent": user_agent}
            answer = site.app.test_client().post("/auth/sign-in", json=body, headers=headers)
            assert answer.status_code == 200
            return answer.get_json()

        return sign_in

    @pytest.mark.parametrize("second", [("Laptop", "Notes/1"), ("Phone", "Notes/2"), (None, "Notes/1")])
    def test_an_app_that_says_the_same_of_itself_is_known(self, sign_in, ada, told, second):
        """Another name or another user agent is another device."""
        sign_in()
        assert news(told) == ["ada@example.com"]
        sign_in()
        assert news(told) == []
        sign_in(*second)
        assert news(told) == ["ada@example.com"]

    def test_the_name_that_the_user_gave_changes_nothing(self, site, sign_in, ada, told):
        """It is compared by its own."""
        opened = sign_in()
        headers = {"Authorization": f"Bearer {opened['session_secret']}"}
        path = f"/auth/sessions/{opened['session']['id']}"
        assert site.app.test_client().patch(path, json={"client_name": "Mine"}, headers=headers).status_code == 200
        told.clear()
        sign_in()
        assert news(told) == []

    def test_an_app_that_signed_out_is_news(self, site, sign_in, ada, told):
        """It has left nothing to be known by."""
        secret = sign_in()["session_secret"]
        site.app.test_client().post("/auth/sign-out", headers={"Authorization": f"Bearer {secret}"})
        told.clear()
        sign_in()
        assert news(told) == ["ada@example.com"]

    @pytest.mark.parametrize("minutes", [5, 7])
    def test_a_session_that_has_ended_is_no_likeness(self, make_site, told, clock, minutes):
        """After six minutes, here."""
        site = make_site(FIREBASE_LOGIN_SESSION_TTL=360)
        for _ in range(2):
            site.device("bearer").sign_in()
        assert news(told) == []
        clock.advance(minutes=minutes)
        assert site.device("bearer").sign_in().status_code == 200
        assert news(told) == (["ada@example.com"] if minutes > 6 else [])

    def test_an_app_that_says_nothing_of_itself_is_news(self, site, ada, told):
        """Two that are silent are not alike."""
        body = {"id_token": site.issuer.mint(email="ada@example.com"), "transport": "bearer"}
        for _ in range(2):
            site.app.test_client().post("/auth/sign-in", json=body, headers={"User-Agent": ""})
            assert news(told) == ["ada@example.com"]

    def test_the_app_of_another_user_is_no_likeness(self, sign_in, ada, told):
        """However alike."""
        sign_in(email="eve@example.com")
        told.clear()
        sign_in()
        assert news(told) == ["ada@example.com"]


class TestCookie:
    @pytest.fixture
    def browser(self, site):
        return site.device()

    def test_it_is_like_the_session_s_and_lasts_a_year(self, make_site):
        """`HttpOnly`, `Secure`, `SameSite=Lax`."""
        site = make_site(TESTING=False)
        (header,) = set_headers(site.device().sign_in())
        attributes = dict(attribute.partition("=")[::2] for attribute in header.split("; ")[1:])
        assert set(attributes) == ATTRIBUTES | {"Secure"}
        assert (attributes["SameSite"], attributes["Path"]) == ("Lax", "/")
        expires = datetime.strptime(attributes["Expires"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        assert abs(expires - site.clock() - timedelta(days=365)) < timedelta(minutes=1)

    def test_it_follows_what_the_app_says_of_its_session_s(self, make_site):
        """Path, domain and `SameSite`."""
        config = {"SESSION_COOKIE_SAMESITE": "Strict", "SESSION_COOKIE_PATH": "/shop", "SESSION_COOKIE_DOMAIN": "example.com"}
        (header,) = set_headers(make_site(**config).device().sign_in(path="/auth/sign-in"))
        assert "; SameSite=Strict" in header
        assert "; Path=/shop" in header
        assert "; Domain=example.com" in header

    def test_it_holds_short_hashes_and_the_provider(self, site, browser):
        """Nothing of the user, nor the stamp itself."""
        browser.sign_in()
        with site.app.app_context():
            stamp = site.firebase.accounts.find("uid-of-ada@example.com").security_stamp
        held = kept(browser)
        assert held["provider"] == "google.com"
        assert [len(mark) for mark in held["accounts"]] == [16]
        assert stamp not in json.dumps(held)
        assert len(browser.client.get_cookie(COOKIE).value) < 120

    def test_it_signs_nobody_in(self, site, browser):
        """Alone, it is as good as nothing."""
        browser.sign_in()
        thief = site.device()
        thief.client.set_cookie(COOKIE, browser.client.get_cookie(COOKIE).value)
        assert thief.get("/private").status_code == 401

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda value, _: "",
            lambda value, _: "x",
            lambda value, _: value[:-1],
            lambda value, _: "." + value,
            lambda value, _: value.replace(".", "", 1),
            lambda value, _: URLSafeSerializer("another key", "firebase-login-devices").dumps(
                {"accounts": [], "provider": None}
            ),
            lambda value, app: URLSafeSerializer(app.secret_key, "another salt").dumps({"accounts": [], "provider": None}),
            lambda value, app: URLSafeSerializer(app.secret_key, "firebase-login-devices").dumps(["accounts"]),
            lambda value, app: URLSafeSerializer(app.secret_key, "firebase-login-devices").dumps({"accounts": 1}),
            lambda value, app: URLSafeSerializer(app.secret_key, "firebase-login-devices").dumps(None),
        ],
    )
    def test_one_that_is_not_as_it_was_given_counts_as_none(self, site, browser, told, spoil):
        """Tampered, of another key or of another make; the sign-in goes on, and gives a good one."""
        browser.sign_in()
        browser.post("/auth/sign-out")
        told.clear()
        browser.client.set_cookie(COOKIE, spoil(browser.client.get_cookie(COOKIE).value, site.app))
        assert browser.get("/auth/sign-in", headers={"Accept": "text/html"}).status_code == 200
        assert browser.sign_in().status_code == 200
        assert news(told) == ["ada@example.com"]
        assert len(kept(browser)["accounts"]) == 1

    def test_one_of_a_key_that_is_being_replaced_is_good(self, site, browser, told):
        """`SECRET_KEY_FALLBACKS`, as for Flask's session."""
        browser.sign_in()
        browser.post("/auth/sign-out")
        site.app.config.update(SECRET_KEY="t" * 32, SECRET_KEY_FALLBACKS=["s" * 32])
        told.clear()
        browser.sign_in()
        assert news(told) == []


class TestStatements:
    def test_a_sign_in_where_nobody_was_costs_no_further_statement(self, site, ada, device):
        """The account, the new session, the others of the user, and the session as it is stored."""
        with site.counted() as statements:
            device.sign_in()
        assert [statement.split()[0] for statement in statements] == ["SELECT", "INSERT", "SELECT", "SELECT"]

    def test_where_a_session_is_replaced_it_costs_one(self, site, ada, device):
        """Whose session that was, and what they called it; then it is read and deleted."""
        device.sign_in()
        with site.counted() as statements:
            device.sign_in()
        expected = ["SELECT", "SELECT", "INSERT", "SELECT", "DELETE", "SELECT", "SELECT"]
        assert [statement.split()[0] for statement in statements] == expected
