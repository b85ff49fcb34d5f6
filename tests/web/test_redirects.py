"""Where `next` may lead."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firebase_login.web.redirects import safe_next

GOOD = [
    "/",
    "/a",
    "/a/b?c=d&e=%2F%2F",
    "/a?next=https://example.com",
    "/a#b",
    "/ä",
    "/a%20b",
    "/a b",
    "/search?q=%5C",
    "/a?x=//y",
    "/a/../b",
]
BAD = [
    None,
    "",
    "a",
    "a/b",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/a\\b",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    " /a",
    "/\t/evil.example",
    "/a\nb",
    "/a\r\nSet-Cookie: x=y",
    "/\0",
    "/%2Fevil.example",
    "/%2f%2fevil.example",
    "/%5Cevil.example",
    "/%255Cevil.example",
    "/%25252525252Fevil.example",
    "/%0d%0aX: y",
    "/%00",
    "/.//evil.example",
    "/a//b",
    "/%ff",
    "/\ud800",
    "/\u2028x",
    "?a",
    "#a",
    "/" + "a" * 2048,
]


@pytest.mark.parametrize("target", GOOD)
def test_a_path_on_this_host_is_followed(target):
    """Query and fragment included."""
    assert safe_next(target, "/home") == target


@pytest.mark.parametrize("target", BAD)
def test_anything_else_leads_to_the_default(target):
    """No scheme, no host, no backslash, nothing invisible, nothing smuggled."""
    assert safe_next(target, "/home") == "/home"


@given(st.text() | st.from_regex(r"[/\\%.a-z0-9:@?#]{1,20}"))
def test_whatever_is_asked_stays_on_this_host(target):
    """As a browser would resolve it."""
    led = safe_next(target, "/home")
    assert urlsplit(urljoin("https://here.example/auth/sign-in", led)).netloc == "here.example"
    assert "\\" not in led
