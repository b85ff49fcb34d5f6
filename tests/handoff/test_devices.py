"""Signing in on a device without a browser: a command line over ssh, a television (RFC 8628)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_firebase_login.handoff.user_codes import LETTERS, read_user_code
from second_door import DEVICE_GRANT, Door, write_before_requests


def texts(page):
    return page.get_data(as_text=True)


def test_a_device_gets_a_session_by_a_code_that_is_typed(door):
    """Once the user has allowed it, in a browser."""
    codes = door.start_device()
    assert codes | {"device_code": "", "user_code": ""} == {
        "device_code": "",
        "user_code": "",
        "verification_uri": "http://localhost/auth/device",
        "verification_uri_complete": f"http://localhost/auth/device?user_code={codes['user_code']}",
        "expires_in": 600,
        "interval": 5,
    }
    assert door.poll(codes).get_json()["error"] == "authorization_pending"
    assert "Allowed. The device goes on by itself" in texts(door.answer_device(codes["user_code"]))
    token = door.poll(codes).get_json()["access_token"]
    assert door.is_signed_in(token)
    [device] = [one for one in door.browser.get("/auth/sessions").get_json()["sessions"] if not one["current"]]
    assert device["client_name"] == "Notes on television"


def test_the_page_says_who_asks_and_from_where(door):
    """And shows the code, to be compared."""
    codes = door.app.post(
        "/auth/device",
        data={"client_id": "tv"},
        headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/1"},
        environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
    ).get_json()
    page = texts(door.browser.get(codes["verification_uri_complete"], headers={"Accept": "text/html"}))
    for told in ("Notes on television", "203.0.113.7 · Firefox · Linux", codes["user_code"], "ada@example.com"):
        assert told in page


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' - ')} "]
)
def test_a_code_is_typed_as_users_type(door, change):
    """Case, spaces and hyphens do not matter."""
    codes = door.start_device()
    door.answer_device(change(codes["user_code"]))
    assert door.poll(codes).status_code == 200


def test_a_code_is_of_letters_that_nobody_takes_for_another(door):
    """Eight of twenty, in two groups."""
    for _ in range(20):
        user_code = door.start_device()["user_code"]
        assert len(user_code) == 9
        assert user_code[4] == "-"
        assert set(user_code.replace("-", "")) <= set(LETTERS)


@pytest.mark.parametrize("typed", ["", "BCDF", "BCDF-GHJKL", "BCDF-GHJA", "BCDF-GHJ0", "ßCDF-GHJK", "\0", "x" * 10_000])
def test_what_is_no_code_is_none(typed):
    """Whatever is typed."""
    assert read_user_code(typed) is None


def test_who_is_not_signed_in_signs_in_and_comes_back_with_the_code(door):
    """The address of a QR code goes along."""
    door.browser.post("/auth/sign-out")
    codes = door.start_device()
    led = door.browser.get(codes["verification_uri_complete"], headers={"Accept": "text/html"})
    answer = door.browser.sign_in("ada@example.com", path=led.headers["Location"])
    assert answer.get_json()["next"] == f"/auth/device?user_code={codes['user_code']}"


def test_the_page_without_a_code_asks_for_one(door):
    """Also where nobody is signed in; it tells nobody whether a code is good."""
    door.browser.post("/auth/sign-out")
    page = door.browser.get("/auth/device", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert 'name="user_code"' in texts(page)


def test_a_refusal_is_told_to_the_device(door):
    """`access_denied`; the code is good for nothing then."""
    codes = door.start_device()
    assert "The device is not signed in." in texts(door.answer_device(codes["user_code"], "deny"))
    assert door.poll(codes).get_json()["error"] == "access_denied"
    assert door.answer_device(codes["user_code"]).status_code == 404
    assert door.poll(codes).get_json()["error"] == "access_denied"


def test_whoever_polls_too_fast_waits_longer(door):
    """Five seconds more, from then on (RFC 8628, section 3.5)."""
    codes, clock, told = door.start_device(), door.site.clock, []
    for pause in (0, 5, 4, 9, 10, 5):
        clock.advance(seconds=pause)
        told.append(door.poll(codes).get_json()["error"])
    assert told == [
        "authorization_pending",
        "authorization_pending",
        "authorization_pending",  # a second early is no haste
        "authorization_pending",
        "authorization_pending",
        "authorization_pending",
    ]
    told = []
    for pause in (1, 5, 5, 14):
        clock.advance(seconds=pause)
        told.append(door.poll(codes).get_json()["error"])
    assert told == ["slow_down", "slow_down", "slow_down", "slow_down"]
    clock.advance(seconds=25)
    assert door.poll(codes).get_json()["error"] == "authorization_pending"


def test_after_ten_minutes_the_code_has_expired(door):
    """For the device and for the user."""
    codes = door.start_device()
    door.site.clock.advance(minutes=10, seconds=1)
    assert door.poll(codes).get_json()["error"] == "expired_token"
    assert door.answer_device(codes["user_code"]).status_code == 404


def test_a_code_is_confirmed_once(door):
    """Whoever comes second is told that there is none."""
    codes = door.start_device()
    assert door.answer_device(codes["user_code"]).status_code == 200
    assert door.answer_device(codes["user_code"]).status_code == 404
    assert door.answer_device(codes["user_code"], "deny").status_code == 404
    assert door.poll(codes).status_code == 200


def test_a_device_code_used_twice_ends_what_it_gave(door):
    """As an authorization code does."""
    codes = door.start_device()
    door.answer_device(codes["user_code"])
    token = door.poll(codes).get_json()["access_token"]
    assert door.poll(codes).get_json()["error"] == "invalid_grant"
    assert not door.is_signed_in(token)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"device_code": None}, "invalid_request"),
        ({"device_code": "d" * 43}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
        ({"client_id": "notes"}, "unauthorized_client"),
        ({"client_id": None}, "invalid_client"),
        ({"client_id": "stranger"}, "invalid_client"),
        ({"client_secret": "s"}, "invalid_client"),
        ({"device_code": ["one", "two"]}, "invalid_request"),
    ],
)
def test_a_wrong_poll_is_refused(door, changes, error):
    """And gives nothing, though the code was allowed."""
    codes = door.start_device()
    door.answer_device(codes["user_code"])
    assert door.poll(codes, **changes).get_json()["error"] == error
    assert door.poll(codes).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "account"}, "invalid_client"),
        ({"client_id": "stranger"}, "invalid_client"),
        ({"client_id": "notes"}, "unauthorized_client"),
        ({"client_id": "tv", "scope": "openid"}, "invalid_scope"),
        ({"client_id": ["tv", "tv"]}, "invalid_request"),
        ({"client_id": "tv", "client_secret": "s"}, "invalid_client"),
    ],
)
def test_an_app_that_may_not_gets_no_codes(door, form, error):
    """`device_code` is asked for where the client is registered: a code that a user types is easily begged from them."""
    answer = door.app.post("/auth/device", data=form)
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)
    assert door.site.count("handoff") == 0


def test_a_poll_in_the_address_is_none(door):
    """Addresses are logged; an empty form is no reason to look there."""
    codes = door.start_device()
    door.answer_device(codes["user_code"])
    query = {"grant_type": DEVICE_GRANT, "client_id": "tv", "device_code": codes["device_code"]}
    answer = door.app.post("/auth/token", query_string=query, content_type="application/x-www-form-urlencoded")
    assert answer.get_json()["error"] == "unsupported_grant_type"
    assert door.poll(codes).status_code == 200


def test_the_user_code_alone_gives_a_device_nothing(door):
    """It is typed where others see it."""
    codes = door.start_device()
    door.answer_device(codes["user_code"])
    assert door.poll({"device_code": codes["user_code"]}).get_json()["error"] == "invalid_grant"


def test_guesses_of_a_user_are_limited(door):
    """Ten in ten minutes, whether by the page or by its form; then a good code is not taken either."""
    codes = door.start_device()
    for number in range(10):
        path = "/auth/device?user_code=BBBB-BBBB"
        if number % 2:
            answer = door.browser.post("/auth/device/answer", data={"user_code": "BBBB-BBBB", "answer": "allow"})
        else:
            answer = door.browser.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404
    refused = door.answer_device(codes["user_code"])
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    other = Door(door.site)
    other.browser.sign_in("bob@example.com")
    assert other.answer_device(codes["user_code"]).status_code == 200
    door.site.clock.advance(minutes=10)
    assert door.answer_device(door.start_device()["user_code"]).status_code == 200


def test_guesses_from_one_address_are_limited(door):
    """A hundred, by however many users: accounts are cheap."""
    codes = door.start_device()
    for number in range(10):
        other = Door(door.site)
        other.browser.sign_in(f"guesser-{number}@example.com")
        for _ in range(10):
            other.browser.get("/auth/device?user_code=BBBB-BBBB")
    assert door.answer_device(codes["user_code"]).status_code == 429
    elsewhere = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.7"}}
    page = door.browser.get(codes["verification_uri_complete"], headers={"Accept": "text/html"}, **elsewhere)
    assert page.status_code == 200


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(door):
    """Each is counted before it is looked up."""
    cookie = door.browser.client.get_cookie("session").value

    def guess(_):
        browser = door.site.app.test_client()
        browser.set_cookie("session", cookie)
        return browser.get("/auth/device?user_code=BBBB-BBBB").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = [*pool.map(guess, range(40))]
    assert set(statuses) == {404, 429}
    assert statuses.count(404) <= 10


def test_a_site_that_writes_before_each_request_counts_guesses_too(door):
    """And commits them, though its own views would."""
    write_before_requests(door.site)
    statuses = [door.browser.get("/auth/device?user_code=BBBB-BBBB").status_code for _ in range(12)]
    assert statuses == [404] * 10 + [429] * 2


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_s_link_looks_nothing_up(door, site):
    """It could guess for the user, or use their guesses up; the code is filled in, and the user presses the button."""
    codes = door.start_device()
    headers = {"Accept": "text/html", "Sec-Fetch-Site": site}
    for _ in range(12):
        door.browser.get("/auth/device?user_code=BBBB-BBBB", headers=headers)
    page = texts(door.browser.get(codes["verification_uri_complete"], headers=headers))
    assert f'value="{codes["user_code"]}"' in page
    assert "Notes on television" not in page
    assert door.answer_device(codes["user_code"]).status_code == 200


def test_an_address_has_a_hundred_devices_that_wait(door):
    """A table that anybody fills has an end."""
    for _ in range(100):
        door.start_device()
    answer = door.app.post("/auth/device", data={"client_id": "tv"})
    assert (answer.status_code, answer.get_json()["code"]) == (429, "rate_limited")
    door.site.clock.advance(minutes=11)
    assert "user_code" in door.start_device()


def test_polling_slows_down_to_a_minute(door):
    """And then costs the site no write."""
    codes = door.start_device()
    for _ in range(30):
        door.poll(codes)
    with door.site.counted() as statements:
        assert door.poll(codes).get_json()["error"] == "slow_down"
    assert not [statement for statement in statements if statement.startswith("UPDATE")]
    door.site.clock.advance(seconds=61)
    assert door.poll(codes).get_json()["error"] == "authorization_pending"


def test_a_typing_error_is_no_guess(door):
    """What cannot be a code is told, and not counted."""
    for _ in range(20):
        assert door.browser.get("/auth/device?user_code=BCD").status_code == 404
    assert door.answer_device(door.start_device()["user_code"]).status_code == 200


def test_a_form_of_another_user_s_page_lets_no_device_in(door):
    """The page says who is signed in now."""
    codes = door.start_device()
    answer = door.browser.post(
        "/auth/device/answer", data={"user_code": codes["user_code"], "answer": "allow", "account": "another"}
    )
    assert answer.status_code == 409
    assert door.poll(codes).get_json()["error"] == "authorization_pending"


def test_a_device_that_was_let_in_by_somebody_who_has_signed_out_is_not(door):
    """Between the press and the poll."""
    codes = door.start_device()
    door.answer_device(codes["user_code"])
    door.browser.post("/auth/sign-out")
    assert door.poll(codes).get_json()["error"] == "invalid_grant"


def test_a_client_that_is_registered_no_more_has_no_devices(make_site):
    """Its name could not be shown."""
    clients = {"tv": {"name": "TV", "device_code": True}, "cli": {"name": "CLI", "device_code": True}}
    door = Door(make_site(FIREBASE_LOGIN_NATIVE_CLIENTS=clients))
    codes = door.start_device()
    later = Door(make_site(FIREBASE_LOGIN_NATIVE_CLIENTS={"cli": clients["cli"]}))
    later.browser.sign_in()
    assert later.answer_device(codes["user_code"]).status_code == 404


def test_somebody_else_may_let_it_in(door):
    """By the sign-in page, and back to the code."""
    codes = door.start_device()
    led = door.answer_device(codes["user_code"], "switch")
    assert led.headers["Location"].startswith("/auth/sign-in?")
    assert "switch=1" in led.headers["Location"]
    assert codes["user_code"] in led.headers["Location"]


def test_of_many_at_once_each_has_codes_of_its_own(door):
    """On SQLite, without any pragma."""
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(lambda _: door.site.app.test_client().post("/auth/device", data={"client_id": "tv"}), range(24))]
    assert len({answer.get_json()["user_code"] for answer in found}) == 24
