"""Which App Check tokens are taken, and which are rejected, for what reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forge
from flask_firebase_login import IDTokenVerifier
from flask_firebase_login.errors import AppCheckInvalid, IDTokenRejected, KeysUnavailable
from flask_firebase_login.idtokens import AppCheckVerifier, PublicKeys
from flask_firebase_login.idtokens.app_check import MAX_APP_ID_CHARACTERS
from flask_firebase_login.idtokens.fetch import FetchFailed
from forge import CLOCK, EC_KEY, KEY, NOW, OTHER_KEY, PROJECT_ID, FixedKeys, b64, good_header, sign_raw
from outside import ANY_TEXT, JSON

NUMBER = "123456789012"
APP_ID = f"1:{NUMBER}:android:0123456789abcdef"
ISSUER = f"https://firebaseappcheck.googleapis.com/{NUMBER}"
SKEW = 10


def good_claims():
    return {
        "sub": APP_ID,
        "aud": [f"projects/{NUMBER}", f"projects/{PROJECT_ID}"],
        "provider": "play_integrity",
        "iss": ISSUER,
        "exp": NOW + 3540,
        "iat": NOW - 60,
        "jti": "a-token-s-own-name",
    }


def token(header=None, key=KEY, **claims):
    return forge.token(good_header() | (header or {}), good_claims() | claims, key)


def without_claim(name):
    return forge.token(claims={claim: value for claim, value in good_claims().items() if claim != name})


def without_header(name):
    return forge.token({member: value for member, value in good_header().items() if member != name}, good_claims())


def as_alg(alg, key):
    header = json.dumps(good_header() | {"alg": alg}).encode()
    return sign_raw(header, json.dumps(good_claims()).encode(), key, alg)


def raw_payload(payload: bytes) -> str:
    return sign_raw(json.dumps(good_header()).encode(), payload)


def part(number: int, change: Callable[[str], str]) -> str:
    """A good token with one of its parts changed after signing."""
    parts = token().split(".")
    parts[number] = change(parts[number])
    return ".".join(parts)


REJECTED: dict[str, tuple[Callable[[], str], str]] = {
    # Algorithms, keys and headers
    "alg none, signed": (lambda: token({"alg": "none"}), "untrusted"),
    "alg none, unsigned": (lambda: token({"alg": "none"}).rpartition(".")[0] + ".", "untrusted"),
    "alg HS256 with the public key": (forge.hmac_with_public_key, "untrusted"),
    "alg RS512": (lambda: as_alg("RS512", KEY), "untrusted"),
    "alg PS256": (lambda: as_alg("PS256", KEY), "untrusted"),
    "alg ES256": (lambda: as_alg("ES256", EC_KEY), "untrusted"),
    "alg in lower case": (lambda: token({"alg": "rs256"}), "untrusted"),
    "alg missing": (lambda: without_header("alg"), "untrusted"),
    "signed by another key under our kid": (lambda: token(key=OTHER_KEY), "untrusted"),
    "another key, offered as jwk": (lambda: token({"jwk": OTHER_KEY.as_dict(private=False)}, key=OTHER_KEY), "untrusted"),
    "another key, offered as jku": (lambda: token({"jku": "https://evil.example/jwks"}, key=OTHER_KEY), "untrusted"),
    "kid unknown": (lambda: token({"kid": "key-2"}), "untrusted"),
    "kid missing": (lambda: without_header("kid"), "untrusted"),
    "kid a list": (lambda: token({"kid": ["key-1"]}), "untrusted"),
    "crit": (lambda: token({"crit": ["exp"], "exp": 1}), "untrusted"),
    "b64 false": (lambda: token({"b64": False}), "untrusted"),
    "typ missing": (lambda: without_header("typ"), "malformed"),
    "typ of another kind": (lambda: token({"typ": "at+jwt"}), "malformed"),
    "typ in lower case": (lambda: token({"typ": "jwt"}), "malformed"),
    "typ a list": (lambda: token({"typ": ["JWT"]}), "malformed"),
    "header with alg twice": (
        lambda: sign_raw(b'{"alg":"none","alg":"RS256","kid":"key-1","typ":"JWT"}', json.dumps(good_claims()).encode()),
        "malformed",
    ),
    # Encodings
    "empty": (lambda: "", "malformed"),
    "no token at all": (lambda: "genuine", "malformed"),
    "what the SDK sends where it has none": (lambda: "eyJlcnJvciI6IlVOS05PV05fRVJST1IifQ==", "malformed"),
    "two parts": (lambda: token().rpartition(".")[0], "malformed"),
    "four parts": (lambda: token() + ".x", "malformed"),
    "two tokens in one header": (lambda: f"{token()},{token()}", "malformed"),
    "a space before": (lambda: " " + token(), "malformed"),
    "padding": (lambda: token() + "==", "malformed"),
    "a letter that is not ASCII": (lambda: part(1, lambda text: text[:20] + "é" + text[21:]), "malformed"),
    "16 KiB and one": (lambda: forge.of_length(16 * 1024 + 1), "malformed"),
    "payload changed after signing": (lambda: part(1, lambda _: b64(json.dumps(good_claims()).encode() + b" ")), "untrusted"),
    "signature cut": (lambda: part(2, lambda text: text[:-6]), "untrusted"),
    "signature empty": (lambda: part(2, lambda _: ""), "untrusted"),
    "payload no JSON": (lambda: raw_payload(b"hello"), "malformed"),
    "payload a list": (lambda: raw_payload(b"[]"), "malformed"),
    "payload with aud twice": (
        lambda: raw_payload(json.dumps(good_claims()).encode().replace(b"{", b'{"aud": ["projects/1"], ', 1)),
        "malformed",
    ),
    "payload nested 3000 deep": (lambda: raw_payload(b'{"x":' * 3000 + b"1" + b"}" * 3000), "malformed"),
    # Project
    "an ID token of the same project": (forge.token, "malformed"),
    "another project's number in iss": (lambda: token(iss="https://firebaseappcheck.googleapis.com/999"), "wrong_project"),
    "the project's id in iss": (lambda: token(iss=f"https://firebaseappcheck.googleapis.com/{PROJECT_ID}"), "wrong_project"),
    "iss without a number": (lambda: token(iss="https://firebaseappcheck.googleapis.com/"), "wrong_project"),
    "iss with more behind": (lambda: token(iss=f"{ISSUER}1"), "wrong_project"),
    "iss with a slash behind": (lambda: token(iss=f"{ISSUER}/"), "wrong_project"),
    "iss of another host": (
        lambda: token(iss=f"https://firebaseappcheck.googleapis.com.evil.example/{NUMBER}"),
        "wrong_project",
    ),
    "iss over http": (lambda: token(iss=ISSUER.replace("https", "http")), "wrong_project"),
    "iss of ID tokens": (lambda: token(iss=f"https://securetoken.google.com/{PROJECT_ID}"), "wrong_project"),
    "iss missing": (lambda: without_claim("iss"), "malformed"),
    "iss a list": (lambda: token(iss=[ISSUER]), "malformed"),
    "another project in aud": (lambda: token(aud=["projects/999", "projects/other"]), "wrong_project"),
    "the project's id alone in aud": (lambda: token(aud=[f"projects/{PROJECT_ID}"]), "wrong_project"),
    "the number without projects/ in aud": (lambda: token(aud=[NUMBER]), "wrong_project"),
    "aud with more behind": (lambda: token(aud=[f"projects/{NUMBER}1"]), "wrong_project"),
    "aud with other things": (lambda: token(aud=[1, None, {}, []]), "wrong_project"),
    "aud empty": (lambda: token(aud=[]), "wrong_project"),
    "aud a text": (lambda: token(aud=f"projects/{NUMBER}"), "malformed"),
    "aud an object": (lambda: token(aud={f"projects/{NUMBER}": 1}), "malformed"),
    "aud missing": (lambda: without_claim("aud"), "malformed"),
    # The app
    "sub missing": (lambda: without_claim("sub"), "malformed"),
    "sub empty": (lambda: token(sub=""), "malformed"),
    "sub of 257 characters": (lambda: token(sub="a" * 257), "malformed"),
    "sub a number": (lambda: token(sub=1), "malformed"),
    "sub a list": (lambda: token(sub=[APP_ID]), "malformed"),
    "sub with a NUL": (lambda: token(sub=f"{APP_ID}\0"), "malformed"),
    # Times
    "exp missing": (lambda: without_claim("exp"), "malformed"),
    "exp a text": (lambda: token(exp=str(NOW + 60)), "malformed"),
    "exp true": (lambda: token(exp=True), "malformed"),
    "exp NaN": (lambda: token(exp=float("nan")), "malformed"),
    "exp beyond all years": (lambda: token(exp=10**15), "malformed"),
    "exp at the edge": (lambda: token(exp=NOW - SKEW), "expired"),
    "exp long past": (lambda: token(exp=NOW - 86400), "expired"),
    "iat in the future": (lambda: token(iat=NOW + SKEW + 1), "not_yet_valid"),
    "iat a text": (lambda: token(iat=str(NOW)), "malformed"),
    "nbf in the future": (lambda: token(nbf=NOW + SKEW + 1), "not_yet_valid"),
    "nbf null": (lambda: token(nbf=None), "malformed"),
}

TAKEN: dict[str, Callable[[], str]] = {
    "as Firebase issues it": token,
    "with the audience in another order": lambda: token(aud=[f"projects/{PROJECT_ID}", f"projects/{NUMBER}"]),
    "with the number alone in its audience": lambda: token(aud=[f"projects/{NUMBER}"]),
    "with a jku, which is not obeyed": lambda: token({"jku": "https://evil.example/jwks"}),
    "without iat": lambda: without_claim("iat"),
    "with iat at the edge of the skew": lambda: token(iat=NOW + SKEW),
    "with nbf at the edge of the skew": lambda: token(nbf=NOW + SKEW),
    "with exp just within the skew": lambda: token(exp=NOW - SKEW + 1),
    "good for seven days": lambda: token(exp=NOW + 7 * 86400),
    "of a provider of the site's own": lambda: token(provider="custom"),
}


def make_verifier(**options):
    return AppCheckVerifier(NUMBER, FixedKeys(), clock=CLOCK, **options)


def test_the_mutation_table_is_as_long_as_was_promised():
    """At least 30 rows, each with a token of its own."""
    assert len(REJECTED) >= 30


@pytest.mark.parametrize("row", REJECTED)
def test_a_spoilt_token_is_rejected_with_its_reason(row):
    """Each row changes one thing of a good token; one code for clients, and a reason for the site."""
    make, reason = REJECTED[row]
    with pytest.raises(AppCheckInvalid) as rejected:
        make_verifier().verify(make())
    assert (rejected.value.code, rejected.value.status, rejected.value.reason) == ("app_check_invalid", 403, reason)


@pytest.mark.parametrize("row", REJECTED)
def test_a_rejection_echoes_no_part_of_the_token(row):
    """Nor does it speak of an ID token: each kind is called by its own name."""
    encoded = REJECTED[row][0]()
    with pytest.raises(AppCheckInvalid) as rejected:
        make_verifier().verify(encoded)
    told = rejected.value.detail + repr(rejected.value)
    assert not any(part and part in told for part in encoded.split(".") if len(part) > 8)
    assert "ID token" not in told


@pytest.mark.parametrize("row", TAKEN)
def test_a_good_token_is_taken(row):
    """Whatever is not a rule is no reason to reject."""
    assert make_verifier().verify(TAKEN[row]()).app_id == APP_ID


def test_a_verified_token_tells_which_app_it_is():
    """And until when; its claims are in no repr."""
    app = make_verifier().verify(token())
    assert (app.app_id, app.project_number) == (APP_ID, NUMBER)
    assert app.expires_at == CLOCK() + timedelta(seconds=3540)
    assert app.claims["provider"] == "play_integrity"
    assert "play_integrity" not in repr(app)


def test_an_app_s_id_may_be_as_long_as_the_limit():
    """A single character is an id, too; one more than the limit is none."""
    for app_id in ("1", "1" * MAX_APP_ID_CHARACTERS):
        assert make_verifier().verify(token(sub=app_id)).app_id == app_id
    for app_id in ("", "1" * (MAX_APP_ID_CHARACTERS + 1)):
        with pytest.raises(AppCheckInvalid) as rejected:
            make_verifier().verify(token(sub=app_id))
        assert rejected.value.reason == "malformed"
        assert f"1 to {MAX_APP_ID_CHARACTERS} characters" in rejected.value.detail


def test_only_the_apps_that_are_named_are_taken():
    """An app of the same project that the site does not name is rejected, and the remedy is told."""
    assert make_verifier(app_ids=[APP_ID]).verify(token()).app_id == APP_ID
    with pytest.raises(AppCheckInvalid, match="FIREBASE_LOGIN_APP_CHECK_APP_IDS") as rejected:
        make_verifier(app_ids=[APP_ID]).verify(token(sub=f"{APP_ID}0"))
    assert rejected.value.reason == "wrong_app"


def test_the_clock_skew_is_what_was_configured():
    """The same as for ID tokens."""
    make_verifier(clock_skew=timedelta(seconds=60)).verify(token(exp=NOW - 59))
    with pytest.raises(AppCheckInvalid):
        make_verifier(clock_skew=timedelta(0)).verify(token(exp=NOW))


def test_an_app_check_token_is_no_id_token():
    """Even where both were signed by the same key."""
    with pytest.raises(IDTokenRejected):
        IDTokenVerifier(PROJECT_ID, FixedKeys(), clock=CLOCK).verify(token())


def test_without_keys_nothing_is_said_of_the_token():
    """The same 503 as for ID tokens, from the same cache."""

    def fail(url):
        raise FetchFailed("no network")

    verifier = AppCheckVerifier(NUMBER, PublicKeys("https://keys.example", fetch=fail, clock=CLOCK), clock=CLOCK)
    with pytest.raises(KeysUnavailable) as rejected:
        verifier.verify(token())
    assert rejected.value.status == 503
    with pytest.raises(KeysUnavailable):
        verifier.warm()


def test_warming_the_verifier_warms_its_keys():
    """For a worker's start hook."""
    keys = FixedKeys()
    AppCheckVerifier(NUMBER, keys, clock=CLOCK).warm()
    assert keys.is_warm


@given(ANY_TEXT | st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT).map(".".join))
def test_no_text_makes_the_verifier_fail_otherwise(text):
    """Whatever is sent, the answer is a rejection."""
    with pytest.raises(AppCheckInvalid):
        make_verifier().verify(text)


@settings(deadline=None)
@given(name=st.sampled_from(sorted(good_claims())), value=JSON)
def test_a_signed_token_with_any_claim_changed_is_verified_or_rejected(name, value):
    """Even what Firebase itself signed cannot make the verifier fail otherwise."""
    try:
        app = make_verifier().verify(token(**{name: value}))
    except AppCheckInvalid:
        return
    assert app.app_id
