"""Whether a worker grows: mixed requests to one gunicorn worker, and its resident memory (Linux).

    python benchmarks/memory.py --requests 100000

The first tenth warms it up. Ends with 1 where it has grown by more than 5 MiB since.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tools")]

from flask_firebase_login.testing import LocalIssuer
from key_endpoint import KeyEndpoint
from load_site import find_session_cookie, find_workers, start_site
from postgresql_server import PostgresqlServer

LIMIT_KIB = 5 * 1024
CLIENTS = 4
STEPS = 10


class MixedClient:
    """One user after the other: signs in, reads, patches, revokes, deletes, and asks for much that is rejected.

    Args:
        port: Where the site listens.
        issuer: Who mints the ID tokens.
    """

    def __init__(self, port: int, issuer: LocalIssuer) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._issuer = issuer
        self.statuses: Counter[int] = Counter()
        self._start_over()

    def run(self, requests: int) -> None:
        """Send so many requests, one after the other."""
        does: dict[Callable[[], None], int] = {
            self._read: 40,
            self._patch: 15,
            self._sign_in_again: 15,
            self._look: 10,
            self._be_rejected: 10,
            self._revoke_others: 7,
            self._delete: 3,
        }
        ends_at = self.statuses.total() + requests
        while self.statuses.total() < ends_at:
            random.choices([*does], [*does.values()])[0]()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _start_over(self) -> None:
        self._uid = secrets.token_hex(14)
        self._sign_in_again()

    def _sign_in_again(self) -> None:
        transport = random.choice(("cookie", "bearer"))
        id_token = self._issuer.mint(uid=self._uid, email=f"{self._uid}@example.com", name="Ada Lovelace")
        headers, body = self._send("POST", "/auth/sign-in", {"id_token": id_token, "transport": transport})
        if transport == "bearer":
            self._credential = {"Authorization": f"Bearer {json.loads(body)['session_secret']}"}
        else:
            self._credential = {"Cookie": find_session_cookie(headers) or ""}

    def _read(self) -> None:
        self._send("GET", random.choice(("/api/hello", "/auth/account", "/auth/sessions", "/auth/account/export")))

    def _patch(self) -> None:
        self._send(
            "PATCH", "/auth/account", {"settings": {secrets.token_hex(2): secrets.token_hex(20)}, "name": secrets.token_hex(8)}
        )

    def _look(self) -> None:
        """The pages, which are rendered."""
        self._send("GET", random.choice(("/auth/sign-in", "/auth/")), accept="text/html")

    def _be_rejected(self) -> None:
        """Unknown paths, tokens of others, junk."""
        self._send("GET", f"/auth/{secrets.token_hex(8)}")
        self._send(
            "POST", "/auth/sign-in", {"id_token": f"{secrets.token_hex(20)}.{secrets.token_hex(40)}.{secrets.token_hex(20)}"}
        )
        self._send("PATCH", "/auth/account", {"settings": secrets.token_hex(8)})

    def _revoke_others(self) -> None:
        self._send("DELETE", "/auth/sessions")

    def _delete(self) -> None:
        self._send("DELETE", "/auth/account")
        self._start_over()

    def _send(
        self, method: str, path: str, body: object = None, *, accept: str = "application/json"
    ) -> tuple[http.client.HTTPMessage, bytes]:
        headers = {"Accept": accept, "User-Agent": f"device {secrets.token_hex(8)}", **getattr(self, "_credential", {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        response = self._connection.getresponse()
        self.statuses[response.status] += 1
        return response.headers, response.read()


def read_resident_kib(pid: int) -> int:
    """Return the resident memory of a process, VmRSS of `/proc/<pid>/status`."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def run(folder: Path, requests: int) -> list[int]:
    """Send requests in ten steps, print each, and return the worker's resident memory in KiB after each.

    Args:
        folder: Where everything goes that is left of it.
        requests: How many in all.
    """
    issuer, measured, began_at = LocalIssuer(), [], time.monotonic()
    with PostgresqlServer(folder / "postgresql") as postgresql, KeyEndpoint(issuer) as keys:
        options = ("--workers=1", "--worker-class=gthread", f"--threads={CLIENTS}")
        with start_site(folder, postgresql.url, issuer, keys.url, *options) as site:
            (worker,) = find_workers(site.pid)
            clients = [MixedClient(site.port, issuer) for _ in range(CLIENTS)]
            for _ in range(STEPS):
                threads = [threading.Thread(target=client.run, args=(requests // STEPS // CLIENTS,)) for client in clients]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                measured.append(read_resident_kib(worker))
                statuses = sum((client.statuses for client in clients), Counter[int]())
                print(
                    f"{statuses.total():7} requests, {time.monotonic() - began_at:5.0f} s: {measured[-1] / 1024:.1f} MiB",
                    flush=True,
                )
            for client in clients:
                client.close()
            assert find_workers(site.pid) == [worker], "the worker was replaced"
            assert not any(status >= 500 for status in statuses), statuses
            print(", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    return measured


def main() -> int:
    """Run as the command line asks, and say by how much the worker has grown."""
    parser = argparse.ArgumentParser(description="Whether a worker grows.")
    parser.add_argument("--requests", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        measured = run(Path(folder), arguments.requests)
    grown_kib = measured[-1] - measured[0]
    print(f"grown by {grown_kib / 1024:.2f} MiB after the first tenth")
    return 1 if grown_kib > LIMIT_KIB else 0


if __name__ == "__main__":
    sys.exit(main())
