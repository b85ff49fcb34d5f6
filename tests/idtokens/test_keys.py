"""Google's public keys: fetched seldom, kept well."""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import threading
import time
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey, RSAKey

from clocks import StandingClock
from flask_firebase_login import KeysUnavailable, PublicKeys
from flask_firebase_login.idtokens.fetch import Fetched, FetchFailed

FIRST, SECOND = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}) for kid in ("first", "second"))
SHORT_MODULUS = "A" + "Q" * 170  # 1024 bits
SIX_HOURS = "public, max-age=21600, must-revalidate, no-transform"


def jwk_set(*keys) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


class ScriptedEndpoint:
    """Answers what it was told to, and counts how often it was asked."""

    def __init__(self, *keys, cache_control=SIX_HOURS):
        self.keys = keys or (FIRST,)
        self.cache_control = cache_control
        self.failure: str | None = None
        self.body: bytes | None = None
        self.fetches = 0
        self.gate: threading.Event | None = None

    def __call__(self, url: str) -> Fetched:
        self.fetches += 1
        if self.gate is not None:
            assert self.gate.wait(120)
        if self.failure:
            raise FetchFailed(self.failure)
        return Fetched(self.body if self.body is not None else jwk_set(*self.keys), self.cache_control)


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def endpoint():
    return ScriptedEndpoint()


@pytest.fixture
def keys(endpoint, clock):
    return PublicKeys("https://keys.example/jwks", fetch=endpoint, clock=clock, timeout=timedelta(seconds=60))


def land(keys):
    """Wait until a fetch in the background has ended."""
    flight = keys._flight
    assert flight is None or flight.landed.wait(60)


def test_nothing_is_fetched_before_the_first_question(keys, endpoint):
    """Making the cache asks nobody."""
    assert endpoint.fetches == 0
    assert keys.find("first")
    assert endpoint.fetches == 1


def test_keys_are_kept_for_max_age(keys, endpoint, clock):
    """Six hours of questions, but the last tenth, cost one fetch."""
    for _ in range(54):
        assert keys.find("first")
        clock.advance(minutes=6)
    assert endpoint.fetches == 1


def test_in_the_last_tenth_a_thread_refreshes_while_requests_go_on(keys, endpoint, clock):
    """The question is answered from the keys at hand, though the fetch is still under way."""
    keys.find("first")
    clock.advance(hours=5, minutes=30)
    endpoint.gate = threading.Event()
    assert keys.find("first")
    assert keys.find("first")
    endpoint.gate.set()
    land(keys)
    assert endpoint.fetches == 2
    clock.advance(hours=5)
    assert keys.find("first")
    assert endpoint.fetches == 2


def test_a_rotated_key_is_found_as_soon_as_a_token_names_it(keys, endpoint, clock):
    """An unknown key id fetches, once the cool-down is over."""
    keys.find("first")
    endpoint.keys = (FIRST, SECOND)
    clock.advance(seconds=31)
    assert keys.find("second")
    assert endpoint.fetches == 2


def test_a_withdrawn_key_goes_with_the_next_good_answer(keys, endpoint, clock):
    """A good answer replaces the set whole."""
    keys.find("first")
    endpoint.keys = (SECOND,)
    clock.advance(hours=7)
    assert keys.find("first") is None
    assert keys.find("second")


def test_500_tokens_of_unknown_keys_cause_one_fetch(keys, endpoint, clock):
    """Anybody can make key ids up; Google is not asked for each."""
    assert all(keys.find(f"unknown-{number}") is None for number in range(500))
    assert endpoint.fetches == 1
    clock.advance(seconds=31)
    assert all(keys.find(f"unknown-{number}") is None for number in range(500))
    assert endpoint.fetches == 2


@pytest.mark.parametrize("age", [{"seconds": 31}, {"hours": 7}])
def test_while_the_endpoint_hangs_unknown_key_ids_hold_one_thread(keys, endpoint, clock, age):
    """Nineteen of twenty are answered at once, with keys at hand; so is everybody whose key is at hand."""
    keys.find("first")
    clock.advance(**age)
    endpoint.gate = threading.Event()
    answered = queue.Queue()

    def ask(key_id):
        try:
            answered.put(keys.find(key_id))
        except KeysUnavailable as unavailable:
            answered.put(unavailable.code)

    threads = [threading.Thread(target=ask, args=(f"junk-{number}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    expected = None if "seconds" in age else "keys_unavailable"
    try:
        assert [answered.get(timeout=30) for _ in range(19)] == [expected] * 19
        assert answered.empty()
        assert keys.find("first")
    finally:
        endpoint.gate.set()
        for thread in threads:
            thread.join(60)
    assert answered.get(timeout=60) is None
    assert endpoint.fetches == 2


def test_keys_past_their_time_that_stay_in_use_are_an_event_of_the_log(keys, endpoint, clock, caplog):
    """Stable fields, for whoever watches the log; a failure while the keys are fresh is none."""
    keys.find("first")
    endpoint.failure = "the answer was 503"
    clock.advance(hours=5, minutes=30)
    keys.find("first")
    land(keys)
    assert not any(hasattr(record, "event") for record in caplog.records)
    clock.advance(minutes=30)
    assert keys.find("first")
    (record,) = [record for record in caplog.records if hasattr(record, "event")]
    assert (record.event, record.levelname, record.name) == ("keys_stale", "WARNING", "flask_firebase_login.idtokens.keys")
    assert (record.url, record.stale_since) == ("https://keys.example/jwks", "2026-11-24T18:00:00+00:00")
    assert "those at hand stay in use" in record.getMessage()


def test_50_threads_at_the_start_cause_one_fetch(keys, endpoint):
    """All wait for the one fetch, and all get its keys."""
    endpoint.gate = threading.Event()
    found = []
    threads = [threading.Thread(target=lambda: found.append(keys.find("first"))) for _ in range(50)]
    for thread in threads:
        thread.start()
    endpoint.gate.set()
    for thread in threads:
        thread.join(60)
    assert len(found) == 50
    assert all(found)
    assert endpoint.fetches == 1


@pytest.mark.parametrize(
    ("cache_control", "kept_seconds"),
    [
        ("", 3600),
        ("no-cache", 3600),
        ("public, max-age=0", 60),
        ("max-age=-5", 3600),
        ("MAX-AGE = 120", 120),
        ('max-age="120"', 120),
        ("s-maxage=5, max-age=120", 120),
        ("max-age=999999999", 86400),
        ("max-age=99999999999999999999", 86400),
    ],
)
def test_the_cache_header_is_read_within_bounds(endpoint, clock, cache_control, kept_seconds):
    """A minute at least, a day at most, an hour where nothing is said."""
    endpoint.cache_control = cache_control
    keys = PublicKeys("https://keys.example/jwks", fetch=endpoint, clock=clock)
    keys.find("first")
    clock.advance(seconds=kept_seconds * 0.9 - 1)
    keys.find("first")
    assert endpoint.fetches == 1
    clock.advance(seconds=kept_seconds * 0.1 + 1)
    keys.find("first")
    assert endpoint.fetches == 2


def test_an_endpoint_that_is_down_at_the_start_is_a_503(keys, endpoint, clock):
    """There are no keys, and the client is told when to come back; then they are found."""
    endpoint.failure = "the answer was 500"
    with pytest.raises(KeysUnavailable) as unavailable:
        keys.find("first")
    assert unavailable.value.status == 503
    assert unavailable.value.headers == {"Retry-After": "5"}
    with pytest.raises(KeysUnavailable):
        keys.find("first")
    assert endpoint.fetches == 1
    endpoint.failure = None
    clock.advance(seconds=5)
    assert keys.find("first")


@pytest.mark.parametrize(
    ("failure", "body"),
    [
        ("ConnectError: rejected", None),
        ("the answer was 500", None),
        (None, b"<html>sorry</html>"),
        (None, b"[]"),
        (None, b'{"keys": {}}'),
        (None, b'{"keys": []}'),
        (None, b'{"keys": [1]}'),
        (None, b'{"keys": [{"kty": "RSA", "n": "x", "e": "AQAB"}]}'),
        (None, b'{"keys": [{"kid": "first", "kty": "RSA", "n": "!", "e": "AQAB"}]}'),
        (None, b"\xff\xfe"),
        (None, b"[" * 100_000),
        (None, json.dumps({"keys": [FIRST.as_dict(private=False) | {"kid": None}]}).encode()),
        (None, json.dumps({"keys": [{"kid": "short", "kty": "RSA", "n": SHORT_MODULUS, "e": "AQAB"}]}).encode()),
    ],
)
def test_keys_at_hand_outlive_a_failing_endpoint_by_a_day(keys, endpoint, clock, caplog, failure, body):
    """They stay in use, logged as a warning, up to 24 hours past their time."""
    keys.find("first")
    endpoint.failure, endpoint.body = failure, body
    clock.advance(hours=6)
    with caplog.at_level(logging.WARNING):
        assert keys.find("first")
    assert "those at hand stay in use" in caplog.text
    clock.advance(hours=23, minutes=59)
    assert keys.find("first")
    clock.advance(minutes=1)
    with pytest.raises(KeysUnavailable):
        keys.find("first")
    endpoint.failure = endpoint.body = None
    clock.advance(seconds=31)
    assert keys.find("first")


def test_a_failing_endpoint_is_not_asked_again_for_half_a_minute(keys, endpoint, clock):
    """With keys at hand, a thousand requests do not make a thousand fetches."""
    keys.find("first")
    clock.advance(hours=7)
    endpoint.failure = "the answer was 503"
    for _ in range(1000):
        assert keys.find("first")
    assert endpoint.fetches == 2


def test_a_slow_endpoint_holds_nobody_longer_than_the_timeout(endpoint, clock):
    """The caller is released though the fetch never ends; when it does, its keys are kept."""
    keys = PublicKeys("https://keys.example/jwks", fetch=endpoint, clock=clock, timeout=timedelta(milliseconds=50))
    endpoint.gate = threading.Event()
    began = time.monotonic()
    with pytest.raises(KeysUnavailable):
        keys.find("first")
    assert time.monotonic() - began < 5
    endpoint.gate.set()
    land(keys)
    assert keys.find("first")
    assert endpoint.fetches == 1


def test_an_unexpected_error_of_the_fetch_is_logged_and_survived(clock, caplog):
    """A defect in a fetch of the site's own does not leave everybody waiting."""

    def broken(url):
        raise RuntimeError("a defect")

    keys = PublicKeys("https://keys.example/jwks", fetch=broken, clock=clock)
    with pytest.raises(KeysUnavailable):
        keys.find("first")
    assert "a defect" in caplog.text


def test_other_kinds_of_keys_in_the_set_are_none_of_ours(endpoint, keys):
    """Keys of other types, uses and algorithms are passed over."""
    elliptic = ECKey.generate_key("P-256", {"kid": "elliptic"})
    for_encryption = RSAKey.generate_key(2048, {"kid": "encryption", "use": "enc"})
    for_other = RSAKey.generate_key(2048, {"kid": "other", "alg": "RS512"})
    endpoint.keys = (elliptic, for_encryption, for_other, FIRST)
    assert keys.find("first")
    assert [keys.find(kid) for kid in ("elliptic", "encryption", "other")] == [None, None, None]


def test_a_clock_that_is_set_back_does_not_stop_fetching(keys, endpoint, clock):
    """The cool-down does not reach into the past."""
    endpoint.failure = "down"
    with pytest.raises(KeysUnavailable):
        keys.find("first")
    endpoint.failure = None
    clock.advance(days=-1)
    assert keys.find("first")


def test_warm_fetches_ahead_of_the_first_sign_in(keys, endpoint):
    """A worker's start hook fetches, and the first sign-in finds the keys there."""
    keys.warm()
    assert keys.find("first")
    assert endpoint.fetches == 1


def test_warm_does_nothing_where_fresh_keys_are_at_hand(keys, endpoint, clock):
    """Whatever the time of the last fetch."""
    keys.warm()
    clock.advance(hours=1)
    keys.warm()
    assert endpoint.fetches == 1
    clock.advance(hours=6)
    keys.warm()
    assert endpoint.fetches == 2


def in_child(check) -> int:
    """Run a check in a forked process, and return its exit code; one that waits for ever is ended by a signal."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            os._exit(0 if check() else 1)
        except BaseException:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_after_a_fork_the_child_refreshes_for_itself(keys, endpoint, clock):
    """Keys fetched before the fork serve in the child, and the child fetches when they end."""
    keys.find("first")

    def refreshes() -> bool:
        if not keys.find("first") or endpoint.fetches != 1:
            return False
        clock.advance(hours=7)
        return bool(keys.find("first")) and endpoint.fetches == 2

    assert in_child(refreshes) == 0


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_during_a_fetch_leaves_the_child_free_to_fetch(keys, endpoint, clock):
    """Neither the lock nor the thread of the parent's fetch is waited for in the child."""
    endpoint.gate = threading.Event()
    waiting = threading.Thread(target=keys.find, args=("first",))
    waiting.start()
    while keys._flight is None:
        time.sleep(0.001)
    keys._lock.acquire()

    def fetches_for_itself() -> bool:
        endpoint.gate = None
        clock.advance(seconds=6)
        return bool(keys.find("first"))

    try:
        assert in_child(fetches_for_itself) == 0
    finally:
        keys._lock.release()
        endpoint.gate.set()
        waiting.join(60)
