"""Sign-ins per address, where a Flask-Limiter is on the app."""

from __future__ import annotations

import logging

import pytest
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from flask_firebase_login import ConfigError


@pytest.fixture
def make_limited(make_site):
    def make(limit="3 per minute", **options):
        site = make_site(FIREBASE_LOGIN_RATE_LIMIT=limit)
        limiter = Limiter(get_remote_address, app=site.app, storage_uri="memory://", **options)
        return site, limiter

    return make


def test_the_fourth_sign_in_of_an_address_is_rejected(make_limited):
    """With a time to come back; other addresses, and other requests, are free."""
    site, _ = make_limited()
    device = site.device()
    for _ in range(3):
        assert device.sign_in().status_code == 200
    rejected = device.post("/auth/sign-in", data="x", content_type="application/jwt")
    assert (rejected.status_code, rejected.get_json()["code"]) == (429, "rate_limited")
    assert 1 <= int(rejected.headers["Retry-After"]) <= 60
    assert device.get("/auth/account").status_code == 200
    other = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}
    assert device.post("/auth/sign-in", data="x", content_type="application/jwt", **other).status_code == 401


def test_what_a_page_tells_of_changes_counts_too(make_limited):
    """Each may be a mail."""
    site, _ = make_limited()
    device = site.device()
    device.sign_in()
    told = [device.post("/auth/security-events", json={"event": "password_changed"}).status_code for _ in range(3)]
    assert told == [204, 204, 429]


def test_rejected_sign_ins_count_too(make_limited):
    """Or guessing would be free."""
    site, _ = make_limited()
    device = site.device()
    statuses = [device.post("/auth/sign-in", data="x", content_type="application/jwt").status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]


@pytest.mark.parametrize(("limit", "options"), [(None, {}), ("3 per minute", {"enabled": False})])
def test_no_limit_where_none_is_wanted(make_limited, limit, options):
    """By our key, or by Flask-Limiter's switch."""
    site, _ = make_limited(limit, **options)
    device = site.device()
    statuses = {device.post("/auth/sign-in", data="x", content_type="application/jwt").status_code for _ in range(10)}
    assert statuses == {401}


def test_without_a_limiter_nothing_is_counted(site):
    """It is the site's to bring one."""
    device = site.device()
    assert {device.post("/auth/sign-in", data="x", content_type="application/jwt").status_code for _ in range(40)} == {401}


def test_a_limit_of_another_notation_stops_the_app(make_site):
    """With a remedy."""
    with pytest.raises(ConfigError, match="such as '30 per minute'"):
        make_site(FIREBASE_LOGIN_RATE_LIMIT="thirty")


def test_a_storage_that_does_not_answer_locks_nobody_out(make_limited, monkeypatch, caplog):
    """Redis may be away; the warning says so."""
    site, limiter = make_limited()

    def away(*_):
        raise ConnectionError("redis is away")

    monkeypatch.setattr(limiter.limiter, "hit", away)
    with caplog.at_level(logging.WARNING):
        assert site.device().sign_in().status_code == 200
    assert "redis is away" in caplog.text


def test_a_429_of_the_site_s_own_limiter_is_a_problem_document_too(make_site):
    """Limits that the site puts on the whole app."""
    site = make_site()
    Limiter(get_remote_address, app=site.app, storage_uri="memory://", default_limits=["1 per minute"])
    device = site.device()
    device.get("/auth/account")
    rejected = device.get("/auth/account")
    assert (rejected.status_code, rejected.get_json()["code"]) == (429, "rate_limited")
