"""The contestants as servers: each in a virtual environment of its own, under gunicorn with one worker of one thread."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from key_endpoint import KeyEndpoint
from site_process import ServerProcess

FOLDER = Path(__file__).parent / "contestants"
ENVIRONMENTS = ROOT / ".venv" / "bench"
AGENT = {"User-Agent": "benchmark"}
"""Of every request: Flask-Login takes a session from elsewhere for one that is not fresh, and writes so into it."""


@dataclass(frozen=True)
class Contestant:
    """One set-up.

    Attributes:
        name: What it is called in the tables.
        module: Its file.
        environment: Which of `requirements/` it needs; None is this project's own environment.
        sign_in: Where an ID token signs in; None where the library knows nothing of Firebase.
        by_bearer: Whether it is asked with a bearer rather than by cookie.
        settings: What its process is told beside the database and the keys.
    """

    name: str
    module: str
    environment: str | None
    sign_in: str | None = None
    by_bearer: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Served:
    """A contestant that runs.

    Attributes:
        contestant: Which.
        url: Where.
        headers: By which `GET /me` is signed in.
    """

    contestant: Contestant
    url: str
    headers: Mapping[str, str]


def find_python(environment: str | None) -> str:
    """Return the Python of a contestant's environment, which is made where it is not there yet."""
    if environment is None:
        return sys.executable
    folder, requirements = ENVIRONMENTS / environment, FOLDER / "requirements" / f"{environment}.txt"
    ready = folder / ".ready"
    if not ready.exists() or ready.stat().st_mtime < requirements.stat().st_mtime:
        print(f"   setting up {environment}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        ready.touch()
    return str(folder / "bin" / "python")


def make_database(folder: Path, server_url: str | None) -> str:
    """Return the URL of an empty database: a SQLite file in WAL mode, or one on a PostgreSQL server."""
    name = f"bench_{uuid.uuid4().hex}"
    if server_url is None:
        path = folder / f"{name}.db"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        return f"sqlite:///{path}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def serve(
    contestant: Contestant, folder: Path, database_url: str, keys: KeyEndpoint, project_id: str, id_token: str
) -> Iterator[Served]:
    """Run a contestant, with a user signed in."""
    environment = {
        "DATABASE_URL": database_url,
        "JWKS_URL": keys.url,
        "CERTIFICATES_URL": keys.certificates_url,
        "PROJECT_ID": project_id,
        "PYTHONPATH": str(FOLDER),
        **contestant.settings,
    }
    command = [find_python(contestant.environment), "-m", "gunicorn", f"{contestant.module}:app", "--workers=1", "--threads=1"]
    command += ["--worker-class=gthread", "--keep-alive=60", "--bind=127.0.0.1:{port}", "--log-level=warning"]
    log = folder / f"{contestant.module}-{uuid.uuid4().hex}.log"
    try:
        with ServerProcess(command, FOLDER, environment, log=log) as server:
            yield Served(contestant, server.url, enter(contestant, server.url, id_token))
    except Exception:
        print(log.read_text()[-2000:], file=sys.stderr)
        raise


def enter(contestant: Contestant, url: str, id_token: str) -> dict[str, str]:
    """Sign the user in, and return the headers by which they are from then on.

    Raises:
        RuntimeError: `GET /me` does not tell their name.
    """
    with httpx.Client(base_url=url, trust_env=False, headers=AGENT) as client:
        path, body, headers = sign_in_request(contestant, id_token)
        answer = client.post(path, content=body, headers=headers).raise_for_status()
        if contestant.by_bearer:
            told = answer.json()
            signed_in = {"Authorization": f"Bearer {told.get('bearer') or told['session_secret']}"}
        else:
            signed_in = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
        client.cookies.clear()
        shown = client.get("/me", headers=signed_in)
        if shown.status_code != 200 or shown.json() != {"name": "Ada Lovelace"}:
            raise RuntimeError(f"{contestant.name} does not know who is signed in: {shown.status_code} {shown.text[:200]}")
        client.cookies.clear()
        needs_sign_in = contestant.module != "raw_query_site"
        if needs_sign_in and client.get("/me").status_code == 200:
            raise RuntimeError(f"{contestant.name} tells anybody.")
    return signed_in | AGENT


def sign_in_request(contestant: Contestant, id_token: str) -> tuple[str, str, dict[str, str]]:
    """Return path, body and headers of a sign-in."""
    path = contestant.sign_in or "/enter"
    if contestant.module == "flask_firebase_site":
        return path, id_token, {"Content-Type": "text/plain"}
    body = {"id_token": id_token}
    if contestant.by_bearer and contestant.module == "flask_firebase_login_site":
        body["transport"] = "bearer"
    return path, json.dumps(body), {"Content-Type": "application/json"}


def describe_machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown",
    )
    return {"processor": cpu, "cores": str(os.cpu_count()), "python": sys.version.split()[0]}
