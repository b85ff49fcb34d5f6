"""What keeps the session's cookies out of the jar of an HTTP client: `http.cookiejar` would send them to any port of the host."""

from __future__ import annotations

from collections.abc import Callable
from http.cookiejar import Cookie, DefaultCookiePolicy
from urllib.request import Request

import httpx


class AllButTheSites(DefaultCookiePolicy):
    """A policy for cookie jars that take no cookie of the session's site.

    Args:
        owns: Whether an address is the site's.
    """

    def __init__(self, owns: Callable[[httpx.URL], bool]) -> None:
        super().__init__()
        self._owns = owns

    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        """Whether a cookie is kept."""
        return not self._owns(httpx.URL(request.get_full_url())) and super().set_ok(cookie, request)
