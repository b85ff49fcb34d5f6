"""docs/app-check.md tells the truth: what it shows is run."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from flask_login import login_required

from flask_firebase_login import app_checked
from flask_firebase_login.config import Config
from sites import clock, database_url, make_site

__all__ = ["clock", "database_url", "make_site"]

PAGE = (Path(__file__).parents[2] / "docs" / "app-check.md").read_text()
CONFIGURATION, COUNTING, VIEW = re.findall(r"```python\n(.*?)```", re.sub(r"^   ", "", PAGE, flags=re.MULTILINE), re.DOTALL)


@pytest.fixture
def sign_in_with(make_site):
    """A site that is configured as a test says; signs Ada in, with a token or without."""

    def prepare(mode):
        site = make_site(FIREBASE_LOGIN_APP_CHECK=mode)

        def sign_in(token=None):
            headers = {} if token is None else {"X-Firebase-AppCheck": token}
            body = {"id_token": site.issuer.mint(email="ada@example.com"), "transport": "bearer"}
            return site.app.test_client().post("/auth/sign-in", json=body, headers=headers)

        return site, sign_in

    return prepare


def test_its_configuration_is_read():
    """Every key is one, and the site would start."""
    keys = {}
    exec(CONFIGURATION, keys)
    configured = {name: value for name, value in keys.items() if name.startswith("FIREBASE_LOGIN_")}
    firebase_config = {"projectId": "shop-prod", "appId": "1:123456789012:web:0123abc"}
    config = Config.from_mapping(configured | {"FIREBASE_LOGIN_CONFIG": firebase_config})
    assert (config.app_check, config.recaptcha_key) == ("observe", "6L…")


def test_its_signal_counts(sign_in_with):
    """Genuine apps and others."""
    site, sign_in = sign_in_with("observe")
    names = {}
    exec(COUNTING, names)
    sign_in(site.issuer.mint_app_check())
    sign_in()
    sign_in()
    app_checked.disconnect(names["count"])
    assert names["outcomes"] == {"genuine": 1, "app_check_required": 2}


def test_its_view_asks_for_a_genuine_app(sign_in_with):
    """Signed in alone is not enough there."""
    site, sign_in = sign_in_with("required")
    exec(VIEW, {"app": site.app, "firebase": site.firebase, "login_required": login_required})
    token = site.issuer.mint_app_check()
    headers = {"Authorization": f"Bearer {sign_in(token).get_json()['session_secret']}"}
    client = site.app.test_client()
    assert client.post("/orders", headers=headers).status_code == 403
    assert client.post("/orders", headers=headers | {"X-Firebase-AppCheck": token}).get_json() == {"placed": True}


def test_its_log_lines_are_the_log_s(sign_in_with, caplog):
    """Field by field."""
    caplog.set_level(logging.INFO, "flask_firebase_login.security")
    site, sign_in = sign_in_with("observe")
    sign_in(site.issuer.mint_app_check(app_id="1:123456789012:android:0123abc"))
    sign_in()
    sign_in("genuine")
    shown = re.findall(r"^    (app_checked .+)$", PAGE, re.MULTILINE)
    said = [record.getMessage() for record in caplog.records if record.getMessage().startswith("app_checked")]
    assert said[:2] == shown[:2]
    assert said[2] == shown[2].replace("reason=expired", "reason=malformed").replace("issue_token", "sign_in")
