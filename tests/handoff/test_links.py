"""The way back: an app opens the site's pages in a browser, which is then signed in too."""

from __future__ import annotations

import pytest

from second_door import bearer, write_before_requests

PAGE = {"Accept": "text/html"}


@pytest.fixture
def app_device(site, transport):
    """An app that is signed in, by cookie or by bearer."""
    device = site.device(transport)
    device.sign_in("ada@example.com")
    return device


@pytest.fixture
def browser(site):
    """One in which nobody is signed in."""
    return site.device()


def ask(device, **body):
    return device.post("/auth/browser-links", json=body)


def link_of(device, **body):
    return ask(device, **body).get_json()["url"].partition("link=")[2]


def follow(browser, link, **options):
    return browser.post("/auth/continue", data={"link": link}, **options)


def whose(browser):
    answer = browser.get("/auth/account")
    return answer.get_json()["email"] if answer.status_code == 200 else None


def test_a_link_opens_a_session_of_the_browser_s_own(app_device, browser):
    """After a press of the button; the app's session stays."""
    answer = ask(app_device, next="/auth/")
    assert answer.get_json()["expires_in"] == 60
    link = answer.get_json()["url"].removeprefix("http://localhost/auth/continue?link=")
    page = browser.get(f"/auth/continue?link={link}", headers=PAGE)
    assert "Continue in this browser as ada@example.com?" in page.get_data(as_text=True)
    assert whose(browser) is None
    followed = follow(browser, link)
    assert (followed.status_code, followed.headers["Location"]) == (303, "/auth/")
    assert whose(browser) == "ada@example.com"
    sessions = app_device.get("/auth/sessions").get_json()["sessions"]
    assert len(sessions) == 2
    browser.post("/auth/sign-out")
    assert whose(app_device) == "ada@example.com"


@pytest.mark.parametrize(
    ("body", "leads_to"),
    [({}, "/"), ({"next": None}, "/"), ({"next": "/notes?page=2#end"}, "/notes?page=2#end")],
)
def test_it_leads_where_the_app_says(app_device, browser, body, leads_to):
    """Else to where a sign-in does."""
    assert follow(browser, link_of(app_device, **body)).headers["Location"] == leads_to


def test_the_body_may_be_left_out(app_device):
    """As in `curl -X POST`."""
    assert app_device.post("/auth/browser-links").status_code == 200


@pytest.mark.parametrize(
    "next_path",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%2f%2fevil.example",
        "javascript:x",
        "notes",
        "",
        "/\n",
        7,
        ["/"],
    ],
)
def test_it_leads_nowhere_else(app_device, next_path):
    """The app is told at once."""
    answer = ask(app_device, next=next_path)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("body", [[], "text", {"nxt": "/"}])
def test_another_body_is_refused(app_device, body):
    """400."""
    assert app_device.post("/auth/browser-links", json=body).status_code == 400


def test_nobody_gets_none(browser):
    """401, as everywhere."""
    assert ask(browser).get_json()["code"] == "not_signed_in"


def test_an_id_token_opens_no_browser(make_site, firebase_issuer):
    """There is no session that could vouch."""
    site = make_site(FIREBASE_LOGIN_ACCEPT_ID_TOKENS=True)
    site.device().sign_in("ada@example.com")
    id_token = firebase_issuer.mint(email="ada@example.com")
    answer = site.app.test_client().post("/auth/browser-links", json={}, headers=bearer(id_token))
    assert answer.status_code == 401


def test_looking_uses_nothing(app_device, browser):
    """Previews and scanners of links look, and so do users, twice."""
    link = link_of(app_device)
    for method in ("GET", "HEAD", "GET"):
        assert browser.open(method, f"/auth/continue?link={link}", headers=PAGE).status_code == 200
    assert follow(browser, link).status_code == 303


def test_it_is_good_for_a_minute(site, app_device, browser):
    """Then the page says so, and what to do."""
    link = link_of(app_device)
    site.clock.advance(seconds=61)
    page = browser.get(f"/auth/continue?link={link}", headers=PAGE)
    assert page.status_code == 410
    assert "Go back to the app" in page.get_data(as_text=True)
    assert follow(browser, link).status_code == 410
    assert whose(browser) is None


def test_it_is_good_once(site, app_device, browser):
    """In another browser it ends what it gave: it has leaked."""
    link, thief = link_of(app_device), site.device()
    follow(thief, link)
    assert whose(thief) == "ada@example.com"
    assert follow(browser, link).status_code == 410
    assert whose(browser) is None
    assert whose(thief) is None


def test_a_second_press_in_the_same_browser_goes_on(app_device, browser):
    """Nothing has leaked, and the user is where they wanted to be."""
    link = link_of(app_device, next="/auth/")
    follow(browser, link)
    assert follow(browser, link).headers["Location"] == "/auth/"
    assert browser.get(f"/auth/continue?link={link}", headers=PAGE).headers["Location"] == "/auth/"
    assert whose(browser) == "ada@example.com"


def test_it_falls_with_the_session_that_asked(site, app_device, browser):
    """A sign-out of the app is one of what it was about to open."""
    link = link_of(app_device)
    app_device.post("/auth/sign-out")
    assert browser.get(f"/auth/continue?link={link}", headers=PAGE).status_code == 410
    assert follow(browser, link).status_code == 410
    assert whose(browser) is None


def test_a_deleted_account_s_link_opens_nothing(site, app_device, browser):
    """Nor for whoever gets its key next."""
    link = link_of(app_device)
    app_device.delete("/auth/account")
    site.device().sign_in("eve@example.com")
    assert follow(browser, link).status_code == 410
    assert whose(browser) is None


def test_who_is_signed_in_here_is_told_that_they_will_not_be(site, app_device, browser):
    """And their session ends, with what their Flask session held."""
    browser.sign_in("bob@example.com")
    browser.post("/cart/a-hat")
    link = link_of(app_device)
    page = browser.get(f"/auth/continue?link={link}", headers=PAGE).get_data(as_text=True)
    assert "bob@example.com is signed in in this browser now, and will be signed out here." in page
    assert whose(browser) == "bob@example.com"
    follow(browser, link)
    assert whose(browser) == "ada@example.com"
    assert browser.get("/cart").get_json() == {"cart": None}
    with site.app.app_context():
        bob = site.firebase.accounts.find("uid-of-bob@example.com")
        assert site.firebase.sessions.list(bob) == []


def test_who_is_the_same_user_here_is_asked_too(site, app_device, browser):
    """A link may have been sent by somebody else; the session of before is replaced."""
    browser.sign_in("ada@example.com")
    link = link_of(app_device)
    page = browser.get(f"/auth/continue?link={link}", headers=PAGE).get_data(as_text=True)
    assert "Continue as ada@example.com" in page
    assert "will be signed out" not in page
    follow(browser, link)
    assert len(app_device.get("/auth/sessions").get_json()["sessions"]) == 2


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_site_cannot_press_the_button(app_device, browser, headers):
    """Login CSRF: nobody is signed in as somebody else by a page that they visit."""
    answer = follow(browser, link_of(app_device), headers=headers)
    assert answer.get_json()["code"] == "cross_origin_rejected"
    assert whose(browser) is None


def test_it_is_as_recent_as_the_app_s_sign_in(site, app_device, browser):
    """A link proves nothing anew."""
    site.clock.advance(minutes=6)
    follow(browser, link_of(app_device))
    assert browser.delete("/auth/account").get_json()["code"] == "recent_sign_in_required"


def test_the_address_is_no_referrer(app_device, browser):
    """Neither the page's nor the answer's."""
    link = link_of(app_device)
    page = browser.get(f"/auth/continue?link={link}", headers=PAGE)
    assert page.headers["Referrer-Policy"] == "strict-origin"  # which leaves the form its Origin
    assert follow(browser, link).headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("link", ["", "x" * 43, "ü", "\0", "x" * 4000])
def test_a_link_that_there_is_not_opens_nothing(browser, link):
    """410, as one that is not good any more."""
    assert browser.get("/auth/continue", query_string={"link": link}, headers=PAGE).status_code == 410
    assert follow(browser, link).status_code == 410


def test_below_a_mount_point_the_address_has_it(app_device):
    """`SCRIPT_NAME`."""
    answer = app_device.post("/auth/browser-links", json={}, environ_overrides={"SCRIPT_NAME": "/shop"})
    assert answer.get_json()["url"].startswith("http://localhost/shop/auth/continue?link=")


def test_a_remember_cookie_s_user_is_somebody_who_is_signed_in_here(site, app_device, browser):
    """And their remember cookie does not bring them back."""
    browser.sign_in("bob@example.com")
    browser.post("/enter/uid-of-bob@example.com")
    follow(browser, link_of(app_device))
    browser.client.delete_cookie("session")
    assert whose(browser) != "bob@example.com"


def test_a_link_makes_no_fresh_login_of_an_old_one(site, app_device, browser):
    """`fresh_login_required` asks anew; a link of a recent sign-in is as fresh as that."""
    follow(browser, link_of(app_device))
    assert browser.get("/fresh").status_code == 200
    site.clock.advance(minutes=6)
    follow(browser, link_of(app_device))
    assert browser.get("/fresh").status_code == 403


@pytest.mark.parametrize("header", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_page_in_a_browser_takes_no_session_away(site, header):
    """A script in it would have one that outlives the page, which HttpOnly keeps from it; a bearer is the script's own."""
    page = site.device("cookie")
    page.sign_in("ada@example.com")
    assert page.post("/auth/browser-links", json={}, headers=header).get_json()["code"] == "invalid_request"
    app = site.device("bearer")
    app.sign_in("ada@example.com")
    assert app.post("/auth/browser-links", json={}, headers=header).status_code == 200


def test_a_session_has_thirty_links_a_minute(site, app_device):
    """Then 429."""
    answers = [ask(app_device).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    site.clock.advance(seconds=61)
    assert ask(app_device).status_code == 200


def test_a_site_that_reads_bodies_before_us_reads_them_for_us_too(site, app_device):
    """`get_json` in a `before_request`."""
    from flask import request

    site.app.before_request_funcs.setdefault(None, []).append(lambda: request.get_json(silent=True) and None)
    assert ask(app_device, next="/auth/").status_code == 200
    assert app_device.patch("/auth/account", json={"name": "Countess"}).get_json()["name"] == "Countess"


def test_where_a_second_use_is_noticed_the_end_of_the_first_is_stored(site, app_device, browser):
    """Also where the site's own hooks have written something before."""

    write_before_requests(site)
    link, thief = link_of(app_device), site.device()
    follow(thief, link)
    assert follow(browser, link).status_code == 410
    assert whose(thief) is None
