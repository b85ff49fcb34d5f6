"""Text from outside, of any bytes, in every place where a request can hold it: an answer, and never a 500."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from sites import Site

NOT_ASCII = {
    "Latin-1": "\xfc",
    "UTF-8 as WSGI hands it on": "日".encode().decode("latin-1"),
    "no UTF-8": "\xff\xfe",
    "a control character": "a\x01b",
    "NUL": "a\0b",
    "quotes": "\"'\\",
    "full stops": "\xfc.\xfc.\xfc",
    "a bar": "x|\xfc",
    "very long": "\xfc" * 20_000,
}
HEADERS = {
    "Authorization": "Bearer {}",
    "Authorization, bare": "{}",
    "Cookie": "session={}",
    "Cookie, remembered": "remember_token={}",
    "Cookie, bare": "{}",
    "If-Match": '"{}"',
    "If-None-Match": '"{}"',
    "Accept": "{}",
    "Accept-Language": "{}",
    "Origin": "{}",
    "Origin, a host": "https://{}",
    "Sec-Fetch-Site": "{}",
    "Content-Type": "{}",
    "User-Agent": "{}",
    "X-Forwarded-For": "{}",
    "Referer": "{}",
}
REQUESTS = [
    ("GET", "/auth/account"),
    ("PATCH", "/auth/account"),
    ("GET", "/auth/sessions"),
    ("POST", "/auth/sign-out"),
    ("POST", "/auth/sign-in"),
    ("GET", "/auth/sign-in"),
    ("GET", "/auth/"),
    ("POST", "/auth/"),
    ("GET", "/auth/nothing"),
    ("GET", "/public"),
    ("GET", "/private"),
]


@pytest.fixture
def database_url(either_database_url):
    return either_database_url


@pytest.fixture(scope="module")
def site(tmp_path_factory, firebase_issuer):
    """ID tokens are good as bearer, too."""
    url = f"sqlite:///{tmp_path_factory.mktemp('outside') / 'test.db'}"
    site = Site(url, firebase_issuer, lambda: datetime.now(UTC), FIREBASE_LOGIN_ACCEPT_ID_TOKENS=True)
    yield site
    site.close()


@pytest.fixture(scope="module")
def cookie(site):
    """What a browser sends that is signed in."""
    browser = site.device()
    browser.sign_in()
    return f"session={browser.client.get_cookie('session').value}"


@pytest.mark.parametrize("text", NOT_ASCII)
@pytest.mark.parametrize("place", HEADERS)
def test_no_header_makes_a_request_fail(site, cookie, place, text):
    """Signed in and not."""
    name = place.partition(",")[0]
    key = "CONTENT_TYPE" if name == "Content-Type" else "HTTP_" + name.upper().replace("-", "_")
    value = HEADERS[place].format(NOT_ASCII[text])
    for method, path in REQUESTS:
        for sent in ("", cookie):
            environ = {"HTTP_COOKIE": sent} | {key: f"{sent}; {value}" if name == "Cookie" and sent else value}
            answer = site.app.test_client(use_cookies=False).open(path, method=method, data=b"{}", environ_overrides=environ)
            assert answer.status_code < 500, (method, path, answer.get_data(as_text=True))


@pytest.mark.parametrize("encoded", ["\ud800.a.b", "a.\ud800.b", "a.b.\ud800", "\xfc.\xfc.\xfc", "e30.e30.\u0663"])
def test_an_id_token_of_any_characters_is_malformed(site, encoded):
    """At a sign-in, in JSON and raw, and as bearer."""
    device = site.device()
    answers = [device.post("/auth/sign-in", json={"id_token": encoded})]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {encoded}"}
    answers += [device.get(path, environ_overrides=bearer) for path in ("/auth/account", "/private")]
    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [(401, "id_token_malformed")] * 3
    raw = device.post("/auth/sign-in", data=encoded.encode(errors="surrogatepass"), content_type="application/jwt")
    assert (raw.status_code, raw.get_json()["code"]) in [(401, "id_token_malformed"), (400, "invalid_request")]


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\xfc", "日本", "\0"])
def test_no_text_in_a_body_or_a_query_makes_a_request_fail(make_site, text):
    """Every member that a body has, every parameter that a query has, for programs and for browsers, on either database."""
    site = make_site()
    browser = site.device()
    browser.sign_in()
    good = site.issuer.mint(email="ada@example.com")
    bodies = [
        ("POST", "/auth/sign-in", {"id_token": text}),
        ("POST", "/auth/sign-in", {"id_token": good, text: text}),
        ("POST", "/auth/sign-in", {"id_token": good, "transport": text}),
        ("POST", "/auth/sign-in", {"id_token": good, "client_name": text}),
        ("PATCH", "/auth/account", {text: text}),
        ("PATCH", "/auth/account", {"name": text, "photo_url": f"https://{text}/"}),
        ("PATCH", "/auth/account", {"settings": {text: {"a": [text]}}}),
    ]
    query = quote(text, errors="surrogatepass")
    for accept in ("application/json", "text/html"):
        answers = [browser.open(method, path, json=body, headers={"Accept": accept}) for method, path, body in bodies]
        answers += [
            browser.open(method, f"{path}={query}", headers={"Accept": accept})
            for method, path in [
                ("GET", "/auth/sign-in?next"),
                ("GET", "/auth/sign-in?again=1&next"),
                ("GET", "/auth/?message"),
                ("GET", "/private?a"),
                ("DELETE", "/auth/sessions?including"),
                ("GET", "/auth/?delete"),
                ("DELETE", f"/auth/sessions/{query}?a"),
                ("GET", "/auth/account/export?account"),
                ("POST", "/auth/sign-in?account"),
            ]
        ]
        with site.app.app_context():
            stamp = site.firebase.accounts.find("uid-of-ada@example.com").security_stamp
        for form in (
            f"account={stamp}&action=save&name={query}&photo_url={query}",
            f"account={stamp}&action=sign-out-device&session_id={query}",
            f"account={stamp}&action={query}",
            f"account={query}&action=save",
        ):
            urlencoded = "application/x-www-form-urlencoded"
            answers.append(browser.post("/auth/", data=form, content_type=urlencoded, headers={"Accept": accept}))
        assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
