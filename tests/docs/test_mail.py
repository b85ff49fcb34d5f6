"""The recipe of docs/mail.md, with the real Flask-Mail: who gets which mail, and what a mail server that fails does to a sign-in."""

from __future__ import annotations

import re
import socket
import types
from contextlib import contextmanager
from pathlib import Path

import pytest

from flask_firebase_login import signals
from sites import clock, database_url, make_site

__all__ = ["clock", "database_url", "make_site"]

PAGE = Path(__file__).parents[2] / "docs" / "mail.md"
(RECIPE,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
MAIL = {"MAIL_DEFAULT_SENDER": "shop@example.com"}


@pytest.fixture
def recipe():
    """The module that the site copies."""
    module = types.ModuleType("mails")
    exec(compile(RECIPE, "mail.md", "exec"), module.__dict__)
    yield module
    module.post.shutdown()
    for signal, receiver in (
        (signals.new_device, module.on_new_device),
        (signals.security_changed, module.on_security_changed),
        (signals.account_updated, module.on_account_updated),
    ):
        signal.disconnect(receiver)


@pytest.fixture
def start(make_site, recipe):
    """A function that starts a site which sends mails."""

    def start(**config):
        site = make_site(**MAIL, **config)
        recipe.mail.init_app(site.app)
        return site

    return start


@pytest.fixture
def collect(recipe):
    """The mails that are sent within, as address and text."""

    @contextmanager
    def collect():
        mails = []
        with recipe.mail.record_messages() as outbox:
            yield mails
            wait(recipe)
            mails.extend((*message.recipients, message.body) for message in outbox)

    return collect


def wait(recipe):
    """Until what is to be sent has been tried."""
    recipe.post.submit(lambda: None).result(timeout=30)


def test_a_new_device_is_written_of_to_the_user(start, collect):
    """With its name, and with what to do; the first one of a new account is not."""
    site = start()
    with collect() as mails:
        site.device().sign_in()
    assert mails == []
    with collect() as mails:
        site.device("bearer").sign_in()
    ((address, text),) = mails
    assert address == "ada@example.com"
    assert "bearer device" in text
    assert "https://shop.example/auth/" in text


@pytest.mark.parametrize("event", signals.SECURITY_EVENTS)
def test_each_security_event_is_written_of(start, collect, event):
    """In a sentence of its own."""
    device = start().device()
    device.sign_in()
    with collect() as mails:
        assert device.post("/auth/security-events", json={"event": event}).status_code == 204
    ((address, text),) = mails
    assert address == "ada@example.com"
    assert event not in text
    assert "\n\nWas it not you?" in text


def test_a_changed_address_is_written_of_to_both(start, collect):
    """Whoever owned the account may read the former alone; a device that is new with the address is written of besides."""
    device = start().device()
    device.sign_in(uid="ada")
    with collect() as mails:
        device.sign_in("king@example.com", uid="ada")
    told = [(address, text.partition("\n")[0]) for address, text in mails]
    assert told[:2] == [
        ("king@example.com", "Your e-mail address was changed."),
        ("ada@example.com", "Your e-mail address was changed."),
    ]
    assert [address for address, _ in told[2:]] == ["king@example.com"]
    assert "new device" in told[2][1]


def test_a_former_address_that_was_never_confirmed_gets_no_mail(start, collect):
    """It may be a stranger's."""
    device = start().device()
    device.sign_in("stranger@example.com", uid="ada", email_verified=False)
    with collect() as mails:
        device.sign_in("king@example.com", uid="ada")
    assert {address for address, _ in mails} == {"king@example.com"}


def test_other_ways_to_sign_in_are_written_of(start, collect):
    """As the ID token tells them."""
    device = start().device()
    device.sign_in()
    firebase = {"sign_in_provider": "google.com", "identities": {"google.com": ["1"], "github.com": ["2"]}}
    with collect() as mails:
        device.sign_in(claims={"firebase": firebase})
    ((_, text),) = mails
    assert "github.com, google.com" in text


def test_an_address_that_is_not_verified_gets_no_mail(start, collect):
    """It may be a stranger's."""
    site = start()
    for _ in range(2):
        with collect() as mails:
            site.device().sign_in(email_verified=False)
    assert mails == []


def test_what_users_change_of_themselves_here_is_no_news(start, collect):
    """A name, say."""
    device = start().device()
    device.sign_in()
    with collect() as mails:
        device.patch("/auth/account", json={"name": "Countess"})
    assert mails == []


def test_a_mail_server_that_is_not_there_fails_no_sign_in(start, recipe, caplog):
    """The log says so, without the address."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    site = start(MAIL_SUPPRESS_SEND=False, MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
    for _ in range(2):
        assert site.device().sign_in().status_code == 200
    wait(recipe)
    assert "A mail was not sent: ConnectionRefusedError" in caplog.text
    assert "ada@example.com" not in caplog.text


def test_a_mail_server_that_hangs_holds_up_no_sign_in(start, recipe, caplog):
    """It accepts, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        site = start(MAIL_SUPPRESS_SEND=False, MAIL_SERVER="127.0.0.1", MAIL_PORT=hanging.getsockname()[1])
        for _ in range(2):
            assert site.device().sign_in().status_code == 200
        connection, _ = hanging.accept()
        assert "A mail was not sent" not in caplog.text
        connection.close()
    wait(recipe)
    assert "A mail was not sent: SMTPServerDisconnected" in caplog.text
