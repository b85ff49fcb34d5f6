"""What is secret in a configuration, cut out of what is printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

CUT = "…"
_SECRET = re.compile(
    r"passw|passphrase|pwd|secret|token|credential|salt|private_?key|service_?account|api_?key|(^|_)key(s|$)", re.IGNORECASE
)
"""What is called so holds a secret, or something that leads to one."""
_SHORTEST = 6
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def make_shown(value: object, name: str = "") -> Any:
    """Return a configuration value as JSON, without what is secret in it. A `timedelta` is its seconds.

    Args:
        value: Whatever a configuration holds.
        name: What it is called.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    if value and _SECRET.search(name):
        return CUT
    if isinstance(value, Mapping):
        return {str(key): make_shown(member, str(key)) for key, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [make_shown(member) for member in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: make_shown(getattr(value, field.name), field.name) for field in fields(value)}
    return _USER_INFO.sub(CUT, str(value))


class Redactor:
    """Cuts the secrets of a site out of texts that others have written, such as the error of a database driver.

    Args:
        configurations: Where the secrets are: `app.config`, the environment.
    """

    def __init__(self, *configurations: Mapping[str, Any]) -> None:
        found = {secret for configuration in configurations for secret in _find_secrets(configuration)}
        self._secrets = sorted((secret for secret in found if len(secret) >= _SHORTEST), key=len, reverse=True)

    def cut(self, text: str) -> str:
        """Return a text without them."""
        for secret in self._secrets:
            text = text.replace(secret, CUT)
        return _USER_INFO.sub(CUT, text)


def _find_secrets(configuration: Mapping[str, Any]) -> Iterator[str]:
    for name, value in configuration.items():
        for member in value if isinstance(value, list | tuple) else [value]:
            text = member.decode(errors="replace") if isinstance(member, bytes) else member
            if isinstance(text, str) and _SECRET.search(str(name)):
                yield text
            elif isinstance(text, str):
                yield from _find_password(text)
                text = _read_object(text)
            if isinstance(text, Mapping):
                yield from _find_secrets(text)


def _read_object(text: str) -> Any:
    """Return the object that a variable of the environment holds as JSON; None where it holds anything else."""
    with suppress(ValueError, RecursionError):
        return json.loads(text) if text.lstrip().startswith("{") else None
    return None


def _find_password(url: str) -> Iterator[str]:
    """Yield the password of a URL, such as that of a database."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        yield from {password, unquote(password)}
