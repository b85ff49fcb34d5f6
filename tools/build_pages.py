"""Builds what the pages need and the repository does not hold: the scripts' bundle, and the compiled catalogues.

    python tools/build_pages.py

The wheel's build runs it too (`hatch_build.py`); an installed wheel needs neither Node nor Babel.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from node_setup import find_node, find_npm

ROOT = Path(__file__).parent.parent
FRONTEND = ROOT / "frontend"
LOCALES = ROOT / "src" / "flask_firebase_login" / "pages" / "locales"


def main() -> int:
    """Build the scripts, held to their budget, and compile the catalogues."""
    node = find_node()
    if node is None:
        print("There is no Node of version 20 or later: run `make setup`, or install one.", file=sys.stderr)
        return 1
    build_scripts(node)
    compile_catalogues()
    return 0


def build_scripts(node: Path) -> None:
    """Install the scripts' dependencies where they are missing, and bundle them."""
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    if not is_installed():
        command = [*find_npm(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=FRONTEND, env=environment, check=True)
    subprocess.run([str(node), "build.mjs", "--check"], cwd=FRONTEND, env=environment, check=True)


def is_installed() -> bool:
    """Whether the dependencies are those of the lock file as it is: npm notes when it has installed them."""
    noted = FRONTEND / "node_modules" / ".package-lock.json"
    return noted.exists() and noted.stat().st_mtime >= (FRONTEND / "package-lock.json").stat().st_mtime


def compile_catalogues() -> None:
    """Compile each `.po` to the `.mo` that gettext reads."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as readable, source.with_suffix(".mo").open("wb") as writable:
            write_mo(writable, read_po(readable, locale=source.parts[-3]))


if __name__ == "__main__":
    sys.exit(main())
