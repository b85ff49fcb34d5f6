"""The one site that a session is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import httpx

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Scheme, host and port, as RFC 6454, section 4, tells them."""

    scheme: str
    host: str
    port: int | None


@dataclass(frozen=True)
class Site:
    """A site with Flask-Firebase-Login.

    Attributes:
        url: Where it is; only scheme, host and port count.
        url_prefix: Where its endpoints are, as its `FIREBASE_LOGIN_URL_PREFIX` says.
    """

    url: httpx.URL
    url_prefix: str = "/auth"

    def __post_init__(self) -> None:
        if self.url.scheme not in _DEFAULT_PORTS or not self.url.host:
            raise ValueError(f"The site is an address such as 'https://shop.example', not {str(self.url)!r}.")

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

    def owns(self, url: httpx.URL) -> bool:
        """Whether an address is the site's: the same scheme, host and port."""
        return origin_of(url) == origin_of(self.url)

    def endpoint(self, name: str) -> httpx.URL:
        """Return the address of an endpoint, such as `sign-in`."""
        return self.url.copy_with(path=f"{self.url_prefix}/{name}", query=None, fragment=None)


def origin_of(url: httpx.URL) -> Origin:
    """Return the origin of an address, its default port filled in."""
    return Origin(url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme))
