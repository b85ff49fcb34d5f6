"""A site under gunicorn over TLS, with a certificate that it signed itself."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from site_process import SiteProcess


class TLSSiteProcess(SiteProcess):
    """As `SiteProcess`, over HTTPS.

    Args:
        module: What gunicorn serves.
        folder: Where that module is; the certificate is put there.
        environment: What the site is configured by.
        log: Where its log goes.
    """

    def __init__(self, module: str, folder: Path, environment: dict[str, str], *, log: Path) -> None:
        certificate, key = make_certificate(folder)
        arguments = {"GUNICORN_CMD_ARGS": f"--certfile={certificate} --keyfile={key}"}
        super().__init__(module, folder, environment | arguments, log=log)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://127.0.0.1:{self.port}"

    def _wait_until_it_answers(self) -> None:
        transport = httpx.HTTPTransport(verify=False, retries=60, trust_env=False)  # with pauses that double
        with httpx.Client(transport=transport, timeout=60) as client:
            client.get(self.url)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for this machine, good for a day, and its key; return where."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "certificate.pem", folder / "key.pem"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return certificate_path, key_path
