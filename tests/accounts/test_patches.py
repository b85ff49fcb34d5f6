"""Merge patches, and what an account can hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firebase_login.accounts.models import MAX_URL_CHARACTERS
from flask_firebase_login.accounts.patches import MAX_SETTINGS_BYTES, check_patch, check_settings, merge
from flask_firebase_login.errors import InvalidPatch, InvalidSettings
from flask_firebase_login.sessions.models import MAX_CLIENT_NAME_CHARACTERS
from flask_firebase_login.sessions.patches import check_session_patch

RFC_7396_EXAMPLES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=12,
)
JSON_OBJECTS = st.dictionaries(st.text(), JSON_VALUES, max_size=4)


def test_a_picture_s_address_may_be_as_long_as_its_column():
    """Not a character longer."""
    longest = "https://example.com/".ljust(MAX_URL_CHARACTERS, "x")
    check_patch({"photo_url": longest})
    with pytest.raises(InvalidPatch):
        check_patch({"photo_url": f"{longest}x"})


def test_a_device_s_name_may_be_as_long_as_its_column():
    """Not a character longer."""
    longest = "x" * MAX_CLIENT_NAME_CHARACTERS
    check_session_patch({"client_name": longest})
    with pytest.raises(InvalidPatch):
        check_session_patch({"client_name": f"{longest}x"})


@pytest.mark.parametrize(("target", "patch", "expected"), RFC_7396_EXAMPLES)
def test_the_examples_of_the_rfc(target, patch, expected):
    """RFC 7396, appendix A."""
    assert merge(target, patch) == expected


@given(JSON_OBJECTS, JSON_OBJECTS)
def test_a_patch_applied_twice_is_a_patch_applied_once(target, patch):
    """Which is why it may be sent again after a lost answer; and the arguments stay as they were."""
    before = json.dumps([target, patch], sort_keys=True)
    once = merge(target, patch)
    assert json.dumps(merge(once, patch), sort_keys=True) == json.dumps(once, sort_keys=True)
    assert json.dumps([target, patch], sort_keys=True) == before


@given(JSON_OBJECTS)
def test_any_settings_are_taken_or_rejected(settings):
    """Nothing that JSON can say makes the check fail otherwise; what is taken can be stored as UTF-8."""
    try:
        kept = check_settings(settings)
    except InvalidSettings:
        return
    json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()


def nested(levels):
    settings = {}
    for _ in range(levels - 1):
        settings = {"x": settings}
    return settings


@pytest.mark.parametrize(
    "settings",
    [
        nested(9),
        {"x": [[[[[[[[]]]]]]]]},
        {"x": "a\0b"},
        {"a\0b": 1},
        {"x": ["\ud800"]},
        {"x": 2**53},
        {"x": float("inf")},
        {"x": float("nan")},
        {"x": "x" * MAX_SETTINGS_BYTES},
        {"x": "é" * (MAX_SETTINGS_BYTES // 2)},
    ],
)
def test_settings_that_no_account_can_hold(settings):
    """Too deep, too large, or not storable on every engine."""
    with pytest.raises(InvalidSettings):
        check_settings(settings)


@pytest.mark.parametrize(
    "settings", [{}, nested(8), {"x": 2**53 - 1, "y": -1.5, "z": None, "w": [True, "é"]}, {"x": "x" * (MAX_SETTINGS_BYTES - 8)}]
)
def test_settings_at_their_limits(settings):
    """8 levels and 16 KiB are enough."""
    assert check_settings(settings) == settings


def test_a_validator_that_returns_no_object_is_rejected():
    """The site's own mistake does not reach the database."""
    with pytest.raises(InvalidSettings):
        check_settings({}, lambda settings: None)


@pytest.mark.parametrize(
    "patch",
    [
        {"email": "ada@example.com"},
        {"roles": ["admin"]},
        {"": 1},
        {"name": ""},
        {"name": "  "},
        {"name": 1},
        {"name": ["Ada"]},
        {"name": "x" * 201},
        {"name": "A\nda"},
        {"name": "A\0da"},
        {"name": "\ud800"},
        {"name": "\u202eAda"},
        {"photo_url": ""},
        {"photo_url": 1},
        {"photo_url": "ada.png"},
        {"photo_url": "http://example.com/ada.png"},
        {"photo_url": "javascript:alert(1)"},
        {"photo_url": "https://"},
        {"photo_url": "https://["},
        {"photo_url": "https://example.com/\n"},
        {"photo_url": "https://example.com/" + "x" * 2048},
    ],
)
def test_values_that_no_account_can_hold(patch):
    """Another member, or a name or picture that is none."""
    with pytest.raises(InvalidPatch) as rejected:
        check_patch(patch)
    assert rejected.value.code == "invalid_request"
    assert rejected.value.status == 422


@pytest.mark.parametrize("settings", [[], "x", 1, True, {"x": "\0"}, nested(9)])
def test_a_patch_of_settings_is_an_object_that_can_be_stored(settings):
    """With the code of settings."""
    with pytest.raises(InvalidSettings) as rejected:
        check_patch({"settings": settings})
    assert rejected.value.code == "settings_invalid"


@pytest.mark.parametrize(
    "patch",
    [
        {},
        {"name": None},
        {"name": "x" * 200},
        {"photo_url": None},
        {"photo_url": "https://example.com/ä.png"},
        {"settings": None},
    ],
)
def test_patches_that_are_taken(patch):
    """Null is "no choice of mine"."""
    check_patch(patch)
