"""What is logged once of calls that go out without the session, because a mistake would go unnoticed."""

from __future__ import annotations

import logging

import httpx

from .site import Origin, Site, origin_of

log = logging.getLogger(__name__)

MAX_ELSEWHERE = 20


class Warnings:
    """Warns once of each thing.

    Args:
        site: The site.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._elsewhere: set[Origin] = set()
        self._has_told_of_authorization = False

    def about_elsewhere(self, url: httpx.URL) -> None:
        """Calls to another origin go out without the session: once for each."""
        origin = origin_of(url)
        if origin not in self._elsewhere and len(self._elsewhere) < MAX_ELSEWHERE:
            self._elsewhere.add(origin)
            log.warning(
                "Calls to %s://%s:%s go out without the session, which is for %s alone. Where that is meant, use another httpx "
                "client for them; where it is the same site, write its address in the same way.",
                *origin,
                self._site.origin,
            )

    def about_own_authorization(self) -> None:
        """Calls with an `Authorization` header of the app's own go out without the session."""
        if not self._has_told_of_authorization:
            self._has_told_of_authorization = True
            log.warning(
                "Calls with an Authorization header of their own go out without the session, which would need that header. Where "
                "that is not meant, take the header out of the call, or out of the client."
            )
