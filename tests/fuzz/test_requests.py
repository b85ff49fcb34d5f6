"""Every header, cookie and path from outside, through a whole request: an answer below 500, and nobody signed in by what is not genuine."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import strategies as st
from itsdangerous import BadData
from itsdangerous.encoding import base64_decode

from flask_firebase_login.pages.proxy import AuthProxy
from outside import ANY_TEXT, WSGI_TEXT, spoilt
from second_door import CLIENTS, Door
from sites import Site

HOST = "site.example"
ALLOWED = "https://app.example.com"


@pytest.fixture(scope="module")
def site(tmp_path_factory, firebase_issuer):
    url = f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'test.db'}"
    site = Site(
        url,
        firebase_issuer,
        lambda: datetime.now(UTC),
        FIREBASE_LOGIN_ALLOWED_ORIGINS=[ALLOWED],
        FIREBASE_LOGIN_NATIVE_CLIENTS=CLIENTS,
    )
    yield site
    site.close()


@pytest.fixture(scope="module")
def bearer(site):
    """A device whose secret is to be told from everything like it."""
    device = site.device("bearer")
    device.sign_in()
    return device.secret


@pytest.fixture(scope="module")
def browser(site):
    """A browser that is signed in, and remembered by the site's own `login_user(…, remember=True)`."""
    device = site.device("cookie")
    device.sign_in()
    device.post("/enter/uid-of-ada@example.com")
    return {name: device.client.get_cookie(name).value for name in ("session", "remember_token")}


def ask(site, method="GET", path="/private", **environ):
    environ = {"HTTP_HOST": HOST, "HTTP_ACCEPT": "application/json", **environ}
    return site.app.test_client(use_cookies=False).open(path, method=method, environ_overrides=environ)


def to_wsgi(text):
    return text.encode(errors="surrogatepass").decode("latin-1")


def test_bearer_headers(fuzz, site, bearer):
    """The one secret, after any white space, signs in; nothing else does."""

    def check(header):
        answer = ask(site, HTTP_AUTHORIZATION=header)
        scheme, _, credentials = header.partition(" ")
        is_genuine = scheme.lower() == "bearer" and credentials.strip() == bearer
        assert answer.status_code == (200 if is_genuine else 401)

    genuine = f"Bearer {bearer}"
    fuzz(check, header=WSGI_TEXT | spoilt(genuine, "bearer x.y.z", "Basic YTpi").map(to_wsgi) | st.just(genuine))


def is_in(cookie, header):
    """Whether a header has a cookie as it was given: what is signed as text, and the signature as bytes, as Base64 has several texts for them.

    Source: itsdangerous, `base64_decode`, which skips what is not of the alphabet.
    """
    if cookie in header:
        return True
    signed, _, signature = cookie.rpartition(".")
    found = re.findall(re.escape(signed) + r"\.([^;]*)", header) if signed else []
    return any(decode(text) == decode(signature) for text in found)


def decode(text):
    try:
        return base64_decode(text)
    except BadData:
        return None


def test_session_and_remember_cookies(fuzz, site, browser):
    """A cookie that is not as it was given signs nobody in, alone and beside others."""
    genuine = set(browser.values())

    def check(session, remembered, rest):
        answer = ask(site, HTTP_COOKIE=f"session={session}; remember_token={remembered}; {rest}")
        assert answer.status_code in (200, 401)
        if answer.status_code == 200:
            assert any(is_in(value, f"{session}; {remembered}; {rest}") for value in genuine)

    session, remembered = browser["session"], browser["remember_token"]
    fuzz(
        check,
        session=WSGI_TEXT | spoilt(session).map(to_wsgi),
        remembered=WSGI_TEXT | spoilt(remembered).map(to_wsgi),
        rest=WSGI_TEXT | st.sampled_from(["session", "session=", 'session="', f"other={session}", "remember_token"]),
    )


def test_a_spoilt_cookie_alone(fuzz, site, browser):
    """One character is enough, but for what Base64 leaves open in the last one of a part."""

    def check(name, text):
        value = text(browser[name])
        answer = ask(site, HTTP_COOKIE=f"{name}={value}")
        assert answer.status_code == (200 if value == browser[name] else 401)

    def replace(place, character):
        return lambda value: value[: place % (len(value) - 50)] + character + value[place % (len(value) - 50) + 1 :]

    characters = st.sampled_from("AZaz09_-.|!")
    fuzz(check, name=st.sampled_from(sorted(browser)), text=st.builds(replace, st.integers(0, 500), characters))


def test_the_cookie_of_known_devices(fuzz, site):
    """Whatever it is, the sign-in page is shown."""
    device = site.device("cookie")
    device.sign_in("grace@example.com")
    kept = device.client.get_cookie("firebase_login_devices").value

    def check(header):
        answer = ask(site, path="/auth/sign-in", HTTP_COOKIE=f"firebase_login_devices={header}", HTTP_ACCEPT="text/html")
        assert answer.status_code == 200

    fuzz(check, header=WSGI_TEXT | spoilt(kept).map(to_wsgi) | st.just(kept))


def test_if_match(fuzz, site, bearer):
    """The one ETag, and `*`, change the account; others are 412."""
    bearing = {"HTTP_AUTHORIZATION": f"Bearer {bearer}", "CONTENT_TYPE": "application/json"}

    def check(make_header):
        etag = ask(site, path="/auth/account", **bearing).headers["ETag"]
        header = make_header(etag)
        environ = {"HTTP_HOST": HOST, "HTTP_ACCEPT": "application/json", "HTTP_IF_MATCH": header, **bearing}
        answer = site.app.test_client().patch("/auth/account", data=b"{}", environ_overrides=environ)
        assert answer.status_code in (200, 412)
        if answer.status_code == 200:
            assert etag.strip('"') in header or "*" in header or not header.strip()

    headers = WSGI_TEXT | spoilt('"a", W/"b"', "*").map(to_wsgi)
    within = st.sampled_from(["{}", 'W/{}, "b"', "*", '"x", {}'])
    fuzz(check, make_header=headers.map(lambda text: lambda _: text) | within.map(lambda text: text.format))


def test_if_none_match(fuzz, site, bearer):
    """A reading is a 200 or a 304."""

    def check(header):
        environ = {"HTTP_AUTHORIZATION": f"Bearer {bearer}", "HTTP_IF_NONE_MATCH": header}
        assert ask(site, path="/auth/account", **environ).status_code in (200, 304)

    fuzz(check, header=WSGI_TEXT | spoilt('"a", W/"b"', "*").map(to_wsgi))


def test_origins(fuzz, site):
    """With the login cookie, a page passes that is of this host, or of the allowed origin, letter by letter."""
    device = site.device("cookie")
    device.sign_in("grace@example.com")
    cookie = f"session={device.client.get_cookie('session').value}"

    def check(origin, fetch_site):
        headers = {"HTTP_ORIGIN": origin, "HTTP_SEC_FETCH_SITE": fetch_site, "HTTP_COOKIE": cookie}
        answer = ask(site, "POST", **{name: value for name, value in headers.items() if value is not None})
        if fetch_site is not None:
            passes = origin == ALLOWED or fetch_site in ("same-origin", "none")
        else:
            passes = origin in (None, ALLOWED, f"https://{HOST}", f"http://{HOST}")
        assert answer.status_code == 403 or (answer.status_code == 200 and passes)

    sites = st.sampled_from([None, None, "same-origin", "same-site", "cross-site", "none", "Same-Origin", ""]) | WSGI_TEXT
    fuzz(
        check,
        origin=st.none() | WSGI_TEXT | spoilt(ALLOWED, f"https://{HOST}", "null", "http://[::1]:80").map(to_wsgi),
        fetch_site=sites,
    )


class Relayed(httpx.BaseTransport):
    """In the auth domain's place; notes where it is asked."""

    def handle_request(self, request):
        self.request = request
        return httpx.Response(200, stream=httpx.ByteStream(b"page"))


def test_the_auth_proxy(fuzz, make_site):
    """Only the auth domain is asked, only below `/__/auth/`, and no cookie goes there."""
    site, relayed = make_site(), Relayed()
    AuthProxy("shop.firebaseapp.com", timeout=timedelta(seconds=5), transport=relayed).register(site.app)

    def check(path, query, header):
        relayed.request = None
        environ = {
            "PATH_INFO": to_wsgi(f"/__/auth/{path}"),
            "QUERY_STRING": query,
            "HTTP_COOKIE": header,
            "HTTP_USER_AGENT": header,
        }
        answer = ask(site, path="/", **environ)
        assert answer.status_code < 500
        if relayed.request is not None:
            url = relayed.request.url
            assert (url.scheme, url.host) == ("https", "shop.firebaseapp.com")
            assert url.raw_path.startswith(b"/__/auth/")
            assert b".." not in url.raw_path.partition(b"?")[0]
            assert "cookie" not in relayed.request.headers

    queries = (WSGI_TEXT | spoilt("apiKey=a&v=1").map(to_wsgi)).filter(lambda query: not set(query) & set("\r\n\0"))  # RFC 9112
    paths = ANY_TEXT | spoilt("handler", "iframe.js", "a/../../b", "@evil.example/x")
    fuzz(check, path=paths, query=queries, header=WSGI_TEXT)


def test_the_second_door(fuzz, site):
    """Whatever comes to a page or an endpoint of it: below 500, and no code and no token."""
    door = Door(site)
    door.browser.sign_in("ada@example.com")
    parameters = (
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "scope",
    )
    texts = (
        st.sampled_from(["notes", "tv", "code", "S256", "none", "login", "com.example.notes:/signed-in", "account"]) | ANY_TEXT
    )
    pairs = st.dictionaries(st.sampled_from([*parameters, "request", "response_mode"]), texts)
    forms = st.dictionaries(
        st.sampled_from(["grant_type", "client_id", "code", "device_code", "token", "link", "answer"]), texts
    )

    def check(query, form, path):
        changes = {name: value.encode(errors="surrogatepass") for name, value in query.items()}
        sent = {name: value.encode(errors="surrogatepass") for name, value in form.items()}
        for method in ("GET", "POST"):
            answer = door.open(method, changes, data=sent if method == "POST" else None)
            assert answer.status_code < 500
            assert (
                "code="
                not in answer.headers.get("Location", "").replace("error_code=", "").replace("user_code=", "").split("?")[-1]
            )
        answer = door.browser.post(f"/auth/{path}", data=sent)
        assert answer.status_code < 500
        assert "access_token" not in answer.get_data(as_text=True)

    paths = st.sampled_from(["token", "revoke", "device", "device/answer", "continue"])
    fuzz(check, query=pairs, form=forms, path=paths)
