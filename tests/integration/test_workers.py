"""gunicorn's workers, of each kind, on PostgreSQL: what they share is the database alone."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from flask_firebase_login.testing import LocalIssuer
from key_endpoint import KeyEndpoint
from postgresql import new_database
from site_process import SiteProcess

pytestmark = pytest.mark.integration

SITE = Path(__file__).parents[2] / "benchmarks" / "site"
WORKERS = 2
KINDS = {
    "sync": ("--worker-class=sync",),
    "gthread": ("--worker-class=gthread", "--threads=4"),
    "gevent": ("--worker-class=gevent", "--worker-connections=50"),
}
PATCH_FIRST = "from gevent import monkey\n\nmonkey.patch_all()\n"
AT_ONCE = 8


class Workers:
    """A site with several workers, its keys, and many clients at once."""

    def __init__(self, server, issuer, keys):
        self.server, self.issuer, self.keys = server, issuer, keys
        self.http = httpx.Client(
            base_url=server.url,
            trust_env=False,
            timeout=30,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"Accept": "*/*"},
        )
        self._threads = ThreadPoolExecutor(AT_ONCE)

    def sign_in(self, uid):
        answer = self.http.post("/auth/sign-in", json={"id_token": self.issuer.mint(uid=uid), "transport": "bearer"})
        assert answer.status_code == 200, answer.text
        return answer

    def ask(self, method, path, secret=None):
        return self.http.request(method, path, headers={} if secret is None else {"Authorization": f"Bearer {secret}"})

    def by_all(self, ask):
        """Ask from many clients at once, until every worker has answered; return the answers."""
        answers = []
        while len({answer.headers["X-Worker"] for answer in answers}) < WORKERS:
            answers += self._threads.map(lambda _: ask(), range(AT_ONCE * 2))
        return answers

    def close(self):
        self._threads.shutdown()
        self.http.close()


@pytest.fixture(scope="module")
def issuer():
    return LocalIssuer()


@pytest.fixture(scope="module")
def site_environment(issuer, postgresql_server):
    """One database, with its tables, for all."""
    with new_database(postgresql_server) as url:
        environment = {
            "FLASK_SQLALCHEMY_DATABASE_URI": url,
            "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": issuer.project_id, "apiKey": "local"}),
            "FLASK_FIREBASE_LOGIN_EMULATOR_HOST": "",
        }
        SiteProcess("app:app", SITE, environment).run_flask("create-tables")
        yield environment | {"QUERY_AT_IMPORT": "1"}


@pytest.fixture(scope="module")
def start_workers(issuer, site_environment, tmp_path_factory):
    """A context manager that runs the site with gunicorn's options and a configuration file for it."""

    @contextmanager
    def start(*options, configuration=""):
        folder = tmp_path_factory.mktemp("workers")
        (folder / "gunicorn.conf.py").write_text(configuration)
        options = (f"--config={folder / 'gunicorn.conf.py'}", f"--workers={WORKERS}", "--graceful-timeout=20", *options)
        with KeyEndpoint(issuer) as keys:
            environment = site_environment | {"FLASK_FIREBASE_LOGIN_JWKS_URL": keys.url}
            with SiteProcess("app:app", SITE, environment, log=folder / "site.log", gunicorn=options) as server:
                workers = Workers(server, issuer, keys)
                yield workers
                workers.close()
        log = (folder / "site.log").read_text()
        assert "Traceback" not in log, log

    return start


def test_the_hook_of_the_docs_has_the_keys_at_hand_before_the_first_sign_in(start_workers):
    """`post_worker_init`, as docs/operations.md shows it."""
    page = (SITE.parents[1] / "docs" / "operations.md").read_text()
    hook = re.search(r"```python\n(# gunicorn.conf.py\n.*?)```", page, re.DOTALL)[1]
    with start_workers(*KINDS["gthread"], configuration=hook) as workers:
        workers.by_all(lambda: workers.ask("GET", "/connection"))
        assert workers.keys.asked == WORKERS
        workers.by_all(lambda: workers.sign_in("ada"))
        assert workers.keys.asked == WORKERS


@pytest.fixture(scope="module", params=[f"{kind}{preload}" for kind in KINDS for preload in ("", " --preload")])
def workers(start_workers, request):
    """One site for each kind of worker, with `--preload` and without."""
    kind, *preload = request.param.split()
    with start_workers(*KINDS[kind], *preload, configuration=PATCH_FIRST if kind == "gevent" else "") as workers:
        yield workers


def test_each_worker_fetches_the_keys_once_and_at_its_first_sign_in(workers):
    """Nothing is fetched at import; after the fork each has its own."""
    assert workers.keys.asked == 0
    workers.by_all(lambda: workers.sign_in("ada"))
    assert workers.keys.asked == WORKERS


def test_no_database_connection_is_shared_between_workers(workers):
    """Though the site has asked the database before it forked."""
    users = defaultdict(set)
    for answer in workers.by_all(lambda: workers.ask("GET", "/connection")):
        users[answer.json()["process"]].add(answer.headers["X-Worker"])
    assert [connection for connection, pids in users.items() if len(pids) > 1] == []


def test_a_revocation_is_seen_by_every_worker_at_its_next_request(workers):
    """The session is good at all of them, then at none."""
    secret, other = (workers.sign_in("grace").json()["session_secret"] for _ in range(2))
    assert {answer.status_code for answer in workers.by_all(lambda: workers.ask("GET", "/api/hello", secret))} == {200}
    assert workers.ask("DELETE", "/auth/sessions", other).status_code == 204
    assert {answer.status_code for answer in workers.by_all(lambda: workers.ask("GET", "/api/hello", secret))} == {401}


def test_a_rolling_restart_under_load_fails_no_request(workers):
    """SIGHUP: reads and writes go on, until other processes answer and the old ones are gone."""
    secret = workers.sign_in("rosalind").json()["session_secret"]
    old = {answer.headers["X-Worker"] for answer in workers.by_all(lambda: workers.ask("GET", "/api/hello", secret))}
    answered, is_over = [], threading.Event()

    def load(number):
        while not is_over.is_set():
            answered.append(workers.ask("GET", "/api/hello", secret))
            answered.append(workers.sign_in(f"user-{number}"))

    with ThreadPoolExecutor(2) as threads:
        loads = [threads.submit(load, number) for number in range(2)]
        os.kill(workers.server.pid, signal.SIGHUP)
        while not any(load.done() for load in loads) and any(is_running(int(pid)) for pid in old):
            workers.ask("GET", "/connection")
        renewed = {answer.headers["X-Worker"] for answer in workers.by_all(lambda: workers.ask("GET", "/api/hello", secret))}
        is_over.set()
    for load in loads:
        load.result()
    assert not renewed & old
    assert {answer.status_code for answer in answered} == {200}


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
