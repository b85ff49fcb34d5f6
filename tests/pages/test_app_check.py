"""What the pages are given for App Check: nothing where no key is set."""

from __future__ import annotations

import json
import re

import pytest

KEY = "6LdXexampleexampleexample"
APP_ID = "1:123456789012:web:0123456789abcdef"
CONFIG = {"projectId": "local-test-project", "apiKey": "k", "authDomain": "shop.firebaseapp.com", "appId": APP_ID}
EXCHANGE, FRAMES = "https://content-firebaseappcheck.googleapis.com", "https://recaptcha.google.com/recaptcha/"


def show(make_site, path="/auth/sign-in", **config):
    site = make_site(**{f"FIREBASE_LOGIN_{name}": value for name, value in ({"CONFIG": CONFIG} | config).items()})
    return site.device().get(path, headers={"Accept": "text/html"})


def script_config(page):
    return json.loads(re.search(r'id="firebase-login-config"[^>]*>(.*?)</script>', page.text, re.DOTALL)[1])


@pytest.mark.parametrize("kind", ["ENTERPRISE", "V3"])
@pytest.mark.parametrize("mode", ["observe", "required"])
def test_with_a_key_the_script_is_told_of_it(make_site, kind, mode):
    """And the policy lets the SDK exchange what reCAPTCHA says."""
    page = show(make_site, APP_CHECK=mode, **{f"APP_CHECK_RECAPTCHA_{kind}_KEY": KEY})
    told = script_config(page)
    assert told["recaptcha"] == {"siteKey": KEY, "isEnterprise": kind == "ENTERPRISE"}
    assert re.fullmatch(r"/auth/static/build/app-check-\w+\.js", told["appCheck"])
    assert "no robot" in told["texts"]["app_check_required"]
    policy = page.headers["Content-Security-Policy"]
    assert EXCHANGE in policy
    assert FRAMES in policy
    assert "app-check-" not in page.text.replace(told["appCheck"], "")


@pytest.mark.parametrize(
    "config",
    [{}, {"APP_CHECK": "observe"}, {"APP_CHECK": "off", "APP_CHECK_RECAPTCHA_V3_KEY": KEY}],
    ids=["off", "no key", "key, but off"],
)
def test_without_one_the_page_is_as_it_was(make_site, config):
    """Not a byte of it is about App Check, and nothing more may be loaded."""
    page = show(make_site, **config)
    assert "appCheck" not in page.text
    assert "app_check" not in page.text
    assert "recaptcha" not in page.text
    assert not {EXCHANGE, FRAMES} & set(re.split(r"[ ;]", page.headers["Content-Security-Policy"]))


def test_where_it_is_required_without_a_key_the_page_offers_no_sign_in(make_site):
    """It could sign nobody in; apps can."""
    page = show(make_site, APP_CHECK="required")
    assert "Open the app and sign in there." in page.text
    assert "data-provider" not in page.text


def test_with_the_emulator_the_page_sends_no_token(make_site):
    """There is none that would take it."""
    page = show(
        make_site,
        CONFIG=CONFIG | {"projectId": "demo-shop"},
        EMULATOR_HOST="127.0.0.1:9099",
        JWKS_URL="https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
        APP_CHECK="observe",
        APP_CHECK_RECAPTCHA_V3_KEY=KEY,
    )
    assert "appCheck" not in page.text
    assert "google" not in page.headers["Content-Security-Policy"]
