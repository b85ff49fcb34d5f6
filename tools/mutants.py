"""Changes one place of the code at a time and reports the changes that no test notices.

    make mutants

mutmut makes the mutants and runs the unit tests that reach each; `[tool.mutmut]` in `pyproject.toml` says of which files. A survivor is
killed by a new test, or stands in `docs/mutants.md` with the reason why no test can tell. Fails where fewer than 90 % are killed, or a survivor is
not named there. What has been tried is kept in `mutants/`; a run that was interrupted goes on where it ended.

mutmut runs the tests that it saw enter a function, and of a fixture that several tests share it sees the first alone. So what survives is tried once more
with every test of the files in `SECOND_LOOK`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
REASONS = ROOT / "docs" / "mutants.md"
MIN_PERCENT = 90.0
SECOND_LOOK = {
    "web.origins": ["tests/web/test_origins.py"],
    "web.transports": ["tests/web/test_transports.py", "tests/web/test_site_logins.py"],
    "idtokens.keys": ["tests/idtokens"],
}
ANY_PLACE = "*"
SURVIVED, NO_TESTS, SKIPPED, NOT_CHECKED = {0}, {5, 33}, {34}, {None, 2}


@dataclass(frozen=True)
class Survivor:
    """A change that no test notices.

    Attributes:
        name: mutmut's own, which `mutmut show` takes.
        place: The module and the function, from the package on.
        before: The line that was changed.
        after: What it was changed to.
    """

    name: str
    place: str
    before: str
    after: str

    @property
    def row(self) -> str:
        """The beginning of its row in the table of reasons."""
        return f"| `{self.place}` | `{self.before}` | `{self.after}` |"


def main() -> int:
    """Run mutmut and print what came of it."""
    (ROOT / "mutants" / "tools").mkdir(parents=True, exist_ok=True)  # which mutmut does not make for a file
    subprocess.run([sys.executable, "-m", "mutmut", "run", *sys.argv[1:]], cwd=ROOT, check=False)
    outcomes = read_outcomes()
    if not outcomes:
        print("There are no mutants; the run of the tests without any has failed.")
        return 1
    print_table(outcomes)
    survivors = [
        find_survivor(name)
        for name, code in sorted(outcomes.items())
        if code in SURVIVED | NO_TESTS and not is_killed_by_others(name)
    ]
    reasons = REASONS.read_text() if REASONS.exists() else ""
    unnamed = [survivor for survivor in survivors if not is_named(survivor, reasons)]
    for survivor in unnamed:
        print(f"{survivor.row}  |   <- {survivor.name}")
    unchecked = sum(code in NOT_CHECKED for code in outcomes.values())
    tried = len(outcomes) - sum(code in SKIPPED for code in outcomes.values()) - unchecked
    percent = 100 * (tried - len(survivors)) / max(tried, 1)
    print(
        f"{tried} mutants, {len(survivors)} survive: {percent:.1f} % killed (at least {MIN_PERCENT} %); {unchecked} not tried."
    )
    print(f"{len(unnamed)} survivors are not named in {REASONS.relative_to(ROOT)}.")
    return 0 if percent >= MIN_PERCENT and not unnamed and not unchecked else 1


def read_outcomes() -> dict[str, int | None]:
    """Return mutmut's exit code for each mutant."""
    outcomes: dict[str, int | None] = {}
    for path in sorted((ROOT / "mutants" / "src").rglob("*.meta")):
        outcomes |= json.loads(path.read_text())["exit_code_by_key"]
    return outcomes


def print_table(outcomes: dict[str, int | None]) -> None:
    """Print how many of each module survive."""
    totals, survivors = Counter[str](), Counter[str]()
    for name, code in outcomes.items():
        module = split(name)[0]
        totals[module] += code not in SKIPPED | NOT_CHECKED
        survivors[module] += code in SURVIVED | NO_TESTS
    for module, total in sorted(totals.items()):
        print(f"{module:40} {total:5} mutants {survivors[module]:5} survive")


def is_killed_by_others(name: str) -> bool:
    """Try a mutant with every test of some files."""
    files = SECOND_LOOK.get(split(name)[0])
    if files is None:
        return False
    environment = os.environ | {"MUTANT_UNDER_TEST": name, "PYTHONPATH": "src"}
    command = [sys.executable, "-m", "pytest", "-qx", "-m", "not integration and not e2e", "-p", "no:cacheprovider", *files]
    return subprocess.run(command, cwd=ROOT / "mutants", env=environment, capture_output=True, check=False).returncode == 1


def is_named(survivor: Survivor, reasons: str) -> bool:
    """Whether the table of reasons has a survivor's row, or one of its kind: `*` for any place, and patterns, in slashes, for the two lines."""
    if survivor.row in reasons:
        return True
    kinds = re.findall(r"^\| `(.+?)` \| `/(.+?)/` \| `/(.+?)/` \|", reasons, re.MULTILINE)
    return any(
        place in (ANY_PLACE, survivor.place)
        and re.search(before.replace(r"\|", "|"), survivor.before)
        and re.search(after.replace(r"\|", "|"), survivor.after)
        for place, before, after in kinds
    )


def find_survivor(name: str) -> Survivor:
    """Return what a mutant changes."""
    show = [sys.executable, "-m", "mutmut", "show", name]
    diff = subprocess.run(show, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = {sign: re.findall(rf"^\{sign}(?!\{sign})(.*)$", diff, re.MULTILINE) for sign in "+-"}
    before, after = (" ".join(" ".join(lines[sign]).split()).replace("|", "\\|") for sign in "-+")
    return Survivor(name, ".".join(split(name)), before, after)


def split(name: str) -> tuple[str, str]:
    """Return the module and the function of a mutant, from mutmut's name for it."""
    module, _, mangled = name.removeprefix("flask_firebase_login.").rpartition(".")
    mangled = mangled.rpartition("__mutmut_")[0]
    if mangled.startswith("xǁ"):
        return module, ".".join(mangled.removeprefix("xǁ").split("ǁ"))
    return module, mangled.removeprefix("x_")


if __name__ == "__main__":
    sys.exit(main())
