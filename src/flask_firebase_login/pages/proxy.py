"""`/__/auth/*` of the auth domain, served from this host.

Browsers that keep third parties from their storage break redirect sign-in where the auth domain is another site than this. Served from
here, its pages are of this site.

Source: firebase.google.com/docs/auth/web/redirect-best-practices, option 3; firebase-js-sdk issues 8329 and 8040 (why
`/__/firebase/init.json` is needed too).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
from flask import Flask, Response, request

from ..errors import FirebaseUnavailable, NotFound
from ..web.bodies import read_body
from ..web.origins import PROXY_ENDPOINT

log = logging.getLogger(__name__)

PREFIX = "/__/auth/"
INIT_PATH = "/__/firebase/init.json"
MAX_REQUEST_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 4 * 1024 * 1024
_PATH = re.compile(r"[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*", re.ASCII)
_ASKED_HEADERS = ("Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "If-None-Match", "User-Agent")
_DROPPED_HEADERS = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "set-cookie",
        "strict-transport-security",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class AuthProxy:
    """Relays exactly `/__/auth/*` and `/__/firebase/init.json`, bounded in time and size.

    Neither cookies nor credentials go to the auth domain, and no cookie comes back from it; no redirect is followed.
    Its pages keep the headers that Firebase gives them, because their scripts are inline.

    Args:
        auth_domain: `authDomain` of the `firebaseConfig`.
        timeout: How long each wait for it may take.
        transport: How httpx connects; None is httpx's own way.
    """

    def __init__(self, auth_domain: str, *, timeout: timedelta, transport: httpx.BaseTransport | None = None) -> None:
        self._origin = f"https://{auth_domain}"
        self._client = httpx.Client(
            timeout=timeout.total_seconds(), transport=transport, follow_redirects=False, trust_env=False
        )

    def register(self, app: Flask) -> None:
        """Add the two rules to an app, at its root."""
        app.add_url_rule(f"{PREFIX}<path:rest>", PROXY_ENDPOINT, self.relay, methods=["GET", "POST"])
        app.add_url_rule(INIT_PATH, "firebase_login_init_proxy", self.relay, methods=["GET"])

    def relay(self, rest: str = "") -> Response:
        """Ask the auth domain what the browser asked here, and stream its answer.

        Raises:
            NotFound: The path is not one that the auth domain can have.
            TooLarge: The body has more than 64 KiB.
            FirebaseUnavailable: The auth domain does not answer.
        """
        if rest and not _PATH.fullmatch(rest):
            raise NotFound
        query = request.query_string.decode("ascii", "replace")
        url = httpx.URL(self._origin + request.path).copy_with(query=query.encode() or None)
        headers = {name: request.headers[name] for name in _ASKED_HEADERS if name in request.headers}
        asked = self._client.build_request(request.method, url, headers=headers, content=read_body(request, MAX_REQUEST_BYTES))
        try:
            answer = self._client.send(asked, stream=True)
        except httpx.HTTPError as error:
            log.warning("The auth domain does not answer: %s", type(error).__name__)
            raise FirebaseUnavailable("Firebase's sign-in pages do not answer.") from error
        kept = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in _DROPPED_HEADERS]
        return Response(_stream(answer), answer.status_code, kept)


def _stream(answer: httpx.Response) -> Iterator[bytes]:
    sent = 0
    try:
        for chunk in answer.iter_raw():
            sent += len(chunk)
            if sent > MAX_ANSWER_BYTES:
                log.warning("The auth domain's answer has more than %d bytes; the rest is cut.", MAX_ANSWER_BYTES)
                return
            yield chunk
    except httpx.HTTPError as error:
        log.warning("The auth domain broke its answer off: %s", type(error).__name__)
    finally:
        answer.close()
