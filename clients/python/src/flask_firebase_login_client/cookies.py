"""The cookies of one site, as RFC 6265 has them.

They are sent to that site alone: to its very scheme, host and port, whatever their `Domain` would allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from .dates import parse_http_date

MAX_COOKIE_BYTES = 4096
MAX_COOKIES = 50
MAX_HEADERS = 50
_JOINED = re.compile(r",(?=[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+=)")
_CONTROL = re.compile(r"[\x00-\x08\x0A-\x1F\x7F]")
_DELTA_SECONDS = re.compile(r"-?[0-9]+\Z")
_FOREVER = timedelta(days=365 * 100)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cookie:
    """A cookie, as it is kept.

    Attributes:
        name: Its name.
        value: Its value, quotes included.
        path: Below which paths it is sent.
        secure: Whether it is sent over HTTPS only.
        http_only: Whether it is hidden from scripts; kept because the site said it.
        host_only: Whether it named no `Domain`.
        expires_at: When it ends, aware UTC; None where the site did not say, and then it is kept until the sign-out.
    """

    name: str
    value: str = field(repr=False)
    path: str = "/"
    secure: bool = False
    http_only: bool = False
    host_only: bool = True
    expires_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended."""
        return self.expires_at is not None and self.expires_at <= now


class CookieJar:
    """The cookies of one site.

    Args:
        host: The site's host, in lower case.
        is_secure: Whether it is reached by HTTPS.
        cookies: What was kept of them.
    """

    def __init__(self, host: str, *, is_secure: bool, cookies: Iterable[Cookie] = ()) -> None:
        self._host = host
        self._is_secure = is_secure
        self._cookies = {(cookie.name, cookie.path): cookie for cookie in cookies}
        self._headers: dict[str, tuple[str | None, datetime | None]] = {}

    def __iter__(self) -> Iterator[Cookie]:
        """Every cookie that is kept, the oldest first."""
        return iter([*self._cookies.values()])

    def receive(self, headers: Iterable[str], *, path: str, now: datetime, server_now: datetime | None = None) -> list[Cookie]:
        """Take the `Set-Cookie` headers of an answer.

        Args:
            headers: Each header's value; several cookies that a proxy joined by commas are taken apart.
            path: The path that was asked for, which is the default `Path`.
            now: This device's time.
            server_now: The answer's `Date`: `Expires` counts from it, so that a wrong clock on the device ends no cookie.

        Returns:
            The cookies that it sets or deletes, but for those that are none of this site's to set.
        """
        taken = []
        self._headers.clear()
        for line in (one for header in headers for one in _JOINED.split(header)):
            cookie = self._parse(line, default_path(path), now, server_now or now)
            if cookie is None:
                continue
            taken.append(cookie)
            if cookie.is_over(now):
                self._cookies.pop((cookie.name, cookie.path), None)
            else:
                self._cookies[cookie.name, cookie.path] = cookie
        for key in [*self._cookies][: max(0, len(self._cookies) - MAX_COOKIES)]:
            del self._cookies[key]
        return taken

    def header_for(self, path: str, now: datetime) -> str | None:
        """Return the `Cookie` header for a request, longest paths first; None where there is none.

        Source: RFC 6265, section 5.4.
        """
        header, ends_at = self._headers.get(path, (None, now))
        if ends_at is not None and ends_at <= now:
            sent = [cookie for cookie in self._cookies.values() if self._is_sent(cookie, path, now)]
            sent.sort(key=lambda cookie: -len(cookie.path))
            header = "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent) or None
            self._remember(path, header, now)
        return header

    def has(self, name: str, now: datetime) -> bool:
        """Whether a cookie of that name is kept and has not ended."""
        return any(cookie.name == name and not cookie.is_over(now) for cookie in self._cookies.values())

    def names(self) -> set[str]:
        """Return the names of all cookies that are kept."""
        return {cookie.name for cookie in self._cookies.values()}

    def _remember(self, path: str, header: str | None, now: datetime) -> None:
        """A header holds until the next answer with cookies, or until one of its cookies ends."""
        if len(self._headers) >= MAX_HEADERS:
            self._headers.clear()
        ends = [cookie.expires_at for cookie in self._cookies.values() if cookie.expires_at and cookie.expires_at > now]
        self._headers[path] = (header, min(ends, default=None))

    def _is_sent(self, cookie: Cookie, path: str, now: datetime) -> bool:
        return not cookie.is_over(now) and matches_path(path, cookie.path) and (self._is_secure or not cookie.secure)

    def _parse(self, line: str, path: str, now: datetime, server_now: datetime) -> Cookie | None:
        """RFC 6265, sections 5.2 and 5.3; prefixes and limits are those of its successor (draft rfc6265bis)."""
        if _CONTROL.search(line):
            return None
        pair, *attributes = line.split(";")
        name, is_pair, value = (part.strip(" \t") for part in pair.partition("="))
        if not is_pair or not name or len(f"{name}{value}".encode()) > MAX_COOKIE_BYTES:
            return None
        said = {key.strip(" \t").lower(): told.strip(" \t") for key, _, told in (one.partition("=") for one in attributes)}
        domain, below = said.get("domain", "").removeprefix(".").lower(), said.get("path", "")
        cookie = Cookie(
            name,
            value,
            path=below if below.startswith("/") else path,
            secure="secure" in said,
            http_only="httponly" in said,
            host_only=not domain,
            expires_at=_read_end(said, now, server_now),
        )
        return cookie if self._admits(cookie, domain) else None

    def _admits(self, cookie: Cookie, domain: str) -> bool:
        if cookie.secure and not self._is_secure:
            return False
        if domain and not matches_domain(self._host, domain):
            return False
        if cookie.name.lower().startswith("__host-"):
            return cookie.secure and cookie.path == "/" and not domain
        return cookie.secure or not cookie.name.lower().startswith("__secure-")


def default_path(path: str) -> str:
    """Return the path that a cookie without `Path` is for (RFC 6265, section 5.1.4)."""
    folder = path.rpartition("/")[0]
    return folder if folder.startswith("/") else "/"


def matches_path(path: str, cookie_path: str) -> bool:
    """Whether a request's path lies below a cookie's (RFC 6265, section 5.1.4)."""
    path = path or "/"
    return path == cookie_path or (
        path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
    )


def matches_domain(host: str, domain: str) -> bool:
    """Whether a host is a cookie's domain or below it (RFC 6265, section 5.1.3)."""
    return host == domain or (host.endswith(f".{domain}") and not _is_address(host))


def parse_names(header: str) -> list[tuple[str, str]]:
    """Return the pairs of a `Cookie` header."""
    pairs = (pair.partition("=") for pair in header.split(";") if pair.strip())
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _read_end(said: Mapping[str, str], now: datetime, server_now: datetime) -> datetime | None:
    """`Max-Age` goes before `Expires`; zero and less is long ago, and what no calendar holds is a hundred years."""
    if _DELTA_SECONDS.match(said.get("max-age", "")):
        seconds = int(said["max-age"][:12])
        return _LONG_AGO if seconds <= 0 else now + min(timedelta(seconds=seconds), _FOREVER)
    expires = parse_http_date(said.get("expires", ""))
    try:
        return None if expires is None else expires + (now - server_now)
    except OverflowError:
        return expires


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
