"""The one site that a session is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import httpx

_DEFAULT_PORTS = {"http": 80, "https": 443}
_OF_WEB_SOCKETS = {"ws": "http", "wss": "https"}


class Origin(NamedTuple):
    """Scheme, host and port, as RFC 6454, section 4, tells them; a web socket's are those of its handshake (RFC 6455, section 3)."""

    scheme: str
    host: str
    port: int | None


@dataclass(frozen=True)
class Site:
    """A site with Flask-Firebase-Login.

    Attributes:
        url: Where it is: scheme, host and port.
        url_prefix: Where its endpoints are, as its `FIREBASE_LOGIN_URL_PREFIX` says.
    """

    url: httpx.URL
    url_prefix: str = "/auth"

    def __post_init__(self) -> None:
        if self.url.scheme not in _DEFAULT_PORTS or not self.url.host:
            raise ValueError(f"The site is an address such as 'https://shop.example', not {str(self.url)!r}.")
        if self.url.path not in ("", "/") or self.url.query:
            path = self.url.path.rstrip("/")
            raise ValueError(
                f"The site is an address without a path. Where it is served below {path!r}, give {self.origin!r} as the site and "
                f"url_prefix={path + self.url_prefix!r}."
            )
        meant = f"/{self.url_prefix.strip('/')}".removesuffix("/")
        if self.url_prefix != meant:
            raise ValueError(
                f"The url_prefix begins with a slash and ends without one: write {meant!r}, not {self.url_prefix!r}."
            )

    @property
    def origin(self) -> str:
        """The site's origin as text, such as `https://shop.example`; the default port is left out."""
        scheme, host, port = origin_of(self.url)
        shown = f"[{host}]" if ":" in host else host
        return f"{scheme}://{shown}" + ("" if port == _DEFAULT_PORTS[scheme] else f":{port}")

    @property
    def is_secure(self) -> bool:
        """Whether `Secure` cookies travel there."""
        return self.url.scheme == "https"

    @property
    def issuer(self) -> str:
        """What the site calls itself where it answers a browser (RFC 8414, section 2; RFC 9207)."""
        return str(self.endpoint("")).rstrip("/")

    def owns(self, url: httpx.URL) -> bool:
        """Whether an address is the site's: the same scheme, host and port."""
        return origin_of(url) == origin_of(self.url)

    def endpoint(self, name: str) -> httpx.URL:
        """Return the address of an endpoint, such as `sign-in`."""
        return self.url.copy_with(path=f"{self.url_prefix}/{name}", query=None, fragment=None)


def origin_of(url: httpx.URL) -> Origin:
    """Return the origin of an address, its default port filled in."""
    scheme = _OF_WEB_SOCKETS.get(url.scheme, url.scheme)
    return Origin(scheme, url.host, url.port or _DEFAULT_PORTS.get(scheme))
