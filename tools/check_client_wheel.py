"""Checks the Python client as a stranger installs it: alone, from its wheel, into an empty environment.

    python tools/check_client_wheel.py

It must bring nothing of Flask, carry its types, and import within a quarter of a second (the best of several starts).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

CLIENT = Path(__file__).parent.parent / "clients" / "python"
MAX_SECONDS = 0.25
STARTS = 7
TIMED = "import time; t = time.perf_counter(); import flask_firebase_login_client; print(time.perf_counter() - t)"
LISTED = "import importlib.metadata as m; print(*(d.metadata['Name'] for d in m.distributions()))"
TYPED = "import importlib.resources as r; assert (r.files('flask_firebase_login_client') / 'py.typed').is_file()"


def main() -> int:
    """Build, install, look."""
    with tempfile.TemporaryDirectory() as folder:
        wheels, place = Path(folder) / "wheels", Path(folder) / "venv"
        building = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(CLIENT)]
        subprocess.run(building, check=True, stdout=subprocess.DEVNULL)
        venv.create(place, with_pip=True)
        python = str(place / "bin" / "python")
        wheel = str(next(wheels.glob("*.whl")))
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel], check=True)
        brought = sorted(ask(python, LISTED).split())
        print(f"   brings {', '.join(name for name in brought if name not in ('pip', 'setuptools'))}")
        if any(name.lower().replace("_", "-") != "flask-firebase-login-client" and "flask" in name.lower() for name in brought):
            print("The client brings Flask.", file=sys.stderr)
            return 1
        ask(python, TYPED)
        fastest = min(float(ask(python, TIMED)) for _ in range(STARTS))
        print(f"   imports in {fastest:.3f} s, the best of {STARTS}")
        if fastest > MAX_SECONDS:
            print(f"It must be within {MAX_SECONDS} s.", file=sys.stderr)
            return 1
    return 0


def ask(python: str, program: str) -> str:
    """Run a program, and return what it printed."""
    return subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
