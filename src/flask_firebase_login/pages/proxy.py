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
from http import HTTPStatus

import httpx
from flask import Flask, Response, request

from ..errors import FirebaseUnavailable, NotFound, TooLarge
from ..web.bodies import read_body
from ..web.neighbours import keep_headers
from ..web.origins import PROXY_ENDPOINT

log = logging.getLogger(__name__)

PREFIX = "/__/auth/"
INIT_PATH = "/__/firebase/init.json"
MAX_REQUEST_BYTES = 64 * 1024
MAX_QUERY_BYTES = 32 * 1024
MAX_ANSWER_BYTES = 4 * 1024 * 1024
_PATH = re.compile(r"[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*", re.ASCII)
_NOT_OF_A_QUERY = re.compile(rb"[^\x21-\x7e]|#")
_FIELD_VALUE = re.compile(rb"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?")
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
_KEPT_HEADERS = ("Content-Security-Policy", "Cross-Origin-Opener-Policy", "X-Frame-Options")


class QueryTooLong(TooLarge):
    """The query has more bytes than any that Firebase's pages send."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG


class AuthProxy:
    """Relays exactly `/__/auth/*` and `/__/firebase/init.json`, bounded in time and size.

    Neither cookies nor credentials go to the auth domain, and no cookie comes back from it; no redirect is followed. There is
    no `httpx.Client` here, because a client keeps the cookies that one visitor is given and sends them with the next one's
    request: each request is built from the headers listed above, and handed to the transport as it is.
    The pages keep the headers that Firebase gives them, because their scripts are inline.

    Args:
        auth_domain: `authDomain` of the `firebaseConfig`.
        timeout: How long each wait for it may take.
        transport: How to connect; None is over HTTPS.
    """

    def __init__(self, auth_domain: str, *, timeout: timedelta, transport: httpx.BaseTransport | None = None) -> None:
        self._origin = f"https://{auth_domain}"
        self._extensions = {"timeout": httpx.Timeout(timeout.total_seconds()).as_dict()}
        self._transport = transport or httpx.HTTPTransport(trust_env=False)

    def register(self, app: Flask) -> None:
        """Add the two rules to an app, at its root."""
        app.add_url_rule(f"{PREFIX}<path:rest>", PROXY_ENDPOINT, self.relay, methods=["GET", "POST"])
        app.add_url_rule(INIT_PATH, "firebase_login_init_proxy", self.relay, methods=["GET"])

    def relay(self, rest: str = "") -> Response:
        """Ask the auth domain what the browser asked here, and stream its answer.

        Raises:
            NotFound: The path is not one that the auth domain can have.
            TooLarge: The body has more than 64 KiB, or the query more than 32 KiB.
            FirebaseUnavailable: The auth domain does not answer.
        """
        if rest and not _PATH.fullmatch(rest):
            raise NotFound
        url = httpx.URL(self._origin + request.path).copy_with(query=_read_query())
        body = read_body(request, MAX_REQUEST_BYTES)
        asked = httpx.Request(request.method, url, headers=_read_headers(), content=body, extensions=self._extensions)
        try:
            answer = self._transport.handle_request(asked)
        except httpx.HTTPError as error:
            log.warning("The auth domain does not answer: %s", type(error).__name__)
            raise FirebaseUnavailable("Firebase's sign-in pages do not answer.") from error
        response = Response(_stream(answer), answer.status_code, _list_kept_headers(answer))
        response.call_on_close(answer.close)
        return keep_headers(response, *_KEPT_HEADERS)


def _read_query() -> bytes | None:
    """Return the query with everything percent-encoded that a URL cannot hold (RFC 3986, section 2.1), as browsers send it."""
    query = _NOT_OF_A_QUERY.sub(lambda byte: b"%%%02X" % byte[0][0], request.query_string)
    if len(query) > MAX_QUERY_BYTES:
        raise QueryTooLong(f"The query has more than {MAX_QUERY_BYTES} bytes.")
    return query or None


def _read_headers() -> list[tuple[bytes, bytes]]:
    """Return the headers that the auth domain is sent, byte for byte; one that HTTP does not allow is left out.

    Source: PEP 3333 (WSGI hands bytes on as Latin-1); RFC 9110, section 5.5 (field values).
    """
    encoded = ((name.encode(), _encode(request.headers[name])) for name in _ASKED_HEADERS if name in request.headers)
    return [(name, value) for name, value in encoded if _FIELD_VALUE.fullmatch(value)]


def _encode(value: str) -> bytes:
    try:
        return value.encode("latin-1").strip(b" \t")
    except UnicodeEncodeError:
        return b""


def _list_kept_headers(answer: httpx.Response) -> list[tuple[str, str]]:
    decoded = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
    return [(name, value) for name, value in decoded if name.lower() not in _DROPPED_HEADERS]


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
