"""The session's cookies in requests, and httpx's own of the same names out of them."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from .cookies import Cookie, matches_domain, parse_names

MAX_NAMES = 100
"""How many names are remembered of cookies that are kept no more: httpx's jar may hold them still."""


class RequestCookies:
    """Puts cookies into requests to the site, and keeps them out of those to others: httpx keeps cookies by host, whatever the port.

    Args:
        host: The site's host.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._names: dict[str, None] = {}

    def note(self, cookies: Iterable[Cookie]) -> None:
        """Remember cookies that are about to be sent, or to be dropped."""
        for cookie in cookies:
            if cookie.name not in self._names:
                self._names[cookie.name] = None
        for name in [*self._names][: max(0, len(self._names) - MAX_NAMES)]:
            del self._names[name]

    def put_into(self, request: httpx.Request, ours: str | None) -> None:
        """Put a `Cookie` header of ours beside the app's own cookies of other names."""
        there = request.headers.get("Cookie")
        theirs = [f"{name}={value}" for name, value in parse_names(there) if name not in self._names] if there else []
        _set_header(request, [*theirs, ours] if ours else theirs)

    def keep_out_of(self, request: httpx.Request, cookies: Iterable[Cookie]) -> None:
        """Take the session's cookies out of a request to another scheme, host or port.

        Args:
            request: The request.
            cookies: Those that are kept now, which go to nobody else, whatever the host.
        """
        there = request.headers.get("Cookie")
        if not there:
            return
        pairs = {(cookie.name, cookie.value) for cookie in cookies}
        names = self._names if _is_related(request.url.host, self._host) else {}
        _set_header(
            request,
            [f"{name}={value}" for name, value in parse_names(there) if (name, value) not in pairs and name not in names],
        )


def _is_related(host: str, site: str) -> bool:
    """Whether a cookie of the one host may reach the other (RFC 6265, section 5.1.3)."""
    return matches_domain(host, site) or matches_domain(site, host)


def _set_header(request: httpx.Request, pairs: list[str]) -> None:
    if pairs:
        request.headers["Cookie"] = "; ".join(pairs)
    else:
        request.headers.pop("Cookie", None)
