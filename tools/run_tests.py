"""Runs the tests in two parts side by side: they wait for other processes more than they compute.

    python tools/run_tests.py             both parts
    python tools/run_tests.py -k fetch    one run, with these arguments of pytest's

Each part has an emulator, a PostgreSQL and a temporary folder of its own. The branches that they take are measured; `coverage combine`
puts them together. `make test` calls this.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PYTEST = (sys.executable, "-m", "coverage", "run", "-m", "pytest", "-m", "not e2e", "--durations=12")
BESIDE = ("tests/clients", "tests/examples", "tests/fuzz", "tests/model", "tests/neighbours")  # about half of the time


def main(arguments: Sequence[str]) -> int:
    """Run pytest.

    Args:
        arguments: Of pytest; none runs everything, in two parts.

    Returns:
        0 where every test passed.
    """
    if arguments:
        return subprocess.run([*PYTEST, *arguments], check=False).returncode
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        output = folder / "output"
        with output.open("wb") as file:
            part = [*PYTEST, f"--basetemp={folder / 'beside'}", *BESIDE]
            beside = subprocess.Popen(part, stdout=file, stderr=subprocess.STDOUT)
        try:
            rest = [*PYTEST, f"--basetemp={folder / 'rest'}", *[f"--ignore={path}" for path in BESIDE]]
            exit_codes = [subprocess.run(rest, check=False).returncode, beside.wait()]
        finally:
            beside.kill()
        print(f"\nBeside it, {', '.join(BESIDE)}:\n{output.read_text()}")
    return max(exit_codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
