"""Runs what the Dart SDK and the Flutter SDK say of the packages, where they are on PATH; says so where they are not.

    python tools/dart_sdk.py

The rest of `make dart` needs neither.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_FORMAT = ("dart", "format", "--output=none", "--set-exit-if-changed", ".")
STEPS = (
    (
        "dart",
        ("clients/dart",),
        (
            ("dart", "pub", "get"),
            ("dart", "analyze", "--fatal-infos"),
            _FORMAT,
            ("dart", "test"),
            ("dart", "pub", "publish", "--dry-run"),
        ),
    ),
    (
        "flutter",
        ("clients/flutter", "examples/flutter"),
        (("flutter", "pub", "get"), ("flutter", "analyze"), _FORMAT, ("flutter", "test")),
    ),
)
"""An SDK, the packages that it checks, and how."""


def main() -> int:
    """Run each step; returns 1 where one fails."""
    failed = []
    for sdk, packages, commands in STEPS:
        if shutil.which(sdk) is None:
            left_out = ", ".join(" ".join(command) for command in commands)
            print(f"   `{sdk}` is not on PATH, so these did not run in {' and '.join(packages)}: {left_out}")
            continue
        for package in packages:
            failed += [
                f"{' '.join(command)} in {package}"
                for command in commands
                if subprocess.run(command, cwd=ROOT / package, check=False).returncode != 0
            ]
    for what in failed:
        print(f"failed: {what}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
