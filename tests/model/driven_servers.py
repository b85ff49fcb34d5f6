"""The site under gunicorn, twice on one database, and whoever mints its ID tokens."""

from __future__ import annotations

import json
import sys
import uuid
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
from sqlalchemy import create_engine, text

from driven_site import FileClock
from flask_firebase_login.testing import LocalIssuer
from site_process import ServerProcess

FOLDER = Path(__file__).parent
PROJECT_ID = "driven-site"
KEYS_TTL = timedelta(hours=1)


class RotatingIssuer:
    """Mints ID tokens with one of three keys; the JWK set holds that one alone, as after a withdrawal.

    Args:
        clock: The time, aware and in UTC.
    """

    def __init__(self, clock) -> None:
        self._issuers = [LocalIssuer(PROJECT_ID, clock=clock) for _ in range(3)]
        self.generation = 0

    def rotate(self) -> None:
        """Withdraw the key, and sign with the next."""
        self.generation += 1

    def mint(self, uid: str, *, age: timedelta = timedelta(0), withdrawn: bool = False) -> str:
        """Return an ID token of a user, signed with the key at hand or with the one before it."""
        issuer = self._issuers[(self.generation - withdrawn) % len(self._issuers)]
        return issuer.mint(uid=uid, email=f"{uid}@example.com", name=f"{uid} of Google", age=age)

    @contextmanager
    def serving(self):
        """Serve the JWK set on loopback; gives its address."""
        rotating = self

        class JwksHandler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(rotating._issuers[rotating.generation % len(rotating._issuers)].jwks).encode()
                self.send_response(200)
                self.send_header("Cache-Control", f"public, max-age={int(KEYS_TTL.total_seconds())}")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                """Keep a test's output clean."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), JwksHandler)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/jwks"
        server.shutdown()
        server.server_close()
        thread.join()


class DrivenSite:
    """The site while it runs.

    Attributes:
        urls: Where its workers are, each a gunicorn of its own.
        issuer: Who mints its ID tokens.
        http: What talks to it, without cookies.
        log: The log of all workers.
    """

    def __init__(self, urls: list[str], issuer: RotatingIssuer, clock: FileClock, log: Path) -> None:
        self.urls = urls
        self.issuer = issuer
        self.clock = clock
        self.log = log
        limits = httpx.Limits(
            max_connections=100, keepalive_expiry=None
        )  # httpcore may close one that another thread was just given
        self.transport = httpx.HTTPTransport(verify=False, limits=limits)
        self.http = self.make_client()

    @property
    def now(self) -> datetime:
        return self.clock()

    def advance(self, duration: timedelta) -> None:
        """Move the clock of every worker."""
        self.clock.set(self.now + duration)

    def make_client(self) -> httpx.Client:
        """Return a client with cookies of its own, which shares its connections with all others."""
        return httpx.Client(base_url=self.urls[0], transport=self.transport, trust_env=False, timeout=60)

    def administer(self, path: str) -> dict:
        """Do at `/-/` what the site's staff does."""
        answer = self.http.post(f"/-/{path}")
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def look(self, path: str) -> dict:
        """Return what `/-/` shows."""
        return self.http.get(f"/-/{path}").raise_for_status().json()


def make_database(folder: Path, request, engine: str | None = None) -> str:
    """Return the URL of an empty database: a SQLite file as it comes, or one on the real PostgreSQL.

    Args:
        folder: For the file.
        request: pytest's, for the PostgreSQL server.
        engine: `sqlite` or `postgresql`; the fixture's parameter where it is left out.
    """
    if (engine or request.param) == "sqlite":
        return f"sqlite:///{folder / 'site.db'}"
    administration = create_engine(request.getfixturevalue("postgresql_server"), isolation_level="AUTOCOMMIT")
    name = f"driven_{uuid.uuid4().hex}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    administration.dispose()
    return administration.url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def drive_site(folder: Path, database_url: str, *, workers: int = 1, threads: int = 4, **settings):
    """Run the site until the block ends.

    Args:
        folder: For its clock and its log.
        database_url: An empty database.
        workers: How many servers, of one process each, share the database.
        threads: How many threads each of them has.
        settings: More of its configuration, keys without Flask's prefix.
    """
    clock, log = FileClock(folder / "clock"), folder / "site.log"
    clock.set(datetime.now(UTC).replace(microsecond=0))
    issuer = RotatingIssuer(clock)
    with ExitStack() as stack:
        configured = {
            "SECRET_KEY": "driven" * 6,
            "SQLALCHEMY_DATABASE_URI": database_url,
            "CLOCK_FILE": str(folder / "clock"),
            "FIREBASE_LOGIN_CONFIG": {"projectId": PROJECT_ID, "apiKey": "driven"},
            "FIREBASE_LOGIN_JWKS_URL": stack.enter_context(issuer.serving()),
            "FIREBASE_LOGIN_EMULATOR_HOST": "",
            "FIREBASE_LOGIN_COOKIE_SECURE": False,
        } | settings
        environment = {
            f"FLASK_{key}": value if isinstance(value, str) else json.dumps(value) for key, value in configured.items()
        }
        command = [sys.executable, "-m", "gunicorn", "driven_site:create_app()", "--workers=1", f"--threads={threads}"]
        command += ["--bind=127.0.0.1:{port}", "--keep-alive=60", "--access-logfile=/dev/null", "--log-level=warning"]
        servers = [stack.enter_context(ServerProcess(command, FOLDER, environment, log=log)) for _ in range(workers)]
        site = DrivenSite([server.url for server in servers], issuer, clock, log)
        stack.callback(site.transport.close)
        yield site
