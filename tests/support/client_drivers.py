"""How each client's driver is started."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

import dart_setup

CLIENTS = Path(__file__).parents[2] / "clients"
_MEASURED = ("-m", "coverage", "run", "--parallel-mode", f"--rcfile={CLIENTS.parent / 'pyproject.toml'}")
DRIVERS = ("python-sync", "python-async", "python-trio", "dart-io", "dart-http")


def driver_command(
    name: str, python_client: Path | None = None, dart_package_config: Path | None = None, *, is_measured: bool = True
) -> list[str]:
    """Return the command of a driver: one of `DRIVERS`.

    Args:
        name: Which.
        python_client: Another copy of the Python client, to be imported instead.
        dart_package_config: Another package configuration for Dart.
        is_measured: Whether its coverage is measured, where that of the tests is.
    """
    language, _, kind = name.partition("-")
    if language == "python":
        driver = [str(CLIENTS / "python" / "conformance_driver.py"), kind]
        if python_client is None:
            return [sys.executable, *(_MEASURED if is_measured and os.environ.get("COVERAGE_RUN") else ()), *driver]
        return [sys.executable, "-c", _RUN_WITH.format(folder=str(python_client), arguments=driver, program=driver[0])]
    return dart_command(CLIENTS / "dart" / "test" / f"{kind}_driver.dart", dart_package_config)


def dart_command(program: Path, package_config: Path | None = None) -> list[str]:
    """Return the command that runs a Dart program; where there is no Dart, the test is skipped, but not in CI."""
    if find_dart() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(dart_setup.NEITHER)
    dart_setup.write_package_config()
    if package_config is None and program.is_relative_to(CLIENTS / "dart" / "test"):
        program = _compile_dart(program)
    return [str(find_dart()), f"--packages={package_config or dart_setup.PACKAGE_CONFIG}", str(program)]


find_dart = cache(dart_setup.find_dart)


@cache
def _compile_dart(program: Path) -> Path:
    """Compile a driver once for all its processes: each would take 3 s."""
    folder = Path(tempfile.mkdtemp(prefix="dart-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    compiled = folder / f"{program.stem}.dill"
    command = [str(find_dart()), f"--packages={dart_setup.PACKAGE_CONFIG}", f"--snapshot={compiled}", "--snapshot-kind=kernel"]
    done = subprocess.run([*command, str(program)], capture_output=True, text=True, check=False)
    return compiled if done.returncode == 0 else program  # which tells what is wrong with it, each time


_RUN_WITH = """
import runpy, sys
sys.path.insert(0, {folder!r})
sys.argv[:] = {arguments!r}
runpy.run_path({program!r}, run_name="__main__")
"""
