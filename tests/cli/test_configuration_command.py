"""`flask firebase-login config`."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import FirebaseLogin
from flask_firebase_login.cli.redaction import CUT, Redactor, make_shown
from flask_firebase_login.config import _READERS
from terminal import SECRET_KEY, read_json, run

API_KEY = "AIzaSyDoNotShowThisKeyToAnybody0123456789"


@pytest.fixture
def make_site(firebase_issuer, monkeypatch):
    def make(environment=(), **config):
        for name, value in dict(environment).items():
            monkeypatch.setenv(name, value)
        app = Flask("shop")
        app.config.update(SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI="sqlite://", **(firebase_issuer.config | config))
        app.config.from_prefixed_env()
        FirebaseLogin(app, SQLAlchemy(app))
        return app

    return make


def read(site):
    return {setting["key"]: (setting["value"], setting["source"]) for setting in read_json(run(site, "config", "--json"))}


def test_every_key_is_shown(make_site):
    """Those of docs/configuration.md, and no other."""
    assert [*read(make_site())] == [f"FIREBASE_LOGIN_{name}" for name in read_order()]
    assert {*read_order()} == {*_READERS}


def read_order():
    from dataclasses import fields

    from flask_firebase_login.config import Config

    return [field.name.upper() for field in fields(Config)]


def test_a_value_says_where_it_comes_from(make_site):
    """A default, `app.config`, a variable, the members of one, or the emulator's own variable."""
    shown = read(
        make_site(
            {
                "FLASK_FIREBASE_LOGIN_SESSION_TTL": "3600",
                "FLASK_FIREBASE_LOGIN_SIGN_IN_NEXT": "/home",
                "FLASK_FIREBASE_LOGIN_PROVIDER_LABELS__oidc.acme": "Acme",
            },
            FIREBASE_LOGIN_SITE_NAME="Shop",
            FIREBASE_LOGIN_SESSION_MAX_TTL=timedelta(days=2),
        )
    )
    assert shown["FIREBASE_LOGIN_URL_PREFIX"] == ("/auth", "default")
    assert shown["FIREBASE_LOGIN_SITE_NAME"] == ("Shop", "app.config")
    assert shown["FIREBASE_LOGIN_SIGN_IN_NEXT"] == ("/home", "FLASK_FIREBASE_LOGIN_SIGN_IN_NEXT")
    assert shown["FIREBASE_LOGIN_SESSION_TTL"] == (3600, "FLASK_FIREBASE_LOGIN_SESSION_TTL")
    assert shown["FIREBASE_LOGIN_SESSION_MAX_TTL"] == (172800, "app.config")
    assert shown["FIREBASE_LOGIN_PROVIDER_LABELS"][1] == "FLASK_FIREBASE_LOGIN_PROVIDER_LABELS__…"


def test_a_variable_that_the_app_does_not_read_is_no_source(make_site):
    """Its value is another."""
    site = make_site(FIREBASE_LOGIN_SITE_NAME="Shop")
    site.config["FIREBASE_LOGIN_SITE_NAME"] = "Another"
    assert read(site)["FIREBASE_LOGIN_SITE_NAME"][1] == "app.config"


def test_the_emulator_s_variable_is_a_source(make_site, monkeypatch):
    """Where the key leaves it to the environment."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")
    project = {"projectId": "demo-shop"}
    site = make_site(FIREBASE_LOGIN_CONFIG=project, FIREBASE_LOGIN_EMULATOR_HOST=None, FIREBASE_LOGIN_JWKS_URL=JWKS_URL)
    assert read(site)["FIREBASE_LOGIN_EMULATOR_HOST"] == ("127.0.0.1:9099", "FIREBASE_AUTH_EMULATOR_HOST")


JWKS_URL = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"


def test_no_key_is_shown(make_site):
    """Neither as text nor as JSON."""
    config = {"projectId": "shop", "apiKey": API_KEY, "authDomain": "shop.example"}
    site = make_site(FIREBASE_LOGIN_CONFIG=config, FIREBASE_LOGIN_JWKS_URL="https://me:pa55w0rd@example.com/keys")
    said = run(site, "config").output + run(site, "config", "--json").output
    assert "shop.example" in said
    assert not [secret for secret in (API_KEY, SECRET_KEY, "pa55w0rd") if secret in said]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("service_account", {"private_key": "-----BEGIN", "project_id": "shop"}, CUT),
        ("service_account", "/etc/shop.json", CUT),
        ("config", {"apiKey": "AIza", "projectId": "shop"}, {"apiKey": CUT, "projectId": "shop"}),
        ("accept_id_tokens", True, True),
        ("id_token_max_age", timedelta(seconds=1.5), 1.5),
        ("secrets", None, None),
        ("secrets", [], []),
        ("providers", ("google.com",), ["google.com"]),
        ("url", "https://user:word@host/path", "https://…@host/path"),
    ],
)
def test_what_is_called_like_a_secret_is_cut(name, value, shown):
    """But not what is nothing, or a number."""
    assert make_shown(value, name) == shown


def test_secrets_are_cut_out_of_the_texts_of_others():
    """Whatever a driver writes into its error."""
    redactor = Redactor(
        {
            "SECRET_KEY": b"k" * 32,
            "SECRET_KEY_FALLBACKS": ["old-key-of-last-year"],
            "SQLALCHEMY_DATABASE_URI": "postgresql://shop:p%40ssword@db/shop",
            "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"apiKey": API_KEY}),
            "NAME": "shop",
            "TOKEN": "a",
            "BROKEN_URL": "http://[",
            "BROKEN_OBJECT": "{",
            "SERVICE_ACCOUNT_OF_MINE": {"private_key": "-----BEGIN"},
        }
    )
    said = redactor.cut(f"{'k' * 32} old-key-of-last-year p@ssword p%40ssword {API_KEY} shop a -----BEGIN http://me:you@host")
    assert said == "… … … … … shop a … http://…@host"
