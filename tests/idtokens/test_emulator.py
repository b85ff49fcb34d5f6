"""Unsigned tokens, for demo projects only."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from flask_firebase_login import ConfigError
from flask_firebase_login.errors import IDTokenRejected
from flask_firebase_login.idtokens import UnsignedVerifier
from forge import CLOCK, NOW, b64, good_claims, token

DEMO = "demo-shop"


def unsigned(header=None, **claims):
    payload = good_claims() | {"aud": DEMO, "iss": f"https://securetoken.google.com/{DEMO}"} | claims
    return f"{b64(json.dumps(header or {'alg': 'none', 'typ': 'JWT'}).encode())}.{b64(json.dumps(payload).encode())}."


def make_verifier(**options):
    return UnsignedVerifier(DEMO, clock=CLOCK, **options)


def test_an_unsigned_token_of_the_demo_project_is_taken():
    """The emulator's tokens have no signature, and everything else."""
    assert make_verifier().verify(unsigned()).uid == "ada"


def test_a_tenant_is_as_with_signed_tokens():
    """The one of the configuration, and no other."""
    theirs = unsigned(firebase={"sign_in_provider": "password", "tenant": "acme"})
    assert make_verifier(tenant_id="acme").verify(theirs).tenant_id == "acme"
    with pytest.raises(IDTokenRejected):
        make_verifier(tenant_id="other").verify(theirs)


@pytest.mark.parametrize("project_id", ["shop-prod", "demo", "Demo-shop", "my-demo-shop", " demo-shop"])
def test_no_other_project_takes_unsigned_tokens(project_id):
    """Only ids that Firebase keeps for projects that do not exist."""
    with pytest.raises(ConfigError, match="does not start with 'demo-'"):
        UnsignedVerifier(project_id, clock=CLOCK)


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        (token(), "id_token_untrusted"),
        (unsigned({"alg": "RS256"}), "id_token_untrusted"),
        (unsigned({"alg": "None"}), "id_token_untrusted"),
        (unsigned({"alg": "none", "crit": ["x"]}), "id_token_untrusted"),
        (unsigned() + "AAAA", "id_token_untrusted"),
        (unsigned()[:-1], "id_token_malformed"),
        (unsigned(aud="demo-other"), "id_token_wrong_project"),
        (unsigned(iss="https://session.firebase.google.com/demo-shop"), "id_token_wrong_project"),
        (unsigned(exp=NOW - 60), "id_token_expired"),
        (unsigned(iat=NOW + 60), "id_token_not_yet_valid"),
        (unsigned(sub=""), "id_token_malformed"),
        (unsigned(firebase={"sign_in_provider": "password", "tenant": "acme"}), "id_token_wrong_tenant"),
    ],
)
def test_every_other_check_holds(encoded, code):
    """Nothing but the signature is left out."""
    with pytest.raises(IDTokenRejected) as rejected:
        make_verifier().verify(encoded)
    assert rejected.value.code == code


def test_the_site_s_own_rules_hold_with_the_emulator_too():
    """Tenant, skew and age are those of the configuration."""
    verifier = make_verifier(tenant_id="acme", clock_skew=timedelta(0), max_age=timedelta(minutes=1))
    with pytest.raises(IDTokenRejected) as rejected:
        verifier.verify(unsigned(iat=NOW - 61))
    assert rejected.value.code == "id_token_expired"
