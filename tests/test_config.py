"""The configuration: parsed and checked once, when the app starts."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from flask_firebase_login import ConfigError
from flask_firebase_login.config import _READERS, GOOGLE_JWKS_URL, Config

PROJECT = {"FIREBASE_LOGIN_CONFIG": {"projectId": "shop-prod", "apiKey": "web-key"}}
DEMO = {"FIREBASE_LOGIN_CONFIG": {"projectId": "demo-shop"}}


def read(environ=None, is_development=False, **keys):
    return Config.from_mapping(
        PROJECT | {f"FIREBASE_LOGIN_{name}": value for name, value in keys.items()},
        environ=environ or {},
        is_development=is_development,
    )


def test_only_the_firebase_config_is_required():
    """Everything else has a default that is safe."""
    config = read()
    assert (config.project_id, config.api_key) == ("shop-prod", "web-key")
    assert config.session_ttl == timedelta(days=14)
    assert config.cookie_secure
    assert config.jwks_url == GOOGLE_JWKS_URL
    assert config.emulator_host is None


def test_every_reader_is_a_field_of_the_same_name():
    """A key on the outside is the same word on the inside."""
    assert {name.lower() for name in _READERS} == {field.name for field in dataclasses.fields(Config)}


def test_the_configuration_cannot_be_changed_afterwards():
    """It was read once."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        read().url_prefix = "/other"
    with pytest.raises(TypeError):
        read().config["projectId"] = "other"


def test_the_firebase_config_may_be_json():
    """As `from_prefixed_env` or a file gives it."""
    assert Config.from_mapping({"FIREBASE_LOGIN_CONFIG": '{"projectId": "shop-prod"}'}).project_id == "shop-prod"


def test_durations_are_timedeltas_or_seconds():
    """Both mean the same."""
    assert read(SESSION_TTL=3600).session_ttl == read(SESSION_TTL=timedelta(hours=1)).session_ttl
    assert read(CLOCK_SKEW=0).clock_skew == timedelta(0)
    assert read(ID_TOKEN_MAX_AGE=300.5).id_token_max_age == timedelta(seconds=300.5)


def test_lists_may_be_tuples_or_lists():
    """The environment gives lists."""
    assert read(PROVIDERS=["google.com", "oidc.acme", "saml.acme"]).providers == ("google.com", "oidc.acme", "saml.acme")
    assert read(SECOND_FACTORS=["totp", "phone"]).second_factors == ("totp", "phone")
    assert read(SECOND_FACTORS=()).second_factors == ()
    assert read(ALLOWED_ORIGINS=["https://app.example.com", "http://localhost:5173"]).allowed_origins == (
        "https://app.example.com",
        "http://localhost:5173",
    )


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"SESION_TTL": 1}, "Did you mean FIREBASE_LOGIN_SESSION_TTL"),
        ({"PROJECT_ID": "x"}, "FIREBASE_LOGIN_PROJECT_ID is not a key"),
        ({"": 1}, "is not a key"),
        ({"CONFIG": None}, "has no projectId"),
        ({"CONFIG": "shop-prod"}, "is no JSON"),
        ({"CONFIG": "[]"}, "has no projectId"),
        ({"CONFIG": {}}, "has no projectId"),
        ({"CONFIG": {"projectId": ""}}, "has no projectId"),
        ({"CONFIG": {"projectId": 1}}, "has no projectId"),
        ({"CONFIG": {"projectId": "p", "apiKey": 1}}, "apiKey in FIREBASE_LOGIN_CONFIG is no string"),
        ({"CONFIG": {"projectId": "p", "authDomain": 1}}, "authDomain in FIREBASE_LOGIN_CONFIG is no string"),
        (
            {"CONFIG": {"projectId": "p", "authDomain": "https://x.example/"}},
            "authDomain in FIREBASE_LOGIN_CONFIG is no host name",
        ),
        ({"AUTH_PROXY": "on"}, "True or False"),
        ({"PROVIDERS": "google.com"}, "a list or tuple of strings"),
        ({"PROVIDERS": []}, "at least one provider"),
        ({"PROVIDERS": ["google.com", "google.com"]}, "none twice"),
        ({"PROVIDERS": ["gogle.com"]}, "some of google.com"),
        ({"PROVIDERS": ["oidc."]}, "oidc.<name>"),
        ({"PROVIDERS": [1]}, "list or tuple of strings"),
        ({"SECOND_FACTORS": "totp"}, "a list or tuple of strings"),
        ({"SECOND_FACTORS": ["sms"]}, "some of totp, phone"),
        ({"SECOND_FACTORS": ["totp", "totp"]}, "none twice"),
        ({"TENANT_ID": ""}, "a string that is not empty"),
        ({"TENANT_ID": 1}, "a string that is not empty"),
        ({"URL_PREFIX": "/"}, "a path such as '/auth'"),
        ({"URL_PREFIX": "auth"}, "a path such as '/auth'"),
        ({"URL_PREFIX": "/auth/"}, "a path such as '/auth'"),
        ({"URL_PREFIX": None}, "a path such as '/auth'"),
        ({"URL_PREFIX": "/."}, "without '.' or '..'"),
        ({"URL_PREFIX": "/.."}, "without '.' or '..'"),
        ({"URL_PREFIX": "/a/../b"}, "without '.' or '..'"),
        ({"URL_PREFIX": "/a/./b"}, "without '.' or '..'"),
        ({"URL_PREFIX": "/auth/.."}, "without '.' or '..'"),
        ({"SESSION_TTL": "14 days"}, "a timedelta or a number of seconds"),
        ({"SESSION_TTL": True}, "a timedelta or a number of seconds"),
        ({"SESSION_TTL": None}, "a timedelta or a number of seconds"),
        ({"SESSION_TTL": 0}, "above 0"),
        ({"SESSION_TTL": -1}, "above 0"),
        ({"SESSION_TTL": float("nan")}, "a number of seconds"),
        ({"SESSION_TTL": 1e300}, "at most ten years"),
        ({"SESSION_MAX_TTL": 1e10}, "at most ten years"),
        ({"TOUCH_INTERVAL": 0}, "above 0"),
        ({"COOKIE_SECURE": "false"}, "True or False"),
        ({"COOKIE_SECURE": 0}, "True or False"),
        ({"RECENT_SIGN_IN_TTL": "5"}, "a timedelta"),
        ({"CLOCK_SKEW": 61}, "0 to 60 seconds"),
        ({"CLOCK_SKEW": -1}, "0 to 60 seconds"),
        ({"UPSTREAM_TIMEOUT": 0}, "above 0"),
        ({"ID_TOKEN_MAX_AGE": 0}, "above 0"),
        ({"JWKS_URL": "http://keys.example/jwks"}, "an https URL"),
        ({"JWKS_URL": "keys"}, "an https URL"),
        ({"JWKS_URL": None}, "an https URL"),
        ({"EMULATOR_HOST": "http://127.0.0.1:9099"}, "host and port"),
        ({"EMULATOR_HOST": 9099}, "host and port"),
        ({"EMULATOR_HOST": "localhost"}, "host and port"),
        ({"REQUIRE_VERIFIED_EMAIL": "yes"}, "True or False"),
        ({"ALLOW_ANONYMOUS": 1}, "True or False"),
        ({"ACCEPT_ID_TOKENS": None}, "True or False"),
        ({"API": "/api"}, "a list or tuple"),
        ({"API": ["/api/"]}, "without a slash at their end"),
        ({"API": ["two words"]}, "names of blueprints"),
        ({"ALLOWED_ORIGINS": "*"}, "a list or tuple"),
        ({"ALLOWED_ORIGINS": ["*"]}, "without '*'"),
        ({"ALLOWED_ORIGINS": ["https://*.example.com"]}, "without '*'"),
        ({"ALLOWED_ORIGINS": ["https://app.example.com/"]}, "without a path"),
        ({"ALLOWED_ORIGINS": ["app.example.com"]}, "origins such as"),
        ({"ALLOWED_ORIGINS": ["https://App.example.com"]}, "origins such as"),
        ({"ALLOWED_ORIGINS": ["https://me@example.com"]}, "origins such as"),
        ({"ALLOWED_ORIGINS": ["null"]}, "origins such as"),
        ({"SIGN_IN_NEXT": "https://evil.example"}, "a path on this host"),
        ({"SIGN_IN_NEXT": "//evil.example"}, "a path on this host"),
        ({"SIGN_OUT_NEXT": "/\\evil.example"}, "a path on this host"),
        ({"RATE_LIMIT": 30}, "a string"),
        ({"SITE_NAME": 1}, "a string"),
        ({"PROVIDER_LABELS": "Acme"}, "a dict of labels by provider id"),
        ({"PROVIDER_LABELS": {"acme": "Acme"}}, "oidc.<name>"),
        ({"PROVIDER_LABELS": {3: "Acme"}}, "oidc.<name>"),
        ({"PROVIDER_LABELS": {"oidc.acme": ""}}, "a name, or"),
        ({"PROVIDER_LABELS": {"oidc.acme": None}}, "a name, or"),
        ({"PROVIDER_LABELS": {"oidc.acme": {"logo": "/acme.svg"}}}, "a name, or"),
        ({"PROVIDER_LABELS": {"oidc.acme": {"name": "Acme", "icon": "/acme.svg"}}}, "a name, or"),
        ({"PROVIDER_LABELS": {"oidc.acme": {"name": "Acme", "logo": "acme.svg"}}}, "a path on this host"),
        ({"PROVIDER_LABELS": {"oidc.acme": {"name": "Acme", "logo": "//evil.example/x.svg"}}}, "a path on this host"),
        ({"PROVIDER_LABELS": {"oidc.acme": {"name": "Acme", "logo": "javascript:alert(1)"}}}, "a path on this host"),
    ],
)
def test_a_wrong_value_stops_the_app_and_says_what_to_set(keys, told):
    """The error names the key and its remedy."""
    with pytest.raises(ConfigError) as error:
        read(**keys)
    assert told in str(error.value)
    assert f"FIREBASE_LOGIN_{next(iter(keys))}" in str(error.value)


@pytest.mark.parametrize(
    "prefix", ["/auth", "/a/b", "/.well-known/auth", "/a.b", "/a..b", "/..a", "/~ada/auth-1_2", "/static/build"]
)
def test_a_prefix_may_be_any_path_without_dot_segments(prefix):
    """RFC 3986, section 5.2.4: a browser takes dot segments out before it asks."""
    assert read(URL_PREFIX=prefix).url_prefix == prefix


def test_labels_are_names_or_names_with_a_logo():
    """By provider id; what is not labelled is not there."""
    given = {"oidc.acme": "Acme", "saml.uni": {"name": "The University", "logo": "https://uni.example/sign.svg"}}
    labels = read(PROVIDER_LABELS=given).provider_labels
    assert (labels["oidc.acme"].name, labels["oidc.acme"].logo) == ("Acme", None)
    assert (labels["saml.uni"].name, labels["saml.uni"].logo) == ("The University", "https://uni.example/sign.svg")
    assert labels.get("google.com") is None
    assert dict(read().provider_labels) == {}


PASTED = {
    "as the console shows it": (
        'const firebaseConfig = {\n  apiKey: "AIza",\n  authDomain: "shop.firebaseapp.com",\n  projectId: "shop-prod"\n};',
        ["remove 'const firebaseConfig =' and the ';' at the end", 'put every key in double quotes, "apiKey" first'],
    ),
    "without the variable": ('{\n  projectId: "shop-prod",\n}', ['"projectId" first', "remove the comma before '}'"]),
    "a key in single quotes": ("{'projectId': \"shop-prod\"}", ['"projectId" first']),
    "values in single quotes": ("""{"projectId": 'shop-prod'}""", ["put the value of projectId in double quotes"]),
    "a comma too many": ('{"projectId": "shop-prod",}', ["remove the comma before '}'"]),
    "a later key": ('{"projectId": "https://a: b", apiKey: "AIza"}', ['"apiKey" first']),
    "a semicolon": ('{"projectId": "shop-prod"};', ["remove the ';' at the end"]),
    "a comment": (
        '// Your web app\'s Firebase configuration\nvar firebaseConfig = {"projectId": "shop-prod"}',
        ["remove the comments", "remove 'var firebaseConfig ='"],
    ),
    "a comment within": ('{"projectId": "shop-prod" /* ours: */}', ["remove the comments"]),
    "the whole snippet": (
        'import { initializeApp } from "firebase/app";\n\nconst firebaseConfig = {\n  apiKey: "AIza"\n};\ninitializeApp(firebaseConfig);',
        ["keep only what is between the braces of firebaseConfig, and these", '"apiKey" first'],
    ),
}


@pytest.mark.parametrize("pasted", PASTED)
def test_a_firebase_config_pasted_as_javascript_says_what_to_change(pasted):
    """The console shows JavaScript, and the environment wants JSON."""
    javascript, wanted = PASTED[pasted]
    with pytest.raises(ConfigError) as error:
        read(CONFIG=javascript)
    message = str(error.value)
    assert message.startswith("FIREBASE_LOGIN_CONFIG is JavaScript, but no JSON: ")
    assert [text for text in wanted if text not in message] == []
    assert "AIza" not in message


@pytest.mark.parametrize(
    "text",
    ["shop-prod", "", "{", "{,}", '{"projectId" "shop"}', "const x = 1;", "projectId=shop", "\ud800", "{" * 5000, "[" * 99999],
)
def test_a_firebase_config_that_is_neither_says_what_is_wanted(text):
    """And shows one that is right."""
    with pytest.raises(ConfigError, match="is no JSON") as error:
        read(CONFIG=text)
    assert '{"projectId": "…"' in str(error.value)


@given(st.text(alphabet="{}:,;'\"/*\\ \nabconst=", max_size=60) | st.text())
def test_no_text_makes_reading_the_firebase_config_fail_otherwise(text):
    """Whatever was pasted."""
    with pytest.raises(ConfigError):
        read(CONFIG=text)


def test_an_error_in_the_firebase_config_does_not_show_the_api_key():
    """It may land in a log."""
    with pytest.raises(ConfigError) as error:
        read(CONFIG={"apiKey": "AIza-secret", "projectId": 1})
    assert "AIza" not in str(error.value)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"SESSION_TTL": timedelta(days=91)}, "longer than FIREBASE_LOGIN_SESSION_MAX_TTL"),
        ({"SESSION_TTL": 300}, "is not shorter than FIREBASE_LOGIN_SESSION_TTL"),
        ({"PROVIDERS": ["anonymous"]}, "ALLOW_ANONYMOUS is not set"),
        ({"AUTH_PROXY": True}, "has no authDomain to relay to"),
        ({"ALLOW_ANONYMOUS": True, "REQUIRE_VERIFIED_EMAIL": True}, "nobody anonymous has an e-mail address"),
    ],
)
def test_impossible_pairs_are_rejected(keys, told):
    """Each key is right, and together they are wrong."""
    with pytest.raises(ConfigError, match=told):
        read(**keys)


NUMBER = 123456789012
APP_ID = f"1:{NUMBER}:web:0123456789abcdef"
WITH_APP = {"projectId": "shop-prod", "appId": APP_ID}
KEY = "6LdXexampleexampleexample"


def test_app_check_is_off_by_default():
    """And its keys are Google's."""
    config = read()
    assert (config.app_check, config.app_check_project_number, config.app_check_app_ids) == ("off", None, None)
    assert config.app_check_jwks_url == "https://firebaseappcheck.googleapis.com/v1/jwks" != GOOGLE_JWKS_URL
    assert config.recaptcha_key is None


@pytest.mark.parametrize("number", [NUMBER, str(NUMBER)])
def test_a_project_s_number_may_be_a_number_or_text(number):
    """The environment gives whichever it is in JSON."""
    assert read(APP_CHECK="required", APP_CHECK_PROJECT_NUMBER=number).app_check_project_number == str(NUMBER)


def test_off_turns_all_of_app_check_off():
    """One switch, whatever else is set, for the day on which something is wrong with it."""
    config = read(CONFIG=WITH_APP, APP_CHECK="off", APP_CHECK_PROJECT_NUMBER=NUMBER, APP_CHECK_RECAPTCHA_V3_KEY=KEY)
    assert config.recaptcha_key is None
    assert (
        read(
            CONFIG=WITH_APP, APP_CHECK="observe", APP_CHECK_PROJECT_NUMBER=NUMBER, APP_CHECK_RECAPTCHA_V3_KEY=KEY
        ).recaptcha_key
        == KEY
    )


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"APP_CHECK": True}, "'off', 'observe' or 'required'"),
        ({"APP_CHECK": False}, "'off', 'observe' or 'required'"),
        ({"APP_CHECK": None}, "'off', 'observe' or 'required'"),
        ({"APP_CHECK": "Required"}, "'off', 'observe' or 'required'"),
        ({"APP_CHECK": ["off"]}, "'off', 'observe' or 'required'"),
        ({"APP_CHECK_PROJECT_NUMBER": "shop-prod"}, "the project id is another thing"),
        ({"APP_CHECK_PROJECT_NUMBER": 0}, "the project number"),
        ({"APP_CHECK_PROJECT_NUMBER": True}, "the project number"),
        ({"APP_CHECK_PROJECT_NUMBER": 1.5}, "the project number"),
        ({"APP_CHECK_PROJECT_NUMBER": "projects/123"}, "the project number"),
        ({"APP_CHECK_PROJECT_NUMBER": "١٢٣"}, "the project number"),
        ({"APP_CHECK_APP_IDS": []}, "or None for every app"),
        ({"APP_CHECK_APP_IDS": APP_ID}, "a list or tuple of strings"),
        ({"APP_CHECK_APP_IDS": ["com.example.shop"]}, "app ids as the Firebase console shows them"),
        ({"APP_CHECK_APP_IDS": [APP_ID.upper()]}, "app ids as the Firebase console shows them"),
        ({"APP_CHECK_JWKS_URL": "http://keys.example"}, "an https URL"),
        ({"APP_CHECK_RECAPTCHA_V3_KEY": ""}, "a string that is not empty"),
        ({"APP_CHECK_RECAPTCHA_ENTERPRISE_KEY": 1}, "a string that is not empty"),
        ({"CONFIG": {"projectId": "p", "appId": 1}}, "appId in FIREBASE_LOGIN_CONFIG is no string"),
        ({"APP_CHECK": "required"}, "PROJECT_NUMBER is not set. Set it to the project number that the Firebase console shows"),
        ({"APP_CHECK": "observe"}, "PROJECT_NUMBER is not set"),
        ({"APP_CHECK_PROJECT_NUMBER": 1, "APP_CHECK_APP_IDS": [APP_ID]}, "an app of another project"),
        (
            {"APP_CHECK_RECAPTCHA_V3_KEY": KEY, "APP_CHECK_RECAPTCHA_ENTERPRISE_KEY": KEY}
            | {"APP_CHECK": "observe", "APP_CHECK_PROJECT_NUMBER": NUMBER},
            "remove the other",
        ),
        ({"APP_CHECK": "observe", "APP_CHECK_PROJECT_NUMBER": NUMBER, "APP_CHECK_RECAPTCHA_V3_KEY": KEY}, "has no appId"),
        (
            {"CONFIG": WITH_APP, "APP_CHECK": "observe", "APP_CHECK_PROJECT_NUMBER": NUMBER}
            | {"APP_CHECK_RECAPTCHA_V3_KEY": KEY, "APP_CHECK_APP_IDS": [f"1:{NUMBER}:ios:0123"]},
            "the site's own pages would be rejected",
        ),
    ],
)
def test_app_check_that_cannot_work_stops_the_start(keys, told):
    """Rather than the first user."""
    with pytest.raises(ConfigError, match=told):
        read(**keys)


def test_app_check_cannot_be_required_with_the_emulator():
    """It has none, so that nobody could sign in; observing is harmless, and so are the keys of a test's own."""
    keys = {"CONFIG": DEMO["FIREBASE_LOGIN_CONFIG"], "EMULATOR_HOST": "127.0.0.1:9099", "APP_CHECK_PROJECT_NUMBER": NUMBER}
    with pytest.raises(ConfigError, match="App Check has no emulator"):
        read(APP_CHECK="required", **keys)
    read(APP_CHECK="observe", **keys)
    read(APP_CHECK="required", APP_CHECK_JWKS_URL="http://127.0.0.1:1/jwks", **keys)


@pytest.mark.parametrize(
    ("keys", "is_development", "is_secure"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"COOKIE_SECURE": True}, True, True),
        ({"COOKIE_SECURE": False}, False, False),
        ({"CONFIG": {"projectId": "demo-shop"}, "EMULATOR_HOST": "127.0.0.1:9099"}, False, False),
    ],
)
def test_cookies_are_secure_but_in_development(keys, is_development, is_secure):
    """Debug, testing and the emulator go over plain HTTP; what is set wins."""
    assert read(is_development=is_development, **keys).cookie_secure is is_secure


def test_the_emulator_s_variable_is_read_and_the_key_wins():
    """`FIREBASE_AUTH_EMULATOR_HOST` is what every Firebase SDK reads."""
    environ = {"FIREBASE_AUTH_EMULATOR_HOST": "localhost:9099"}
    assert Config.from_mapping(DEMO, environ=environ).emulator_host == "localhost:9099"
    other = DEMO | {"FIREBASE_LOGIN_EMULATOR_HOST": "[::1]:9100"}
    assert Config.from_mapping(other, environ=environ).emulator_host == "[::1]:9100"
    off = PROJECT | {"FIREBASE_LOGIN_EMULATOR_HOST": ""}
    assert Config.from_mapping(off, environ=environ).emulator_host is None


def test_a_broken_variable_of_the_emulator_is_rejected_by_its_name():
    """The remedy names what to look at."""
    with pytest.raises(ConfigError, match="FIREBASE_AUTH_EMULATOR_HOST is 'nonsense'"):
        read(environ={"FIREBASE_AUTH_EMULATOR_HOST": "nonsense"})


def test_the_emulator_and_a_jwk_set_exclude_each_other():
    """With the emulator no signature is checked."""
    with pytest.raises(ConfigError, match="no signature is checked"):
        read(JWKS_URL="https://keys.example", EMULATOR_HOST="127.0.0.1:9099")


def test_keys_of_others_are_none_of_ours():
    """Whatever else the app is configured with, and whatever its keys are."""
    Config.from_mapping(PROJECT | {"SECRET_KEY": "x", 1: 2, "FIREBASE_OTHER": 1})


def make_app(**keys):
    app = Flask(__name__)
    app.config.update(PROJECT | {"SECRET_KEY": "x" * 32} | keys)
    return app


def test_an_app_without_a_secret_key_does_not_start():
    """The session cookie is signed with it."""
    with pytest.raises(ConfigError, match="SECRET_KEY is not set"):
        Config.from_app(make_app(SECRET_KEY=None))


def test_a_session_longer_than_flask_s_does_not_start():
    """The cookie would not be read any more."""
    with pytest.raises(ConfigError, match="PERMANENT_SESSION_LIFETIME"):
        Config.from_app(make_app(PERMANENT_SESSION_LIFETIME=timedelta(days=7)))
    Config.from_app(make_app(PERMANENT_SESSION_LIFETIME=timedelta(days=14)))


@pytest.mark.parametrize("name", ["DEBUG", "TESTING"])
def test_debug_and_testing_are_development(name):
    """Flask's own words for it."""
    assert not Config.from_app(make_app(**{name: True})).cookie_secure
    assert Config.from_app(make_app()).cookie_secure
