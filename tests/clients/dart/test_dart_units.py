"""The Dart package's own tests, which `dart test` runs too: here each is a program that ends with an error where something does not hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from client_drivers import CLIENTS, dart_command

pytestmark = pytest.mark.integration
UNITS = sorted((CLIENTS / "dart" / "test" / "units").glob("*_test.dart"))


def run(program: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(dart_command(program), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("program", UNITS, ids=lambda program: program.stem)
def test_a_test_of_the_dart_package_holds(program):
    """On a Dart VM, with a double of package:test."""
    done = run(program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(" tests passed\n")


def test_a_check_that_does_not_hold_is_told(tmp_path):
    """By its sentence, or the test before would prove nothing."""
    program = tmp_path / "wrong_test.dart"
    checks = CLIENTS / "dart" / "test" / "support" / "checks.dart"
    program.write_text(f"import '{checks.as_uri()}';\nvoid main() => checkAll({{'one is two': () => same(1, 2)}});\n")
    done = run(program)
    assert done.returncode != 0
    assert "one is two: Bad state: found 1, not 2" in done.stderr
