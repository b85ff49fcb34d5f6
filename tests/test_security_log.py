"""One log record for each security event: stable fields, no secret, nothing personal but the key of the account."""

from __future__ import annotations

import json
import logging
import re

import pytest

from sites import clock, database_url, make_site, site

__all__ = ["clock", "database_url", "make_site", "site"]

LOGGER = "flask_firebase_login.security"


def events(caplog):
    return [record.event for record in caplog.records if record.name == LOGGER]


def test_a_life_of_an_account_is_in_the_log(site, caplog):
    """In order, one record for each event."""
    device = site.device("cookie")
    with caplog.at_level(logging.INFO, LOGGER):
        device.sign_in(name="Ada Lovelace")
        device.patch("/auth/account", json={"name": "Countess"})
        device.post("/auth/sign-out")
        device.post("/auth/sign-in", data="x", content_type="application/jwt")
        device.sign_in()
        site.device().sign_in()
        device.post("/auth/security-events", json={"event": "factor_added"})
        device.delete("/auth/account")
    assert events(caplog) == [
        "account_created",
        "signed_in",
        "account_updated",
        "session_revoked",
        "signed_out",
        "sign_in_rejected",
        "signed_in",
        "signed_in",
        "new_device",
        "security_changed",
        "session_revoked",
        "account_deleted",
    ]
    changed = next(record for record in caplog.records if record.event == "security_changed")
    assert (changed.account_id, changed.change) == (1, "factor_added")
    signed_in, rejected = caplog.records[1], next(record for record in caplog.records if record.event == "sign_in_rejected")
    assert (signed_in.account_id, signed_in.transport, signed_in.is_new_account) == (1, "cookie", True)
    assert (rejected.levelname, rejected.code) == ("WARNING", "id_token_malformed")
    for personal in ("ada@example.com", "Ada", "Countess", "uid-of"):
        assert personal not in caplog.text


def test_a_request_of_another_origin_is_in_the_log(site, caplog):
    """With both hosts."""
    device = site.device("cookie")
    device.sign_in()
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert device.post("/auth/sign-out", headers=headers).status_code == 403
    record = next(record for record in caplog.records if record.name == LOGGER)
    assert (record.event, record.method, record.endpoint) == ("cross_origin_rejected", "POST", "firebase_login.sign_out")
    assert (record.origin, record.host) == ("https://evil.example", "localhost")


@pytest.mark.parametrize(
    "origin", ["https://evil.example account_id=1", "https://evil.example\tevent=signed_in", 'x" y="z', "café", "a=b"]
)
def test_no_value_passes_for_another_field(site, caplog, origin):
    """A header is whatever a client sends."""
    device = site.device("cookie")
    device.sign_in()
    assert device.post("/auth/sign-out", headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    record = next(record for record in caplog.records if record.name == LOGGER)
    fields = re.fullmatch(
        r'cross_origin_rejected method=POST endpoint=\S+ origin=("[^=]+=?[^=]*"|\S+) host=localhost', record.getMessage()
    )
    assert json.loads(fields[1]) == record.origin == origin.replace("\t", "")


def test_no_session_s_secret_is_in_the_log(site, caplog):
    """Nor an ID token."""
    device = site.device("bearer")
    with caplog.at_level(logging.DEBUG, "flask_firebase_login"):
        device.sign_in()
        device.get("/auth/account")
        device.post("/auth/sign-out")
    assert device.secret not in caplog.text
    assert "eyJ" not in caplog.text


def test_several_sites_write_each_event_once(make_site, caplog):
    """The signals are shared by all apps of a process."""
    make_site()
    with caplog.at_level(logging.INFO, LOGGER):
        make_site().device().sign_in()
    assert events(caplog) == ["account_created", "signed_in"]
