"""Requests from pages of other origins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Blueprint
from flask_cors import CORS
from flask_login import current_user, login_required
from werkzeug.middleware.proxy_fix import ProxyFix

from sites import Site

HERE, APP, EVIL = "http://localhost", "https://app.example.com", "https://evil.example"

PASSED = {
    "the site's own page": {"Sec-Fetch-Site": "same-origin", "Origin": HERE},
    "typed in by the person": {"Sec-Fetch-Site": "none"},
    "no browser": {},
    "an old browser, the site's own page": {"Origin": HERE},
    "an old browser behind a proxy that ends TLS": {"Origin": "https://localhost"},
    "an allowed origin": {"Sec-Fetch-Site": "cross-site", "Origin": APP},
    "an allowed origin of the same site": {"Sec-Fetch-Site": "same-site", "Origin": APP},
    "an allowed origin, an old browser": {"Origin": APP},
}
REJECTED = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
    "another site that says no origin": {"Sec-Fetch-Site": "cross-site"},
    "a sister of the same site": {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    "another site, an old browser": {"Origin": EVIL},
    "an opaque origin": {"Origin": "null"},
    "an empty origin": {"Origin": ""},
    "a broken origin": {"Origin": "http://["},
    "another port": {"Origin": "http://localhost:8080"},
    "a longer host": {"Origin": "http://localhost.evil.example"},
    "the host as a user name": {"Origin": "http://localhost@evil.example"},
    "an unknown word": {"Sec-Fetch-Site": "sideways", "Origin": HERE},
    "the host without a scheme": {"Origin": "//localhost"},
    "the host under another scheme": {"Origin": "ftp://localhost"},
    "the host with a tab in it": {"Origin": "http://local\thost"},
    "the host with a path": {"Origin": f"{HERE}/path"},
    "two origins": {"Origin": f"{HERE}, {EVIL}"},
}


@pytest.fixture
def site(make_site):
    return make_site(FIREBASE_LOGIN_ALLOWED_ORIGINS=[APP])


@pytest.fixture
def browser(site):
    return site.device("cookie")


@pytest.mark.parametrize("source", PASSED)
def test_requests_that_pass(browser, source):
    """A sign-in, and a view of the site's own."""
    assert browser.sign_in().status_code == 200
    headers = PASSED[source]
    assert browser.post("/private", headers=headers).status_code == 200
    id_token = browser.issuer.mint(email="ada@example.com")
    answer = browser.post("/auth/sign-in", data=id_token, content_type="application/jwt", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("source", REJECTED)
def test_requests_that_are_rejected(site, browser, source):
    """A sign-in with nobody signed in (login CSRF), and every unsafe request that the cookie authenticates."""
    headers = REJECTED[source]
    id_token = browser.issuer.mint(email="eve@example.com")
    answer = browser.post("/auth/sign-in", data=id_token, content_type="application/jwt", headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_origin_rejected")
    assert site.count("session") == 0
    browser.sign_in()
    for method, path in [
        ("POST", "/private"),
        ("PATCH", "/auth/account"),
        ("DELETE", "/auth/account"),
        ("POST", "/auth/sign-out"),
    ]:
        answer = browser.open(method, path, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_origin_rejected")
    assert browser.get("/private").status_code == 200


PASSES, REJECTS = 200, 403
LOCAL, PORT, SHOP, V6 = "localhost", "localhost:8080", "shop.example", "[::1]:5000"
NONE, ONE, TWO = (), (APP,), (APP, "http://[::1]:5173")
X = None  # the header is absent
TABLE = [
    # answer, method, Origin, Sec-Fetch-Site, Host, transport, allowed origins
    # Safe methods change nothing, and pass from anywhere.
    (PASSES, "GET", EVIL, "cross-site", LOCAL, "cookie", NONE),
    (PASSES, "HEAD", EVIL, "cross-site", LOCAL, "cookie", NONE),
    (PASSES, "OPTIONS", EVIL, "cross-site", LOCAL, "cookie", NONE),
    (PASSES, "TRACE", EVIL, "cross-site", LOCAL, "cookie", NONE),
    (PASSES, "GET", "null", X, LOCAL, "cookie", ONE),
    # The browser says where the request comes from.
    (PASSES, "POST", HERE, "same-origin", LOCAL, "cookie", NONE),
    (PASSES, "PUT", HERE, "same-origin", LOCAL, "cookie", NONE),
    (PASSES, "PATCH", HERE, "same-origin", LOCAL, "cookie", NONE),
    (PASSES, "DELETE", HERE, "same-origin", LOCAL, "cookie", NONE),
    (PASSES, "POST", X, "same-origin", LOCAL, "cookie", NONE),
    (PASSES, "POST", X, "none", LOCAL, "cookie", NONE),
    (PASSES, "POST", "https://public.example", "same-origin", "10.0.0.5:8000", "cookie", NONE),
    (REJECTS, "POST", EVIL, "cross-site", LOCAL, "cookie", NONE),
    (REJECTS, "PUT", EVIL, "cross-site", LOCAL, "cookie", NONE),
    (REJECTS, "PATCH", EVIL, "cross-site", LOCAL, "cookie", NONE),
    (REJECTS, "DELETE", EVIL, "cross-site", LOCAL, "cookie", NONE),
    (REJECTS, "POST", X, "cross-site", LOCAL, "cookie", NONE),
    (REJECTS, "POST", "null", "cross-site", LOCAL, "cookie", NONE),
    (REJECTS, "POST", HERE, "cross-site", LOCAL, "cookie", NONE),
    (REJECTS, "POST", "http://other.localhost", "same-site", LOCAL, "cookie", NONE),
    (REJECTS, "POST", X, "same-site", LOCAL, "cookie", NONE),
    (REJECTS, "POST", HERE, "same-site", LOCAL, "cookie", NONE),
    (REJECTS, "POST", HERE, "", LOCAL, "cookie", NONE),
    (REJECTS, "POST", HERE, "Same-Origin", LOCAL, "cookie", NONE),
    (REJECTS, "POST", HERE, "same-origin, cross-site", LOCAL, "cookie", NONE),
    # Without that header, Origin and Host decide.
    (PASSES, "POST", X, X, LOCAL, "cookie", NONE),
    (PASSES, "POST", HERE, X, LOCAL, "cookie", NONE),
    (PASSES, "DELETE", HERE, X, LOCAL, "cookie", NONE),
    (PASSES, "POST", "https://localhost", X, LOCAL, "cookie", NONE),
    (PASSES, "POST", "http://localhost:8080", X, PORT, "cookie", NONE),
    (PASSES, "POST", "https://shop.example", X, SHOP, "cookie", NONE),
    (PASSES, "POST", "http://[::1]:5000", X, V6, "cookie", NONE),
    (REJECTS, "POST", HERE, X, PORT, "cookie", NONE),
    (REJECTS, "POST", "http://localhost:8080", X, LOCAL, "cookie", NONE),
    (REJECTS, "POST", "http://localhost:8081", X, PORT, "cookie", NONE),
    (REJECTS, "POST", "http://[::1]:5001", X, V6, "cookie", NONE),
    (REJECTS, "POST", "http://[::2]:5000", X, V6, "cookie", NONE),
    (REJECTS, "POST", EVIL, X, LOCAL, "cookie", NONE),
    (REJECTS, "POST", "https://shop.example.evil.example", X, SHOP, "cookie", NONE),
    (REJECTS, "POST", "https://evilshop.example", X, SHOP, "cookie", NONE),
    (REJECTS, "POST", "https://www.shop.example", X, SHOP, "cookie", NONE),
    (REJECTS, "POST", "https://shop.example@evil.example", X, SHOP, "cookie", NONE),
    (REJECTS, "POST", "https://shop.example, https://evil.example", X, SHOP, "cookie", NONE),
    (REJECTS, "POST", "shop.example", X, SHOP, "cookie", NONE),
    (REJECTS, "POST", "null", X, LOCAL, "cookie", NONE),
    (REJECTS, "POST", "", X, LOCAL, "cookie", NONE),
    (REJECTS, "POST", "http://[", X, LOCAL, "cookie", NONE),
    (REJECTS, "POST", "https://public.example", X, "10.0.0.5:8000", "cookie", NONE),
    # An allowed origin passes, exactly as it is written.
    (PASSES, "POST", APP, "cross-site", LOCAL, "cookie", ONE),
    (PASSES, "DELETE", APP, "same-site", LOCAL, "cookie", ONE),
    (PASSES, "PATCH", APP, X, LOCAL, "cookie", ONE),
    (PASSES, "POST", APP, X, LOCAL, "cookie", TWO),
    (PASSES, "POST", "http://[::1]:5173", "cross-site", LOCAL, "cookie", TWO),
    (PASSES, "POST", "http://[::1]:5173", X, LOCAL, "cookie", TWO),
    (REJECTS, "POST", APP, "cross-site", LOCAL, "cookie", NONE),
    (REJECTS, "POST", "https://APP.example.com", "cross-site", LOCAL, "cookie", ONE),
    (REJECTS, "POST", "http://app.example.com", "cross-site", LOCAL, "cookie", ONE),
    (REJECTS, "POST", "https://app.example.com:8443", X, LOCAL, "cookie", ONE),
    (REJECTS, "POST", "https://app.example.com/", X, LOCAL, "cookie", ONE),
    (REJECTS, "POST", "https://app-example.com", X, LOCAL, "cookie", ONE),
    (REJECTS, "POST", "http://::1:5173", X, LOCAL, "cookie", TWO),
    (REJECTS, "POST", "http://1:5173", X, LOCAL, "cookie", TWO),
    (REJECTS, "POST", EVIL, "cross-site", LOCAL, "cookie", TWO),
    # A remember cookie signs in as well; a bearer is sent by no browser; without any, nothing acts for anybody.
    (PASSES, "POST", HERE, "same-origin", LOCAL, "remember cookie", NONE),
    (REJECTS, "POST", EVIL, "cross-site", LOCAL, "remember cookie", NONE),
    (REJECTS, "POST", EVIL, X, LOCAL, "remember cookie", NONE),
    (PASSES, "POST", EVIL, "cross-site", LOCAL, "bearer", NONE),
    (PASSES, "DELETE", EVIL, X, LOCAL, "bearer", ONE),
    (PASSES, "POST", EVIL, "cross-site", LOCAL, "bearer beside a cookie", NONE),
    (PASSES, "POST", EVIL, "cross-site", LOCAL, "none", NONE),
    # A sign-in is protected always: nobody is to be signed in as somebody else.
    (PASSES, "POST", X, X, LOCAL, "sign-in", NONE),
    (PASSES, "POST", HERE, "same-origin", LOCAL, "sign-in", NONE),
    (PASSES, "POST", APP, "cross-site", LOCAL, "sign-in", ONE),
    (REJECTS, "POST", EVIL, "cross-site", LOCAL, "sign-in", NONE),
    (REJECTS, "POST", EVIL, X, LOCAL, "sign-in", ONE),
    (REJECTS, "POST", X, "cross-site", LOCAL, "sign-in", NONE),
    (REJECTS, "POST", "null", X, LOCAL, "sign-in", TWO),
]


def test_the_cross_origin_table_is_as_long_as_was_promised():
    """At least 60 rows, none twice."""
    assert len(TABLE) == len(set(TABLE)) >= 60


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory, firebase_issuer):
    """A function that returns the site with those allowed origins, and what its view `/any` has noted; each is made once."""
    made = {}

    def share(allowed):
        if allowed not in made:
            url = f"sqlite:///{tmp_path_factory.mktemp('origins') / 'test.db'}"
            site = Site(url, firebase_issuer, lambda: datetime.now(UTC), FIREBASE_LOGIN_ALLOWED_ORIGINS=list(allowed))
            ran, methods = [], ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"]
            site.app.add_url_rule("/any", "any", lambda: ran.append(current_user.is_authenticated) or "ran", methods=methods)
            register_api(site.app, site.firebase)
            made[allowed] = (site, ran)
        return made[allowed]

    yield share
    for site, _ in made.values():
        site.close()


def register_api(app, firebase):
    api = firebase.allow_origins(Blueprint("api", __name__, url_prefix="/api"))

    @api.route("/notes", methods=["GET", "PUT"])
    @login_required
    def notes():
        return {"uid": current_user.firebase_uid}

    app.register_blueprint(api)


def open_row(site, method, host, transport, headers):
    """Send one row's request, as a device of that transport which is signed in at that host."""
    base_url = f"http://{host}"
    device = site.device("bearer" if transport.startswith("bearer") else "cookie")
    if transport == "sign-in":
        id_token = site.issuer.mint(email="ada@example.com")
        return device.post("/auth/sign-in", data=id_token, content_type="application/jwt", headers=headers, base_url=base_url)
    if transport != "none":
        answer = device.open("POST", "/auth/sign-in", json=sign_in_body(site, device.transport), base_url=base_url)
        device.secret = answer.get_json().get("session_secret")
    if transport == "remember cookie":
        device.post(f"/enter/{answer.get_json()['account']['firebase_uid']}", base_url=base_url)
        device.client.delete_cookie("session", domain=host)
    if transport == "bearer beside a cookie":
        device.client.post("/auth/sign-in", json=sign_in_body(site, "cookie"), base_url=base_url)
    return device.open(method, "/any", headers=headers, base_url=base_url)


def sign_in_body(site, transport):
    return {"id_token": site.issuer.mint(email="ada@example.com"), "transport": transport}


@pytest.mark.parametrize(("answer", "method", "origin", "fetch_site", "host", "transport", "allowed"), TABLE)
def test_the_cross_origin_table(shared_site, answer, method, origin, fetch_site, host, transport, allowed):
    """Each row is one request, and whether the view behind it ran."""
    site, ran = shared_site(allowed)
    ran.clear()
    sent = {"Origin": origin, "Sec-Fetch-Site": fetch_site}
    given = open_row(site, method, host, transport, {name: value for name, value in sent.items() if value is not None})
    assert given.status_code == answer
    if transport != "sign-in":
        assert ran == ([transport != "none"] if answer == PASSES else [])
    if answer == REJECTS:
        assert given.get_json()["code"] == "cross_origin_rejected"


@pytest.mark.parametrize(
    ("headers", "host", "wanted"),
    [
        ({"Origin": "https://public.example"}, "10.0.0.5:8000", ["public.example", "10.0.0.5:8000", "ProxyFix"]),
        ({"Origin": "http://localhost"}, "localhost:8080", ["'localhost'", "'localhost:8080'", "ProxyFix"]),
        ({"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}, "localhost", ["FIREBASE_LOGIN_ALLOWED_ORIGINS"]),
        ({"Origin": EVIL, "Sec-Fetch-Site": "same-site"}, "localhost", ["FIREBASE_LOGIN_ALLOWED_ORIGINS"]),
        ({"Sec-Fetch-Site": "cross-site"}, "localhost", ["FIREBASE_LOGIN_ALLOWED_ORIGINS"]),
        ({"Origin": "null"}, "localhost", ["FIREBASE_LOGIN_ALLOWED_ORIGINS"]),
    ],
)
def test_a_rejection_tells_the_right_remedy(site, headers, host, wanted):
    """Where hosts differ and no browser said that the page is another site's, a proxy may have changed `Host`."""
    id_token = site.issuer.mint(email="ada@example.com")
    answer = site.device().post(
        "/auth/sign-in", data=id_token, content_type="application/jwt", headers=headers, base_url=f"http://{host}"
    )
    assert answer.status_code == 403
    detail = answer.get_json()["detail"]
    assert [text for text in wanted if text not in detail] == []
    if "ProxyFix" in wanted:
        assert "FIREBASE_LOGIN_ALLOWED_ORIGINS" not in detail.partition("ProxyFix")[0]
    else:
        assert "ProxyFix" not in detail


def test_the_remedy_for_a_proxy_works(make_site):
    """`ProxyFix` with the number of proxies that set `X-Forwarded-Host`."""
    site = make_site()
    site.app.wsgi_app = ProxyFix(site.app.wsgi_app, x_host=1)
    headers = {"Origin": "https://public.example", "X-Forwarded-Host": "public.example"}
    id_token = site.issuer.mint(email="ada@example.com")
    answer = site.device().post(
        "/auth/sign-in", data=id_token, content_type="application/jwt", headers=headers, base_url="http://10.0.0.5:8000"
    )
    assert answer.status_code == 200


def test_safe_requests_pass_from_anywhere(browser):
    """A link from another site leads in."""
    browser.sign_in()
    assert browser.get("/private", headers=REJECTED["another site"]).status_code == 200


def test_a_bearer_is_exempt(site):
    """No browser sends it by itself."""
    device = site.device("bearer")
    device.sign_in()
    assert device.post("/private", headers=REJECTED["another site"]).status_code == 200


def test_views_that_no_login_cookie_authenticates_are_none_of_ours(browser):
    """A webhook of another site's, say."""
    assert browser.post("/cart/book", headers=REJECTED["another site"]).status_code == 200


def test_a_remember_cookie_is_a_login_cookie(browser):
    """It signs people in as well."""
    uid = browser.sign_in().get_json()["account"]["firebase_uid"]
    browser.post(f"/enter/{uid}")
    browser.client.delete_cookie("session")
    assert browser.post("/private", headers=REJECTED["another site"]).status_code == 403


def test_an_allowed_origin_may_call_with_credentials(browser):
    """CORS under our prefix, for that origin alone."""
    asked = {"Origin": APP, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "content-type"}
    preflight = browser.open("OPTIONS", "/auth/account", headers=asked)
    assert preflight.headers["Access-Control-Allow-Origin"] == APP
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    browser.sign_in()
    answer = browser.get("/auth/account", headers={"Origin": APP})
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_no_other_origin_is_told_anything(browser, make_site):
    """Neither an unknown one, nor any where none is configured."""
    assert "Access-Control-Allow-Origin" not in browser.get("/auth/account", headers={"Origin": EVIL}).headers
    assert "Access-Control-Allow-Origin" not in browser.get("/private", headers={"Origin": APP}).headers


LOOPBACK = "http://[::1]:5173"
CORS_TABLE = [
    # method, path, Origin, status, whether the answer names the origin
    ("GET", "/auth/account", APP, 200, True),
    ("GET", "/auth/sessions", APP, 200, True),
    ("PATCH", "/auth/account", APP, 415, True),
    ("POST", "/auth/sign-in", APP, 415, True),
    ("GET", "/auth/nothing", APP, 404, True),
    ("GET", "/auth/sessions/a/b", APP, 404, True),
    ("PUT", "/auth/account", APP, 405, True),
    ("DELETE", "/auth/sign-in", APP, 405, True),
    ("GET", "/auth/account", LOOPBACK, 200, True),
    ("GET", "/auth/nothing", LOOPBACK, 404, True),
    ("PUT", "/auth/account", LOOPBACK, 405, True),
    ("GET", "/auth/account", "http://:", 200, False),
    ("GET", "/auth/account", "http://1:5173", 200, False),
    ("GET", "/auth/account", "http://:1:5173", 200, False),
    ("GET", "/auth/account", EVIL, 200, False),
    ("GET", "/auth/account", "https://app.example.com.evil.example", 200, False),
    ("GET", "/auth/account", "https://appxexample.com", 200, False),
    ("GET", "/auth/account", "http://app.example.com", 200, False),
    ("GET", "/auth/account", "null", 200, False),
    ("GET", "/auth/account", "", 200, False),
    ("GET", "/auth/account", None, 200, False),
    ("GET", "/auth/nothing", EVIL, 404, False),
    ("PUT", "/auth/account", EVIL, 405, False),
    ("POST", "/auth/sign-in", EVIL, 403, False),
    ("GET", "/private", APP, 200, False),
    ("GET", "/nothing", APP, 404, False),
    ("GET", "/authors", APP, 404, False),
    ("PUT", "/private", APP, 405, False),
]


@pytest.fixture(scope="module")
def spa_browser(shared_site):
    browser = shared_site((APP, LOOPBACK))[0].device()
    browser.sign_in()
    return browser


def check_cors(answer, origin, is_named):
    """The origin itself with credentials and with what a script may read; or nothing at all."""
    named = answer.headers.getlist("Access-Control-Allow-Origin")
    if is_named:
        assert named == [origin]
        assert answer.headers.getlist("Access-Control-Allow-Credentials") == ["true"]
        assert answer.headers["Access-Control-Expose-Headers"] == "Date, ETag, Retry-After"
        assert "Origin" in answer.headers["Vary"]
    else:
        assert [name for name, _ in answer.headers if name.startswith("Access-Control-")] == []


@pytest.mark.parametrize(("method", "path", "origin", "status", "is_named"), CORS_TABLE)
def test_the_cors_table(spa_browser, method, path, origin, status, is_named):
    """Every answer under the prefix, a 404 and a 405 too, and nothing outside it; no origin is read as a pattern."""
    answer = spa_browser.open(method, path, headers={} if origin is None else {"Origin": origin})
    assert answer.status_code == status
    check_cors(answer, origin, is_named)


@pytest.mark.parametrize(
    ("path", "origin", "method", "is_allowed"),
    [
        ("/auth/account", APP, "PATCH", True),
        ("/auth/account", LOOPBACK, "DELETE", True),
        ("/auth/sign-in", LOOPBACK, "POST", True),
        ("/auth/account", EVIL, "PATCH", False),
        ("/auth/account", "http://1:5173", "PATCH", False),
        ("/private", APP, "POST", False),
    ],
)
def test_the_table_of_preflights(spa_browser, path, origin, method, is_allowed):
    """What browsers ask before they send."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, if-match",
    }
    preflight = spa_browser.open("OPTIONS", path, headers=asked)
    assert preflight.status_code == 200
    check_cors(preflight, origin, is_allowed)
    if is_allowed:
        methods = preflight.headers["Access-Control-Allow-Methods"].split(", ")
        assert {*methods} == {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"}
        assert preflight.headers["Access-Control-Allow-Headers"] == "content-type, if-match"


@pytest.mark.parametrize("site_is_first", [True, False])
def test_a_site_s_own_cors_leaves_ours_alone(make_site, site_is_first):
    """Whichever is registered first, and whatever `CORS_*` the site has configured."""
    if site_is_first:
        app_config = {"CORS_METHODS": ["GET"], "CORS_EXPOSE_HEADERS": ["X-Site"], "CORS_ORIGINS": "*"}
        site = make_site(FIREBASE_LOGIN_ALLOWED_ORIGINS=[APP], **app_config)
    else:
        site = make_site(FIREBASE_LOGIN_ALLOWED_ORIGINS=[APP])
        CORS(site.app)
    browser = site.device()
    browser.sign_in()
    for method, path in [("GET", "/auth/account"), ("GET", "/auth/nothing"), ("PUT", "/auth/account")]:
        check_cors(browser.open(method, path, headers={"Origin": APP}), APP, is_named=True)
    asked = {"Origin": APP, "Access-Control-Request-Method": "PATCH"}
    assert "PATCH" in browser.open("OPTIONS", "/auth/account", headers=asked).headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    ("method", "origin", "status", "is_named"),
    [
        ("GET", APP, 200, True),
        ("PUT", APP, 200, True),
        ("PUT", LOOPBACK, 200, True),
        ("GET", EVIL, 200, False),
        ("PUT", EVIL, 403, False),
        ("GET", None, 200, False),
    ],
)
def test_a_site_s_own_api_allows_the_same_origins(spa_browser, method, origin, status, is_named):
    """`firebase.allow_origins(blueprint)`."""
    answer = spa_browser.open(method, "/api/notes", headers={} if origin is None else {"Origin": origin})
    assert answer.status_code == status
    check_cors(answer, origin, is_named)


def test_a_preflight_of_a_site_s_own_api_allows_its_methods(spa_browser):
    """PUT is among them."""
    asked = {"Origin": APP, "Access-Control-Request-Method": "PUT"}
    preflight = spa_browser.open("OPTIONS", "/api/notes", headers=asked)
    check_cors(preflight, APP, is_named=True)
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"].split(", ")


def test_without_origins_a_site_s_own_api_is_as_it_was(shared_site):
    """The call may stay where the setting is not there, as in development."""
    browser = shared_site(())[0].device()
    browser.sign_in()
    check_cors(browser.get("/api/notes", headers={"Origin": APP}), APP, is_named=False)
