"""Every rejection is problem details with a stable code, and nothing is written by a rejected request."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flask_firebase_login import signals

JWT, JSON, PATCH = "application/jwt", "application/json", "application/merge-patch+json"
KIB = 1024


@pytest.fixture
def browser(site):
    return site.device("cookie")


def check_problem(answer, status, code):
    """A problem details (RFC 9457), with nothing of Python in it."""
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert set(problem) == {"type", "title", "status", "detail", "code"}
    assert problem["status"] == status
    assert problem["type"] == f"tag:flask-firebase-login,2026:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert "Traceback" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"", JWT, 400, "invalid_request"),
        (b"", JSON, 400, "invalid_request"),
        (b"", "", 415, "invalid_request"),
        (b"x", "text/plain", 415, "invalid_request"),
        (b"x", "application/x-www-form-urlencoded", 415, "invalid_request"),
        (b"x", "multipart/form-data; boundary=x", 415, "invalid_request"),
        (b"x", "nonsense", 415, "invalid_request"),
        (b"\xff\xfe", JWT, 400, "invalid_request"),
        (b'{"id_token": "\xff"}', JSON, 400, "invalid_request"),
        (b"not a token", JWT, 401, "id_token_malformed"),
        (b"a.b.c", JWT, 401, "id_token_malformed"),
        (b"{", JSON, 400, "invalid_request"),
        (b"[]", JSON, 400, "invalid_request"),
        (b"null", JSON, 400, "invalid_request"),
        (b'"token"', JSON, 400, "invalid_request"),
        (b"NaN", JSON, 400, "invalid_request"),
        (b"[" * 10_000, JSON, 400, "invalid_request"),
        (b"{}", JSON, 400, "invalid_request"),
        (b'{"id_token": null}', JSON, 400, "invalid_request"),
        (b'{"id_token": 1}', JSON, 400, "invalid_request"),
        (b'{"id_token": ["a.b.c"]}', JSON, 400, "invalid_request"),
        (b'{"id_token": ""}', JSON, 400, "invalid_request"),
        (b'{"id_token": "a.b.c"}', JSON, 401, "id_token_malformed"),
        (b'{"id_token": "\\ud800"}', JSON, 401, "id_token_malformed"),
        (b'{"id_token": "a.b.c", "uid": "admin"}', JSON, 400, "invalid_request"),
        (b'{"id_token": "a.b.c", "transport": "pigeon"}', JSON, 400, "invalid_request"),
        (b'{"id_token": "a.b.c", "transport": null}', JSON, 400, "invalid_request"),
        (b'{"id_token": "a.b.c", "transport": ["cookie"]}', JSON, 400, "invalid_request"),
        (b'{"id_token": "a.b.c", "client_name": ""}', JSON, 400, "invalid_request"),
        (b'{"id_token": "a.b.c", "client_name": 1}', JSON, 400, "invalid_request"),
        (b'{"id_token": "a.b.c", "client_name": "a\\nb"}', JSON, 400, "invalid_request"),
        (b'{"id_token": "a.b.c", "client_name": "' + b"x" * 81 + b'"}', JSON, 400, "invalid_request"),
        (b"x" * (20 * KIB), JWT, 401, "id_token_malformed"),
        (b"x" * (20 * KIB + 1), JWT, 413, "too_large"),
        (b"x" * (3 * KIB * KIB), JWT, 413, "too_large"),
        (b"x" * (20 * KIB + 1), JSON, 413, "too_large"),
    ],
)
def test_a_sign_in_that_cannot_be_read(site, browser, body, media_type, status, code):
    """Empty, huge, not UTF-8, of the wrong type, no object."""
    answer = browser.post("/auth/sign-in", data=body, content_type=media_type)
    check_problem(answer, status, code)
    assert "Set-Cookie" not in answer.headers
    assert (site.count("account"), site.count("session")) == (0, 0)


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"aud": "other"}, 401, "id_token_wrong_project"),
        ({"exp": 1}, 401, "id_token_expired"),
        ({"iat": 4_000_000_000}, 401, "id_token_not_yet_valid"),
        ({"sub": None}, 401, "id_token_malformed"),
        ({"firebase": {"sign_in_provider": "password", "tenant": "acme"}}, 401, "id_token_wrong_tenant"),
        ({"firebase": {"sign_in_provider": "anonymous"}}, 403, "anonymous_rejected"),
    ],
)
def test_an_id_token_of_each_kind(site, browser, claims, status, code):
    """Rejected with its code, and a 401 names the scheme."""
    body = site.issuer.mint(email="ada@example.com", claims=claims)
    answer = browser.post("/auth/sign-in", data=body, content_type=JWT)
    check_problem(answer, status, code)
    assert (answer.headers.get("WWW-Authenticate") == "Bearer") == (status == 401)
    assert site.count("account") == 0


def test_a_sign_in_by_raw_token_takes_parameters_of_the_content_type(browser, site):
    """Such as a charset."""
    body = site.issuer.mint(email="ada@example.com")
    assert browser.post("/auth/sign-in", data=body, content_type="application/jwt; charset=utf-8").status_code == 200


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"", PATCH, 400, "invalid_request"),
        (b"{", PATCH, 400, "invalid_request"),
        (b"[]", PATCH, 400, "invalid_request"),
        (b"\xff", PATCH, 400, "invalid_request"),
        (b'{"settings": {"x": NaN}}', PATCH, 400, "invalid_request"),
        (b"{}", "text/plain", 415, "invalid_request"),
        (b"{}", "", 415, "invalid_request"),
        (b'{"roles": ["admin"]}', PATCH, 422, "invalid_request"),
        (b'{"email": "eve@example.com"}', PATCH, 422, "invalid_request"),
        (b'{"name": 1}', PATCH, 422, "invalid_request"),
        (b'{"photo_url": "javascript:alert(1)"}', PATCH, 422, "invalid_request"),
        (b'{"settings": []}', PATCH, 422, "settings_invalid"),
        (b'{"settings": {"x": 1e400}}', PATCH, 422, "settings_invalid"),
        (b'{"settings": {"x": "\\u0000"}}', PATCH, 422, "settings_invalid"),
        (b'{"settings": {"x": "' + b"x" * (16 * KIB) + b'"}}', PATCH, 422, "settings_invalid"),
        (b'{"settings": {"x": "' + b"x" * (17 * KIB) + b'"}}', PATCH, 413, "too_large"),
    ],
)
def test_a_patch_that_cannot_be_applied(browser, body, media_type, status, code):
    """And the account stays as it was."""
    browser.sign_in()
    before = browser.get("/auth/account")
    check_problem(browser.patch("/auth/account", data=body, content_type=media_type), status, code)
    after = browser.get("/auth/account")
    assert (after.get_json(), after.headers["ETag"]) == (before.get_json(), before.headers["ETag"])


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"", PATCH, 400, "invalid_request"),
        (b"[]", PATCH, 400, "invalid_request"),
        (b'{"client_name": "Phone"}', "text/plain", 415, "invalid_request"),
        (b'{"client_name": "Phone"}', "", 415, "invalid_request"),
        (b'{"client_name": "Phone", "id": "x"}', PATCH, 422, "invalid_request"),
        (b'{"user_agent": "Phone"}', PATCH, 422, "invalid_request"),
        (b'{"client_name": 1}', PATCH, 422, "invalid_request"),
        (b'{"client_name": ["Phone"]}', JSON, 422, "invalid_request"),
        (b'{"client_name": "a\\nb"}', PATCH, 422, "invalid_request"),
        (b'{"client_name": "a\\u0000b"}', PATCH, 422, "invalid_request"),
        (b'{"client_name": "\\ud800"}', PATCH, 422, "invalid_request"),
        (b'{"client_name": "' + b"x" * 81 + b'"}', PATCH, 422, "invalid_request"),
        (b'{"client_name": "' + b"x" * (17 * KIB) + b'"}', PATCH, 413, "too_large"),
    ],
)
def test_a_name_of_a_device_that_cannot_be_kept(browser, body, media_type, status, code):
    """And the device is called as before."""
    session_id = browser.sign_in().get_json()["session"]["id"]
    check_problem(browser.patch(f"/auth/sessions/{session_id}", data=body, content_type=media_type), status, code)
    assert browser.get("/auth/sessions").get_json()["sessions"][0]["client_name"] == "cookie device"


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"", JSON, 400, "invalid_request"),
        (b"[]", JSON, 400, "invalid_request"),
        (b"{}", JSON, 400, "invalid_request"),
        (b'{"event": null}', JSON, 400, "invalid_request"),
        (b'{"event": ["password_changed"]}', JSON, 400, "invalid_request"),
        (b'{"event": {}}', JSON, 400, "invalid_request"),
        (b'{"event": "account_deleted"}', JSON, 400, "invalid_request"),
        (b'{"event": "password_changed", "account": "eve"}', JSON, 400, "invalid_request"),
        (b'{"event": "password_changed"}', "text/plain", 415, "invalid_request"),
        (b'{"event": "password_changed"}', "", 415, "invalid_request"),
        (b'{"event": "' + b"x" * (17 * KIB) + b'"}', JSON, 413, "too_large"),
    ],
)
def test_a_security_event_that_is_none(browser, body, media_type, status, code):
    """Nobody is told of it."""
    browser.sign_in()

    def receive(sender, **_):
        raise AssertionError

    with signals.security_changed.connected_to(receive):
        check_problem(browser.post("/auth/security-events", data=body, content_type=media_type), status, code)


def test_a_patch_that_is_nested_2500_deep(browser):
    """Python's parser gives up on some versions, and our own limit of levels holds on the others."""
    browser.sign_in()
    answer = browser.patch("/auth/account", data=b'{"settings":' + b'{"x":' * 2500 + b"1" + b"}" * 2501, content_type=PATCH)
    assert (answer.status_code, answer.get_json()["code"]) in [(400, "invalid_request"), (422, "settings_invalid")]


@pytest.mark.parametrize("if_match", ['"0-0"', "nonsense", "", 'W/"x"', '"1-999999999999999999999"'])
def test_an_if_match_that_names_no_version_of_this_account(browser, if_match):
    """412, and nothing is written."""
    browser.sign_in()
    check_problem(browser.patch("/auth/account", json={"name": "X"}, headers={"If-Match": if_match}), 412, "version_conflict")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/auth/nothing", 404, "not_found"),
        ("GET", "/auth/sessions/abc", 405, "invalid_request"),
        ("DELETE", "/auth/sessions/a/b", 404, "not_found"),
        ("DELETE", "/auth/sessions/-1", 401, "not_signed_in"),
        ("PUT", "/auth/account", 405, "invalid_request"),
        ("DELETE", "/auth/sign-in", 405, "invalid_request"),
        ("GET", "/auth/account", 401, "not_signed_in"),
        ("PATCH", "/auth/account", 401, "not_signed_in"),
        ("DELETE", "/auth/account", 401, "not_signed_in"),
        ("GET", "/auth/account/export", 401, "not_signed_in"),
        ("GET", "/auth/sessions", 401, "not_signed_in"),
        ("DELETE", "/auth/sessions", 401, "not_signed_in"),
        ("DELETE", "/auth/sessions/1", 401, "not_signed_in"),
        ("PATCH", "/auth/sessions/1", 401, "not_signed_in"),
        ("POST", "/auth/security-events", 401, "not_signed_in"),
        ("GET", "/auth/security-events", 405, "invalid_request"),
    ],
)
def test_a_request_that_has_no_answer(browser, method, path, status, code):
    """Not there, not that way, or not for nobody."""
    answer = browser.open(method, path)
    check_problem(answer, status, code)
    assert ("Allow" in answer.headers) == (status == 405)


def test_errors_of_the_rest_of_the_app_stay_its_own(browser):
    """Only what is under our prefix is answered by us."""
    assert "problem" not in browser.get("/nothing").content_type
    assert "problem" not in browser.open("PUT", "/private").content_type
    assert "problem" not in browser.get("/authors").content_type


def test_a_browser_gets_a_page_instead(browser):
    """The same sentence, escaped, and no script allowed."""
    answer = browser.patch(
        "/auth/account", json={"<script>alert(1)</script>": 1}, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    )
    assert answer.status_code == 401
    assert answer.content_type.startswith("text/html")
    assert "Sign in first" in answer.get_data(as_text=True)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    browser.sign_in()
    answer = browser.patch("/auth/account", json={"<script>": 1}, headers={"Accept": "text/html"})
    assert "<script>" not in answer.get_data(as_text=True)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), media_type=st.sampled_from([JWT, JSON]))
def test_no_body_makes_a_sign_in_fail_otherwise(browser, site, body, media_type):
    """Whatever bytes are sent."""
    answer = browser.post("/auth/sign-in", data=body, content_type=media_type)
    assert answer.status_code in (400, 401)
    assert answer.get_json()["code"] in ("invalid_request", "id_token_malformed")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
        max_leaves=10,
    )
)
def test_no_settings_make_a_patch_fail_otherwise(browser, value):
    """Taken and stored, or rejected with a code."""
    browser.sign_in()
    answer = browser.patch("/auth/account", data=json.dumps({"settings": value}), content_type=PATCH)
    assert answer.status_code in (200, 400, 422)
    assert browser.get("/auth/account").status_code == 200
