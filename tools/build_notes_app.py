"""Builds what the Notes app serves beside Flet's own files: fonts for the scripts of the world, and a first frame in the right theme.

    python tools/build_notes_app.py

Flutter's engine draws on a canvas, and asks for a font when it meets a character that it cannot draw: one small slice of one of the
Noto fonts, by an address that is written into the engine. The same slices are on npm. They are copied to where the
engine looks, so that the app asks nobody else, and a browser fetches only the slices that it needs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from node_setup import find_node, find_npm

APP = Path(__file__).parent.parent / "examples" / "notes" / "app"
PACKAGES = APP / "fonts"
ASSETS = APP / "assets"

FONTSOURCE = "@fontsource/{package}/files/{package}-{part}-400-normal.woff2"
EMOJI = "@infolektuell/noto-color-emoji/files/{part}.woff2"
LAST_EMOJI = 10
"""The last slice of emoji on npm; the engine's list has one more, of emoji that came later."""

WHOLE = {
    "notosans": ("noto-sans", "devanagari"),
    "notosansarabic": ("noto-sans-arabic", "arabic"),
    "notosansdevanagari": ("noto-sans-devanagari", "devanagari"),
    "notosanshebrew": ("noto-sans-hebrew", "hebrew"),
    "notosansthai": ("noto-sans-thai", "thai"),
}
"""Fonts in one file: the engine's name, and npm's package with the part that Roboto has not."""

SYMBOLS = "@fontsource-variable/noto-sans-symbols/files/noto-sans-symbols-symbols-wght-normal.woff2"

CJK = ("cyrillic", "vietnamese", "latin-ext", "latin")
PARTS = {
    "notosanshk": ("noto-sans-hk", CJK),
    "notosansjp": ("noto-sans-jp", CJK),
    "notosanskr": ("noto-sans-kr", CJK),
    "notosanssc": ("noto-sans-sc", CJK),
    "notosanstc": ("noto-sans-tc", CJK),
    "notosanssymbols2": ("noto-sans-symbols-2", ("braille", "math", "mayan-numerals", "symbols", "latin-ext", "latin")),
}
"""Fonts in slices: the engine's name, npm's, and the slices without a number in the engine's order."""

ENGINE_FONT = re.compile(r'"((\w+)/v\d+/[^"]+?(?:\.(\d+))?\.woff2)"')


def main() -> int:
    """Build the app's assets anew."""
    node, web = find_node(), find_web()
    if node is None or web is None:
        print("Node 20 or later and flet-web are needed: run `make demo`, which sets them up.", file=sys.stderr)
        return 1
    shutil.rmtree(ASSETS, ignore_errors=True)
    install_fonts(node)
    engine = (web / "main.dart.js").read_text(encoding="utf-8")
    fonts = [*match_fonts(engine)]
    for source, address in fonts:
        copy(PACKAGES / "node_modules" / source, address)
    shutil.rmtree(PACKAGES / "node_modules")  # with every weight of every font, of which the app needs one
    (ASSETS / "index.html").write_text(make_index((web / "index.html").read_text(encoding="utf-8")), encoding="utf-8")
    print(f"   {len(fonts)} slices of fonts")
    return 0


def find_web() -> Path | None:
    """Return the folder of Flutter's files within flet-web; None where it is not installed."""
    found = find_spec("flet_web")
    return Path(found.origin).parent / "web" if found and found.origin else None


def install_fonts(node: Path) -> None:
    """Install the fonts from npm, as the lock file has them."""
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [*find_npm(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=PACKAGES, env=environment, check=True)


def match_fonts(engine: str) -> Iterator[tuple[str, str]]:
    """Yield the file on npm, and where the engine looks for it, of each font that the app brings.

    Args:
        engine: The engine's script, which holds the list.
    """
    without_number: dict[str, list[str]] = defaultdict(list)
    for address, family, number in ENGINE_FONT.findall(engine):
        if family in PARTS and not number:
            without_number[family].append(address)
        elif source := find_source(family, number):
            yield source, address
    for family, addresses in without_number.items():
        package, parts = PARTS[family]
        for part, address in zip(parts, addresses, strict=True):
            yield FONTSOURCE.format(package=package, part=part), address


def find_source(family: str, number: str) -> str | None:
    """Return the file on npm for a font of the engine's, or for a numbered slice of it; None where the app brings none."""
    if family == "notocoloremoji":
        return EMOJI.format(part=min(int(number), LAST_EMOJI))
    if family == "notosanssymbols":
        return SYMBOLS
    if family in WHOLE:
        package, part = WHOLE[family]
        return FONTSOURCE.format(package=package, part=part)
    return FONTSOURCE.format(package=PARTS[family][0], part=number) if family in PARTS else None


def copy(source: Path, address: str) -> None:
    """Copy a slice to where the engine looks."""
    target = ASSETS / "assets" / "fonts" / address
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def make_index(index: str) -> str:
    """Return Flet's page with the app's own first frame in place of its white one."""
    first_frame = (APP / "first_frame.html").read_text(encoding="utf-8")
    made, count = re.subn(r'<div id="loading".*?</div>\n', lambda _: first_frame, index, flags=re.DOTALL)
    if count != 1:
        raise RuntimeError("Flet's index.html has no element #loading to replace: see what its new version has instead.")
    return made.replace("<title>Flet</title>", "<title>…</title>")


if __name__ == "__main__":
    sys.exit(main())
