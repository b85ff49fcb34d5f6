"""Connections and fork: what a process has opened belongs to that process alone.

A server that loads the site before it forks, as gunicorn does with `--preload`, hands the connections in the pool to every worker.
Two workers on one connection read each other's answers: one user's row for another's request.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool, SingletonThreadPool, StaticPool


def forget_connections_after_fork(find_engines: Callable[[], Iterable[Engine]]) -> None:
    """Let forked processes open connections of their own; those of the parent stay the parent's.

    A SQLite database in memory is its connection, and stays.

    Args:
        find_engines: Called in the forked process.

    Source: SQLAlchemy, "Using Connection Pools with Multiprocessing or os.fork()"; SQLite, "How To Corrupt An SQLite Database
    File", section 2.6.
    """
    inherited: list[Pool] = []  # kept, so that the child does not close what the parent uses

    def forget() -> None:
        for engine in find_engines():
            if not isinstance(engine.pool, SingletonThreadPool | StaticPool):
                inherited.append(engine.pool)
                engine.dispose(close=False)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)
