"""Merge patches, and what an account can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..errors import InvalidPatch, InvalidSettings
from ..text import is_plain, is_storable
from .models import MAX_NAME_CHARACTERS, MAX_URL_CHARACTERS

MAX_SETTINGS_BYTES = 16 * 1024
MAX_SETTINGS_LEVELS = 8
MAX_INTEGER = 2**53 - 1

SettingsValidator = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the settings as they would become; returns what to keep, or raises `InvalidSettings`."""


def merge(target: object, patch: object) -> Any:
    """Apply a JSON merge patch; neither argument is changed.

    Args:
        target: Any JSON value.
        patch: Any JSON value; None in an object removes a member.

    Source: RFC 7396, section 2.
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, change in patch.items():
        if change is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), change)
    return merged


def check_patch(patch: Mapping[str, Any]) -> None:
    """Check a merge patch of an account, but for what depends on the account.

    Args:
        patch: Some of `name`, `photo_url` and `settings`; None for "no choice of mine".

    Raises:
        InvalidPatch: Another member, or a name or URL that an account cannot hold.
        InvalidSettings: The settings are no object, or too deep to be merged.
    """
    for name in patch:
        if name not in ("name", "photo_url", "settings"):
            raise InvalidPatch(
                f"An account has no member {name[:40]!r} to change; there are 'name', 'photo_url' and 'settings'."
            )
    _check_name(patch.get("name"))
    _check_photo_url(patch.get("photo_url"))
    settings = patch.get("settings")
    if settings is not None:
        if not isinstance(settings, Mapping):
            raise InvalidSettings("The settings are a JSON object.")
        _check_json(settings)


def check_settings(settings: dict[str, Any], validate: SettingsValidator | None = None) -> dict[str, Any]:
    """Check settings as they would become, by our own limits and the site's validator.

    Args:
        settings: The whole object, after the merge.
        validate: The site's own check.

    Returns:
        What to keep.

    Raises:
        InvalidSettings: Over 16 KiB, over 8 levels, or not storable as JSON.
    """
    if validate is not None:
        settings = validate(settings)
    if not isinstance(settings, Mapping):
        raise InvalidSettings("The settings are a JSON object.")
    _check_json(settings)
    if len(json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_SETTINGS_BYTES:
        raise InvalidSettings(f"The settings would have more than {MAX_SETTINGS_BYTES} bytes.")
    return dict(settings)


def _check_name(name: object) -> None:
    if name is None:
        return
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME_CHARACTERS or not is_plain(name):
        raise InvalidPatch(f"A name is a string of 1 to {MAX_NAME_CHARACTERS} characters without control characters, or null.")


def _check_photo_url(url: object) -> None:
    if url is None:
        return
    if not isinstance(url, str) or len(url) > MAX_URL_CHARACTERS or not is_plain(url) or not _is_https(url):
        raise InvalidPatch(f"A photo_url is an https URL of at most {MAX_URL_CHARACTERS} characters, or null.")


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        return False


def _check_json(node: object, level: int = 1) -> None:
    if isinstance(node, Mapping | list) and level > MAX_SETTINGS_LEVELS:
        raise InvalidSettings(f"The settings have more than {MAX_SETTINGS_LEVELS} levels.")
    if isinstance(node, Mapping):
        for name, member in node.items():
            _check_json(name)
            _check_json(member, level + 1)
    elif isinstance(node, list):
        for member in node:
            _check_json(member, level + 1)
    elif not _is_storable_scalar(node):
        raise InvalidSettings("The settings hold a text or a number that not every database can store.")


def _is_storable_scalar(node: object) -> bool:
    if isinstance(node, str):
        return is_storable(node)
    if isinstance(node, float):
        return math.isfinite(node)
    if isinstance(node, int):
        return abs(node) <= MAX_INTEGER
    return node is None
