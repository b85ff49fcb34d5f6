"""What the Notes app says: in seven languages, one plain sentence for whatever goes wrong, and names for devices."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import names
import problems
import pytest
import words
from dialogs import is_email

import flask_firebase_login.errors as site_errors
from flask_firebase_login_client import (
    AnswerUnreadable,
    BrowserNotOpened,
    Cancelled,
    ClientNotRegistered,
    FirebaseRejected,
    NotOurSite,
    NotSignedInAtFirebase,
    SignInDenied,
    SignInRejected,
    SignInTimedOut,
    StoreFailed,
    TryLater,
    UserChanged,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REQUEST = httpx.Request("POST", "https://notes.example/api/notes")
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_language_has_every_text_with_the_same_values(language):
    english, own = words.TEXTS["en"], words.TEXTS[language]
    assert own.keys() == english.keys()
    holes = {key: set(re.findall(r"{\w+}", text)) for key, text in english.items()}
    assert {key: set(re.findall(r"{\w+}", text)) for key, text in own.items()} == holes
    assert [key for key, text in own.items() if not text.strip()] == []


def test_every_code_that_the_client_knows_of_firebase_has_a_sentence():
    keys = {code: problems.explain(FirebaseRejected(code)) for code in FirebaseRejected.REMEDIES}
    assert [code for code, key in keys.items() if key == "unknown"] == []
    assert set(keys.values()) <= words.TEXTS["en"].keys()


@pytest.mark.parametrize("kind", [kind for kind in vars(site_errors).values() if isinstance(kind, type)])
def test_every_code_of_the_site_has_a_sentence(kind):
    """Also one that nobody thought of."""
    rejection = SignInRejected(403, getattr(kind, "code", "") or "brand_new", "…")
    assert problems.explain(rejection) in words.TEXTS["en"]


FAILURES = {
    "no connection": (httpx.ConnectError("All connection attempts failed", request=REQUEST), "no_connection"),
    "too slow": (httpx.ReadTimeout("", request=REQUEST), "no_connection"),
    "the site is broken": (httpx.HTTPStatusError("", request=REQUEST, response=httpx.Response(502)), "site_busy"),
    "the site has ended the session": (httpx.HTTPStatusError("", request=REQUEST, response=httpx.Response(401)), "ended"),
    "the note is gone": (httpx.HTTPStatusError("", request=REQUEST, response=httpx.Response(404)), "note_gone"),
    "the note is too long": (httpx.HTTPStatusError("", request=REQUEST, response=httpx.Response(400)), "note_length"),
    "something else answers": (NotOurSite("…"), "site_busy"),
    "the site asks to wait": (TryLater(429, "rate_limited", "…", retry_after_seconds=60), "too_many"),
    "Google's keys cannot be had": (TryLater(503, "keys_unavailable", "…", retry_after_seconds=60), "site_busy"),
    "a company's domain": (SignInRejected(403, "sign_in_denied", "…"), "denied"),
    "nobody is signed in at Firebase": (NotSignedInAtFirebase(), "recent"),
    "a full disk": (StoreFailed(OSError("no space")), "no_storage"),
    "another window's user": (UserChanged(), "user_changed"),
    "a weak password, with its reason": (FirebaseRejected("WEAK_PASSWORD", "at least 6 characters"), "weak_password"),
    "a code of tomorrow": (FirebaseRejected("BRAND_NEW"), "unknown"),
    "the user gave up": (Cancelled(), None),
    "the user says no in the browser": (SignInDenied(0, "access_denied", ""), "browser_denied"),
    "nobody comes back from the browser": (SignInTimedOut(), "browser_late"),
    "no browser": (BrowserNotOpened(), "browser_not_opened"),
    "an app that the site does not know": (ClientNotRegistered(401, "invalid_client", "…"), "set_up"),
    "the site's page fails": (SignInRejected(0, "server_error", "…"), "site_busy"),
    "the browser comes back with nonsense": (AnswerUnreadable("…"), "unknown"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_whatever_fails_is_one_of_the_sentences(failure):
    error, key = FAILURES[failure]
    assert problems.explain(error) == key
    assert key is None or key in words.TEXTS["en"]


@pytest.mark.parametrize(
    ("wanted", "language"), [(["de-AT", "en"], "de"), (["zh_CN", "pt_BR"], "pt"), ([None, "xx"], "en"), ([], "en")]
)
def test_the_device_s_language_is_taken_where_the_app_has_it(wanted, language):
    assert words.choose_language(wanted) == language


@pytest.mark.parametrize(
    ("language", "moment", "said"),
    [
        ("en", "2026-03-01T11:59:30Z", "just now"),
        ("en", "2026-03-01T11:55:00Z", "5 minutes ago"),
        ("de", "2026-02-28T12:00:00Z", "vor 1 Tag"),
        ("ar", "2026-03-01T11:58:00Z", "قبل دقيقتين"),
        ("ja", "2026-03-01T13:00:00+02:00", "1 時間前"),
    ],
)
def test_times_are_said_as_people_say_them(language, moment, said):
    assert words.Words(language).say_ago(moment, NOW) == said


@pytest.mark.parametrize(
    ("client_name", "user_agent", "name"),
    [
        ("Ada's phone", IPHONE, "Ada's phone"),
        (None, IPHONE, "Safari · iPhone"),
        (None, CHROME, "Chrome · Linux"),
        (None, "python-httpx/0.28.1", ""),
        (None, None, ""),
    ],
)
def test_a_device_has_a_name_that_people_know(client_name, user_agent, name):
    assert names.name_device(client_name, user_agent) == name


def test_this_device_is_named_by_program_and_browser_or_computer():
    assert names.name_this_device("Notes", CHROME, "linux") == "Notes · Chrome · Linux"
    named = names.name_this_device("Notes", None, "macos")
    assert named.startswith("Notes · ")
    assert named.endswith(" · macos")
    assert len(names.name_this_device("Notes" * 40, CHROME, None)) == names.MAX_CHARACTERS


@pytest.mark.parametrize(
    ("text", "is_one"), [("a@b.example", True), (" a@b ", True), ("", False), ("a@", False), ("a b@c", False)]
)
def test_an_e_mail_address_is_told_from_none(text, is_one):
    assert is_email(text) is is_one
