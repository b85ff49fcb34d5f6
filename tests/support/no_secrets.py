"""Scans everything that a test run says for the secrets that were minted in it.

Minted are the secrets of sessions, the codes of apps and devices, the ID tokens, App Check tokens and refresh tokens, and the values of cookies that sign in. Said are the log records
of this process, the logs of the servers that the tests start, every problem details and page that a client was answered, and the
`repr` of every object of the two packages when it was made.

A test that says a secret gets an error at its end; a server's log fails the run.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import importlib
import inspect
import logging
import pkgutil
import re
import zlib
from pathlib import Path

import httpx
import pytest
from itsdangerous import BadData
from itsdangerous.encoding import base64_decode
from werkzeug.test import Client as WerkzeugClient

from firebase_emulator import FirebaseAuthEmulator
from flask_firebase_login import Sessions
from flask_firebase_login.handoff.rows import HandoffRows
from flask_firebase_login.testing import LocalIssuer

PACKAGES = ("flask_firebase_login", "flask_firebase_login_client")
SHORTEST = 20  # what is shorter is a test's own word, such as the "s1" of a double
RUN = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST},}}")
SIGNING_IN = ("session", "remember_token")
SCANNED_TYPES = ("application/problem+json", "text/html", "text/plain")


def register(config) -> None:
    """Scan this run."""
    scan = SecretScan()
    scan.watch_minting()
    scan.watch_answers()
    scan.watch_logs()
    for package in PACKAGES:
        scan.watch_reprs(package)
    config.pluginmanager.register(scan, "no-secrets")


def read_answer(answer) -> str:
    """Return the text of an answer, which may have been compressed."""
    data = answer.get_data()
    return (gzip.decompress(data) if answer.headers.get("Content-Encoding") == "gzip" else data).decode()


class SecretScan:
    """What was minted in this run, and what was said since it was last looked at."""

    def __init__(self) -> None:
        self.beginnings: set[str] = set()
        self.claims: set[str] = set()
        self.said: list[tuple[str, str]] = []
        self.counts = {"secrets": 0, "log records": 0, "answers": 0, "reprs": 0, "logs of servers": 0}
        self.leaks_of_servers: list[str] = []

    def add(self, secret: object) -> None:
        """Look for this secret, and for each part of it that a dot or a bar sets off."""
        for run in RUN.findall(secret) if isinstance(secret, str) else ():
            if not run.startswith("eyJ"):
                self.beginnings.add(run[:SHORTEST])
            elif not run.startswith("eyJhbGciOi"):  # the header that all tokens share; the claims begin alike, too
                self.claims.add(run)

    def say(self, where: str, text: str) -> None:
        """Remember what was said, until the test ends."""
        self.counts[where] += 1
        self.said.append((where, text))

    def find_leaks(self) -> list[str]:
        """Return what was said with a secret in it, and forget the rest."""
        said, self.said = self.said, []
        return [f"{where}: {text[:2000]}" for where, text in said if self.has_secret(text)]

    def has_secret(self, text: str) -> bool:
        """Tell whether a text holds a secret, or 20 characters from its beginning on, wherever."""
        return any(run in self.claims or self.has_beginning(run) for run in RUN.findall(text))

    def has_beginning(self, run: str) -> bool:
        return any(run[start : start + SHORTEST] in self.beginnings for start in range(len(run) - SHORTEST + 1))

    # What is minted

    def watch_minting(self) -> None:
        original = Sessions.__init__

        @functools.wraps(original)
        def init(sessions, *args, **kwargs):
            original(sessions, *args, **kwargs)
            make_secret = sessions._make_secret
            sessions._make_secret = lambda: self.added(make_secret())

        Sessions.__init__ = init
        issue = HandoffRows.issue

        @functools.wraps(issue)
        def issued(rows, kind, *args, **kwargs):
            secret = issue(rows, kind, *args, **kwargs)
            return secret if kind == "link" else self.added(secret)  # a link is in the page that it opens

        HandoffRows.issue = issued
        sign, call = LocalIssuer.sign, FirebaseAuthEmulator.call
        LocalIssuer.sign = lambda issuer, claims: self.added(sign(issuer, claims))
        mint_app_check = LocalIssuer.mint_app_check
        LocalIssuer.mint_app_check = lambda issuer, **app: self.added(mint_app_check(issuer, **app))
        FirebaseAuthEmulator.call = lambda emulator, method, body: self.add_tokens(call(emulator, method, body))

    def added(self, secret: str) -> str:
        self.add(secret)
        return secret

    def add_tokens(self, answer):
        for name in ("idToken", "refreshToken", "session_secret"):
            self.add(answer.get(name))
        return answer

    def add_cookies(self, lines: list[str]) -> None:
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            if name.removeprefix("__Host-") in SIGNING_IN and len(value) >= SHORTEST:
                self.add(value)
                for secret in re.findall(r'"_user_id":"([^"]+)"', decode(value)):
                    self.add(secret)

    # What is said

    def watch_answers(self) -> None:
        open_, send, send_async = WerkzeugClient.open, httpx.Client.send, httpx.AsyncClient.send

        @functools.wraps(open_)
        def opened(client, *args, **kwargs):
            answer = open_(client, *args, **kwargs)
            if not answer.is_streamed:
                self.hear(answer.headers.getlist("Set-Cookie"), answer.mimetype, lambda: read_answer(answer))
            return answer

        @functools.wraps(send)
        def sent(client, request, **kwargs):
            return self.hear_httpx(send(client, request, **kwargs))

        @functools.wraps(send_async)
        async def sent_async(client, request, **kwargs):
            return self.hear_httpx(await send_async(client, request, **kwargs))

        WerkzeugClient.open, httpx.Client.send, httpx.AsyncClient.send = opened, sent, sent_async

    def hear_httpx(self, answer: httpx.Response) -> httpx.Response:
        if hasattr(answer, "_content"):  # read, and not a stream that the test reads
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            self.hear(answer.headers.get_list("Set-Cookie"), kind, lambda: answer.text)
        return answer

    def hear(self, cookies: list[str], kind: str, read) -> None:
        self.add_cookies(cookies)
        if kind == "application/json":
            for secret in re.findall(r'"(?:session_secret|idToken|refreshToken)":\s*"([^"]+)"', read()):
                self.add(secret)
        elif kind in SCANNED_TYPES:
            self.say("answers", read())

    def watch_logs(self) -> None:
        make = logging.getLogRecordFactory()

        def make_record(*args, **kwargs):
            record = make(*args, **kwargs)
            try:
                text = logging.Formatter().format(record)
            except (TypeError, ValueError):
                text = f"{record.msg} {record.args}"
            record.exc_text = None  # as it was: a handler formats it in its own way
            self.say("log records", f"{record.name}: {text} {record.__dict__}")
            return record

        logging.setLogRecordFactory(make_record)

    def watch_reprs(self, package: str) -> None:
        for module in modules_of(package):
            for name, kind in inspect.getmembers(module, inspect.isclass):
                if kind.__module__ == module.__name__ and kind.__name__ == name and "__init__" in vars(kind):
                    self.watch_repr(kind)

    def watch_repr(self, kind: type) -> None:
        original = kind.__init__

        @functools.wraps(original)
        def init(instance, *args, **kwargs):
            original(instance, *args, **kwargs)
            if type(instance) is kind:
                self.say("reprs", f"{kind.__name__}: {instance!r}")

        kind.__init__ = init

    # When it is looked at

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self):
        """Give the test an error if it said a secret."""
        yield
        leaks = self.find_leaks()
        assert not leaks, "A secret was said:\n\n" + "\n\n".join(leaks)

    def pytest_sessionfinish(self, session) -> None:
        """Fail the run if a server's log holds a secret."""
        self.counts["secrets"] = len(self.beginnings) + len(self.claims)
        for path in logs_below(session.config):
            self.read_log(path)
        if self.leaks_of_servers:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def read_log(self, path: Path) -> None:
        self.counts["logs of servers"] += 1
        lines = path.read_text(errors="replace").splitlines()
        self.leaks_of_servers += [f"{path.parent.name}/{path.name}: {line[:500]}" for line in lines if self.has_secret(line)]

    def pytest_terminal_summary(self, terminalreporter) -> None:
        """Tell what was scanned, and which server's log holds a secret."""
        counts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items())
        terminalreporter.write_line(f"Scanned for secrets: {counts}; {len(self.leaks_of_servers)} leaks in logs of servers.")
        for leak in self.leaks_of_servers:
            terminalreporter.write_line(f"A SECRET IN A LOG: {leak}", red=True)


def modules_of(package: str):
    """Import a package and everything in it, but for what needs an extra that is not installed."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        with contextlib.suppress(ModuleNotFoundError):
            yield importlib.import_module(found.name)


def logs_below(config) -> list[Path]:
    """Return the logs in the run's temporary folder."""
    factory = getattr(config, "_tmp_path_factory", None)
    return sorted(factory.getbasetemp().rglob("*.log")) if factory else []


def decode(value: str) -> str:
    """Return what a cookie of Flask's says, which anybody can read; "" where it is none."""
    try:
        compressed, first = value.startswith("."), value.removeprefix(".").partition(".")[0]
        return (zlib.decompress(base64_decode(first)) if compressed else base64_decode(first)).decode()
    except (BadData, ValueError, zlib.error):
        return ""
