"""Everything that a wrong or hostile app, page or person does at the second door: each is refused by name, and nothing is issued."""

from __future__ import annotations

import pytest

from second_door import REDIRECT_URI, VERIFIER, challenge_of, led_to

LONG = "x" * 2000
FORM = "application/x-www-form-urlencoded"

SHOWN = {
    "no client": {"client_id": None},
    "a client that is not registered": {"client_id": "stranger"},
    "a client by its name": {"client_id": "Notes"},
    "a client in capitals": {"client_id": "NOTES"},
    "two clients": {"client_id": ["notes", "other"]},
    "a client that has no redirect URIs": {"client_id": "tv"},
    "no redirect URI": {"redirect_uri": None},
    "two redirect URIs": {"redirect_uri": [REDIRECT_URI, "https://evil.example/"]},
    "one character more": {"redirect_uri": f"{REDIRECT_URI}x"},
    "one character less": {"redirect_uri": REDIRECT_URI[:-1]},
    "a slash at the end": {"redirect_uri": f"{REDIRECT_URI}/"},
    "two slashes behind the scheme": {"redirect_uri": "com.example.notes://signed-in"},
    "another path": {"redirect_uri": "com.example.notes:/other"},
    "a path in capitals": {"redirect_uri": "com.example.notes:/Signed-In"},
    "a scheme in capitals": {"redirect_uri": "COM.EXAMPLE.NOTES:/signed-in"},
    "a scheme that is not registered": {"redirect_uri": "com.evil.notes:/signed-in"},
    "a query behind": {"redirect_uri": f"{REDIRECT_URI}?next=evil"},
    "a fragment behind": {"redirect_uri": f"{REDIRECT_URI}#"},
    "a space behind": {"redirect_uri": f"{REDIRECT_URI} "},
    "a line's end behind": {"redirect_uri": f"{REDIRECT_URI}\n"},
    "encoded": {"redirect_uri": "com.example.notes:%2Fsigned-in"},
    "encoded twice": {"redirect_uri": "https%3A%2F%2Fapp.example%2Fsigned-in"},
    "a port": {"redirect_uri": "https://app.example:443/signed-in"},
    "http": {"redirect_uri": "http://app.example/signed-in"},
    "a user name": {"redirect_uri": "https://app.example@evil.example/signed-in"},
    "a backslash": {"redirect_uri": "https://evil.example\\@app.example/signed-in"},
    "a host below it": {"redirect_uri": "https://app.example.evil.example/signed-in"},
    "dot segments": {"redirect_uri": "https://app.example/x/../signed-in"},
    "a quotation mark, which Authlib would choke on": {"redirect_uri": 'https://app.example/"'},
    "localhost": {"redirect_uri": "http://localhost:5000/callback"},
    "a loopback address with TLS": {"redirect_uri": "https://127.0.0.1:5000/callback"},
    "another loopback address": {"redirect_uri": "http://127.0.0.2:5000/callback"},
    "a loopback address as a number": {"redirect_uri": "http://2130706433/callback"},
    "a loopback address with another path": {"redirect_uri": "http://127.0.0.1:5000/callback/x"},
    "a loopback address as a user name": {"redirect_uri": "http://127.0.0.1:5000@evil.example/callback"},
    "a loopback address as a part": {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
    "a loopback port that there is not": {"redirect_uri": "http://127.0.0.1:65536/callback"},
    "a loopback port of letters": {"redirect_uri": "http://127.0.0.1:50a0/callback"},
    "a loopback port that is empty": {"redirect_uri": "http://127.0.0.1:/callback"},
    "a loopback port with a zero in front": {"redirect_uri": "http://127.0.0.1:080/callback"},
    "a scheme that runs scripts": {"redirect_uri": "javascript:alert(1)"},
    "more than an address holds": {"state": LONG},
}

LED_BACK = {
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "neither challenge nor method": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "a plain challenge": ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
    "no method, which would mean plain": ({"code_challenge_method": None}, "invalid_request"),
    "a method that there is not": ({"code_challenge_method": "S512"}, "invalid_request"),
    "a method in small letters": ({"code_challenge_method": "s256"}, "invalid_request"),
    "a challenge that is too short": ({"code_challenge": "c" * 42}, "invalid_request"),
    "a challenge that is too long": ({"code_challenge": "c" * 44}, "invalid_request"),
    "a challenge with a line's end": ({"code_challenge": "c" * 42 + "\n"}, "invalid_request"),
    "a challenge that is no base64url": ({"code_challenge": "+" * 43}, "invalid_request"),
    "two challenges": ({"code_challenge": ["c" * 43, "d" * 43]}, "invalid_request"),
    "two states": ({"state": ["one", "two"]}, "invalid_request"),
    "two response types": ({"response_type": ["code", "token"]}, "invalid_request"),
    "something else twice": ({"nonsense": ["one", "two"]}, "invalid_request"),
    "no response type": ({"response_type": None}, "invalid_request"),
    "a token at once": ({"response_type": "token"}, "unsupported_response_type"),
    "code and token": ({"response_type": "code token"}, "unsupported_response_type"),
    "an ID token": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "a response type with a quotation mark": ({"response_type": 'co"de'}, "unsupported_response_type"),
    "an answer in the fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "an answer by a form": ({"response_mode": "form_post"}, "invalid_request"),
    "an answer by a message to a window": ({"response_mode": "web_message"}, "invalid_request"),
    "a request object": ({"request": "eyJ.e30."}, "request_not_supported"),
    "a request object elsewhere": ({"request_uri": "https://evil.example/object"}, "request_uri_not_supported"),
    "a scope that there is not": ({"scope": "openid"}, "invalid_scope"),
    "more than the one scope": ({"scope": "account admin"}, "invalid_scope"),
    "a scope with a quotation mark": ({"scope": '"'}, "invalid_scope"),
    "never to be asked": ({"prompt": "none"}, "interaction_required"),
    "never to be asked, and to sign in": ({"prompt": "none login"}, "invalid_request"),
}

EXCHANGES = {
    "no verifier": ({"code_verifier": None}, 400, "invalid_request"),
    "an empty verifier": ({"code_verifier": ""}, 400, "invalid_request"),
    "a wrong verifier": ({"code_verifier": VERIFIER[::-1]}, 400, "invalid_grant"),
    "the challenge as verifier": ({"code_verifier": challenge_of(VERIFIER)}, 400, "invalid_grant"),
    "a verifier that is too short": ({"code_verifier": VERIFIER[:42]}, 400, "invalid_request"),
    "a verifier that is too long": ({"code_verifier": "v" * 129}, 400, "invalid_request"),
    "a verifier with a line's end": ({"code_verifier": f"{VERIFIER}\n"}, 400, "invalid_request"),
    "a verifier that is no ASCII": ({"code_verifier": "ü" * 43}, 400, "invalid_request"),
    "two verifiers": ({"code_verifier": [VERIFIER, "v" * 43]}, 400, "invalid_request"),
    "no code": ({"code": None}, 400, "invalid_request"),
    "another code": ({"code": "c" * 43}, 400, "invalid_grant"),
    "a code that is no UTF-8": ({"code": b"\xff"}, 400, "invalid_grant"),
    "a code with a NUL": ({"code": "\0"}, 400, "invalid_grant"),
    "another client": ({"client_id": "other"}, 400, "invalid_grant"),
    "no client": ({"client_id": None}, 400, "invalid_client"),
    "a client that is not registered": ({"client_id": "stranger"}, 400, "invalid_client"),
    "a client that may not": ({"client_id": "tv"}, 400, "unauthorized_client"),
    "two clients": ({"client_id": ["notes", "notes"]}, 400, "invalid_request"),
    "a secret": ({"client_secret": "secret"}, 400, "invalid_client"),
    "no redirect URI": ({"redirect_uri": None}, 400, "invalid_grant"),
    "another redirect URI of the client's": ({"redirect_uri": "https://app.example/signed-in"}, 400, "invalid_grant"),
    "no grant type": ({"grant_type": None}, 400, "unsupported_grant_type"),
    "the password": ({"grant_type": "password", "username": "ada", "password": "p"}, 400, "unsupported_grant_type"),
    "a refresh token": ({"grant_type": "refresh_token", "refresh_token": "r"}, 400, "unsupported_grant_type"),
    "the client's own rights": ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
    "a device code's grant": ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, 400, "invalid_request"),
}


@pytest.fixture
def code(door):
    return door.get_code()


@pytest.fixture(scope="module")
def shared_code(shared_door):
    return shared_door.get_code()


@pytest.mark.parametrize("changes", SHOWN.values(), ids=SHOWN)
def test_the_user_is_told_and_led_nowhere(standing_door, changes):
    """Where it is not certain who asks, or where to lead (RFC 6749, section 4.1.2.1), by the page and by its button."""
    for method in ("GET", "POST"):
        page = standing_door.open(method, changes, data={"answer": "allow"})
        assert page.status_code == 400
        assert "Location" not in page.headers
        assert page.mimetype == "text/html"


@pytest.mark.parametrize(("changes", "error"), LED_BACK.values(), ids=LED_BACK)
def test_the_app_is_told(standing_door, changes, error):
    """By the error's name, with its state and who answers; a press of the button is checked as the page was."""
    for method in ["GET"] if "prompt" in changes else ["GET", "POST"]:
        told = led_to(standing_door.open(method, changes, data={"answer": "allow"}))
        assert told["error"] == error
        assert told["iss"] == "http://localhost/auth"
        assert told.get("state") == (None if "state" in changes else "a state")
        assert "code" not in told


@pytest.mark.parametrize(("changes", "status", "error"), EXCHANGES.values(), ids=EXCHANGES)
def test_a_code_is_exchanged_as_it_was_asked_for_alone(standing_door, shared_code, changes, status, error):
    """Everything else is refused, and leaves the code good."""
    answer = standing_door.redeem(**{"code": shared_code} | changes)
    assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "access_token" not in answer.get_json()


def test_after_all_of_these_the_code_is_good(shared_door, shared_code):
    """Whoever has it without its verifier has not used it up."""
    assert shared_door.redeem(shared_code).status_code == 200


def test_a_secret_in_the_header_is_refused_by_the_header_s_scheme(door, code):
    """RFC 6749, section 5.2."""
    answer = door.redeem(code, headers={"Authorization": "Basic bm90ZXM6c2VjcmV0"})
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"method": "GET"}, 405),
        ({"method": "PUT"}, 405),
        ({"method": "POST", "json": {"grant_type": "authorization_code"}}, 415),
        ({"method": "POST", "data": b"", "content_type": "multipart/form-data; boundary=x"}, 415),
        ({"method": "POST", "data": {"grant_type": "x" * 9000}}, 413),
    ],
)
def test_what_is_no_form_is_refused_as_everywhere(standing_door, options, status):
    """By problem details."""
    answer = standing_door.app.open("/auth/token", **options)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_an_exchange_in_the_address_is_none(door, code):
    """Addresses are logged."""
    query = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "client_id": "notes",
        "code_verifier": VERIFIER,
    }
    for form in ({"x": "y"}, {}):
        answer = door.app.post("/auth/token", query_string=query, data=form, content_type=FORM)
        assert answer.get_json()["error"] == "unsupported_grant_type"


def test_a_code_is_good_for_a_minute(door, code):
    """And not for 61 seconds."""
    door.site.clock.advance(seconds=61)
    assert door.redeem(code).get_json()["error"] == "invalid_grant"


def test_a_code_used_twice_ends_what_it_gave(door, code):
    """It has leaked, and nobody knows who came first (RFC 6749, section 4.1.2)."""
    token = door.redeem(code).get_json()["access_token"]
    assert door.is_signed_in(token)
    assert door.redeem(code).get_json()["error"] == "invalid_grant"
    assert not door.is_signed_in(token)


def test_a_code_used_twice_with_a_wrong_verifier_ends_what_it_gave_too(door, code):
    """Whoever has the code without its verifier has taken it from somewhere."""
    token = door.redeem(code).get_json()["access_token"]
    door.redeem(code, code_verifier="v" * 43)
    assert not door.is_signed_in(token)


def test_a_code_falls_with_the_session_that_allowed_it(door, code):
    """Signed out everywhere is signed out there too; the browser's session alone is left to be counted."""
    door.browser.post("/auth/sign-out")
    assert door.redeem(code).get_json()["error"] == "invalid_grant"
    door.browser.sign_in("ada@example.com")


def test_a_code_of_a_disabled_account_is_good_for_nothing(door, code):
    """Whenever it was disabled."""
    with door.site.app.app_context():
        accounts = door.site.firebase.accounts
        accounts.disable(accounts.find("uid-of-ada@example.com"))
    assert door.redeem(code).get_json()["error"] == "invalid_grant"
    with door.site.app.app_context():
        accounts.enable(accounts.find("uid-of-ada@example.com"))
    assert door.redeem(code).get_json()["error"] == "invalid_grant"
    door.browser.sign_in("ada@example.com")


@pytest.mark.parametrize("form", [{}, {"answer": ""}, {"answer": "yes"}, {"answer": "denyx"}])
def test_a_form_without_an_answer_is_none(standing_door, form):
    """400, and nobody is led anywhere."""
    assert standing_door.open("POST", {}, data=form).status_code == 400


@pytest.mark.parametrize("account", [None, "", "another"])
def test_a_form_of_another_user_s_page_gives_nothing(standing_door, account):
    """The page says who is signed in now."""
    form = {"answer": "allow"} | ({} if account is None else {"account": account})
    page = standing_door.open("POST", {}, data=form)
    assert page.status_code == 409
    assert "ada" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/auth/authorize", "/auth/device/answer", "/auth/continue", "/auth/token", "/auth/browser-links"]
)
def test_another_origin_s_page_answers_nothing_for_the_user(standing_door, headers, path):
    """403, whatever it sends."""
    answer = standing_door.browser.post(path, data={"answer": "allow"}, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_origin_rejected")


def test_another_origin_reads_nothing(door):
    """No CORS headers where the origin is not allowed."""
    for path in ("/auth/token", "/auth/device", "/auth/revoke", "/auth/.well-known/openid-configuration"):
        answer = door.app.options(path, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/auth/authorize", "/auth/device", "/auth/continue?link=x"])
def test_no_page_in_between_can_be_framed_or_run_another_s_script(standing_door, path):
    """Nobody presses a button that they do not see."""
    page = (
        standing_door.ask() if path == "/auth/authorize" else standing_door.browser.get(path, headers={"Accept": "text/html"})
    )
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'nonce-" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        (REDIRECT_URI, "com.example.notes:"),
        ("https://app.example/signed-in", "https://app.example"),
        ("http://127.0.0.1:5000/callback", "http://127.0.0.1:5000"),
        ("http://[::1]:5000/callback", "http:"),
    ],
)
def test_the_form_leads_to_the_app_and_nowhere_else(standing_door, redirect_uri, source):
    """Browsers hold a form to `form-action` through every redirect."""
    policy = standing_door.ask(redirect_uri=redirect_uri).headers["Content-Security-Policy"]
    assert f"form-action 'self' {source};" in policy


def test_refusing_tells_the_app(door):
    """`access_denied`, with its state."""
    told = led_to(door.answer("deny"))
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "a state", "http://localhost/auth")


def test_an_authorization_code_is_no_device_code_and_no_link(door, code):
    """Each is good for its own way alone."""
    assert door.poll({"device_code": code}, client_id="other").get_json()["error"] == "invalid_grant"
    assert door.app.post("/auth/continue", data={"link": code}).status_code == 410
