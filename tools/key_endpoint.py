"""A key endpoint in place of Google's: it serves the public keys of a `LocalIssuer`, counts, and fails as often as it should."""

from __future__ import annotations

import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from flask_firebase_login.testing import LocalIssuer


class KeyEndpoint:
    """Serves the JWK set of an issuer on loopback.

    Args:
        issuer: Whose keys; it need not be started.
        failing: Which share of the requests fails with 500, 0 to 1.
        max_age_seconds: How long the keys may be kept.

    Attributes:
        asked: How many requests have come.
    """

    def __init__(self, issuer: LocalIssuer, *, failing: float = 0.0, max_age_seconds: int = 21600) -> None:
        self.asked = 0
        self._body = json.dumps(issuer.jwks).encode()
        self._failing = failing
        self._max_age_seconds = max_age_seconds
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/jwks"

    def __enter__(self) -> Self:
        """Serve, in a background thread."""
        threading.Thread(target=self._server.serve_forever, name="key-endpoint", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Serve nothing any more."""
        self._server.shutdown()
        self._server.server_close()

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                endpoint.asked += 1
                is_good = random.random() >= endpoint._failing  # noqa: S311
                body = endpoint._body if is_good else b"{}"
                self.send_response(200 if is_good else 500)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", f"public, max-age={endpoint._max_age_seconds}")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Print nothing."""

        return Handler
