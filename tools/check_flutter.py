"""Checks `clients/flutter` and `examples/flutter` without the Flutter SDK and without pub.

    python tools/check_flutter.py

The front end of the Dart VM checks the types of every file against the doubles of signatures in `tools/flutter_signatures`. Beside
that: each package that is imported is in the pubspec, public names of the package have doc comments, and mistakes that no type
system sees do not come back.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import dart_setup
from check_dart_package import check_pages, find_undocumented
from dart_style import find_unformatted

PACKAGE = dart_setup.ROOT / "clients" / "flutter"
EXAMPLE = dart_setup.ROOT / "examples" / "flutter"
SIGNATURES = Path(__file__).parent / "flutter_signatures"
PACKAGE_FILES = ("pubspec.yaml", "README.md", "CHANGELOG.md", "LICENSE", "analysis_options.yaml", "example/README.md")

MISTAKES = (
    (r"Firebase\.initializeApp\(\)", "initializeApp() without options fails on the web, on Windows and on Linux"),
    (r"signInWithProvider\(\s*GoogleAuthProvider", "signInWithProvider is not there on the web; natively, Google is google_sign_in's"),
    (r"\.wait;(?:(?!\bcatch\b).)*\} on Exception", "(a, b).wait throws ParallelWaitError, an Error, which `on Exception` does not catch"),
)  # fmt: skip
"""What compiles, and fails where it runs: a pattern, and why."""


def write_package_config(folder: Path, *, package: Path = PACKAGE, example: Path = EXAMPLE) -> Path:
    """Write where each package is, with doubles for what Flutter and pub would bring; returns the file.

    Args:
        folder: Where to write it.
        package: The package for Flutter, or a copy of it.
        example: The example, or a copy of it.
    """
    doubles = {path.name: path for path in SIGNATURES.iterdir() if path.is_dir()}
    ours = {"flask_firebase_login": dart_setup.PACKAGES["flask_firebase_login"], "http": dart_setup.PACKAGES["http"]}
    ours |= {"flask_firebase_login_flutter": package, "notes_app": example}
    entries = [
        {"name": name, "rootUri": path.as_uri(), "packageUri": "lib/", "languageVersion": dart_setup.LANGUAGE_VERSION}
        for name, path in (doubles | ours).items()
    ]
    config = folder / "flutter_package_config.json"
    config.write_text(json.dumps({"configVersion": 2, "packages": entries}, indent=2))
    return config


def find_type_errors(package: Path = PACKAGE, example: Path = EXAMPLE, files: Iterable[Path] | None = None) -> str:
    """Return what the front end of the Dart VM says of files; empty where it says nothing.

    Args:
        package: The package for Flutter, or a copy of it.
        example: The example, or a copy of it.
        files: The files; by default all of both.
    """
    dart = dart_setup.find_dart()
    if dart is None:
        raise RuntimeError(dart_setup.NEITHER)
    if files is None:
        files = [*find_sources(package), *find_sources(example)]
    with tempfile.TemporaryDirectory() as folder:
        config = write_package_config(Path(folder), package=package, example=example)
        program = Path(folder) / "all.dart"
        imports = [f"import '{_address(path, package, example)}' as l{number};\n" for number, path in enumerate(files)]
        program.write_text("".join(imports) + "void main() {}\n")
        command = [str(dart), f"--packages={config}", f"--snapshot={folder}/all.dill", "--snapshot-kind=kernel", str(program)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).strip()
        return said if done.returncode or "Error" in said or "Warning" in said else ""


def find_sources(folder: Path) -> list[Path]:
    """Return the Dart files of a package, its tests among them."""
    return sorted(path for part in ("lib", "test") for path in (folder / part).rglob("*.dart"))


def check_sources(folder: Path) -> Iterator[str]:
    """Yield what is wrong in a package and no type error: imports that its pubspec lacks, known mistakes, and the format."""
    pubspec = (folder / "pubspec.yaml").read_text()
    own_name = re.search(r"^name: (\w+)$", pubspec, re.MULTILINE)
    for path in find_sources(folder):
        source = path.read_text()
        where = path.relative_to(folder)
        section = "dependencies" if where.parts[0] == "lib" else "dependencies|dev_dependencies"
        listed = _read_names(pubspec, section) | ({own_name[1]} if own_name else set())
        for name in sorted(set(re.findall(r"^(?:import|export) 'package:(\w+)/", source, re.MULTILINE)) - listed):
            yield f"{where}: {name} is imported, and not in the {section.replace('|', ' or ')} of pubspec.yaml"
        yield from (f"{where}: {why}" for pattern, why in MISTAKES if re.search(pattern, source, re.DOTALL))
        yield from (f"{where}: {problem}" for problem in find_unformatted(source))


def check_package(package: Path = PACKAGE) -> Iterator[str]:
    """Yield what pub.dev's score would miss in the package."""
    yield from (f"{name} is missing" for name in PACKAGE_FILES if not (package / name).is_file())
    pubspec = (package / "pubspec.yaml").read_text()
    version = re.search(r"^version: (\S+)$", pubspec, re.MULTILINE)
    if version is None or f"## {version[1]}" not in (package / "CHANGELOG.md").read_text():
        yield "the changelog has no section for the version of pubspec.yaml"
    description = re.search(r"^description: >-\n((?:  .*\n)+)", pubspec, re.MULTILINE)
    length = len(" ".join(description[1].split())) if description else 0
    if not 60 <= length <= 180:
        yield f"the description has {length} characters; 60 to 180 are asked for"
    yield from check_pages(package)
    for path in sorted((package / "lib").rglob("*.dart")):
        yield from (f"{path.relative_to(package)}: {name} has no doc comment" for name in find_undocumented(path.read_text()))


def check_example(example: Path = EXAMPLE) -> Iterator[str]:
    """Yield what `flutter run` would miss in the example."""
    if not re.search(r"^flutter:\n  uses-material-design: true$", (example / "pubspec.yaml").read_text(), re.MULTILINE):
        yield "pubspec.yaml lacks uses-material-design: true, so that no icon would be shown"
    if not (example / "test" / "widget_test.dart").is_file():
        yield "test/widget_test.dart is missing, so that `flutter create .` writes one that names MyApp"


def main() -> int:
    """Print what is wrong."""
    problems = [f"clients/flutter: {problem}" for problem in (*check_package(), *check_sources(PACKAGE))]
    problems += [f"examples/flutter: {problem}" for problem in (*check_example(), *check_sources(EXAMPLE))]
    said = find_type_errors()
    problems += [said] if said else []
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _address(path: Path, package: Path, example: Path) -> str:
    """A library has one address, or its types would be two."""
    for name, folder in (("flask_firebase_login_flutter", package), ("notes_app", example)):
        if path.is_relative_to(folder / "lib"):
            return f"package:{name}/{path.relative_to(folder / 'lib').as_posix()}"
    return path.as_uri()


def _read_names(pubspec: str, section: str) -> set[str]:
    blocks = re.findall(rf"^(?:{section}):\n((?:(?:  .*)?\n)+)", pubspec, re.MULTILINE)
    return {name for block in blocks for name in re.findall(r"^  (\w+):", block, re.MULTILINE)}


if __name__ == "__main__":
    sys.exit(main())
