"""Every parser of outside bytes, called by itself: it returns what its type says, or raises the one error that it names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urljoin, urlsplit

from flask import Request
from hypothesis import strategies as st
from werkzeug.exceptions import ClientDisconnected
from werkzeug.test import EnvironBuilder

from flask_firebase_login import IDTokenVerifier
from flask_firebase_login.accounts.facts import read_facts
from flask_firebase_login.accounts.patches import MAX_SETTINGS_BYTES, check_patch, check_settings, merge
from flask_firebase_login.api.sign_in_requests import SignInRequest
from flask_firebase_login.config import _READERS, Config
from flask_firebase_login.errors import ConfigError, InvalidPatch, InvalidRequest, Rejected
from flask_firebase_login.handoff.user_codes import LETTERS, format_user_code, read_user_code
from flask_firebase_login.idtokens import ClaimRules, IDToken, UnsignedVerifier
from flask_firebase_login.idtokens.fetch import Fetched, FetchFailed
from flask_firebase_login.idtokens.keys import MAX_TTL, MIN_TTL, _KeySet
from flask_firebase_login.native_clients import NativeClient, read_native_clients
from flask_firebase_login.text import is_storable
from flask_firebase_login.web.bodies import MAX_PATCH_BYTES, read_object
from flask_firebase_login.web.redirects import safe_next
from forge import CLOCK, KEY, PROJECT_ID, FixedKeys, good_claims, good_header, sign_raw, token, unsigned
from outside import ANY_TEXT, DEEP, JSON, SCALARS, changed, encoded, spoilt

GOOD = token()
SIGNED = IDTokenVerifier(PROJECT_ID, FixedKeys(), clock=CLOCK)
UNSIGNED = UnsignedVerifier("demo-shop", clock=CLOCK)


def test_compact_tokens(fuzz):
    """Nothing but the genuine token is taken, and no verifier raises anything but a rejection."""

    def check(encoded_token):
        for verifier in (SIGNED, UNSIGNED):
            rejected = None
            try:
                verifier.verify(encoded_token)
            except Rejected as rejection:
                rejected = rejection
            if rejected is None:
                assert (verifier, encoded_token) == (SIGNED, GOOD)
            assert rejected is None or len(encoded_token) < 20 or encoded_token[:20] not in rejected.detail

    parts = st.lists(ANY_TEXT, max_size=5).map(".".join)
    fuzz(check, encoded_token=ANY_TEXT | parts | spoilt(GOOD, unsigned()) | DEEP)


def test_signed_headers_and_payloads(fuzz):
    """Google signs only what is well formed, but the verifier does not rely on that."""

    def check(header, payload):
        try:
            verified = SIGNED.verify(sign_raw(header, payload))
        except Rejected:
            return
        assert json.loads(header)["alg"] == "RS256"
        assert (verified.project_id, json.loads(payload)["aud"]) == (PROJECT_ID, PROJECT_ID)

    headers = st.one_of(st.just(encoded(good_header())), changed(good_header()).map(encoded), st.binary(max_size=60))
    payloads = st.one_of(
        st.just(encoded(good_claims())), changed(good_claims()).map(encoded), st.binary(max_size=60), DEEP.map(str.encode)
    )
    fuzz(check, header=headers, payload=payloads)


def test_claims(fuzz):
    """What is read can be stored, by every column that it fills."""
    rules = ClaimRules(PROJECT_ID)

    def check(claims):
        try:
            read = rules.read(claims, CLOCK())
        except Rejected:
            return
        assert isinstance(read, IDToken)
        assert 1 <= len(read.uid) <= 128
        assert read.issued_at.tzinfo is not None
        facts = read_facts(read)
        assert all(is_storable(fact) for fact in [read.uid, *facts["providers"], *facts.values()] if isinstance(fact, str))
        limits = {"provider_email": 320, "provider_name": 200, "provider_photo_url": 2048}
        assert all(facts[name] is None or len(facts[name]) <= limit for name, limit in limits.items())

    fuzz(check, claims=changed(good_claims()) | st.dictionaries(st.sampled_from(sorted(good_claims())), JSON))


def test_jwk_sets(fuzz):
    """Keys, or a failure of the fetch; the time that they are kept stays within its limits."""
    key = KEY.as_dict(private=False)
    now = datetime.now(UTC)

    def check(body, cache_control):
        try:
            key_set = _KeySet.read(Fetched(body, cache_control), now)
        except FetchFailed:
            return
        assert all(isinstance(key_id, str) for key_id in key_set.keys)
        assert MIN_TTL <= key_set.fresh_until - now <= MAX_TTL

    one = key | {"kid": "a", "use": "sig", "alg": "RS256"}
    sets = changed({"keys": [one]}) | changed(one).map(lambda spoilt_key: {"keys": [spoilt_key, one]})
    sets |= st.builds(lambda member: one | member, st.dictionaries(st.sampled_from([*one, "d", "oth", "x5c"]), JSON)).map(
        lambda spoilt_key: {"keys": [spoilt_key]}
    )
    bodies = st.binary(max_size=200) | JSON.map(encoded) | sets.map(encoded) | DEEP.map(str.encode)
    ages = st.integers().map(lambda age: f"public, max-age={age}")
    fuzz(check, body=bodies, cache_control=ANY_TEXT | spoilt("public, max-age=21600, must-revalidate") | ages)


def make_request(body, content_type="application/json", **environ):
    environ = {"CONTENT_TYPE": content_type, **environ}
    return Request(EnvironBuilder(method="POST", data=body, environ_overrides=environ).get_environ())


BODIES = (
    st.binary(max_size=400)
    | JSON.map(encoded)
    | DEEP.map(str.encode)
    | st.integers(17_000, 30_000).map(lambda size: b" " * size)
)


def test_bodies(fuzz):
    """A JSON object, or a rejection (Werkzeug's own 400 where fewer bytes come than were said), whatever the length is said to be."""

    def check(body, length):
        try:
            parsed = read_object(
                make_request(body, **({"CONTENT_LENGTH": length} if length is not None else {})), MAX_PATCH_BYTES
            )
        except (InvalidRequest, ClientDisconnected):
            return
        assert isinstance(parsed, dict)
        assert len(body) <= MAX_PATCH_BYTES or length is not None

    fuzz(check, body=BODIES, length=st.none() | st.integers(-5, 500).map(str) | st.text(max_size=5))


def test_sign_in_requests(fuzz):
    """A request that can be carried out, or a rejection."""
    good = {"id_token": "a.b.c", "transport": "bearer", "client_name": "Ada's phone"}

    def check(body, content_type):
        try:
            asked = SignInRequest.read(make_request(body, content_type))
        except InvalidRequest:
            return
        assert asked.id_token
        assert asked.transport in ("cookie", "bearer")
        assert asked.client_name is None or (1 <= len(asked.client_name) <= 80 and is_storable(asked.client_name))
        assert asked.id_token not in repr(asked) or len(asked.id_token) < 10

    types = st.sampled_from(["application/json", "application/jwt", "application/json; charset=latin-1", "text/plain", ""])
    fuzz(
        check,
        body=BODIES | changed(good).map(encoded) | ANY_TEXT.map(lambda text: text.encode(errors="surrogatepass")),
        content_type=types | st.text(max_size=30),
    )


def test_merge_patches(fuzz):
    """Settings that fit every database, or a rejection; a patch that is applied twice is applied once."""

    def check(settings, patch):
        try:
            check_patch(patch)
            settings = check_settings(settings)
            kept = check_settings(merge(settings, patch.get("settings") or {}))
        except InvalidPatch:
            return
        assert merge(kept, patch.get("settings") or {}) == kept
        assert len(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()) <= MAX_SETTINGS_BYTES

    objects = st.dictionaries(ANY_TEXT, JSON, max_size=4)
    patches = st.dictionaries(
        st.sampled_from(["name", "photo_url", "settings", "roles"]) | ANY_TEXT, JSON | spoilt("https://example.com/a.png")
    )
    fuzz(check, settings=objects, patch=patches | st.fixed_dictionaries({"settings": objects}))


def test_next(fuzz):
    """Whatever a browser or a server behind makes of it, it leads to this host."""
    here = "https://site.example"

    def check(target):
        led = safe_next(target, "/default")
        read = led
        for _ in range(8):
            as_a_browser_reads = "".join(c for c in read.strip() if c not in "\t\r\n").replace("\\", "/")
            assert as_a_browser_reads.startswith("/")
            assert not as_a_browser_reads.startswith("//")
            parts = urlsplit(urljoin(f"{here}/auth/sign-in", as_a_browser_reads))
            assert (parts.scheme, parts.netloc) == ("https", "site.example")
            read = unquote(read.split("?", 1)[0].split("#", 1)[0])

    pieces = st.lists(
        st.sampled_from(
            [
                "/",
                "//",
                "\\",
                "%2f",
                "%5c",
                "%252f",
                "%2e",
                "..",
                "evil.example",
                "https:",
                "javascript:",
                "@",
                ":",
                "?",
                "#",
                "\t",
                "%09",
                "\n",
                " ",
                "\x00",
                "%00",
                "a",
                "\u3000",
                "\uff0f",
            ]
        ),
        max_size=8,
    ).map("".join)
    fuzz(check, target=ANY_TEXT | pieces | pieces.map(lambda text: "/" + text) | spoilt("/notes?page=2#top", "/a/b%20c"))


def test_configuration_values(fuzz):
    """Every key, of any type and text: a configuration, or a ConfigError."""
    good = {
        "CONFIG": '{"projectId": "shop-prod", "authDomain": "shop-prod.firebaseapp.com"}',
        "ALLOWED_ORIGINS": "https://app.example.com",
        "JWKS_URL": "https://keys.example.com/jwks",
        "URL_PREFIX": "/members/auth",
        "EMULATOR_HOST": "127.0.0.1:9099",
        "SIGN_IN_NEXT": "/home",
    }

    def check(name, value):
        given = {"FIREBASE_LOGIN_CONFIG": {"projectId": "demo-shop"}, f"FIREBASE_LOGIN_{name}": value}
        try:
            config = Config.from_mapping(given)
        except ConfigError:
            return
        assert isinstance(config.session_ttl, timedelta)

    odd = st.timedeltas() | st.integers() | st.floats() | st.integers(10**300, 10**400) | st.sets(ANY_TEXT, max_size=3)
    texts = spoilt(*good.values())
    values = SCALARS | JSON | odd | texts | st.lists(texts, max_size=3) | spoilt("http://[::1]:5173").map(lambda text: [text])
    fuzz(check, name=st.sampled_from(sorted(_READERS)), value=values)


def test_user_codes(fuzz):
    """Eight letters of twenty, however they are typed, or nothing."""

    def check(typed):
        letters = read_user_code(typed)
        assert letters is None or (len(letters) == 8 and set(letters) <= set(LETTERS))
        if letters is not None:
            assert read_user_code(format_user_code(letters).lower()) == letters

    fuzz(check, typed=ANY_TEXT | st.text(f"{LETTERS}{LETTERS.lower()}- ßİAEIOU01", max_size=20))


def test_redirect_uris(fuzz):
    """The registered one alone, and on a loopback address any port."""
    registered = ["com.example.notes:/x", "https://app.example/x?y=z", "http://127.0.0.1/x", "http://[::1]"]
    client = NativeClient("notes", "Notes", tuple(registered))

    def check(redirect_uri):
        if client.takes(redirect_uri) and redirect_uri not in registered:
            parts = urlsplit(redirect_uri)
            assert parts.port in range(1, 65536)
            assert redirect_uri.replace(f":{parts.port}", "", 1) in registered or parts.netloc.startswith("[::1]:")
            assert (parts.hostname, parts.username, parts.fragment) in {("127.0.0.1", None, ""), ("::1", None, "")}

    ports = st.integers(-1, 70_000).map(str) | st.sampled_from(["", "080", "٣", "1@evil.example"])
    loopback = st.builds(
        "{}:{}{}".format, st.sampled_from(["http://127.0.0.1", "http://[::1]"]), ports, st.sampled_from(["/x", "", "/"])
    )
    fuzz(check, redirect_uri=ANY_TEXT | loopback | st.sampled_from(registered).flatmap(spoilt))


def test_registered_clients(fuzz):
    """Whatever is configured: clients, or a ConfigError."""

    def check(configured):
        try:
            clients = read_native_clients("KEY", configured)
        except ConfigError:
            return
        for client in clients.values():
            assert client.name
            assert client.redirect_uris or client.device_code
            assert all(client.takes(uri) for uri in client.redirect_uris)

    members = st.fixed_dictionaries({}, optional={"name": SCALARS, "redirect_uris": st.lists(ANY_TEXT), "device_code": SCALARS})
    fuzz(check, configured=JSON | st.dictionaries(st.text("abc-~ ", max_size=4), members | JSON))
