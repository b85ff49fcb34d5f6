"""The sign-in page attests itself: Firebase's own SDK, under the real policy, against a site that requires App Check.

Google is doubled, and named so: reCAPTCHA's script, the endpoint that exchanges its answer for a token, and Identity Toolkit. A `LocalIssuer` signs what
Firebase would, and the site verifies it.
"""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

KEY = "6LdXexampleexampleexample"
GOOGLE = ["www.google.com", "content-firebaseappcheck.googleapis.com", "identitytoolkit.googleapis.com"]
HEADER = "x-firebase-appcheck"
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}

DOUBLE_OF_RECAPTCHA = """
const double = { ready: (then) => then(), render: (place, { callback }) => (double.done = callback, 0),
                 execute: async () => (double.done(), "a double of reCAPTCHA's answer") };
window.grecaptcha = { ...double, enterprise: double };
"""


class DoubleOfGoogle:
    """Stands in for what App Check and a sign-in by password need of Google's.

    Attributes:
        exchanged: What the page sent to be exchanged for an App Check token.
        tokens: The App Check tokens that Identity Toolkit was sent.
        makes_token: What makes the next App Check token.
        recaptcha: How its script is answered: `there`, `blocked`, as by some browsers, or `silent`.
    """

    def __init__(self, context, issuer):
        self.issuer = issuer
        self.exchanged, self.tokens, self.scripts = [], [], []
        self.makes_token = issuer.mint_app_check
        self.recaptcha = "there"
        context.route("https://www.google.com/recaptcha/**", self._answer_script)
        context.route("https://content-firebaseappcheck.googleapis.com/**", self._exchange)
        context.route("https://identitytoolkit.googleapis.com/**", self._answer_toolkit)

    def _answer_script(self, route):
        self.scripts.append(route.request.url)
        if self.recaptcha == "blocked":
            route.abort()
        elif self.recaptcha == "there":
            route.fulfill(body=DOUBLE_OF_RECAPTCHA, content_type="text/javascript")

    def _exchange(self, route):
        if route.request.method == "OPTIONS":
            return route.fulfill(headers=CORS)
        self.exchanged.append((route.request.url.partition("?")[0], route.request.post_data_json))
        return route.fulfill(json={"token": self.makes_token(), "ttl": "3600s"}, headers=CORS)

    def _answer_toolkit(self, route):
        if route.request.method == "OPTIONS":
            return route.fulfill(headers=CORS)
        self.tokens.append(route.request.headers.get(HEADER))
        user = {"localId": "uid-of-ada@example.com", "email": "ada@example.com", "emailVerified": True, "providerUserInfo": []}
        signed_in = {"idToken": self.issuer.mint(email="ada@example.com", name="Ada"), "refreshToken": "r", "expiresIn": "3600"}
        answer = {"users": [user]} if "accounts:lookup" in route.request.url else user | signed_in
        return route.fulfill(json=answer, headers=CORS)


@pytest.fixture(scope="module")
def start_guarded_site(start_site, firebase_issuer, tmp_path_factory):
    """A function that starts a site that looks at App Check, once for each mode and kind of reCAPTCHA."""
    running = {}

    def start(mode, kind):
        if (mode, kind) not in running:
            settings = firebase_issuer.config | {"FIREBASE_LOGIN_APP_CHECK": mode, "FIREBASE_LOGIN_COOKIE_SECURE": False}
            settings[f"FIREBASE_LOGIN_APP_CHECK_RECAPTCHA_{kind}_KEY"] = KEY
            environment = {f"FLASK_{name}": json.dumps(value) for name, value in settings.items()}
            running[mode, kind] = start_site(tmp_path_factory.mktemp("guarded-site"), **environment).__enter__()
        return running[mode, kind]

    yield start
    for server in running.values():
        server.__exit__(None, None, None)


@pytest.fixture
def visit(watch, start_guarded_site, firebase_issuer):
    """A function that opens the sign-in page of such a site in a browser with doubles of Google's."""

    def open_page(mode, kind="ENTERPRISE", **behaviour):
        visitor = watch(start_guarded_site(mode, kind), more_hosts=GOOGLE)
        google = DoubleOfGoogle(visitor.context, firebase_issuer)
        vars(google).update(behaviour)
        page = visitor.page()
        if google.recaptcha == "silent":
            page.clock.install()
        page.goto("/auth/sign-in?next=/api/hello")
        return visitor, google, page

    return open_page


def sign_in(page):
    page.fill("[name=email]", "ada@example.com")
    page.fill("[name=password]", "correct horse")
    page.click("form .fl-main")


@pytest.mark.parametrize(("kind", "method"), [("ENTERPRISE", "Enterprise"), ("V3", "V3")])
def test_the_page_attests_itself_to_the_site_and_to_firebase(visit, firebase_issuer, kind, method):
    """One token, asked for as the page opens, for both."""
    _, google, page = visit("required", kind)
    sign_in(page)
    expect(page.locator("body")).to_contain_text('"hello":"Ada"')
    ((address, sent),) = google.exchanged
    assert address.endswith(
        f"/projects/{firebase_issuer.project_id}/apps/{firebase_issuer.app_id}:exchangeRecaptcha{method}Token"
    )
    assert "a double of reCAPTCHA's answer" in sent.values()
    assert google.tokens
    assert all(token.count(".") == 2 for token in google.tokens)
    (script,) = google.scripts
    assert ("enterprise" in script) is (kind == "ENTERPRISE")


def test_a_page_that_cannot_be_attested_says_so(visit):
    """Where reCAPTCHA is blocked: at once, and not after a wait for a script that never comes."""
    visitor, _, page = visit("required", recaptcha="blocked")
    for noise in (r"net::ERR_FAILED .*recaptcha", r"status of 403 .*/auth/sign-in", r"AppCheck|App Check"):
        visitor.expect(noise)
    sign_in(page)
    expect(page.locator("#firebase-login-status")).to_contain_text("could not check that you are no robot", timeout=8_000)
    assert re.search("/auth/sign-in", page.url)


def test_an_observing_site_signs_such_a_page_in(visit):
    """Nobody is locked out by a roll-out."""
    visitor, google, page = visit("observe", recaptcha="blocked")
    for noise in (r"net::ERR_FAILED .*recaptcha", r"AppCheck|App Check"):
        visitor.expect(noise)
    sign_in(page)
    expect(page.locator("body")).to_contain_text('"hello":"Ada"')
    assert google.exchanged == []


def test_nobody_waits_for_a_recaptcha_that_never_answers(visit):
    """Ten seconds after the page has opened, it goes on without."""
    visitor, google, page = visit("observe", recaptcha="silent")
    visitor.expect(r"AppCheck|App Check")
    while not google.scripts:
        page.wait_for_timeout(20)
    sign_in(page)
    assert google.tokens == []
    page.clock.fast_forward(10_000)
    expect(page.locator("body")).to_contain_text('"hello":"Ada"')


def test_a_token_that_the_site_does_not_take_is_told_in_plain_words(visit, firebase_issuer):
    """Such as one of another project, where the site's number is wrong."""
    visitor, _, page = visit("required", makes_token=lambda: firebase_issuer.mint_app_check(claims={"aud": ["projects/1"]}))
    visitor.expect(r"status of 403 .*/auth/sign-in")
    sign_in(page)
    expect(page.locator("#firebase-login-status")).to_contain_text("could not check that you are no robot")
