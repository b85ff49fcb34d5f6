"""One call of Google's: repeated where that helps, and never longer or larger than it may be. A `GoogleDouble` fails as the emulator never does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from flask_firebase_login.errors import FirebaseDenied, FirebaseUnavailable
from flask_firebase_login.firebase.calls import MAX_BYTES, Calls, Patience
from flask_firebase_login.firebase.identity_toolkit import GOOGLE, IdentityToolkit, make_identity_toolkit
from flask_firebase_login.firebase.settings import FirebaseSettings
from google_double import GoogleDouble, refuse


class Waiting:
    """A time that passes only while somebody pauses."""

    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def monotonic(self):
        return self.now

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def google():
    return GoogleDouble(lambda uid: {"localId": uid} if uid.startswith("known") else None)


@pytest.fixture
def waiting():
    return Waiting()


@pytest.fixture
def toolkit(google, waiting):
    calls = Calls(transport=google, monotonic=waiting.monotonic, jitter=lambda low, high: high)
    return IdentityToolkit(GOOGLE, "shop-prod", calls=calls, calls_of_users=calls)


def patience(waiting, seconds=300.0):
    return Patience(seconds, waiting.pause)


AGAIN = {
    "429": lambda: refuse(429, "Quota exceeded.", "RESOURCE_EXHAUSTED"),
    "503": lambda: refuse(503, "The service is currently unavailable.", "UNAVAILABLE"),
    "500": lambda: refuse(500, "Internal error encountered.", "INTERNAL"),
    "502 of a proxy": lambda: httpx.Response(502, text="<html>Bad Gateway</html>"),
    "a quota by its older name": lambda: refuse(400, "QUOTA_EXCEEDED : Exceeded quota for looking up accounts."),
    "a connection that is refused": lambda: httpx.ConnectError("refused"),
    "a connection that breaks": lambda: httpx.RemoteProtocolError("broke"),
    "a read that takes too long": lambda: httpx.ReadTimeout("slow"),
    "a body that is no JSON": lambda: httpx.Response(200, text="<html>"),
    "a body that is a list": lambda: httpx.Response(200, json=[]),
    "a body without end": lambda: httpx.Response(200, content=b"x" * (MAX_BYTES + 1)),
}


@pytest.mark.parametrize("failure", AGAIN.values(), ids=AGAIN)
def test_a_passing_fault_is_waited_out(failure, toolkit, google, waiting):
    """Pauses double, with jitter."""
    google.failures.extend([failure(), failure(), failure()])
    assert [*toolkit.look_up(["known"], patience(waiting))] == ["known"]
    assert waiting.pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("failure", AGAIN.values(), ids=AGAIN)
def test_a_fault_that_lasts_is_reported_before_the_patience_is_over(failure, toolkit, google, waiting):
    """No pause is begun that nobody would wait for."""
    google.failures.extend([failure() for _ in range(40)])
    with pytest.raises(FirebaseUnavailable):
        toolkit.look_up(["known"], patience(waiting))
    assert 200 < sum(waiting.pauses) < 300
    assert max(waiting.pauses) == 32


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_retry_after_is_obeyed(as_date, toolkit, google, waiting):
    """And a little more, so that those who were turned away together do not come back together."""
    asked = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True) if as_date else "30"
    google.failures.append(refuse(429, "Quota exceeded.", "RESOURCE_EXHAUSTED", retry_after=asked))
    toolkit.look_up(["known"], patience(waiting))
    (pause,) = waiting.pauses
    assert 27 < pause <= 30.5


@pytest.mark.parametrize("header", ["soon", "-5", "", "1e3"])
def test_a_retry_after_that_says_nothing_is_none(header, toolkit, google, waiting):
    """As without one."""
    google.failures.append(refuse(503, "Unavailable.", "UNAVAILABLE", retry_after=header))
    toolkit.look_up(["known"], patience(waiting))
    assert waiting.pauses == [0.5]


def test_a_retry_after_beyond_the_patience_ends_the_call_and_is_handed_on(toolkit, google, waiting):
    """A sign-in that waits 5 seconds does not wait for a minute; its client may."""
    google.failures.append(refuse(429, "Quota exceeded.", "RESOURCE_EXHAUSTED", retry_after="60"))
    with pytest.raises(FirebaseUnavailable) as unavailable:
        toolkit.look_up(["known"], patience(waiting, seconds=5))
    assert waiting.pauses == []
    assert unavailable.value.headers["Retry-After"] in ("60", "61")


DENIED = {
    "the role is missing": (refuse(403, "INSUFFICIENT_PERMISSION", "PERMISSION_DENIED"), "Firebase Authentication Admin"),
    "the API is not enabled": (
        refuse(403, "Identity Toolkit API has not been used in project 1 before.", "PERMISSION_DENIED"),
        "enabled",
    ),
    "the key is gone": (refuse(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED"), "Keys"),
    "the project is another": (refuse(400, "PROJECT_NOT_FOUND"), "project that you mean"),
    "there is no Firebase Authentication": (refuse(400, "CONFIGURATION_NOT_FOUND"), "project that you mean"),
}


@pytest.mark.parametrize(("answer", "told"), DENIED.values(), ids=DENIED)
def test_what_google_denies_is_not_asked_again_and_names_the_remedy(answer, told, toolkit, google, waiting):
    """It would be denied a hundred times."""
    google.failures.append(answer)
    with pytest.raises(FirebaseDenied, match=told):
        toolkit.look_up(["known"], patience(waiting))
    assert waiting.pauses == []
    assert len(google.requests) == 1


@pytest.mark.parametrize("body", [{"users": "all"}, {"users": [{}]}, {"users": [{"localId": 7}]}, {"users": ["ada"]}])
def test_an_answer_that_cannot_be_read_deletes_nobody(body, toolkit, google, waiting):
    """A user who is left out is one whom Firebase has deleted: a broken answer must not leave anybody out."""
    google.failures.append(httpx.Response(200, json=body))
    with pytest.raises(FirebaseUnavailable):
        toolkit.look_up(["known"], patience(waiting))


def test_a_user_whom_firebase_does_not_know_is_deleted(toolkit, google, waiting):
    """A deletion that is tried again may have been done before the answer was lost."""
    toolkit.delete("known", patience(waiting))
    toolkit.delete("known", patience(waiting))
    assert google.deleted == ["known"]


def test_whoever_waits_can_be_stopped(toolkit, google):
    """Ctrl-C does not wait for a Retry-After."""
    google.failures.append(refuse(429, "Quota exceeded.", "RESOURCE_EXHAUSTED", retry_after="200"))
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(FirebaseUnavailable):
        toolkit.look_up(["known"], Patience(300, stopping.wait))


def test_a_tenant_and_odd_names_are_one_part_of_the_path(waiting):
    """A uid with a slash travels in the body, and a tenant is quoted."""
    asked = []
    transport = httpx.MockTransport(lambda request: asked.append(request.url.raw_path) or httpx.Response(200, json={}))
    calls = Calls(transport=transport)
    toolkit = IdentityToolkit(GOOGLE, "shop-prod", tenant_id="a/b", calls=calls, calls_of_users=calls)
    assert toolkit.look_up(["x/../y"], patience(waiting)) == {}
    (path,) = asked
    assert path.startswith(b"/v1/projects/shop-prod/tenants/a%2Fb/accounts:lookup?fields=")


def test_an_error_names_neither_the_api_key_nor_the_id_token(google, waiting, caplog):
    """httpx's own message would hold the address, and that the key."""
    google.failures.extend(
        [httpx.ConnectError("https://identitytoolkit.googleapis.com/v1/accounts:lookup?key=the-web-key")] * 40
    )
    calls = Calls(authorize=lambda: {"X-Goog-Api-Key": "the-web-key"}, transport=google, monotonic=waiting.monotonic)
    toolkit = IdentityToolkit(GOOGLE, "shop-prod", calls=calls, calls_of_users=calls)
    with pytest.raises(FirebaseUnavailable) as unavailable:
        toolkit.look_up_own("header.payload.signature", patience(waiting))
    assert "the-web-key" not in f"{unavailable.value} {caplog.text}"
    assert "payload" not in f"{unavailable.value} {caplog.text}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_connections_of_its_own(google):
    """As behind gunicorn --preload."""
    calls = Calls(transport=google)
    parent, (read_end, write_end) = calls._get_client(), os.pipe()
    if (child := os.fork()) == 0:
        os.write(write_end, b"own" if calls._get_client() is not parent else b"shared")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read_end, 10) == b"own"
    assert calls._get_client() is parent
    os.close(read_end), os.close(write_end)


def test_the_emulator_is_asked_as_its_owner_without_credentials():
    """google-auth is not even looked for."""
    settings = FirebaseSettings(project_id="demo-shop", emulator_host="127.0.0.1:9099")
    toolkit = make_identity_toolkit(settings, lambda: pytest.fail("credentials were loaded"))
    assert toolkit._calls._authorize() == {"Authorization": "Bearer owner"}


@pytest.mark.parametrize(
    ("config", "loaded"),
    [
        ({}, []),
        ({"CHECK_REVOKED": True}, ["httpx"]),
        ({"SERVICE_ACCOUNT": "application-default"}, []),
    ],
    ids=["nothing", "revocation", "deletion"],
)
def test_nothing_is_loaded_before_it_is_needed(config, loaded, tmp_path):
    """Every start of a worker costs less without it; google-auth is loaded where credentials are needed alone."""
    program = f"""
import sys
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_firebase_login import FirebaseLogin
app = Flask("site")
app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI="sqlite:///{tmp_path}/test.db",
                  FIREBASE_LOGIN_CONFIG={{"projectId": "shop-prod", "apiKey": "key"}})
app.config.update({{"FIREBASE_LOGIN_" + name: value for name, value in {config!r}.items()}})
firebase = FirebaseLogin(app, SQLAlchemy(app))
ours = "flask_firebase_login.firebase."
rooms = {{name.removeprefix(ours) for name in sys.modules if name.startswith(ours)}}
assert rooms == {{"models", "service", "settings"}}, rooms
assert "google" not in sys.modules
with app.app_context():
    app.extensions["firebase_login"].firebase._toolkit()
assert ours + "identity_toolkit" in sys.modules and "google" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
