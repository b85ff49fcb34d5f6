"""The site's own credentials, through the real google-auth; Google's token endpoint is a double, as the real one knows no key of ours."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from flask_firebase_login import ConfigError
from flask_firebase_login.config import Config
from flask_firebase_login.errors import FirebaseDenied, FirebaseUnavailable
from flask_firebase_login.firebase.credentials import make_authorize


@pytest.fixture(scope="module")
def key():
    return RSAKey.generate_key(2048)


@pytest.fixture
def service_account(key):
    return {
        "type": "service_account",
        "project_id": "shop-prod",
        "private_key_id": "1",
        "private_key": key.as_pem(private=True).decode(),
        "client_email": "site@shop-prod.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }


class TokenEndpointDouble(httpx.BaseTransport):
    """Google's token endpoint: it takes assertions that the key has signed, and counts them."""

    def __init__(self, key):
        self._key = key
        self.answers = []
        self.asked = []

    def handle_request(self, request):
        form = parse_qs(request.read().decode())
        self.asked.append(json.loads(jws.deserialize_compact(form["assertion"][0], self._key).payload))
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return httpx.Response(200, json={"access_token": f"ya29.{len(self.asked)}", "expires_in": 3600, "token_type": "Bearer"})


@pytest.fixture
def endpoint(key):
    return TokenEndpointDouble(key)


@pytest.mark.parametrize("given", ["dict", "path"])
def test_an_access_token_is_asked_for_once_and_used_for_its_hour(given, service_account, endpoint, tmp_path):
    """For the one scope that is needed."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps(service_account))
    authorize = make_authorize(service_account if given == "dict" else str(path), endpoint)
    assert [authorize()["authorization"] for _ in range(3)] == ["Bearer ya29.1"] * 3
    (assertion,) = endpoint.asked
    assert assertion["iss"] == "site@shop-prod.iam.gserviceaccount.com"
    assert assertion["scope"] == "https://www.googleapis.com/auth/identitytoolkit"
    assert assertion["exp"] > datetime.now(UTC).timestamp()


REJECTED = {
    "an expired or deleted key": httpx.Response(
        400, json={"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    ),
    "an account that is gone": httpx.Response(401, json={"error": "invalid_client"}),
}


@pytest.mark.parametrize("answer", REJECTED.values(), ids=REJECTED)
def test_credentials_that_google_rejects_are_named(answer, service_account, endpoint):
    """With what to do, and without the key."""
    endpoint.answers = [answer] * 10
    with pytest.raises(FirebaseDenied, match="Make a new key") as denied:
        make_authorize(service_account, endpoint)()
    assert "PRIVATE KEY" not in str(denied.value)


def test_a_token_endpoint_out_of_reach_is_firebase_unavailable(service_account, endpoint):
    """The same as where Firebase itself is away."""
    endpoint.answers = [httpx.ConnectError("no network")] * 10
    with pytest.raises(FirebaseUnavailable) as unavailable:
        make_authorize(service_account, endpoint)()
    assert not isinstance(unavailable.value, FirebaseDenied)


@pytest.mark.parametrize(
    "content", ["", "{", "{}", '{"type": "service_account", "client_email": "a", "private_key": "b", "token_uri": "c"}']
)
def test_a_file_that_is_no_key_is_named_by_its_setting(content, tmp_path):
    """Its content is not."""
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(FirebaseDenied, match="download it anew"):
        make_authorize(str(path))


def test_a_machine_without_credentials_is_told_what_to_set(monkeypatch, tmp_path):
    """Application default credentials are looked for where Google says; this machine is no Google's."""
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(FirebaseDenied, match="FIREBASE_LOGIN_SERVICE_ACCOUNT"):
        make_authorize("application-default")


def test_google_auth_that_is_not_installed_is_named_with_its_extra(make_emulated_site, monkeypatch):
    """A site installs it where it needs it."""
    monkeypatch.setitem(sys.modules, "flask_firebase_login.firebase.credentials", None)
    firebase = make_emulated_site().app.extensions["firebase_login"].firebase
    with pytest.raises(ConfigError, match=r"flask-firebase-login\[admin\]"):
        firebase._load_credentials()


WRONG = {
    "a path that is no file": "/nowhere/key.json",
    "JSON of something else": '{"type": "authorized_user"}',
    "broken JSON": '{"type": ',
    "a dict without a key": {"type": "service_account", "client_email": "a@b"},
    "nothing": "",
    "a number": 7,
}


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
def test_a_service_account_that_is_none_stops_the_start(given):
    """Before anybody deletes an account."""
    with pytest.raises(ConfigError, match="FIREBASE_LOGIN_SERVICE_ACCOUNT"):
        Config.from_mapping({"FIREBASE_LOGIN_CONFIG": {"projectId": "shop-prod"}, "FIREBASE_LOGIN_SERVICE_ACCOUNT": given})


def test_a_service_account_is_in_no_repr(service_account):
    """A config that is printed tells no key."""
    keys = {"FIREBASE_LOGIN_CONFIG": {"projectId": "shop-prod"}, "FIREBASE_LOGIN_SERVICE_ACCOUNT": json.dumps(service_account)}
    config = Config.from_mapping(keys)
    assert config.service_account == service_account
    assert "PRIVATE" not in repr(config)


def test_check_revoked_needs_the_web_api_key():
    """Without it nobody could sign in."""
    keys = {"FIREBASE_LOGIN_CONFIG": {"projectId": "shop-prod"}, "FIREBASE_LOGIN_CHECK_REVOKED": True}
    with pytest.raises(ConfigError, match="apiKey"):
        Config.from_mapping(keys)
