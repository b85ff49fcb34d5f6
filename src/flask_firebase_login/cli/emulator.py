"""`emulator`: the Firebase Auth emulator for development, from npm.

Source: firebase.google.com/docs/emulator-suite/install_and_configure ("Configure Emulator Suite", `firebase.json`).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import httpx
from flask.cli import ScriptInfo

from ..idtokens.emulator import DEMO_PREFIX
from .endings import CommandFailed, in_a_sentence
from .output import json_option, print_json
from .site import find_services, load_app

PACKAGE = "firebase-tools@15"
DEFAULT_PROJECT = "demo-site"
START_SECONDS = 300
"""npm may have to fetch the package first."""
STOP_SECONDS = 15


@click.command("emulator")
@click.option("--project", help=f"A project id that starts with {DEMO_PREFIX}; defaults to the site's, or {DEFAULT_PROJECT}.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option("--port", type=click.IntRange(1, 65535), default=9099, show_default=True, help="On which port.")
@json_option
@click.pass_context
def emulator(ctx: click.Context, project: str | None, host: str, port: int, as_json: bool) -> None:
    """Run the Firebase Auth emulator until Ctrl-C.

    It is "firebase-tools" of npm: the one on PATH, or else the one that npx
    fetches, which needs Node 20 or later. Its users are gone when it ends.
    """
    project_id = project or _find_project(ctx) or DEFAULT_PROJECT
    if not project_id.startswith(DEMO_PREFIX):
        raise click.BadParameter(f"{project_id!r} does not start with {DEMO_PREFIX!r}.", param_hint="'--project'")
    command = find_firebase_tools()
    _check_free(host, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with in_a_sentence(), tempfile.TemporaryDirectory(prefix="auth-emulator-") as folder:
        try:
            with _running(command, Path(folder), project_id, host, port) as process:
                _wait_until_it_answers(process, f"http://{host}:{port}/")
                _print_settings(project_id, f"{host}:{port}", as_json=as_json)
                exit_code = process.wait()
        except KeyboardInterrupt:
            return
    raise CommandFailed(f"The Auth emulator ended by itself, with {exit_code}.")


def find_firebase_tools() -> list[str]:
    """Return the command that runs `firebase-tools`: as it is installed, or as npx fetches it.

    Raises:
        CommandFailed: There is no Node.
    """
    node, installed, npx = shutil.which("node"), shutil.which("firebase"), shutil.which("npx")
    if node and installed:
        return [installed]
    if node and npx:
        return [npx, "--yes", PACKAGE]
    raise CommandFailed(
        "The Auth emulator needs Node 20 or later, with npm, and there is none on PATH. Install it from https://nodejs.org, or "
        "by your system's packages, and run the command again."
    )


def _find_project(ctx: click.Context) -> str | None:
    """Return the demo project of the site, if there is a site that starts."""
    ctx.ensure_object(ScriptInfo)
    with suppress(Exception, SystemExit):
        services = find_services(load_app(ctx))
        if services is not None and services.config.project_id.startswith(DEMO_PREFIX):
            return services.config.project_id
    return None


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandFailed(f"{host}:{port} cannot be listened on: {error.strerror}. Choose another --port.") from None


@contextmanager
def _running(command: list[str], folder: Path, project_id: str, host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start it in a process group of its own, so that Ctrl-C reaches it once, through us; end it in any case."""
    configuration = folder / "firebase.json"
    emulators = {"auth": {"host": host, "port": port}, "ui": {"enabled": False}, "singleProjectMode": True}
    configuration.write_text(json.dumps({"emulators": emulators}))
    process = subprocess.Popen(  # noqa: S603
        [*command, "emulators:start", "--only=auth", f"--project={project_id}", f"--config={configuration}"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        env=os.environ | {"NO_UPDATE_NOTIFIER": "1"},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for ending in ("SIGINT", "SIGKILL"):
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, getattr(signal, ending)) if hasattr(os, "killpg") else process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            httpx.get(url, timeout=1, trust_env=False)
            return
        time.sleep(0.2)
    raise CommandFailed("The Auth emulator did not start; what it said is above.")


def _print_settings(project_id: str, host: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"project_id": project_id, "host": host})
        return
    config = json.dumps({"projectId": project_id, "apiKey": "emulator", "authDomain": host})
    click.echo("The Auth emulator runs until Ctrl-C. In another terminal, for `flask run`:")
    click.echo(f"  export FIREBASE_AUTH_EMULATOR_HOST={host}")
    click.echo(f"  export FLASK_FIREBASE_LOGIN_CONFIG='{config}'")
