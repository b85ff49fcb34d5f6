"""What the doctor says of the sign-in providers that Firebase has enabled; Google's own API is a double, as the emulator has none of it."""

from __future__ import annotations

import json

import httpx
import pytest

from flask_firebase_login.clock import utc_now
from flask_firebase_login.firebase.calls import Calls
from flask_firebase_login.firebase.identity_toolkit import IdentityToolkit
from sites import Site
from terminal import run

PROJECT = "/admin/v2/projects/local-test-project"
EVERYTHING = {
    f"{PROJECT}/config": {
        "signIn": {"email": {"enabled": True}, "phoneNumber": {"enabled": True}, "anonymous": {"enabled": True}},
    },
    f"{PROJECT}/defaultSupportedIdpConfigs": {
        "defaultSupportedIdpConfigs": [{"name": "projects/p/x/google.com", "enabled": True}]
    },
    f"{PROJECT}/oauthIdpConfigs": {"oauthIdpConfigs": [{"name": "projects/p/x/oidc.corp", "enabled": True}]},
    f"{PROJECT}/inboundSamlConfigs": {},
}
WITH_PASSWORDS = {"signIn": {"email": {"enabled": True, "passwordRequired": True}}}
OWNED = {
    "FIREBASE_LOGIN_SERVICE_ACCOUNT": "application-default",
    "FIREBASE_LOGIN_PROVIDERS": ["google.com", "oidc.corp", "password", "emailLink", "phone"],
}


class AdminDouble(httpx.BaseTransport):
    """The configuration of a project, page by page, as `projects.getConfig` and the lists tell it; or a rejection."""

    def __init__(self, answers, status=200):
        self._answers, self._status = answers, status

    def handle_request(self, request):
        assert request.method == "GET"
        if self._status != 200:
            return httpx.Response(self._status, json={"error": {"status": "PERMISSION_DENIED", "message": "No."}})
        answer = self._answers[request.url.path]
        if isinstance(answer, list):
            page = int(request.url.params.get("pageToken", 0))
            more = {"nextPageToken": str(page + 1)} if page + 1 < len(answer) else {}
            answer = answer[page] | more
        return httpx.Response(200, json=answer)


@pytest.fixture
def examine(firebase_issuer, tmp_path):
    """A function that runs the doctor on a site in production whose Firebase project answers so; returns findings and what was not checked."""
    made = []

    def examine(answers, status=200, **config):
        site = Site(f"sqlite:///{tmp_path / 'site.db'}", firebase_issuer, utc_now, **(OWNED | config))
        site.app.testing = False
        made.append(site)
        firebase = site.app.extensions["firebase_login"].firebase
        calls = Calls(transport=AdminDouble(answers, status))
        tenant = config.get("FIREBASE_LOGIN_TENANT_ID")
        firebase._loaded = IdentityToolkit(
            "https://identitytoolkit.googleapis.com/v1",
            "local-test-project",
            tenant_id=tenant,
            calls=calls,
            calls_of_users=calls,
        )
        report = json.loads(run(site.app, "doctor", "--json").stdout)
        return {finding["code"]: finding for finding in report["findings"]}, report["not_checked"]

    yield examine
    for site in made:
        site.close()


def test_what_is_offered_and_enabled_is_no_finding(examine):
    """Google, OpenID Connect, passwords, links and telephone numbers."""
    findings, unchecked = examine(EVERYTHING)
    assert not {"providers_disabled", "providers_unread"} & set(findings)
    assert not any("providers" in text for text in unchecked)


@pytest.mark.parametrize(
    ("path", "answer", "named"),
    [
        ("config", {}, "password, emailLink, phone"),
        ("config", WITH_PASSWORDS, "emailLink, phone"),
        ("defaultSupportedIdpConfigs", {"defaultSupportedIdpConfigs": [{"name": "x/google.com"}]}, "google.com"),
        ("defaultSupportedIdpConfigs", {}, "google.com"),
        ("oauthIdpConfigs", {"oauthIdpConfigs": [{"name": "x/oidc.other", "enabled": True}]}, "oidc.corp"),
        ("oauthIdpConfigs", {"oauthIdpConfigs": ["nonsense"]}, "oidc.corp"),
    ],
)
def test_what_is_offered_and_not_enabled_is_named(examine, path, answer, named):
    """With what to do."""
    findings, _ = examine(EVERYTHING | {f"{PROJECT}/{path}": answer})
    finding = findings["providers_disabled"]
    assert f"has not enabled: {named}." in finding["problem"]
    assert "Sign-in method" in finding["remedy"]


def test_lists_are_read_to_their_end(examine):
    """Google tells them page by page."""
    pages = [{"oauthIdpConfigs": [{"name": f"x/oidc.{name}", "enabled": True}]} for name in ("first", "corp")]
    findings, _ = examine(EVERYTHING | {f"{PROJECT}/oauthIdpConfigs": pages})
    assert "providers_disabled" not in findings


def test_a_tenant_has_ways_of_its_own(examine):
    """Those of the project do not count there."""
    tenant = f"{PROJECT}/tenants/corp-1"
    answers = {path.replace(PROJECT, tenant): answer for path, answer in EVERYTHING.items()} | {
        f"{PROJECT}/config": EVERYTHING[f"{PROJECT}/config"],
        tenant: {"allowPasswordSignup": True, "enableEmailLinkSignin": False},
    }
    findings, _ = examine(answers, FIREBASE_LOGIN_TENANT_ID="corp-1")
    assert "has not enabled: emailLink." in findings["providers_disabled"]["problem"]


def test_firebase_that_denies_is_a_finding(examine):
    """With the role that is missing."""
    findings, _ = examine(EVERYTHING, status=403)
    assert "Firebase Authentication Admin" in findings["providers_unread"]["problem"]


def test_without_credentials_it_is_not_checked_and_said_so(examine):
    """Firebase tells its owner alone."""
    findings, unchecked = examine({}, FIREBASE_LOGIN_SERVICE_ACCOUNT=None)
    assert "providers_disabled" not in findings
    assert any("Set FIREBASE_LOGIN_SERVICE_ACCOUNT" in text for text in unchecked)
