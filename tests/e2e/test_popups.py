"""Popups and redirects, which need Google: its script, the auth domain and Identity Toolkit are doubles here, named as such.

Everything else is real: the page, the SDK, the site, and the verification of the ID token, which a `LocalIssuer` signs.
"""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from emptied import forget_everybody
from playwright.sync_api import Error, expect

AUTH_DOMAIN = "shop.firebaseapp.com"
GOOGLE = ["apis.google.com", AUTH_DOMAIN, "identitytoolkit.googleapis.com", "securetoken.googleapis.com"]

DOUBLE_OF_GOOGLES_SCRIPT = """
window.gapi = {
  load: (name, { callback }) => callback(),
  iframes: {
    Iframe: {},
    CROSS_ORIGIN_IFRAMES_FILTER: {},
    getContext: () => ({
      open: (options, ready) => ready({
        restyle: async () => {},
        ping: (done) => { done(); return Promise.resolve(); },
        register: (name, handler) => { window.deliverToSdk = handler; },
        send: (type, message, reply) => { try { reply([{ webStorageSupport: true }]); } catch { /* as Google's swallows it */ } },
      }),
    }),
  },
};
window[new URL(document.currentScript.src).searchParams.get("onload")]();
"""

DOUBLE_OF_THE_HANDLER = """<!doctype html><title>A double of the provider's page</title><script>
const asked = new URLSearchParams(location.search);
if (asked.get("authType").endsWith("Redirect")) location.replace(asked.get("redirectUrl"));
</script>"""


@pytest.fixture(scope="module")
def shared_production_site(start_site, firebase_issuer, tmp_path_factory):
    """The quickstart without the emulator: it takes nothing but signed ID tokens."""
    config = {"projectId": firebase_issuer.project_id, "apiKey": "web-key", "authDomain": AUTH_DOMAIN}
    environment = {f"FLASK_{key}": json.dumps(value) for key, value in firebase_issuer.config.items()}
    environment["FLASK_FIREBASE_LOGIN_PROVIDERS"] = '["google.com", "github.com", "password"]'
    environment |= {"FLASK_FIREBASE_LOGIN_CONFIG": json.dumps(config), "FLASK_FIREBASE_LOGIN_COOKIE_SECURE": "false"}
    folder = tmp_path_factory.mktemp("production-site")
    with start_site(folder, **environment) as server:
        yield server, folder / "site.db"


@pytest.fixture
def production_site(shared_production_site):
    """The same, with nobody in it."""
    server, database = shared_production_site
    forget_everybody(database)
    return server


class DoubleOfGoogle:
    """Stands in for everything of Google's that a popup needs."""

    def __init__(self, context, issuer):
        self.issuer = issuer
        self.handled = []
        self.token = issuer.mint(email="ada@example.com", name="Ada Lovelace")
        context.route(
            "https://apis.google.com/**",
            lambda route: route.fulfill(body=DOUBLE_OF_GOOGLES_SCRIPT, content_type="text/javascript"),
        )
        context.route(f"https://{AUTH_DOMAIN}/**", self._answer_handler)
        context.route("https://identitytoolkit.googleapis.com/**", self._answer_toolkit)
        context.route("https://securetoken.googleapis.com/**", self._answer_toolkit)

    def event(self, kind):
        """What the auth domain's frame tells the SDK when the provider has answered."""
        event_id = parse_qs(urlsplit(self.handled[-1]).query).get("eventId", [None])[0]
        url = f"https://{AUTH_DOMAIN}/__/auth/handler?state=x&code=y"
        return {
            "authEvent": {
                "type": kind,
                "eventId": event_id,
                "urlResponse": url,
                "sessionId": "s",
                "postBody": None,
                "tenantId": None,
                "error": None,
            }
        }

    def _answer_handler(self, route):
        self.handled.append(route.request.url)
        route.fulfill(body=DOUBLE_OF_THE_HANDLER, content_type="text/html")

    def _answer_toolkit(self, route):
        person = {
            "localId": "uid-of-ada@example.com",
            "email": "ada@example.com",
            "emailVerified": True,
            "displayName": "Ada Lovelace",
        }
        path = urlsplit(route.request.url).path
        answer = {
            "/v1/projects": {"projectId": "x", "authorizedDomains": ["127.0.0.1"]},
            "/v1/accounts:signInWithIdp": person
            | {"idToken": self.token, "refreshToken": "r", "expiresIn": "3600", "providerId": "google.com"},
            "/v1/accounts:signInWithPassword": {
                "mfaPendingCredential": "pending",
                "mfaInfo": [{"mfaEnrollmentId": "totp", "displayName": "Authenticator", "totpInfo": {}}],
            },
            "/v1/token": {"id_token": self.token, "access_token": self.token, "refresh_token": "r", "expires_in": "3600"},
            "/v2/accounts/mfaSignIn:finalize": {"idToken": self.token, "refreshToken": "r"},
            "/v1/accounts:lookup": {"users": [person | {"providerUserInfo": []}]},
        }[path]
        route.fulfill(json=answer, headers={"Access-Control-Allow-Origin": "*"})


@pytest.fixture
def open_page(watch, production_site, firebase_issuer):
    def open_page(**options):
        visitor = watch(production_site, more_hosts=GOOGLE, **options)
        google = DoubleOfGoogle(visitor.context, firebase_issuer)
        google.visitor = visitor
        page = visitor.page()
        page.goto("/")
        expect(page.locator("#firebase-login-missing")).to_have_count(0)
        return page, google

    return open_page


def wait_for_sdk(page):
    """Wait until the SDK listens; the page's policy forbids Playwright's own way to wait, which evaluates text."""
    for _ in range(500):
        try:
            if page.evaluate("() => typeof window.deliverToSdk === 'function'"):
                return
        except Error:
            pass  # the page is just being left
        page.wait_for_timeout(20)
    pytest.fail("The SDK does not listen.")


def wait_until_handled(google, page):
    """Wait until the page went to the provider."""
    while not google.handled:
        page.wait_for_timeout(20)
    page.wait_for_url(re.compile("/auth/sign-in"), wait_until="load")


def deliver(page, event):
    wait_for_sdk(page)
    page.evaluate("(event) => { window.deliverToSdk(event); }", event)


def test_a_popup_signs_in(open_page):
    """The provider answers in it, and the person lands where they wanted to go."""
    page, google = open_page()
    with page.expect_popup() as popup:
        page.click("[data-provider='google.com']")
    popup.value.wait_for_load_state()
    assert "authType=signInViaPopup" in popup.value.url
    deliver(page, google.event("signInViaPopup"))
    expect(page.locator("body")).to_have_text("Hello Ada Lovelace")


def test_a_popup_that_is_closed_says_nothing_and_can_be_opened_again(open_page):
    """The person gave up; that is no error."""
    page, google = open_page()
    with page.expect_popup() as popup:
        page.click("[data-provider='google.com']")
    popup.value.close()
    expect(page.locator("[data-provider='google.com']")).not_to_have_attribute("aria-busy", "true", timeout=3_000)
    expect(page.locator("#firebase-login-status")).to_be_empty()
    with page.expect_popup() as popup:
        page.click("[data-provider='google.com']")
    popup.value.wait_for_load_state()
    deliver(page, google.event("signInViaPopup"))
    expect(page.locator("body")).to_have_text("Hello Ada Lovelace")


def test_a_popup_that_is_closed_leaves_the_dialog_that_asks_who_one_is_as_it_was(open_page):
    """Another answer is taken within a second or two: the SDK itself notices it after ten."""
    page, google = open_page()
    signed_in = page.request.post("/auth/sign-in", data=google.token, headers={"Content-Type": "application/jwt"})
    assert signed_in.ok
    page.goto("/auth/")
    page.click("[data-connect='github.com']")
    way = page.get_by_role("button", name="Confirm with Google")
    with page.expect_popup() as popup:
        way.click()
    popup.value.wait_for_load_state()
    expect(way).to_be_disabled()
    popup.value.close()
    expect(way).to_be_enabled(timeout=4_000)
    expect(page.locator("dialog [role=alert]")).to_be_empty()
    with page.expect_popup():
        way.click()


@pytest.mark.parametrize("why", ["popups are blocked", "a phone"])
def test_where_there_is_no_popup_the_page_redirects_and_comes_back(open_page, why):
    """And `next` is not lost on the way."""
    phone = {"viewport": {"width": 390, "height": 800}, "is_mobile": True, "has_touch": True} if why == "a phone" else {}
    page, google = open_page(**phone)
    if why == "popups are blocked":
        page.evaluate("window.open = () => null")
    page.click("[data-provider='google.com']")
    wait_until_handled(google, page)
    wait_for_sdk(page)
    assert "authType=signInViaRedirect" in google.handled[-1]
    deliver(page, google.event("signInViaRedirect"))
    expect(page.locator("body")).to_have_text("Hello Ada Lovelace")


def test_a_code_of_an_authenticator_app_is_asked_for(open_page):
    """Where Firebase asks for one; the emulator has no such factor."""
    page, _ = open_page()
    page.fill("[name=email]", "ada@example.com")
    page.fill("[name=password]", "correct horse")
    page.click("form .fl-main")
    expect(page.locator("dialog")).to_contain_text("Your authenticator app shows it.")
    with page.expect_request("**/mfaSignIn:finalize?**") as finalized:
        page.fill("dialog [name=code]", "123456")
        page.click("dialog .fl-main")
    assert finalized.value.post_data_json["totpVerificationInfo"] == {"verificationCode": "123456"}
    expect(page.locator("body")).to_have_text("Hello Ada Lovelace")


@pytest.mark.parametrize("is_blocked", [False, True])
def test_a_provider_is_connected_by_a_popup_of_its_own(open_page, is_blocked):
    """First one to confirm, then, after a press of its own, one to connect; where that is blocked, a sentence says what to do."""
    page, google = open_page()
    with page.expect_popup() as popup:
        page.click("[data-provider='google.com']")
    popup.value.wait_for_load_state()
    deliver(page, google.event("signInViaPopup"))
    expect(page.locator("body")).to_have_text("Hello Ada Lovelace")
    page.goto("/auth/")
    page.click("[data-connect='github.com']")
    with page.expect_popup() as popup:
        page.click("dialog >> text=Confirm with Google")
    popup.value.wait_for_load_state()
    deliver(page, google.event("signInViaPopup"))
    expect(page.locator("dialog h2")).to_have_text("Connect GitHub")
    if is_blocked:
        page.evaluate("window.open = () => null")
        page.click("dialog .fl-main")
        expect(page.locator("#firebase-login-status")).to_contain_text("Allow windows for this site")
        return
    with page.expect_popup() as popup:
        page.click("dialog .fl-main")
    popup.value.wait_for_load_state()
    google.token = google.issuer.mint(
        email="ada@example.com",
        claims={"firebase": {"sign_in_provider": "google.com", "identities": {"google.com": ["1"], "github.com": ["2"]}}},
    )
    deliver(page, google.event("linkViaPopup"))
    expect(page.locator("[data-disconnect='github.com']")).to_be_visible()


def test_a_token_that_google_did_not_sign_is_rejected_by_the_site(open_page):
    """Whatever the page was told."""
    page, google = open_page()
    google.visitor.expect(r"status of 401 .*/auth/sign-in")
    google.token = google.token[:-20] + "A" * 20
    with page.expect_popup() as popup:
        page.click("[data-provider='google.com']")
    popup.value.wait_for_load_state()
    deliver(page, google.event("signInViaPopup"))
    expect(page.locator("#firebase-login-status")).to_contain_text("not one of Google's")
    expect(page).to_have_url(re.compile("/auth/sign-in"))


def test_while_a_popup_is_open_another_button_takes_its_place(open_page):
    """Whoever has chosen the wrong provider need not look for its window first."""
    page, google = open_page()
    with page.expect_popup() as popup:
        page.click("[data-provider='google.com']")
    popup.value.wait_for_load_state()
    with page.expect_popup() as other:
        page.click("[data-provider='github.com']")
    other.value.wait_for_load_state()
    expect(page.locator("[data-provider='google.com']")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("[data-provider='github.com']")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#firebase-login-status")).to_be_empty()
    assert "providerId=github.com" in google.handled[-1]
    other.value.close()
    expect(page.locator("[data-provider='github.com']")).not_to_have_attribute("aria-busy", "true", timeout=3_000)
    deliver(page, google.event("signInViaPopup"))
    expect(page.locator("body")).to_have_text("Hello Ada Lovelace")


def test_an_answer_that_comes_as_the_popup_closes_counts(open_page):
    """The page can be used again, and is left as soon as the answer is there."""
    page, google = open_page()
    with page.expect_popup() as popup:
        page.click("[data-provider='google.com']")
    popup.value.wait_for_load_state()
    popup.value.close()
    expect(page.locator("[data-provider='google.com']")).not_to_have_attribute("aria-busy", "true", timeout=3_000)
    deliver(page, google.event("signInViaPopup"))
    expect(page.locator("body")).to_have_text("Hello Ada Lovelace")
