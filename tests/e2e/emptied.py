"""A site that tests share begins each of them with nobody in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing


def forget_everybody(database):
    """Delete the sessions and accounts of a running site.

    Args:
        database: SQLite's file.
    """
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
        for table in ("firebase_session", "firebase_account"):
            connection.execute(f"DELETE FROM {table}")
