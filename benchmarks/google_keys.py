"""A double of Google's key servers: the JWK set of an issuer, and the same key as a certificate, as Firebase publishes both."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from flask_firebase_login.testing import LocalIssuer

MAX_AGE_SECONDS = 21600


class GoogleKeys:
    """Serves the keys of an issuer on loopback.

    Args:
        issuer: Whose; it need not be started.
    """

    def __init__(self, issuer: LocalIssuer) -> None:
        self.private_key = cast(RSAPrivateKey, issuer._key.private_key)
        self.key_id = str(issuer._key.kid)
        answers = {
            "/jwks": json.dumps(issuer.jwks).encode(),
            "/certificates": json.dumps({self.key_id: make_certificate(self.private_key)}).encode(),
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(answers))

    @property
    def url(self) -> str:
        """Where they are."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Serve, in a background thread."""
        threading.Thread(target=self._server.serve_forever, name="google-keys", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Serve nothing any more."""
        self._server.shutdown()
        self._server.server_close()


def make_certificate(key: RSAPrivateKey) -> str:
    """Return a certificate of a key, signed by itself, in PEM."""
    name, now = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "securetoken.system.gserviceaccount.com")]),
        datetime.now(UTC),
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=16))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def make_handler(answers: dict[str, bytes]) -> type[BaseHTTPRequestHandler]:
    """Return what answers with JSON that may be kept for six hours."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path, b"{}")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/json")
            self.send_header("Cache-Control", f"public, max-age={MAX_AGE_SECONDS}, must-revalidate, no-transform")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Print nothing."""

    return Handler
