"""The site below a mount point (`SCRIPT_NAME`): every way that we lead a browser ends there."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

from flask_firebase_login.web.redirects import find_landing

HTML = {"Accept": "text/html"}
MOUNTS = ["/shop", "/a/b"]


class MountedBrowser(Client):
    """A browser that knows the site below its mount point only."""

    def __init__(self, site, mount):
        super().__init__(DispatcherMiddleware(NotFound(), {mount: site.app}))
        self.site, self.mount = site, mount

    def find(self, path):
        """A page, and where it leads."""
        answer = self.get(f"{self.mount}{path}", headers=HTML)
        return answer.status_code, answer.headers.get("Location")

    def sign_in(self, path="/auth/sign-in"):
        id_token = self.site.issuer.mint(email="ada@example.com")
        url = path if path.startswith(self.mount) else f"{self.mount}{path}"
        return self.post(url, data=id_token, content_type="application/jwt").get_json()["next"]

    def send_form(self, **form):
        page = self.get(f"{self.mount}/auth/", headers=HTML).text
        whose = re.search(r'name="account" value="([^"]+)"', page)[1]
        answer = self.post(f"{self.mount}/auth/", data={"account": whose} | form, headers=HTML)
        return answer.status_code, answer.headers["Location"]


@pytest.fixture(params=MOUNTS)
def mount(request):
    return request.param


@pytest.fixture
def browser(site, mount):
    return MountedBrowser(site, mount)


@pytest.mark.parametrize("page", ["/private", "/private?a=b&c=%2Fd", "/auth/"])
def test_who_is_led_to_the_sign_in_page_comes_back(browser, mount, page):
    """By the page's own address for the sign-in, as its script uses it."""
    status, sign_in_page = browser.find(page)
    parts = urlsplit(sign_in_page)
    assert (status, parts.path) == (303, f"{mount}/auth/sign-in")
    assert parse_qs(parts.query)["next"] == [f"{mount}{page}"]
    html = browser.get(sign_in_page, headers=HTML).text
    config = json.loads(re.search(r"<script[^>]*type=\"application/json\"[^>]*>(.*?)</script>", html, re.DOTALL)[1])
    assert browser.sign_in(config["signIn"]) == f"{mount}{page}"
    assert browser.get(f"{mount}{page}", headers=HTML).status_code == 200
    assert browser.get(sign_in_page, headers=HTML).headers["Location"] == f"{mount}{page}"


def test_a_sign_in_that_asks_for_nothing_leads_to_the_site_s_own_start(browser, mount):
    """Not to the host's, which may be another site."""
    assert browser.sign_in() == f"{mount}/"
    assert browser.sign_in("/auth/sign-in?next=https://evil.example") == f"{mount}/"
    assert browser.find("/auth/sign-in") == (303, f"{mount}/")


def test_a_sign_out_and_a_deletion_lead_to_the_site_s_own_start(browser, mount):
    """As `FIREBASE_LOGIN_SIGN_OUT_NEXT` says, below the mount point; after a deletion, by a page that says that it is done."""
    browser.sign_in()
    assert browser.send_form(action="sign-out") == (303, f"{mount}/")
    browser.sign_in()
    assert browser.send_form(action="delete", word="delete") == (303, f"{mount}/auth/deleted?firebase=kept")
    assert f'href="{mount}/"' in browser.get(f"{mount}/auth/deleted", headers=HTML).text


def test_a_sensitive_view_leads_back_to_itself(browser, mount, clock):
    """After a sign-in anew."""
    browser.sign_in()
    clock.advance(minutes=6)
    _, sign_in_page = browser.find("/danger")
    assert parse_qs(urlsplit(sign_in_page).query) == {"again": ["1"], "next": [f"{mount}/danger"]}
    _, sign_in_page = browser.send_form(action="delete", word="delete")
    (back,) = parse_qs(urlsplit(sign_in_page).query)["next"]
    assert back.startswith(f"{mount}/auth/?delete=")
    assert back.endswith("#data")


@pytest.mark.parametrize(
    ("configured", "landing"),
    [("/home", "/shop/home"), ("/shop", "/shop"), ("/shop/home", "/shop/home"), ("/shopping", "/shop/shopping")],
)
def test_a_configured_path_is_one_of_the_app_s(make_site, configured, landing):
    """One that names the mount point already stays as it is."""
    site = make_site(FIREBASE_LOGIN_SIGN_IN_NEXT=configured, FIREBASE_LOGIN_SIGN_OUT_NEXT=configured)
    browser = MountedBrowser(site, "/shop")
    assert browser.sign_in() == landing
    assert browser.send_form(action="sign-out") == (303, landing)


def test_a_page_of_the_app_may_be_called_like_the_mount_point(make_site):
    """It is led back to all the same."""
    site = make_site()
    site.app.add_url_rule("/shop/private", "other", site.app.view_functions["private"])
    _, sign_in_page = MountedBrowser(site, "/shop").find("/shop/private")
    assert parse_qs(urlsplit(sign_in_page).query)["next"] == ["/shop/shop/private"]


@pytest.mark.parametrize("prefix", ["//evil.example", "/\\evil.example", "https://evil.example", "/a//b"])
def test_no_prefix_of_a_proxy_leads_to_another_host(site, prefix):
    """`X-Forwarded-Prefix` is whatever a proxy passes on."""
    app = ProxyFix(site.app.wsgi_app, x_prefix=1)
    client = Client(app)
    id_token = site.issuer.mint(email="ada@example.com")
    answer = client.post("/auth/sign-in", data=id_token, content_type="application/jwt", headers={"X-Forwarded-Prefix": prefix})
    assert answer.get_json()["next"] == "/"


def test_without_a_mount_point_a_landing_is_what_is_configured(site):
    """To the letter."""
    with site.app.test_request_context("/private"):
        assert find_landing("/home?a=b#c") == "/home?a=b#c"
