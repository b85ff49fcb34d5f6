"""Runs tests in parts side by side: they wait for other processes more than they compute.

    python tools/run_tests.py             all but the pages; the branches that are taken are measured
    python tools/run_tests.py -k fetch    one run of all but the pages, with these arguments of pytest's
    python tools/run_tests.py --e2e       the pages, in Chromium; arguments of pytest's may follow

Each part has an emulator, servers and a temporary folder of its own, in memory where the machine has room: most of what a test of the database waits for is
a disk. `coverage combine` puts together what they measured. `make test` and `make e2e` call this.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PYTEST = (sys.executable, "-m", "pytest", "--durations=12")
MEASURED = (sys.executable, "-m", "coverage", "run", *PYTEST[1:], "-m", "not e2e")
BESIDE = (  # each about a third of the time
    (*MEASURED, "tests/cli", "tests/clients", "tests/firebase", "--ignore=tests/clients/test_defects.py"),
    (
        *MEASURED,
        "tests/clients/test_defects.py",
        "tests/docs",
        "tests/examples",
        "tests/fuzz",
        "tests/model",
        "tests/neighbours",
    ),
)
E2E_BESIDE = (
    (
        *PYTEST,
        "tests/e2e/test_cookies.py",
        "tests/e2e/test_notes.py",
        "tests/e2e/test_notes_browser.py",
        "tests/e2e/test_notes_product.py",
        "tests/e2e/test_notes_screens.py",
    ),
    (*PYTEST, "tests/e2e/test_account.py", "tests/e2e/test_account_looks.py", "tests/e2e/test_second_factors.py"),
)
MEMORY = Path("/dev/shm")  # noqa: S108
ROOM_BYTES = 6 * 2**30


def main(arguments: Sequence[str]) -> int:
    """Run pytest.

    Args:
        arguments: Of this program; others are pytest's.

    Returns:
        0 where every test passed.
    """
    is_e2e, given = "--e2e" in arguments, [argument for argument in arguments if argument != "--e2e"]
    command, beside = ((*PYTEST, "tests/e2e"), E2E_BESIDE) if is_e2e else (MEASURED, BESIDE)
    if given:
        return subprocess.run([*command, *given], check=False).returncode
    ignored = {f"--ignore={path}" for part in beside for path in part if path.startswith("tests/")}
    return run_side_by_side(beside, [*command, *sorted(ignored)])


def run_side_by_side(others: Sequence[Sequence[str]], last: Sequence[str]) -> int:
    """Run several commands of pytest; what the others print is printed when the last has ended.

    Returns:
        The greatest exit code.
    """
    with tempfile.TemporaryDirectory(dir=find_memory()) as name:
        folder, running = Path(name), []
        try:
            for number, command in enumerate(others):
                with (folder / f"output-{number}").open("wb") as file:
                    place = f"--basetemp={folder / str(number)}"
                    running.append(subprocess.Popen([*command, place], stdout=file, stderr=subprocess.STDOUT))
            exit_codes = [subprocess.run([*last, f"--basetemp={folder / 'last'}"], check=False).returncode]
            exit_codes += [process.wait() for process in running]
        finally:
            for process in running:
                process.kill()
        for number in range(len(others)):
            print(f"\nBeside it:\n{(folder / f'output-{number}').read_text()}")
    return max(exit_codes)


def find_memory() -> Path | None:
    """Return a folder that is in memory, has room, and from which programs may run; None where there is none."""
    if not MEMORY.is_dir():
        return None
    system = os.statvfs(MEMORY)
    may_run = not system.f_flag & os.ST_NOEXEC
    return MEMORY if may_run and system.f_bavail * system.f_frsize >= ROOM_BYTES and os.access(MEMORY, os.W_OK) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
