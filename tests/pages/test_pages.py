"""The sign-in page and the account page, as the server renders them."""

from __future__ import annotations

import gzip
import json
import re
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from babel.messages.pofile import read_po
from flask_babel import Babel

from flask_firebase_login.config_readers import PROVIDERS
from flask_firebase_login.pages import texts
from flask_firebase_login.pages.devices import name_device

HTML = {"Accept": "text/html"}
WEB = Path(texts.__file__).parent
BUILD = WEB / "static" / "build"
SCRIPTS = Path(__file__).parents[2] / "frontend" / "src"


def policy(answer):
    return dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))


def show(device, path="/auth/", **headers):
    return device.get(path, headers=HTML | headers)


def type_into_ended_page(browser, **typed):
    """Show the account page, end its session as another tab would, save what is typed; return where the answer leads."""
    whose = re.search(r'name="account" value="(.+?)"', show(browser).text)[1]
    browser.post("/auth/sign-out")
    return browser.post("/auth/", data={"action": "save", "account": whose, **typed}, headers=HTML).headers["Location"]


class TestSignInPage:
    def test_it_is_under_a_strict_policy(self, site):
        """Scripts and styles by nonce, a new one each time; nothing unsafe; no frames around it."""
        first, second = (show(site.device(), "/auth/sign-in") for _ in range(2))
        rules = policy(first)
        assert (first.status_code, rules["default-src"], rules["frame-ancestors"]) == (200, "'none'", "'none'")
        assert "unsafe" not in first.headers["Content-Security-Policy"]
        nonce = re.search(r"'nonce-(.+?)'", rules["script-src"])[1]
        assert first.text.count(f'nonce="{nonce}"') == first.text.count("<script") + first.text.count('rel="stylesheet"')
        assert policy(second)["script-src"] != rules["script-src"]
        assert first.headers["Referrer-Policy"] == "same-origin"
        assert first.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
        assert first.headers["Cache-Control"] == "no-store"

    def test_a_layout_s_fonts_may_come_from_its_host_or_a_cdn(self, site):
        """As its images do."""
        rules = policy(show(site.device(), "/auth/sign-in"))
        assert rules["font-src"] == rules["img-src"] == "'self' https: data:"

    def test_beside_its_own_it_may_load_what_firebase_s_popups_need(self, make_site):
        """Google's loader, the auth domain's frame, Firebase's own addresses."""
        config = {"projectId": "local-test-project", "apiKey": "k", "authDomain": "shop.firebaseapp.com"}
        rules = policy(show(make_site(FIREBASE_LOGIN_CONFIG=config).device(), "/auth/sign-in"))
        assert "https://apis.google.com" in rules["script-src"]
        assert "https://shop.firebaseapp.com" in rules["frame-src"]
        assert "https://identitytoolkit.googleapis.com" in rules["connect-src"]

    def test_with_the_emulator_it_reaches_the_emulator_alone(self, make_site):
        """And says so in a banner."""
        site = make_site(
            FIREBASE_LOGIN_CONFIG={"projectId": "demo-shop", "apiKey": "demo"},
            FIREBASE_LOGIN_EMULATOR_HOST="127.0.0.1:9099",
            FIREBASE_LOGIN_JWKS_URL="https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
        )
        answer = show(site.device(), "/auth/sign-in")
        assert "nobody here is real" in answer.text
        assert policy(answer)["connect-src"] == "'self' http://127.0.0.1:9099"
        assert "google" not in answer.headers["Content-Security-Policy"]

    def test_it_has_a_button_for_each_provider_in_their_order(self, make_site):
        """With what people call it; password and link in one form."""
        providers = ["apple.com", "google.com", "oidc.acme", "anonymous", "phone", "password", "emailLink"]
        site = make_site(FIREBASE_LOGIN_PROVIDERS=providers, FIREBASE_LOGIN_ALLOW_ANONYMOUS=True)
        page = show(site.device(), "/auth/sign-in").text
        assert re.findall(r'data-provider="(.+?)"', page) == providers[:5]
        for text in (
            "Continue with Apple",
            "Continue with Acme",
            "without an account",
            "telephone number",
            "E-mail me a sign-in link",
        ):
            assert text in page
        assert 'autocomplete="username"' in page
        assert 'autocomplete="current-password"' in page

    @pytest.mark.parametrize(
        ("providers", "order"),
        [
            (["google.com", "password"], ["data-provider", "fl-or", "data-email-form"]),
            (["password", "google.com"], ["data-email-form", "fl-or", "data-provider"]),
            (["emailLink", "google.com"], ["data-email-form", "fl-or", "data-provider"]),
            (["google.com"], ["data-provider"]),
            (["password"], ["data-email-form"]),
        ],
    )
    def test_the_configured_order_says_what_stands_first(self, make_site, providers, order):
        """The form or the providers."""
        page = show(make_site(FIREBASE_LOGIN_PROVIDERS=providers).device(), "/auth/sign-in").text
        assert re.findall(r"<(?:button|p|form) [^>]*?(data-provider|fl-or|data-email-form)", page) == order

    @pytest.mark.parametrize(("count", "folded"), [(3, 0), (4, 0), (5, 2), (7, 4)])
    def test_of_many_providers_three_are_shown_and_the_others_folded(self, make_site, count, folded):
        """Four are no more than three and a button for the fourth."""
        providers = ["google.com", "apple.com", "facebook.com", "github.com", "microsoft.com", "twitter.com", "yahoo.com"][
            :count
        ]
        page = show(make_site(FIREBASE_LOGIN_PROVIDERS=providers).device(), "/auth/sign-in").text
        assert page.partition("<details")[2].count("data-provider") == folded
        assert page.count("data-provider") == count

    def test_signing_up_has_an_address_and_words_of_its_own(self, site):
        """With the name, and the rule for the password."""
        page = show(site.device(), "/auth/sign-in?mode=signUp").text
        assert "<title>Create an account</title>" in page
        assert "<h1>Create an account</h1>" in page
        assert 'data-mode="signUp"' in page
        assert 'autocomplete="new-password"' in page
        assert re.search(r"<label data-for-sign-up >Name", page)
        assert re.search(r"data-for-sign-in hidden", page)

    def test_there_is_no_signing_up_without_passwords(self, make_site):
        """Whoever comes from a provider or by a link is new or not, all the same."""
        page = show(make_site(FIREBASE_LOGIN_PROVIDERS=["google.com", "emailLink"]).device(), "/auth/sign-in?mode=signUp").text
        assert "<h1>Sign in</h1>" in page

    @pytest.mark.parametrize(
        ("providers", "has_form", "has_password"), [(["google.com"], False, False), (["emailLink"], True, False)]
    )
    def test_it_has_no_field_that_nobody_needs(self, make_site, providers, has_form, has_password):
        """No password where none is taken."""
        page = show(make_site(FIREBASE_LOGIN_PROVIDERS=providers).device(), "/auth/sign-in").text
        assert ("data-email-form" in page) is has_form
        assert ('name="password"' in page) is has_password

    def test_without_an_api_key_it_leads_to_the_app(self, make_site):
        """The page cannot reach Firebase then."""
        page = show(make_site(FIREBASE_LOGIN_CONFIG={"projectId": "local-test-project"}).device(), "/auth/sign-in").text
        assert "Open the app and sign in there" in page
        assert "<button" not in page
        assert "<script" not in page

    def test_next_is_checked_and_escaped(self, site):
        """A bad one leads to the default; a good one cannot break out."""
        assert "evil.example" not in show(site.device(), "/auth/sign-in?next=//evil.example").text
        assert "<script>alert" not in show(site.device(), '/auth/sign-in?next=/"></script><script>alert(1)</script>').text

    def test_who_is_signed_in_is_led_on(self, site):
        """Unless they are asked to prove it again."""
        device = site.device()
        device.sign_in()
        assert show(device, "/auth/sign-in?next=/private").headers["Location"] == "/private"
        assert show(device, "/auth/sign-in?next=/private&again=1").status_code == 200

    def test_scripts_and_styles_may_be_kept_because_their_names_hold_their_hash(self, site):
        """And nothing else under our prefix."""
        manifest = json.loads((BUILD / "manifest.json").read_text())
        device = site.device()
        for name in [manifest["scripts"]["sign-in"]["file"], manifest["sdk"], manifest["style"]]:
            with device.get(f"/auth/static/build/{name}") as file:
                assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
                assert file.status_code == 200
        with device.get("/auth/static/pages.css") as style:
            assert style.headers["Cache-Control"] == "no-store"
        assert device.get("/auth/static/build/gone.js").headers["Cache-Control"] == "no-store"

    def test_what_the_script_loads_in_any_case_is_asked_for_with_it(self, site):
        """One round trip after the page, and each at the very address at which the scripts ask for it."""
        page = show(site.device(), "/auth/sign-in").text
        manifest = json.loads((BUILD / "manifest.json").read_text())
        expected = [manifest["scripts"]["sign-in"]["file"], *manifest["scripts"]["sign-in"]["preloads"]]
        assert re.findall(r'<link rel="modulepreload" href="/auth/static/build/([^"]+)"', page) == expected
        assert manifest["sdk"] in expected
        assert f'"sdk": "/auth/static/build/{manifest["sdk"]}"' in page
        assert f'<link rel="stylesheet" href="/auth/static/build/{manifest["style"]}"' in page

    @pytest.mark.parametrize(
        ("accepted", "coding"),
        [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip, deflate", "gzip"),
            ("br", "br"),
            ("br;q=0, gzip;q=0.5", "gzip"),
            ("br;q=0.5, gzip", "gzip"),
            ("gzip;q=0.5, identity", None),
            ("identity", None),
            ("zstd", None),
            ("", None),
            (None, None),
        ],
    )
    def test_a_script_goes_out_as_small_as_the_browser_takes_it(self, site, accepted, coding):
        """With the length and entity tag of what is sent; a cache on the way keeps the copies apart."""
        name = json.loads((BUILD / "manifest.json").read_text())["sdk"]
        headers = {} if accepted is None else {"Accept-Encoding": accepted}
        with site.device().get(f"/auth/static/build/{name}", headers=headers) as sent:
            assert sent.headers.get("Content-Encoding") == coding
            assert "Accept-Encoding" in sent.headers["Vary"]
            assert sent.headers["Content-Type"].startswith("text/javascript")
            assert int(sent.headers["Content-Length"]) == len(sent.data)
            if coding == "br":  # that it decodes, Chromium shows
                assert sent.data == (BUILD / f"{name}.br").read_bytes()
            else:
                assert (sent.data if coding is None else gzip.decompress(sent.data)) == (BUILD / name).read_bytes()
            tag = sent.headers["ETag"]
        with site.device().get(f"/auth/static/build/{name}", headers=headers | {"If-None-Match": tag}) as again:
            assert (again.status_code, again.headers["Vary"], again.data) == (304, sent.headers["Vary"], b"")
        with site.device().get(
            f"/auth/static/build/{name}", headers={"Accept-Encoding": "zstd", "If-None-Match": tag}
        ) as other:
            assert other.status_code == (304 if coding is None else 200)
        with site.app.test_client().head(f"/auth/static/build/{name}", headers=headers) as head:
            assert (head.headers["Content-Length"], head.headers.get("Content-Encoding")) == (
                sent.headers["Content-Length"],
                coding,
            )

    @pytest.mark.parametrize(
        "path",
        ["../context.py", "%2e%2e/context.py", "..%2f..%2fcontext.py", "build/../../context.py", "build/../../../errors.py"],
    )
    def test_nothing_outside_the_folder_is_served(self, site, path):
        """Compressed or not."""
        with site.device().get(f"/auth/static/{path}", headers={"Accept-Encoding": "br"}) as answer:
            assert answer.status_code == 404

    def test_the_page_itself_is_small_on_the_wire(self, site):
        """Where nobody's data is in it: a page with a secret in it is not compressed together with what an address says."""
        plain = show(site.device(), "/auth/sign-in")
        small = show(site.device(), "/auth/sign-in", **{"Accept-Encoding": "gzip, br"})
        assert "Content-Encoding" not in plain.headers
        assert small.headers["Content-Encoding"] == "gzip"
        assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2
        assert "data-email-form" in gzip.decompress(small.data).decode()
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert "Accept-Encoding" in small.headers["Vary"]
        device = site.device()
        device.sign_in()
        for path in ["/auth/", "/auth/sign-in?again=1"]:
            assert "Content-Encoding" not in show(device, path, **{"Accept-Encoding": "gzip"}).headers

    def test_a_password_cannot_be_sent_to_the_site_before_the_script_is_there(self, site):
        """Fields of a disabled fieldset are not sent, and its buttons submit nothing."""
        page = show(site.device(), "/auth/sign-in").text
        form = page[page.index("<form") : page.index("</form>")]
        assert "action=" not in form
        assert form.index("<fieldset disabled data-until-script>") < form.index("<input")
        assert form.rindex("</fieldset>") > form.rindex("<button")


class TestConfirmingPage:
    """The sign-in page where somebody who is signed in proves who they are once more."""

    def sign_in(self, site, *connected, email="ada@example.com", **more):
        identities = {("email" if provider == "password" else provider): ["1"] for provider in connected}
        device = site.device()
        device.sign_in(email, claims={"firebase": {"sign_in_provider": connected[0], "identities": identities}}, **more)
        return device

    @pytest.mark.parametrize(
        ("connected", "buttons", "fields"),
        [
            (["google.com"], ["google.com"], 0),
            (["password"], [], 1),
            (["password", "github.com"], ["github.com"], 1),
            (["microsoft.com", "google.com"], ["google.com", "microsoft.com"], 0),  # not offered any more
        ],
    )
    def test_it_offers_the_ways_of_its_user_alone(self, make_site, connected, buttons, fields):
        """Any other would prove that they are somebody else."""
        site = make_site(FIREBASE_LOGIN_PROVIDERS=["google.com", "apple.com", "github.com", "password", "emailLink"])
        page = show(self.sign_in(site, *connected), "/auth/sign-in?again=1").text
        assert re.findall(r'data-provider="(.+?)"', page) == buttons
        assert page.count('name="password"') == page.count('value="link"') == fields
        assert 'name="name"' not in page
        assert "data-switch-mode" not in page

    def test_it_names_its_user_and_what_it_is_for(self, site):
        """By the name that they chose, and the address that the provider confirms."""
        page = show(self.sign_in(site, "password", name="Ada Lovelace"), "/auth/sign-in?again=1").text
        assert "Confirm that it is you" in page
        assert "You are signed in here as Ada Lovelace · ada@example.com." in page
        assert "Before you go on, sign in once more." in page
        assert re.search(r'name="email"[^>]* value="ada@example.com"', page)

    def test_an_anonymous_user_is_offered_no_other_way(self, make_site):
        """Nor one that would make them somebody else."""
        site = make_site(FIREBASE_LOGIN_PROVIDERS=["google.com", "anonymous"], FIREBASE_LOGIN_ALLOW_ANONYMOUS=True)
        device = site.device()
        device.sign_in(None, claims={"firebase": {"sign_in_provider": "anonymous", "identities": {}}})
        page = show(device, "/auth/sign-in?again=1").text
        assert re.findall(r'data-provider="(.+?)"', page) == ["anonymous"]

    def test_where_nothing_is_known_of_a_user_every_way_is_offered(self, site):
        """As of one who has moved in and never signed in here."""
        device = self.sign_in(site, "google.com")
        with site.app.app_context():
            site.db.session.query(site.firebase.models.account).one().providers = []
            site.db.session.commit()
        assert 'data-provider="google.com"' in show(device, "/auth/sign-in?again=1").text


class TestProblems:
    """An error that somebody at a browser meets."""

    @pytest.mark.parametrize(
        ("language", "title", "back"),
        [("en", "There is nothing here", "Back to the site"), ("de", "Hier ist nichts", "Zurück zur Seite")],
    )
    def test_they_are_told_in_the_user_s_language_with_a_way_back(self, site, language, title, back):
        """What is for developers stands below, in English."""
        page = show(site.device(), "/auth/nothing", **{"Accept-Language": language})
        assert page.status_code == 404
        assert f"<h1>{title}</h1>" in page.text
        assert re.search(rf'<a class="fl-button" href="/">{back}</a>', page.text)
        assert '<small lang="en" dir="ltr">404 not_found' in page.text

    def test_one_that_has_no_words_of_its_own_says_what_to_do(self, browser_of_somebody):
        """Nothing is without."""
        answer = browser_of_somebody.post("/auth/", data={"action": "nothing"}, headers=HTML)
        assert "<h1>That did not work</h1>" in answer.text
        assert "Go back and try it once more. If it stays so, ask the people who run this site." in answer.text

    @pytest.fixture
    def browser_of_somebody(self, site):
        device = site.device()
        device.sign_in()
        return device


class TestNames:
    def test_a_site_says_what_a_provider_is_called_and_how_it_looks(self, make_site):
        """Those of OpenID Connect and SAML above all, which only it knows by name."""
        labels = {"oidc.acme": "Acme Inc.", "saml.uni": {"name": "The University", "logo": "/static/uni.svg"}}
        site = make_site(FIREBASE_LOGIN_PROVIDERS=["oidc.acme", "saml.uni"], FIREBASE_LOGIN_PROVIDER_LABELS=labels)
        page = show(site.device(), "/auth/sign-in").text
        assert "Continue with Acme Inc." in page
        assert "Continue with The University" in page
        assert '<img class="fl-logo" src="/static/uni.svg" alt=""' in page

    def test_no_two_kinds_of_provider_share_a_sign(self, make_site):
        """Nor is any without one."""
        providers = [provider for provider in PROVIDERS if provider not in ("password", "emailLink")] + [
            "oidc.acme",
            "saml.uni",
        ]
        site = make_site(FIREBASE_LOGIN_PROVIDERS=providers, FIREBASE_LOGIN_ALLOW_ANONYMOUS=True)
        page = show(site.device(), "/auth/sign-in").text
        signs = re.findall(r'data-provider="[^"]+"><svg[^>]*>(.+?)</svg>', page, re.DOTALL)
        assert len(signs) == len(set(signs)) == len(providers)

    def test_titles_name_the_site(self, make_site):
        """Where it says its name."""
        site = make_site(FIREBASE_LOGIN_SITE_NAME="Ada's shop")
        assert "<title>Sign in · Ada&#39;s shop</title>" in show(site.device(), "/auth/sign-in").text
        assert "<title>Sign in</title>" in show(make_site().device(), "/auth/sign-in").text

    def test_password_managers_are_led_to_where_a_password_is_changed(self, make_site):
        """And to nowhere at a site without passwords."""
        site = make_site()
        answer = site.device().get("/.well-known/change-password")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/auth/sign-in?next=/auth/%23security")
        device = site.device()
        device.sign_in()
        assert show(device, answer.headers["Location"]).headers["Location"] == "/auth/#security"
        site = make_site(FIREBASE_LOGIN_PROVIDERS=["google.com"])
        assert site.device().get("/.well-known/change-password").status_code == 404


class TestLastUsed:
    """The button of the last sign-in in this browser, on the sign-in page."""

    MANY = ("google.com", "apple.com", "facebook.com", "github.com", "microsoft.com", "password")

    def leave(self, site, provider, **person):
        """A browser in which somebody has signed in and out."""
        browser = site.device()
        assert browser.sign_in(provider=provider, **person).status_code == 200
        browser.post("/auth/sign-out")
        return browser

    def marked(self, page):
        """What stands in the buttons that are marked."""
        buttons = re.findall(r"<button[^>]*>(.*?)</button>", page, re.DOTALL)
        return [re.sub(r"<[^>]+>", " ", button).split() for button in buttons if "Last used" in button]

    def test_the_button_says_so_itself(self, make_site):
        """So that the mark belongs to its accessible name."""
        site = make_site(FIREBASE_LOGIN_PROVIDERS=["google.com", "github.com", "password"])
        assert "Last used" not in show(site.device(), "/auth/sign-in").text
        page = show(self.leave(site, "github.com"), "/auth/sign-in").text
        assert self.marked(page) == [["Continue", "with", "GitHub", "Last", "used"]]
        assert re.findall(r'data-provider="(.+?)"', page) == ["google.com", "github.com"]

    @pytest.mark.parametrize(
        ("providers", "button"),
        [
            (["google.com", "password"], "Sign in Last used"),
            (["google.com", "password", "emailLink"], "Sign in Last used"),
            (["google.com", "emailLink"], "E-mail me a sign-in link Last used"),
            (["google.com"], None),
        ],
    )
    def test_the_form_s_main_button_stands_for_passwords_and_links(self, make_site, providers, button):
        """Firebase calls both `password`."""
        page = show(self.leave(make_site(FIREBASE_LOGIN_PROVIDERS=providers), "password"), "/auth/sign-in").text
        assert self.marked(page) == ([button.split()] if button else [])

    def test_whoever_makes_an_account_has_used_nothing(self, site):
        """The main button makes one."""
        assert self.marked(show(self.leave(site, "password"), "/auth/sign-in?mode=signUp").text) == []

    @pytest.mark.parametrize(
        ("last", "order"),
        [
            ("apple.com", ["google.com", "apple.com", "facebook.com", "github.com", "microsoft.com"]),
            ("facebook.com", ["google.com", "apple.com", "facebook.com", "github.com", "microsoft.com"]),
            ("github.com", ["google.com", "apple.com", "github.com", "facebook.com", "microsoft.com"]),
            ("microsoft.com", ["google.com", "apple.com", "microsoft.com", "facebook.com", "github.com"]),
        ],
    )
    def test_it_is_not_folded_away(self, make_site, last, order):
        """It stands in the place of the third, which goes first among the others."""
        page = show(self.leave(make_site(FIREBASE_LOGIN_PROVIDERS=self.MANY), last), "/auth/sign-in").text
        assert re.findall(r'data-provider="(.+?)"', page) == order
        assert page.partition("<details")[0].count("data-provider") == 3
        assert "Last used" in page.partition("<details")[0]

    def test_of_four_none_moves(self, make_site):
        """None is folded."""
        site = make_site(FIREBASE_LOGIN_PROVIDERS=self.MANY[:4])
        page = show(self.leave(site, "github.com"), "/auth/sign-in").text
        assert re.findall(r'data-provider="(.+?)"', page) == [*self.MANY[:4]]

    def test_an_account_of_nobody_s_is_not_come_back_to(self, make_site):
        """Whoever goes on without an account gets another one."""
        site = make_site(FIREBASE_LOGIN_PROVIDERS=["google.com", "anonymous"], FIREBASE_LOGIN_ALLOW_ANONYMOUS=True)
        assert self.marked(show(self.leave(site, "anonymous"), "/auth/sign-in").text) == []

    def test_a_page_that_asks_for_a_proof_marks_nothing(self, site):
        """It is of a user who may have signed in by another way; `switch` asks whoever is there."""
        browser = site.device()
        browser.sign_in()
        assert self.marked(show(browser, "/auth/sign-in?again=1").text) == []
        assert len(self.marked(show(browser, "/auth/sign-in?switch=1").text)) == 1

    def test_caches_are_told_that_it_depends_on_the_browser(self, site):
        """And keep nothing of it."""
        headers = show(self.leave(site, "google.com"), "/auth/sign-in").headers
        assert "Cookie" in headers["Vary"]
        assert headers["Cache-Control"] == "no-store"

    def test_it_needs_no_database(self, site):
        """The cookie says it."""
        browser = self.leave(site, "google.com")
        with site.counted() as statements:
            assert len(self.marked(show(browser, "/auth/sign-in").text)) == 1
        assert statements == []


class TestAccountPage:
    @pytest.fixture
    def browser(self, site):
        device = site.device()
        device.sign_in(name="Ada Lovelace", photo_url="https://example.com/ada.png")
        return device

    def send(self, browser, action, **fields):
        """Send a form of the page, with what the page has put into it."""
        page = show(browser).text
        hidden = re.search(r'name="account" value="(.+?)"', page)
        return browser.post("/auth/", data={"action": action, "account": hidden and hidden[1]} | fields, headers=HTML)

    def test_nobody_is_led_to_the_sign_in_page(self, site):
        """And back, by `next`; a program gets a 401."""
        assert show(site.device()).headers["Location"] == "/auth/sign-in?next=/auth/"
        assert self.send(site.device(), "save").status_code == 303
        assert site.device().get("/auth/").status_code == 401

    def test_it_shows_the_person(self, browser):
        """Name, address, picture, ways to sign in, this device."""
        page = show(browser)
        for text in (
            "Ada Lovelace",
            "ada@example.com",
            "https://example.com/ada.png",
            "confirmed",
            "Google",
            "cookie device",
            "this device",
        ):
            assert text in page.text
        assert "data-disconnect" not in page.text
        assert "unsafe" not in page.headers["Content-Security-Policy"]

    def test_a_name_is_saved_without_javascript(self, browser):
        """And the provider's comes back at a press."""
        answer = self.send(browser, "save", name=" Countess ", photo_url="https://example.com/ada.png")
        assert answer.headers["Location"] == "/auth/?message=saved"
        page = show(browser, answer.headers["Location"]).text
        assert "Saved." in page
        assert 'value="Countess"' in page
        assert "Use my provider" in page
        self.send(browser, "use-provider")
        assert browser.get("/auth/account").get_json()["name"] == "Ada Lovelace"

    def test_an_older_tab_changes_what_was_changed_in_it_alone(self, browser):
        """What another tab has saved since stays."""
        page = show(browser).text
        former = {name: re.search(rf'name="{name}" value="(.*?)"', page)[1] for name in ("former_name", "former_photo_url")}
        self.send(browser, "save", name="Countess", photo_url="https://example.com/ada.png")
        self.send(browser, "save", name="Ada Lovelace", photo_url="https://example.com/new.png", **former)
        account = browser.get("/auth/account").get_json()
        assert (account["name"], account["photo_url"]) == ("Countess", "https://example.com/new.png")

    def test_a_page_that_was_open_before_the_address_was_confirmed_is_still_its_user_s(self, site, browser):
        """A new stamp is no other user."""
        page = show(browser).text
        (whose,) = {*re.findall(r'name="account" value="(.+?)"', page)}
        with site.app.app_context():
            account = site.db.session.query(site.firebase.models.account).one()
            assert whose == account.firebase_uid
        answer = browser.post(
            "/auth/", data={"action": "save", "account": whose, "name": "Countess", "photo_url": ""}, headers=HTML
        )
        assert answer.headers["Location"] == "/auth/?message=saved"

    def test_who_has_an_account_is_not_told_that_it_is_deleted(self, browser):
        """By anybody's link."""
        answer = show(browser, "/auth/deleted")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/auth/")

    def test_without_an_api_key_nothing_is_offered_that_needs_one(self, make_site):
        """The page cannot reach Firebase."""
        browser = make_site(FIREBASE_LOGIN_CONFIG={"projectId": "local-test-project"}).device()
        browser.sign_in(email_verified=False)
        page = show(browser).text
        for what in ("data-connect=", "data-disconnect", "data-verify", "data-password>"):
            assert what not in page.partition("<script")[0]

    def test_a_name_left_empty_is_the_provider_s_again(self, browser):
        """No choice of one's own."""
        self.send(browser, "save", name="Countess", photo_url="")
        self.send(browser, "save", name="", photo_url="")
        assert browser.get("/auth/account").get_json()["name"] == "Ada Lovelace"

    @pytest.mark.parametrize("fields", [{"name": "A\nB"}, {"name": "x" * 201}, {"photo_url": "javascript:alert(1)"}])
    def test_what_an_account_cannot_hold_is_told_on_the_page(self, browser, fields):
        """422, and nothing is changed."""
        answer = self.send(browser, "save", **({"name": "Ada Lovelace", "photo_url": "https://example.com/ada.png"} | fields))
        assert answer.status_code == 422
        assert 'data-category="error"' in answer.text
        assert browser.get("/auth/account").get_json()["name"] == "Ada Lovelace"

    def test_everything_is_escaped(self, site):
        """Whatever somebody calls themselves, or their device."""
        browser = site.device()
        browser.sign_in(name='<img src=x onerror="alert(1)">')
        body = {"id_token": site.issuer.mint(email="ada@example.com"), "client_name": "<b>phone</b>"}
        site.device().post("/auth/sign-in", json=body)
        page = show(browser).text
        assert "<img src=x" not in page
        assert "<b>phone" not in page
        assert "&lt;b&gt;phone" in page

    def test_devices_are_signed_out(self, site, browser):
        """One, then all others; this one is not offered."""
        others = [site.device() for _ in range(3)]
        ids = [other.sign_in().get_json()["session"]["id"] for other in others]
        assert self.send(browser, "sign-out-device", session_id=str(ids[0])).headers["Location"] == "/auth/?message=device"
        assert [other.get("/private").status_code for other in others] == [401, 200, 200]
        assert "Sign out all other devices" in show(browser).text
        assert self.send(browser, "sign-out-others").headers["Location"] == "/auth/?message=others"
        assert [other.get("/private").status_code for other in others] == [401, 401, 401]
        assert "Sign out all other devices" not in show(browser).text

    @pytest.mark.parametrize("session_id", ["", "x", "-1", "9" * 30, "٣"])
    def test_a_device_that_is_none_any_more_is_signed_out_already(self, site, browser, session_id):
        """Whatever a form sends."""
        assert self.send(browser, "sign-out-device", session_id=session_id).headers["Location"] == "/auth/?message=device"
        assert site.count("session") == 1

    def test_every_device_is_named_without_javascript(self, site, browser):
        """This one and others; left empty, it is called as before."""
        other_id = site.device().sign_in().get_json()["session"]["id"]
        page = show(browser).text
        assert page.count("<summary>Rename") == 2
        assert page.count('name="device_name" value=""') == 2
        ids = re.findall(r'name="session_id" value="(.+?)"><label>', page)
        assert len(ids) == 2
        for session_id in ids:
            answer = self.send(browser, "name-device", session_id=session_id, device_name=" <b>Mine</b> ")
            assert answer.headers["Location"] == "/auth/?message=named"
        page = show(browser, "/auth/?message=named").text
        assert "The device has a new name." in page
        assert page.count("<strong>&lt;b&gt;Mine&lt;/b&gt;</strong>") == 2
        assert page.count('name="device_name" value="&lt;b&gt;Mine&lt;/b&gt;"') == 2
        self.send(browser, "name-device", session_id=other_id, device_name="")
        assert "<strong>cookie device</strong>" in show(browser).text

    @pytest.mark.parametrize("session_id", ["", "x", "\0"])
    def test_a_device_that_is_none_any_more_gets_no_name(self, browser, session_id):
        """The page says that it is signed out."""
        answer = self.send(browser, "name-device", session_id=session_id, device_name="Mine")
        assert answer.headers["Location"] == "/auth/?message=device"

    def test_signing_out_ends_the_row_and_leads_away(self, site, browser):
        """To where the site says."""
        assert self.send(browser, "sign-out").headers["Location"] == "/"
        assert site.count("session") == 0
        assert show(browser).status_code == 303

    def test_deletion_asks_for_a_recent_sign_in_and_comes_back_to_where_it_was(self, site, browser, clock):
        """Then everything is gone."""
        clock.advance(minutes=6)
        led = self.send(browser, "delete", word="delete").headers["Location"]
        assert led.startswith("/auth/sign-in?again=delete&next=")
        assert "Before your account is deleted, sign in once more." in show(browser, led).text
        opened = unquote(parse_qs(urlsplit(led).query)["next"][0])
        assert "<details open>" in show(browser, opened.partition("#")[0]).text
        assert site.count("account") == 1
        clock.advance(minutes=-6)
        assert self.send(browser, "delete", word="delete").headers["Location"] == "/auth/deleted?firebase=kept"
        assert (site.count("account"), site.count("session")) == (0, 0)
        done = show(browser, "/auth/deleted")
        assert (done.status_code, 'href="/"' in done.text) == (200, True)
        assert "are gone, and you are signed out." in done.text

    @pytest.mark.parametrize(
        ("language", "word", "is_deleted"),
        [
            ("en", " Delete ", True),
            ("en", "", False),
            ("en", "löschen", False),
            ("de", "LÖSCHEN", True),
            ("de", "nein", False),
            ("ja", "削除", True),
            ("ar", "حذف", True),
        ],
    )
    def test_a_deletion_takes_the_word_in_the_user_s_language(self, site, browser, language, word, is_deleted):
        """Whatever its case, and the spaces around it; anything else deletes nothing, and is told on the page."""
        page = show(browser, **{"Accept-Language": language}).text
        whose, pattern = (
            re.search(rf'name="{name}".*? {attribute}="(.+?)"', page)[1]
            for name, attribute in [("account", "value"), ("word", "pattern")]
        )
        form = {"action": "delete", "account": whose, "word": word}
        answer = browser.post("/auth/", data=form, headers=HTML | {"Accept-Language": language})
        assert answer.status_code == (303 if is_deleted else 400)
        assert site.count("account") == (0 if is_deleted else 1)
        assert (re.fullmatch(pattern, word) is not None) == is_deleted
        if not is_deleted:
            assert "<details open>" in answer.text
            assert 'data-category="error"' in answer.text

    def test_a_deletion_says_what_stays(self, site):
        """By name: it is not the site's to delete."""
        browser = site.device()
        browser.sign_in(
            claims={"firebase": {"sign_in_provider": "google.com", "identities": {"google.com": ["1"], "email": ["2"]}}},
            email="ada@example.com",
        )
        assert "Your way to sign in stays (" in show(browser).text
        assert "Google" in show(browser).text.partition("Your way to sign in stays (")[2].partition(")")[0]

    def test_who_was_signed_out_meanwhile_finds_what_they_had_typed(self, site, browser):
        """After they have signed in again, once; it is in no address."""
        led = type_into_ended_page(browser, name="Countess & <co>", photo_url="https://example.com/new.png")
        assert led == "/auth/sign-in?ended=1&next=/auth/"
        assert "You were signed out in the meantime." in show(browser, led).text
        browser.sign_in(name="Ada Lovelace")
        page = show(browser).text
        assert 'value="Countess &amp; &lt;co&gt;"' in page
        assert 'value="https://example.com/new.png"' in page
        assert "What you typed is still here." in page
        assert browser.get("/auth/account").get_json()["name"] == "Ada Lovelace"
        assert "Countess" not in show(browser).text

    def test_a_page_of_another_site_types_nothing(self, site, browser):
        """It would be saved as the user's own, if it stood in their profile when they have signed in."""
        whose = re.search(r'name="account" value="(.+?)"', show(browser).text)[1]
        browser.post("/auth/sign-out")
        form = {"action": "save", "account": whose, "name": "Send money to eve@example.com"}
        elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert browser.post("/auth/", data=form, headers=HTML | elsewhere).status_code == 403
        browser.sign_in(name="Ada Lovelace")
        assert "Send money" not in show(browser).text

    def test_somebody_else_does_not_find_what_was_typed(self, site, browser):
        """And it is gone from the browser by then."""
        type_into_ended_page(browser, name="Countess")
        browser.sign_in("eve@example.com", name="Eve")
        assert "Countess" not in show(browser).text
        browser.sign_in(name="Ada Lovelace")
        assert "Countess" not in show(browser).text

    def test_what_was_typed_is_kept_for_an_hour(self, site, browser):
        """Not for a user who comes back the next day."""
        type_into_ended_page(browser, name="Countess")
        site.clock.advance(hours=1)
        browser.sign_in(name="Ada Lovelace")
        assert "Countess" not in show(browser).text

    def test_what_is_too_long_for_a_cookie_is_kept_as_far_as_it_fits(self, browser):
        """The name before the address of a picture."""
        type_into_ended_page(browser, name="Countess", photo_url=f"https://example.com/{secrets.token_urlsafe(1500)}")
        browser.sign_in(name="Ada Lovelace", photo_url="https://example.com/ada.png")
        page = show(browser).text
        assert 'value="Countess"' in page
        assert 'value="https://example.com/ada.png"' in page

    def test_nothing_is_kept_where_nothing_fits(self, browser):
        """A name that no profile takes."""
        type_into_ended_page(browser, name="C" * 1500)
        browser.sign_in(name="Ada Lovelace")
        assert "What you typed is still here." not in show(browser).text

    @pytest.mark.parametrize("action", ["sign-out-others", "delete", "use-provider"])
    def test_who_was_signed_out_meanwhile_is_told(self, site, browser, action):
        """And comes back to the page."""
        browser.post("/auth/sign-out")
        led = browser.post("/auth/", data={"action": action, "account": "x"}, headers=HTML).headers["Location"]
        assert led == "/auth/sign-in?ended=1&next=/auth/"

    @pytest.mark.parametrize(
        ("providers", "connected", "may"),
        [
            (["password"], {"email": ["ada@example.com"]}, {"email", "password"}),
            (["emailLink"], {"email": ["ada@example.com"]}, {"email"}),
            (["google.com", "password", "phone"], {"google.com": ["1"]}, {"password", "phone"}),
            (["google.com"], {"google.com": ["1"]}, set()),
        ],
    )
    def test_address_password_and_number_are_changed_where_they_sign_in(self, make_site, providers, connected, may):
        """What the site does not offer is not set."""
        browser = make_site(FIREBASE_LOGIN_PROVIDERS=providers).device()
        first = "password" if "email" in connected else next(iter(connected))
        browser.sign_in(email="ada@example.com", claims={"firebase": {"sign_in_provider": first, "identities": connected}})
        assert {what for what in ("email", "password", "phone") if f'quiet" data-{what}>' in show(browser).text} == may

    @pytest.mark.parametrize(
        "action", ["save", "use-provider", "name-device", "sign-out", "sign-out-device", "sign-out-others", "delete"]
    )
    def test_a_tab_that_another_user_has_opened_does_nothing(self, site, browser, action):
        """409, and the page says who is signed in now."""
        stale = re.search(r'name="account" value="(.+?)"', show(browser).text)[1]
        browser.sign_in("eve@example.com", name="Eve")
        other = site.device()
        other.sign_in("eve@example.com", name="Eve")
        answer = browser.post("/auth/", data={"action": action, "account": stale, "name": "Ada", "photo_url": ""}, headers=HTML)
        assert answer.status_code == 409
        assert "Eve is signed in now" in answer.text
        assert 'data-category="error"' in answer.text
        assert other.get("/private").get_json()["name"] == "Eve"
        assert browser.get("/private").get_json()["name"] == "Eve"
        assert site.count("account") == 2

    def test_a_form_that_does_not_say_whose_page_it_is_does_nothing(self, site, browser):
        """A template of the site's own needs the hidden field."""
        answer = browser.post("/auth/", data={"action": "delete"}, headers=HTML)
        assert answer.status_code == 400
        assert "hidden field" in answer.text
        assert site.count("account") == 1

    @pytest.mark.parametrize("is_named", [False, True])
    def test_second_factors_are_offered_where_the_site_wants_them(self, make_site, browser, is_named):
        """To whoever is signed in; an authenticator app is told the site's name, or its host."""
        assert "data-factors" not in show(browser).text
        name = {"FIREBASE_LOGIN_SITE_NAME": "Ada's shop"} if is_named else {}
        offering = make_site(FIREBASE_LOGIN_SECOND_FACTORS=["totp", "phone"], **name).device()
        assert "secondFactors" not in show(offering, "/auth/sign-in").text
        offering.sign_in()
        page = show(offering).text
        assert "data-factors" in page
        config = json.loads(re.search(r'id="firebase-login-config"[^>]*>(.+?)</script>', page, re.DOTALL)[1])
        assert config["secondFactors"] == ["totp", "phone"]
        assert config["siteName"] == ("Ada's shop" if is_named else None)

    def test_where_deletion_is_the_site_s_to_do_nobody_is_offered_it(self, make_site):
        """Neither the page nor the API, nor its description, has it; the site's own code has."""
        site = make_site(FIREBASE_LOGIN_ACCOUNT_DELETION=False)
        browser = site.device()
        browser.sign_in()
        page = show(browser).text
        assert "Download all that is kept" in page
        assert "Delete my account" not in page
        stamp = re.search(r'name="account" value="(.+?)"', page)[1]
        assert browser.post("/auth/", data={"account": stamp, "action": "delete"}).status_code == 400
        assert browser.delete("/auth/account").status_code == 405
        assert set(browser.get("/auth/openapi.json").get_json()["paths"]["/account"]) == {"get", "patch"}
        assert browser.get("/auth/account").status_code == 200

    def test_a_download_is_of_the_user_whose_page_asks(self, browser):
        """A tab that another user has opened downloads nobody's data."""
        link = re.search(r'href="(/auth/account/export.+?)"', show(browser).text)[1]
        assert browser.get(link).get_json()["account"]["provider_email"] == "ada@example.com"
        browser.sign_in("eve@example.com")
        rejected = browser.get(link)
        assert (rejected.status_code, rejected.get_json()["code"]) == (409, "user_changed")

    def test_a_page_that_asks_for_a_proof_takes_nobody_else_s(self, site, browser):
        """Whoever proves to be another user does not stand on the first user's opened deletion."""
        config = json.loads(
            re.search(r'id="firebase-login-config"[^>]*>(.+?)</script>', show(browser, "/auth/sign-in?again=1").text)[1]
        )
        for path in (config["signIn"], self.sign_in_path_of(show(browser))):
            eve = site.issuer.mint(email="eve@example.com")
            rejected = browser.post(path, data=eve, content_type="application/jwt")
            assert (rejected.status_code, rejected.get_json()["code"]) == (409, "user_changed")
            ada = site.issuer.mint(email="ada@example.com")
            assert browser.post(path, data=ada, content_type="application/jwt").status_code == 200
        assert site.count("account") == 1
        browser.sign_in("eve@example.com")
        rejected = browser.post(
            config["signIn"], data=site.issuer.mint(email="ada@example.com"), content_type="application/jwt"
        )
        assert rejected.status_code == 409
        assert browser.get("/auth/account").get_json()["email"] == "eve@example.com"

    def sign_in_path_of(self, page):
        return json.loads(re.search(r'id="firebase-login-config"[^>]*>(.+?)</script>', page.text)[1])["signIn"]

    def test_a_deletion_is_opened_for_the_user_who_asked_for_it(self, browser, clock):
        """The address of one user's opened deletion opens nobody else's."""
        clock.advance(minutes=6)
        led = self.send(browser, "delete", word="delete").headers["Location"]
        opened = unquote(parse_qs(urlsplit(led).query)["next"][0]).partition("#")[0]
        assert "<details open>" in show(browser, opened).text
        browser.sign_in("eve@example.com")
        assert "<details open>" not in show(browser, opened).text

    @pytest.mark.parametrize("action", ["", "format-disk"])
    def test_a_form_that_asks_for_nothing_we_do(self, browser, action):
        """400, as a page."""
        assert self.send(browser, action).status_code == 400

    def test_a_form_over_its_limit_is_rejected(self, browser):
        """413, as a page."""
        assert self.send(browser, "save", name="x" * 30_000).status_code == 413

    def test_no_other_page_can_send_its_forms(self, browser):
        """Cross-origin protection stands before them."""
        headers = HTML | {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert browser.post("/auth/", data={"action": "delete"}, headers=headers).status_code == 403

    def test_ways_that_are_connected_can_go_but_for_the_last(self, site):
        """Two are connected: either may go."""
        browser = site.device()
        browser.sign_in(
            claims={"firebase": {"sign_in_provider": "google.com", "identities": {"google.com": ["1"], "github.com": ["2"]}}}
        )
        page = show(browser).text
        assert set(re.findall(r'data-disconnect="(.+?)"', page)) == {"google.com", "github.com"}
        assert "GitHub" in page


@pytest.mark.parametrize(
    ("user_agent", "client_name", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
            None,
            "Chrome · Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", None, "Edge · Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 Version/17.6 Safari/605.1.15",
            None,
            "Safari · Mac",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 Version/17.6 Mobile Safari/604.1",
            None,
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605 CriOS/130.0 Mobile Safari/604.1",
            None,
            "Chrome · iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36",
            None,
            "Samsung Internet · Android",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", None, "Firefox · Linux"),
        ("Dart/3.5 (dart:io)", None, "Dart"),
        ("python-httpx/0.28.1", None, "Python"),
        ("Dart/3.5", "Ada's phone", "Ada's phone"),
        ("something else", None, None),
        (None, None, None),
    ],
)
def test_a_device_is_named_as_a_person_recognises_it(user_agent, client_name, name):
    """What it calls itself, else browser and system."""

    class Row:
        pass

    row = Row()
    row.user_agent, row.name = user_agent, client_name
    assert name_device(row) == name


class TestTexts:
    def read(self, language):
        with (WEB / "locales" / language / "LC_MESSAGES" / "firebase_login.po").open("rb") as source:
            return {message.id: message.string for message in read_po(source) if message.id}

    def asked(self):
        found = {text for said in (texts.SCRIPT_TEXTS, *texts.PAGE_TEXTS.values()) for text in said.values()}
        for path in [*WEB.glob("*.py"), *WEB.glob("templates/**/*.html")]:
            found |= set(re.findall(r'\b_\("([^"]+)"\)', path.read_text()))
        return found

    @pytest.mark.parametrize("language", [language for language in texts.LANGUAGES if language != "en"])
    def test_every_text_is_there_in_every_language(self, language):
        """None missing, none left over, none empty, and each with its place for a name."""
        catalogue = self.read(language)
        assert set(catalogue) == self.asked()
        for english, translated in catalogue.items():
            assert translated.strip()
            assert english.count("%s") == translated.count("%s"), translated

    def test_the_scripts_ask_for_what_there_is(self):
        """Key by key."""
        asked = set()
        for path in SCRIPTS.glob("*.ts"):
            source = path.read_text()
            asked |= set(re.findall(r'\bt\(\s*"(\w+)"', source)) | set(re.findall(r'\bt\(isNew \? "(\w+)" : "\w+"\)', source))
            asked |= set(re.findall(r'\bt\(isNew \? "\w+" : "(\w+)"\)', source))
            asked |= set(re.findall(r'^  "?[\w/-]+"?: "(\w+)",$', source, re.MULTILINE))
        asked |= set(texts.PAGE_TEXTS["app_check"])  # by the codes of the site's errors
        assert asked == {key for said in (texts.SCRIPT_TEXTS, *texts.PAGE_TEXTS.values()) for key in said}

    @pytest.mark.parametrize(
        ("accepted", "language", "text"),
        [
            ("de-AT,de;q=0.9,en;q=0.8", "de", "Anmelden"),
            ("fr", "fr", "Se connecter"),
            ("es-MX", "es", "Iniciar sesión"),
            ("pt-BR", "pt", "Iniciar sessão"),
            ("ja", "ja", "サインイン"),
            ("ar-EG", "ar", "تسجيل الدخول"),
            ("nl", "en", "Sign in"),
            ("", "en", "Sign in"),
        ],
    )
    def test_the_browser_s_language_decides(self, site, accepted, language, text):
        """The first that there is, else English."""
        page = show(site.device(), "/auth/sign-in", **{"Accept-Language": accepted}).text
        assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
        assert text in page

    @pytest.mark.parametrize(("locale", "language"), [("de_CH", "de"), ("nl", "en")])
    def test_where_the_site_uses_flask_babel_its_locale_decides(self, site, locale, language):
        """Whatever the browser accepts."""
        Babel(site.app, locale_selector=lambda: locale)
        page = show(site.device(), "/auth/sign-in", **{"Accept-Language": "fr"}).text
        assert f'lang="{language}"' in page


def test_a_site_replaces_base_and_uses_the_macro(site, tmp_path):
    """Its own layout around our card, and a button of ours on its own page."""
    from flask import render_template_string
    from jinja2 import DictLoader

    site.app.jinja_loader = DictLoader(
        {
            "firebase_login/base.html": (
                '{% import "firebase_login/parts.html" as parts %}<title>{% block title %}{% endblock %}</title>'
                "{{ parts.style(firebase_login) }}{{ parts.sign_in_button('Come in', request.full_path) }}"
                "<div id=mine>{% block card %}{% endblock %}</div>"
            )
        }
    )
    site.app.add_url_rule(
        "/welcome",
        "welcome",
        lambda: render_template_string(
            '{% from "firebase_login/parts.html" import sign_in_button %}{{ sign_in_button("Come in", "/private?") }}'
        ),
    )
    page = show(site.device(), "/auth/sign-in?next=/private").text
    assert "<div id=mine>" in page
    assert 'href="/auth/sign-in?next=/private">Come in</a>' in page
    assert 'href="/auth/sign-in?next=/private">Come in</a>' in site.device().get("/welcome").text


def test_an_error_is_a_page_in_the_site_s_layout(make_site):
    """Its style sheets load there; our own look is around it where the site has none."""
    from jinja2 import DictLoader

    plain = show(make_site().device(), "/auth/nothing-here")
    assert (plain.status_code, plain.mimetype) == (404, "text/html")
    assert '<section class="fl-card">\n  <h1>There is nothing here</h1>' in plain.text
    assert "'self'" in policy(plain)["style-src"]
    site = make_site()
    site.app.jinja_loader = DictLoader({"firebase_login/base.html": "<div id=mine>{% block card %}{% endblock %}</div>"})
    assert show(site.device(), "/auth/nothing-here").text.startswith("<div id=mine>")


def test_a_site_s_own_page_signs_out_and_leads_to_the_account(site):
    """By macros, for whoever is signed in; in a tab of another user nothing happens."""
    from flask import render_template_string

    site.app.add_url_rule(
        "/menu",
        "menu",
        lambda: render_template_string(
            '{% from "firebase_login/parts.html" import account_link, sign_out_button %}'
            '{{ account_link(current_user, class="nav-link") }}{{ sign_out_button(current_user, "Leave", class="btn") }}'
        ),
    )
    browser = site.device()
    browser.sign_in(name="Ada <b>Lovelace</b>")
    menu = browser.get("/menu").text
    assert '<a class="nav-link" href="/auth/">Ada &lt;b&gt;Lovelace&lt;/b&gt;</a>' in menu
    assert '<button class="btn" name="action" value="sign-out">Leave</button>' in menu
    form = {"account": re.search(r'name="account" value="(.+?)"', menu)[1], "action": "sign-out"}
    browser.sign_in("eve@example.com")
    assert browser.post("/auth/", data=form).status_code == 409
    browser.sign_in()
    assert browser.post("/auth/", data=form).status_code == 303
    assert browser.get("/auth/account").status_code == 401


def test_every_class_of_ours_is_ours_alone():
    """A site's style sheet, Bootstrap's say, does not meet it."""
    used = {
        name
        for page in WEB.glob("templates/firebase_login/**/*.html")
        for names in re.findall(r'class="([^"{]+)"', page.read_text())
        for name in names.split()
    }
    styles = "".join(re.sub(r"/\*.*?\*/|\{.*?\}", "", sheet.read_text(), flags=re.DOTALL) for sheet in WEB.glob("static/*.css"))
    styled = set(re.findall(r"\.([a-zA-Z][\w-]*)", styles))
    assert {"fl-card", "fl-main"} <= used & styled
    assert {name for name in used | styled if not name.startswith(("fl-", "firebase-login"))} == set()


@pytest.mark.parametrize("prefix", ["/auth", "/static/build", "/x/static/build", "/build", "/static"])
def test_only_scripts_whose_name_holds_their_hash_are_kept_by_caches(make_site, prefix):
    """Whatever the prefix is; the account never is."""
    site = make_site(FIREBASE_LOGIN_URL_PREFIX=prefix)
    browser = site.device()
    browser.sign_in(path=f"{prefix}/sign-in")
    (script,) = re.findall(r'src="([^"]+/build/account[^"]+)"', browser.get(f"{prefix}/", headers={"Accept": "text/html"}).text)
    with browser.get(script) as first, browser.get(script, headers={"If-None-Match": first.headers["ETag"]}) as again:
        assert (first.status_code, first.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        assert (again.status_code, again.headers["Cache-Control"]) == (304, "public, max-age=31536000, immutable")
    static = script.rpartition("/build/")[0]
    for path in [
        f"{prefix}/account",
        f"{prefix}/account/export",
        f"{prefix}/sessions",
        f"{prefix}/sign-in",
        f"{prefix}/",
        f"{prefix}/openapi.json",
        f"{static}/pages.css",
        f"{static}/build/nothing.js",
    ]:
        with browser.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store", path
