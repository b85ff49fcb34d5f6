"""Connections and fork."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from flask_firebase_login.database.forks import forget_connections_after_fork

path = sys.argv[1]
engine = create_engine(f"sqlite:///{path}") if path else create_engine("sqlite://", poolclass=StaticPool)
forget_connections_after_fork(lambda: [engine])
with engine.begin() as connection:
    connection.exec_driver_sql("CREATE TABLE things (id INTEGER)")
    mine = id(connection.connection.dbapi_connection)
sys.stdout.flush()
if os.fork() == 0:
    with engine.connect() as connection:
        is_mine = id(connection.connection.dbapi_connection) == mine
        print(is_mine, connection.exec_driver_sql("SELECT count(*) FROM things").scalar(), flush=True)
    os._exit(0)
os.wait()
with engine.connect() as connection:
    print(id(connection.connection.dbapi_connection) == mine)
"""


@pytest.mark.parametrize(("file", "is_inherited"), [("things.db", "False"), ("", "True")])
def test_a_forked_process_opens_connections_of_its_own(tmp_path, file, is_inherited):
    """And the parent keeps its own; but a database in memory is its connection."""
    path = str(tmp_path / file) if file else ""
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM, path], capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == ([is_inherited, "0", "True"], "")
