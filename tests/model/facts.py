"""What an answer took: statements, connections, signals. Sent along in the header `X-Facts`, as JSON."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool
from werkzeug.wsgi import ClosingIterator

from flask_firebase_login import signals

HEADER = "X-Facts"
SIGNALS = ("account_created", "account_deleted", "session_revoked", "signed_in", "signed_out")


@dataclass
class Facts:
    """What one request took, up to its answer's headers.

    Attributes:
        statements: How many statements were sent to the database.
        connections: How many connections its thread held at most at one time.
        signals: What was told: `[name, account_id, count]`.
        late_connections: How many connections a request before it held at most, its end after the answer included.
    """

    statements: int = 0
    connections: int = 0
    signals: list[list[object]] = field(default_factory=list)
    late_connections: int = 0


class FactsMiddleware:
    """Counts in the thread of each request, and sends the counts with its answer.

    Args:
        application: The site, as WSGI.
    """

    def __init__(self, application):
        self._application = application
        self._of_thread = threading.local()
        self._late_connections = 0
        event.listen(Engine, "before_cursor_execute", lambda *_: self._add("statements"))
        event.listen(Pool, "checkout", lambda *_: self._hold(1))
        event.listen(Pool, "checkin", lambda *_: self._hold(-1))
        self._receivers = [self._listen(name) for name in SIGNALS]

    def __call__(self, environ, start_response):
        facts = self._of_thread.facts = Facts(late_connections=self._late_connections)
        self._late_connections = self._of_thread.held = 0

        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, (HEADER, json.dumps(asdict(facts)))], exc_info)

        return ClosingIterator(self._application(environ, start), lambda: self._close(facts))

    def _close(self, facts):
        self._late_connections = max(self._late_connections, facts.connections)
        self._of_thread.facts = None

    def _add(self, name):
        facts = getattr(self._of_thread, "facts", None)
        if facts is not None:
            setattr(facts, name, getattr(facts, name) + 1)

    def _hold(self, change):
        facts = getattr(self._of_thread, "facts", None)
        if facts is not None:
            self._of_thread.held += change
            facts.connections = max(facts.connections, self._of_thread.held)

    def _listen(self, name):
        def receive(_, **carried):
            facts = getattr(self._of_thread, "facts", None)
            if facts is not None:
                account_id = carried["account"].id if "account" in carried else carried["account_id"]
                facts.signals.append([name, account_id, len(carried.get("session_ids", [None]))])

        getattr(signals, name).connect(receive)
        return receive
