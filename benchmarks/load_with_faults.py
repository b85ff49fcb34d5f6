"""The worst day: many clients while workers are killed, PostgreSQL crashes and the key endpoint fails half of the time.

    python benchmarks/load_with_faults.py --seconds 60

A ledger of every answer is checked against the database afterwards: no acknowledged write is lost, no session that has ended is
accepted, no account is there twice, and nobody is served as anybody else. Prints the rate of errors; ends with 1 where one was found.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tools")]

from flask_firebase_login.testing import LocalIssuer
from key_endpoint import KeyEndpoint
from ledger import Ledger, User
from load_site import find_workers, start_site
from load_users import Client, LoneUser, run_crowd
from postgresql_server import PostgresqlServer
from site_process import SiteProcess

WORKERS, THREADS = 4, 4
KILL_EVERY_SECONDS = 2.0
CROWD = 4


@dataclass(frozen=True)
class Report:
    """What a run showed.

    Attributes:
        ledger: Every answer, and what must not be.
        seconds: How long each request took.
        killed: How many workers were killed.
        accounts: How many users took part.
        elapsed_seconds: How long the load lasted.
        away_seconds: How long PostgreSQL took to crash and recover.
    """

    ledger: Ledger
    seconds: list[float]
    killed: int
    accounts: int
    elapsed_seconds: float
    away_seconds: float

    def __str__(self) -> str:
        """A few lines for whoever ran it."""
        answers, ordered = self.ledger.answers, sorted(self.seconds)
        failed = sum(count for outcome, count in answers.items() if outcome.startswith(("no", "5")))
        median, most, slowest = (ordered[int((len(ordered) - 1) * share)] * 1000 for share in (0.5, 0.99, 1))
        lines = [
            f"{answers.total()} requests in {self.elapsed_seconds:.0f} s by {self.accounts} users",
            f"{self.killed} workers killed, PostgreSQL away for {self.away_seconds:.1f} s",
            *(f"  {count:6} {outcome}" for outcome, count in answers.most_common()),
            f"errors: {failed / answers.total():.2%}",
            f"median {median:.0f} ms, 99 % within {most:.0f} ms, slowest {slowest:.0f} ms",
            f"violations: {len(self.ledger.violations)}",
            *(f"  {violation}" for violation in self.ledger.violations[:20]),
        ]
        return "\n".join(lines)


def run(folder: Path, *, seconds: float, users: int = 20) -> Report:
    """Put a site under load with faults, and check what it said.

    Args:
        folder: Where everything goes that is left of it.
        seconds: How long.
        users: How many users, each with several devices, beside one crowd that is the same new user again and again.
    """
    issuer, ledger, afterwards = LocalIssuer(), Ledger(), Ledger()
    with PostgresqlServer(folder / "postgresql") as postgresql, KeyEndpoint(issuer, failing=0.5, max_age_seconds=60) as keys:
        options = ("--preload", f"--workers={WORKERS}", "--worker-class=gthread", f"--threads={THREADS}")
        site = start_site(folder, postgresql.url, issuer, keys.url, *options, database_options='{"pool_pre_ping": true}')
        with site:
            everybody = [User(f"user-{number}") for number in range(users)]
            clients = [Client(site.port, issuer, ledger) for _ in range(users + CROWD)]
            is_over, began_at = threading.Event(), time.monotonic()
            threads = [
                threading.Thread(target=LoneUser(client, user).run, args=(is_over,))
                for client, user in zip(clients, everybody, strict=False)
            ]
            for thread in threads:
                thread.start()
            threads += run_crowd(clients[users:], everybody, is_over)
            killed, away_seconds = _break_things(site, postgresql, seconds)
            is_over.set()
            for thread in threads:
                thread.join()
            elapsed_seconds = time.monotonic() - began_at
            ledger.check_database(everybody, postgresql.url)
            _read_everything(Client(site.port, issuer, afterwards), everybody)
    ledger.violations += afterwards.violations
    measured = [one for client in clients for one in client.seconds]
    return Report(ledger, measured, killed, len(everybody), elapsed_seconds, away_seconds)


def _break_things(site: SiteProcess, postgresql: PostgresqlServer, seconds: float) -> tuple[int, float]:
    """Kill a worker every two seconds, and PostgreSQL once; return how many workers, and how long PostgreSQL was away."""
    killed, began_at = 0, time.monotonic()
    away: list[float] = []
    crash = threading.Timer(seconds / 2, lambda: away.append(_measure(postgresql.crash_and_recover)))
    crash.start()
    while (left := began_at + seconds - time.monotonic()) > 0:
        time.sleep(min(KILL_EVERY_SECONDS, left))
        if workers := find_workers(site.pid):
            os.kill(random.choice(workers), signal.SIGKILL)
            killed += 1
    crash.join()
    return killed, away[0]


def _measure(work: Callable[[], None]) -> float:
    began_at = time.monotonic()
    work()
    return time.monotonic() - began_at


def _read_everything(client: Client, users: list[User]) -> None:
    """Let every device knock once more, now that nothing is broken."""
    for user in users:
        for device in user.devices:
            client.read(user, device)


def main() -> int:
    """Run as the command line asks, and print the report."""
    parser = argparse.ArgumentParser(description="Load with faults, checked against the database.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--users", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        report = run(Path(folder), seconds=arguments.seconds, users=arguments.users)
        print(report)
        log = (Path(folder) / "site.log").read_text()
        print(log[-3000:] if "Traceback" in log else "no traceback in the site's log")
    return 1 if report.ledger.violations else 0


if __name__ == "__main__":
    sys.exit(main())
