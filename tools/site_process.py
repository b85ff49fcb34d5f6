"""Servers in processes of their own, a site under gunicorn among them: for the demo and the tests."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

START_SECONDS = 30
_QUIETLY = ("--access-logfile=/dev/null", "--log-level=warning")


class ServerProcess:
    """A server in a process of its own, on a free port of loopback.

    Args:
        command: How it is started; `{port}` in it becomes its port.
        folder: Where it is started.
        environment: Its environment, beside this process's own.
        port: Where it listens; 0 takes a free port.
        log: Where its log goes; None is this process's own.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], *, port: int = 0, log: Path | None = None
    ) -> None:
        self._folder = folder
        self.environment = os.environ | {**environment}
        self.port = port or find_free_port()
        self._command = [part.format(port=self.port) for part in command]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Start it, and wait until it answers."""
        log = self._log.open("ab") if self._log else None
        try:
            self._process = subprocess.Popen(self._command, cwd=self._folder, env=self.environment, stdout=log, stderr=log)
        finally:
            if log:
                log.close()
        self._wait_until_it_answers()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop it."""
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Stop it, and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(START_SECONDS)

    def restart(self) -> None:
        """Stop it and start it anew, on the same port."""
        self.stop()
        self.__enter__()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                raise RuntimeError(f"The server did not start; it ended with {self._process.returncode}.")
            try:
                httpx.get(self.url, trust_env=False, timeout=START_SECONDS)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise RuntimeError(f"The server did not answer within {START_SECONDS} seconds.")


class SiteProcess(ServerProcess):
    """A Flask site under gunicorn, with two workers unless `gunicorn` says otherwise.

    Args:
        module: What gunicorn serves, such as `app:app`.
        folder: Where that module is.
        environment: What the site is configured by, beside this process's own.
        port: Where it listens; 0 takes a free port.
        log: Where its log goes; None is this process's own.
        gunicorn: gunicorn's own options.
    """

    def __init__(
        self,
        module: str,
        folder: Path,
        environment: Mapping[str, str],
        *,
        port: int = 0,
        log: Path | None = None,
        gunicorn: Sequence[str] = ("--preload", "--workers=2", "--threads=4"),
    ) -> None:
        self._module = module.split(":")[0]
        command = [sys.executable, "-m", "gunicorn", *_QUIETLY, *gunicorn, module, "--bind=127.0.0.1:{port}"]
        super().__init__(command, folder, {"FLASK_SECRET_KEY": secrets.token_hex(32)} | {**environment}, port=port, log=log)

    def run_flask(self, *arguments: str) -> str:
        """Run a command of the site's `flask` in a process of its own, and return what it printed."""
        return self._run("-m", "flask", "--app", self._module, *arguments)

    def run_python(self, program: str) -> str:
        """Run a program beside the site's module, in a process of its own, and return what it printed."""
        return self._run("-c", program)

    def _run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=self._folder, env=self.environment, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def device(self, user_agent: str = "site-process") -> httpx.Client:
        """Return a client with cookies of its own, as a browser or an app has."""
        return httpx.Client(
            base_url=self.url, headers={"User-Agent": user_agent, "Accept": "application/json"}, trust_env=False, timeout=30
        )


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of loopback."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def find_free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
