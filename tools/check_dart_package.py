"""Checks what pub.dev's score asks of the Dart package and what can be seen without pub.

    python tools/check_dart_package.py

The layout, the description, the changelog's newest version, the README's example and links, a doc comment on every public name, what the formatter
would change, and the front end's own check of types.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dart_setup
from dart_style import find_unformatted

OF_BROWSERS = {"online_browser.dart"}
"""What imports `dart:js_interop`, which the Dart VM does not have."""

PACKAGE = Path(__file__).parent.parent / "clients" / "dart"
FILES = (
    "pubspec.yaml", "README.md", "CHANGELOG.md", "LICENSE", "analysis_options.yaml", "example/flask_firebase_login_example.dart",
    "lib/flask_firebase_login.dart", "lib/flask_client.dart", "lib/io.dart", "lib/testing.dart", "doc/recipes.md",
)  # fmt: skip
_TYPE = r"(?:[A-Z][\w.]*(?:<.*>)?\??|void|int|bool|double|String\??|\(.*\)\??)"
_PUBLIC = (
    re.compile(r"^(?:(?:abstract|sealed|base|final|interface|mixin) )*(?:class|enum|extension|typedef) (?P<name>[A-Za-z]\w*)"),
    re.compile(rf"^(?:const |final )?{_TYPE} (?:get )?(?P<name>[a-z]\w*)(?: =|\(|;| =>)"),
)
_MEMBER = (
    re.compile(rf"^  (?:static |late |final |const |external )*{_TYPE} (?:get |set )?(?P<name>[a-z]\w*)(?: =|\(|;| =>| async)"),
    re.compile(r"^  (?:const |factory )?(?P<name>[A-Z]\w*(?:\.[a-z]\w*)?)\("),
    re.compile(r"^  (?P<name>[a-z]\w*)\('\w+'\)[,;]"),
)


def find_undocumented(source: str) -> Iterator[str]:
    """Yield the public names of a Dart file without a doc comment; the file is formatted as `dart format` does."""
    lines = source.splitlines()
    is_in_public_type = False
    for number, line in enumerate(lines):
        if line and not line.startswith((" ", "}", ")", "/", "@")):
            is_in_public_type = re.search(r"\b(?:class|enum|extension|mixin) [A-Za-z]", line) is not None
        patterns = _PUBLIC if not line.startswith("  ") else _MEMBER if is_in_public_type else ()
        found = next((found for pattern in patterns if (found := pattern.match(line))), None)
        if found and not _is_documented(lines, number):
            yield found["name"]


def check_package(package: Path) -> list[str]:
    """Return what is missing."""
    problems = [f"{name} is missing" for name in FILES if not (package / name).is_file()]
    pubspec = (package / "pubspec.yaml").read_text()
    version = re.search(r"^version: (\S+)$", pubspec, re.MULTILINE)
    if version is None or f"## {version[1]}" not in (package / "CHANGELOG.md").read_text():
        problems.append("the changelog has no section for the version of pubspec.yaml")
    description = re.search(r"^description: >-\n((?:  .*\n)+)", pubspec, re.MULTILINE)
    length = len(" ".join(description[1].split())) if description else 0
    if not 60 <= length <= 180:
        problems.append(f"the description has {length} characters; 60 to 180 are asked for")
    example = (package / "example" / "flask_firebase_login_example.dart").read_text()
    if f"```dart\n{example}```" not in (package / "README.md").read_text():
        problems.append("the example in README.md is not the file in example/")
    problems += check_pages(package)
    for path in sorted((package / "lib").rglob("*.dart")):
        where = path.relative_to(package)
        problems += [f"{where}: {name} has no doc comment" for name in find_undocumented(path.read_text())]
    for path in sorted(package.rglob("*.dart")):
        problems += [f"{path.relative_to(package)}: {problem}" for problem in find_unformatted(path.read_text())]
    return problems


def check_pages(package: Path) -> Iterator[str]:
    """Yield what leads nowhere on pub.dev, or is against its customs, in a package's pages."""
    for path in sorted(package.rglob("*.md")):
        where = path.relative_to(package)
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
            target = (path.parent / link).resolve()
            if not target.is_relative_to(package.resolve()) or not target.exists():
                yield f"{where}: {link} leads out of the package, or nowhere"
        if re.search(r"^ +\w+: any$", path.read_text(), re.MULTILINE):
            yield f"{where}: names a dependency with `any`, and not by `flutter pub add`"


def libraries(package: Path) -> list[Path]:
    """Return the libraries that the Dart VM can compile."""
    return [path for path in sorted((package / "lib").rglob("*.dart")) if path.name not in OF_BROWSERS]


def find_static_errors(*libraries: Path) -> str:
    """Return what the front end of the Dart VM says of libraries; empty where it says nothing."""
    dart_setup.write_package_config()
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "all.dart"
        program.write_text(
            "".join(f"import '{library.as_uri()}' as l{n};\n" for n, library in enumerate(libraries)) + "void main() {}\n"
        )
        output = f"--snapshot={folder}/all.dill"
        command = dart_setup.command(program, output, "--snapshot-kind=kernel")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).strip()
        return said if done.returncode or "Error" in said or "Warning" in said else ""


def main() -> int:
    """Print what is wrong."""
    problems = check_package(PACKAGE)
    said = find_static_errors(*libraries(PACKAGE))
    problems += [said] if said else []
    for problem in problems:
        print(f"clients/dart: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _is_documented(lines: list[str], number: int) -> bool:
    above = number - 1
    while above >= 0 and lines[above].strip().startswith("@"):
        if lines[above].strip() == "@override":
            return True
        above -= 1
    return above >= 0 and lines[above].strip().startswith("///")


if __name__ == "__main__":
    sys.exit(main())
