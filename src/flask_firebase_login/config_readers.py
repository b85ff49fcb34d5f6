"""One function for each kind of configuration value: takes it as it was given, returns it typed, or says what to set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args
from urllib.parse import SplitResult, urlsplit

from .config_javascript import list_changes_to_json
from .errors import ConfigError

PROVIDERS = (
    "google.com",
    "password",
    "apple.com",
    "facebook.com",
    "github.com",
    "microsoft.com",
    "twitter.com",
    "yahoo.com",
    "emailLink",
    "phone",
    "anonymous",
)
SECOND_FACTORS = ("totp", "phone")
AppCheckMode = Literal["off", "observe", "required"]
_FEDERATED = re.compile(r"(oidc|saml)\.[A-Za-z0-9_.-]{1,100}", re.ASCII)
_PREFIX_PATH = re.compile(r"(/(?!\.{1,2}(/|\Z))[A-Za-z0-9_.~-]+)+", re.ASCII)
_BLUEPRINT = re.compile(r"[^/\s]+")
_PROJECT_NUMBER = re.compile(r"[1-9]\d{0,29}", re.ASCII)
_APP_ID = re.compile(r"\d+:[1-9]\d{0,29}:[a-z]+:[0-9a-f]+", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?", re.ASCII)
_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):\d{1,5}", re.ASCII)
ServiceAccount = str | Mapping[str, Any]
"""The path of a service account's key file, its content, or `APPLICATION_DEFAULT`."""
APPLICATION_DEFAULT = "application-default"
MAX_DURATION = timedelta(days=3650)
MAX_CLOCK_SKEW = timedelta(seconds=60)


def optional(reader: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Return a reader that takes None as well."""
    return lambda key, given: None if given is None else reader(key, given)


def text(key: str, given: object) -> str:
    """Read a string that is not empty."""
    if not isinstance(given, str) or not given.strip():
        raise _wrong(key, given, "a string that is not empty")
    return given


def boolean(key: str, given: object) -> bool:
    """Read True or False; the string 'false' is neither."""
    if not isinstance(given, bool):
        raise _wrong(key, given, "True or False (in the environment: true or false)")
    return given


def count(key: str, given: object) -> int:
    """Read a whole number above zero."""
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise _wrong(key, given, "a whole number above 0")
    return given


def duration(key: str, given: object) -> timedelta:
    """Read a duration above zero: a timedelta, or a number of seconds."""
    parsed = _duration(key, given)
    if not timedelta(0) < parsed <= MAX_DURATION:
        raise _wrong(key, given, "a timedelta or a number of seconds, above 0 and at most ten years")
    return parsed


def clock_skew(key: str, given: object) -> timedelta:
    """Read a duration of 0 to 60 seconds."""
    parsed = _duration(key, given)
    if not timedelta(0) <= parsed <= MAX_CLOCK_SKEW:
        raise _wrong(key, given, "0 to 60 seconds")
    return parsed


def firebase_config(key: str, given: object) -> Mapping[str, Any]:
    """Read the `firebaseConfig` object: a dict, or JSON."""
    wanted = 'the firebaseConfig object of the Firebase console, with a "projectId", as a dict or as JSON'
    if isinstance(given, str):
        given = _read_json(key, given, wanted)
    if not isinstance(given, Mapping) or not isinstance(given.get("projectId"), str) or not given["projectId"]:
        raise ConfigError(f"{key} has no projectId. Set it to {wanted}.")
    for name in ("apiKey", "authDomain", "appId"):
        if not isinstance(given.get(name, ""), str):
            raise ConfigError(f"{name} in {key} is no string. Set {key} to {wanted}.")
    if not _HOST.fullmatch(given.get("authDomain", "x")):
        raise ConfigError(
            f"authDomain in {key} is no host name. Set it as the Firebase console shows it, such as 'shop.firebaseapp.com'."
        )
    return MappingProxyType(dict(given))


def _read_json(key: str, given: str, wanted: str) -> object:
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        changes = list_changes_to_json(given)
    wrong = f"is JavaScript, but no JSON: {'; '.join(changes)}" if changes else "is no JSON"
    raise ConfigError(f'{key} {wrong}. Set it to {wanted}: {{"projectId": "…", "apiKey": "…", "authDomain": "…"}}.')


def providers(key: str, given: object) -> tuple[str, ...]:
    """Read provider ids, each known and none twice."""
    named = _strings(key, given)
    for provider in named:
        if provider not in PROVIDERS and not is_federated(provider):
            raise _wrong(key, given, f"some of {', '.join(PROVIDERS)}, oidc.<name>, saml.<name>")
    if not named or len(set(named)) != len(named):
        raise _wrong(key, given, "at least one provider, and none twice")
    return named


def second_factors(key: str, given: object) -> tuple[str, ...]:
    """Read kinds of second factors, each known and none twice; there may be none."""
    named = _strings(key, given)
    if not set(named) <= {*SECOND_FACTORS} or len(set(named)) != len(named):
        raise _wrong(key, given, f"some of {', '.join(SECOND_FACTORS)}, and none twice")
    return named


def app_check(key: str, given: object) -> AppCheckMode:
    """Read `off`, `observe` or `required`; True and False are none of them."""
    if given not in get_args(AppCheckMode):
        raise _wrong(key, given, "'off', 'observe' or 'required'")
    return cast(AppCheckMode, given)


def project_number(key: str, given: object) -> str:
    """Read a project's number, as a whole number or as text; it is not the project's id."""
    written = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(written, str) or not _PROJECT_NUMBER.fullmatch(written):
        raise _wrong(
            key, given, "the project number of the Firebase console, such as 123456789012; the project id is another thing"
        )
    return written


def app_ids(key: str, given: object) -> tuple[str, ...]:
    """Read ids of a project's apps, at least one."""
    named = _strings(key, given)
    if not named or not all(_APP_ID.fullmatch(app_id) for app_id in named):
        raise _wrong(
            key,
            given,
            "app ids as the Firebase console shows them, such as '1:123456789012:web:0123abc', or None for every app",
        )
    return named


def is_federated(provider: str) -> bool:
    """Whether a provider id is one of OpenID Connect or SAML."""
    return _FEDERATED.fullmatch(provider) is not None


def origins(key: str, given: object) -> tuple[str, ...]:
    """Read origins: scheme, host and port, nothing more (RFC 6454, section 6.2)."""
    named = _strings(key, given)
    for origin in named:
        parts = _split(origin)
        if (
            parts.scheme not in ("http", "https")
            or origin != f"{parts.scheme}://{parts.netloc}".lower()
            or "@" in origin
            or not parts.hostname
            or "*" in origin
        ):
            raise _wrong(key, given, "origins such as 'https://app.example.com', without a path and without '*'")
    return named


def url_prefix(key: str, given: object) -> str:
    """Read a path to put the endpoints under; the root is not one, and dot segments (RFC 3986, section 3.3) never reach a site."""
    if not isinstance(given, str) or not _PREFIX_PATH.fullmatch(given):
        raise _wrong(key, given, "a path such as '/auth', without a slash at its end and without '.' or '..' as a part")
    return given


def api(key: str, given: object) -> tuple[str, ...]:
    """Read path prefixes and names of blueprints."""
    named = _strings(key, given)
    if not all(_PREFIX_PATH.fullmatch(name) or _BLUEPRINT.fullmatch(name) for name in named):
        raise _wrong(key, given, "paths such as '/api', without a slash at their end, and names of blueprints such as 'mobile'")
    return named


def path(key: str, given: object) -> str:
    """Read a path on this host."""
    if not isinstance(given, str) or not given.startswith("/") or given.startswith("//") or "\\" in given:
        raise _wrong(key, given, "a path on this host, such as '/'")
    return given


def https_url(key: str, given: object) -> str:
    """Read an https URL; plain http only to this machine, for tests."""
    parts = _split(given if isinstance(given, str) else "")
    is_local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not isinstance(given, str) or not parts.hostname or not (parts.scheme == "https" or is_local):
        raise _wrong(key, given, "an https URL (http on 127.0.0.1 only)")
    return given


def service_account(key: str, given: object) -> ServiceAccount:
    """Read the key of a service account, as a path, as a dict or as JSON; or that Google's own search finds credentials."""
    wanted = f"the path of a service account's JSON key, its content as a dict, or {APPLICATION_DEFAULT!r}"
    if isinstance(given, str) and given.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            given = json.loads(given)
    if isinstance(given, Mapping):
        if given.get("type") != "service_account" or not all(given.get(name) for name in ("client_email", "private_key")):
            raise ConfigError(f"{key} is no key of a service account. Set it to {wanted}.")  # what was given is a secret
        return MappingProxyType(dict(given))
    if not isinstance(given, str) or not given.strip() or given.lstrip().startswith("{"):
        raise ConfigError(f"{key} is no key of a service account. Set it to {wanted}.")
    if given != APPLICATION_DEFAULT and not Path(given).is_file():
        raise ConfigError(f"{key} is {given!r}, which is no file. Set it to {wanted}.")
    return given


def emulator_host(key: str, given: object) -> str | None:
    """Read `host:port`; an empty string turns the emulator off, None leaves it to the environment."""
    if given is None or given == "":
        return None if given is None else ""
    if not isinstance(given, str) or not _HOST_PORT.fullmatch(given):
        raise _wrong(key, given, "host and port of the Firebase Auth emulator, such as '127.0.0.1:9099'")
    return given


def _split(url: str) -> SplitResult:
    """Take a URL apart; of one that cannot be taken apart, nothing is known."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return urlsplit("")
    return parts


def _duration(key: str, given: object) -> timedelta:
    if isinstance(given, timedelta):
        return given
    if isinstance(given, bool) or not isinstance(given, int | float) or given != given:
        raise _wrong(key, given, "a timedelta or a number of seconds")
    try:
        return timedelta(seconds=given)
    except OverflowError:
        raise _wrong(key, given, "a timedelta or a number of seconds, at most ten years") from None


def _strings(key: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple | set | frozenset) or not all(isinstance(item, str) for item in given):
        raise _wrong(key, given, "a list or tuple of strings (in the environment: a JSON list)")
    return tuple(given)


def _wrong(key: str, given: object, wanted: str) -> ConfigError:
    return ConfigError(f"{key} is {given!r}. Set it to {wanted}.")
