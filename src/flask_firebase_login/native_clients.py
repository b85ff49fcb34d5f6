"""Apps that sign in through the site's own page: `FIREBASE_LOGIN_NATIVE_CLIENTS`, and which redirect URIs they may have.

Source: RFC 8252, sections 7 and 8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from .errors import ConfigError
from .text import is_plain

MAX_NAME_CHARACTERS = 80
MAX_REDIRECT_URI_CHARACTERS = 500

_MEMBERS = ("name", "redirect_uris", "device_code")
_CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}", re.ASCII)
_URI = re.compile(r"[!-~]+")  # printable ASCII without the space
_LOOPBACK = re.compile(r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]))(?P<rest>(?:[/?].*)?)", re.ASCII)
_REVERSE_DOMAIN = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)


@dataclass(frozen=True)
class NativeClient:
    """An app that may sign users in through the site's page: a public client, without a secret (RFC 8252, section 8.4).

    Attributes:
        client_id: What the app calls itself in its requests.
        name: What users know it by, on the page that asks them and in their list of devices.
        redirect_uris: Where the browser may lead back to.
        device_code: Whether it may sign in by a code that is typed on another device (RFC 8628).
    """

    client_id: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    device_code: bool = False

    def takes(self, redirect_uri: str) -> bool:
        """Whether a redirect URI is one of this client's: character by character, but for the port of a loopback address.

        Source: RFC 8252, section 7.3; RFC 9700, section 2.1.
        """
        return redirect_uri in self.redirect_uris or any(
            _is_loopback_of(registered, redirect_uri) for registered in self.redirect_uris
        )


def read_native_clients(key: str, given: object) -> Mapping[str, NativeClient]:
    """Read `{client_id: {"name": …, "redirect_uris": […], "device_code": …}}`.

    Raises:
        ConfigError: It is anything else; the message names the client and says what to write.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(
            f'{key} is {given!r}. Set it to a dict such as {{"notes": {{"name": "Notes", "redirect_uris": ["com.example.notes:/signed-in"]}}}}.'
        )
    return MappingProxyType({client_id: _read_client(key, client_id, members) for client_id, members in given.items()})


def _read_client(key: str, client_id: object, members: object) -> NativeClient:
    where = f"The client {client_id!r} in {key}"
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        raise ConfigError(f"{where} has no usable id. Take letters, digits, '.', '_', '~' and '-', at most 100.")
    if not isinstance(members, Mapping):
        raise ConfigError(f'{where} is {members!r}. Set it to {{"name": …, "redirect_uris": […]}}.')
    if unknown := [name for name in members if name not in _MEMBERS]:
        raise ConfigError(f"{where} has {unknown[0]!r}, which is no member of a client. There are {', '.join(_MEMBERS)}.")
    shown, uris, device_code = members.get("name"), members.get("redirect_uris", ()), members.get("device_code", False)
    if not isinstance(shown, str) or not 1 <= len(shown.strip()) <= MAX_NAME_CHARACTERS or not is_plain(shown):
        raise ConfigError(
            f"{where} has no name. Set it to what users know the app by, at most {MAX_NAME_CHARACTERS} characters."
        )
    if not isinstance(device_code, bool):
        raise ConfigError(f"{where} has device_code of {device_code!r}. Set it to True or False.")
    redirect_uris = _read_redirect_uris(where, uris)
    if not redirect_uris and not device_code:
        raise ConfigError(f"{where} has no way to sign in. Give it redirect_uris, or set its device_code to True.")
    return NativeClient(client_id, shown.strip(), redirect_uris, device_code)


def _read_redirect_uris(where: str, uris: object) -> tuple[str, ...]:
    if not isinstance(uris, list | tuple) or not all(isinstance(uri, str) for uri in uris):
        raise ConfigError(f"{where} has redirect_uris of {uris!r}. Set them to a list of strings.")
    for uri in uris:
        if remedy := _find_remedy(uri):
            raise ConfigError(f"{where} has the redirect URI {uri!r}. {remedy}")
    return tuple(uris)


def _find_remedy(uri: str) -> str | None:
    """Return what to change in a redirect URI; None where it may stay."""
    if not _URI.fullmatch(uri) or len(uri) > MAX_REDIRECT_URI_CHARACTERS or "\\" in uri:
        return f"Write it in printable ASCII without spaces and backslashes, at most {MAX_REDIRECT_URI_CHARACTERS} characters."
    if "#" in uri or "*" in uri:
        return "Name it whole: it has neither a fragment nor a wildcard."
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "It is no address."
    if parts.geturl() != uri:
        return f"Write it as {parts.geturl()!r}: browsers and libraries do."
    return "Leave the user name out." if "@" in parts.netloc else _find_remedy_of_scheme(uri, host, port)


def _find_remedy_of_scheme(uri: str, host: str | None, port: int | None) -> str | None:
    scheme = uri.partition(":")[0]
    if scheme == "https":
        return None if host else "It has no host."
    if scheme == "http":
        return _find_remedy_of_http(host, port)
    if not _REVERSE_DOMAIN.fullmatch(scheme):
        return "Take a scheme that is a domain of yours turned round, such as 'com.example.notes:/signed-in' (RFC 8252, section 7.1), or https."
    return None if len(uri) > len(scheme) + 1 else "Put a path behind the scheme, such as 'com.example.notes:/signed-in'."


def _find_remedy_of_http(host: str | None, port: int | None) -> str | None:
    if host == "localhost":
        return "Write 127.0.0.1, or [::1]: what 'localhost' leads to is not certain (RFC 8252, section 8.3)."
    if host not in ("127.0.0.1", "::1"):
        return "Plain http leads to the user's own machine alone, http://127.0.0.1/… or http://[::1]/…. Take https."
    return None if port is None else "Leave the port out: the app may take any that is free (RFC 8252, section 7.3)."


def _is_loopback_of(registered: str, redirect_uri: str) -> bool:
    loopback = _LOOPBACK.fullmatch(registered)
    if loopback is None:
        return False
    port = re.fullmatch(f"{re.escape(loopback['host'])}:([1-9][0-9]{{0,4}}){re.escape(loopback['rest'])}", redirect_uri)
    return port is not None and int(port[1]) < 2**16
