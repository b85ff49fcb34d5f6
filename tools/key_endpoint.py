"""A key endpoint in place of Google's: it serves the public keys of a `LocalIssuer`, counts, and fails as often as it should."""

from __future__ import annotations

import json
import random
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from flask_firebase_login.testing import LocalIssuer

CERTIFICATES_PATH = "/certificates"


class KeyEndpoint:
    """Serves the JWK set of an issuer on loopback, and the same key as a certificate.

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
        self._certificates = json.dumps({str(issuer._key.kid): make_certificate(issuer._key.private_key)}).encode()
        self._failing = failing
        self._max_age_seconds = max_age_seconds
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/jwks"

    @property
    def certificates_url(self) -> str:
        """Where the same key is, as Google publishes it for libraries that read X.509."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{CERTIFICATES_PATH}"

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
                wanted = endpoint._certificates if self.path == CERTIFICATES_PATH else endpoint._body
                body = wanted if is_good else b"{}"
                self.send_response(200 if is_good else 500)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", f"public, max-age={endpoint._max_age_seconds}")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Print nothing."""

        return Handler


def make_certificate(key: Any) -> str:
    """Return a certificate of a private key, signed by itself, in PEM."""
    name, now = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "securetoken.system.gserviceaccount.com")]),
        datetime.now(UTC),
    )
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=16))
    return certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
