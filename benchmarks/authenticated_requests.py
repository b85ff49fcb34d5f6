"""Measures what an authenticated request costs, beside what people use today.

    python benchmarks/authenticated_requests.py [ROUNDS]

Every contestant serves `GET /me` on one connection, on SQLite and on PostgreSQL; they take turns of a second each. Prints the time of a request beside that
of Flask-Login and Flask-SQLAlchemy by hand: the median of the rounds, and between which figures half of them are.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import wrk
from contestant_servers import Contestant, Served, make_database, serve
from flask_firebase_login.testing import LocalIssuer
from key_endpoint import KeyEndpoint
from postgresql_server import PostgresqlServer
from ratios import Ratio, compare, take_turns
from site_process import find_free_port

BY_HAND = "Flask-Login by hand"
OURS, SIGN_IN = "flask_firebase_login_site", "/auth/sign-in"
ROUNDS = 8
CONTESTANTS = (
    Contestant("Flask-Firebase-Login, cookie", OURS, None, SIGN_IN),
    Contestant("Flask-Firebase-Login, bearer", OURS, None, SIGN_IN, by_bearer=True),
    Contestant(BY_HAND, "flask_login_site", "flask_login"),
    Contestant("firebase-admin by hand", "firebase_admin_site", "firebase_admin", "/enter"),
    Contestant("Flask-Firebase", "flask_firebase_site", "flask_firebase", SIGN_IN),
    Contestant("Flask-JWT-Extended", "jwt_extended_site", "jwt_extended", by_bearer=True),
    Contestant("Flask-Security-Too", "security_site", "security"),
    Contestant("Flask-Session, SQLAlchemy", "flask_session_site", "flask_session"),
    Contestant("Flask-Session, Redis", "flask_session_site", "flask_session"),
    Contestant("one raw query", "raw_query_site", "flask_login"),
)


def main(rounds: int = ROUNDS) -> None:
    """Print a table for each engine."""
    with tempfile.TemporaryDirectory() as folder, PostgresqlServer(Path(folder, "postgresql")) as postgresql:
        for engine, server_url in (("SQLite", None), ("PostgreSQL", postgresql.url)):
            for name, (microseconds, ratio) in measure(Path(folder), server_url, rounds).items():
                print(f"{engine:11} {name:30} {microseconds:7.0f} µs  {ratio}")


def measure(folder: Path, server_url: str | None, rounds: int) -> dict[str, tuple[float, Ratio]]:
    """Return the median time of a request of each in microseconds, and its ratio to Flask-Login's by hand."""
    issuer = LocalIssuer()
    id_token = issuer.mint(uid="ada", email="ada@example.com", name="Ada Lovelace")
    with ExitStack() as stack:
        keys = stack.enter_context(KeyEndpoint(issuer))
        redis_url = start_redis(stack, folder)
        served: list[Served] = []
        for contestant in CONTESTANTS:
            settings = {"REDIS_URL": redis_url} if "Redis" in contestant.name else {}
            its = Contestant(**vars(contestant) | {"settings": settings})
            url = make_database(folder, server_url)
            served.append(stack.enter_context(serve(its, folder, url, keys, issuer.project_id, id_token)))
        figures = take_turns({one.contestant.name: partial(time_request, one) for one in served}, rounds)
    return {name: (statistics.median(values), compare(values, figures[BY_HAND])) for name, values in figures.items()}


def time_request(served: Served) -> float:
    """Return how many microseconds a request takes.

    Raises:
        RuntimeError: A request failed.
    """
    done = wrk.load(f"{served.url}/me", headers=served.headers)
    if done.failed:
        raise RuntimeError(f"{served.contestant.name} failed {done.failed} times.")
    return done.microseconds


def start_redis(stack: ExitStack, folder: Path) -> str:
    """Run a Redis that keeps nothing, until the stack ends, and return its URL."""
    port = find_free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    try:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    except FileNotFoundError:
        wrk.exit_without("redis-server")
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return f"redis://127.0.0.1:{port}/0"


if __name__ == "__main__":
    main(*(json.loads(argument) for argument in sys.argv[1:]))
