"""What commands print: text for people, and JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from ..text import is_plain

NOTHING = "-"
_GAP = "  "

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def print_json(value: object) -> None:
    """Print a value as JSON on one line, in ASCII: no terminal takes anything in it for a command."""
    click.echo(json.dumps(value))


def make_plain(value: object) -> str:
    """Return a value as one printable line; users choose what some of them are.

    Args:
        value: A text, a number, a list of texts, or None.
    """
    if value is None or value == [] or value == "":
        return NOTHING
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return "".join(character if is_plain(character) else "�" for character in text)


class TextTable:
    """Rows in columns, printed page by page; a column never gets narrower.

    Args:
        header: The names of the columns.
        err: Print to standard error.
    """

    def __init__(self, *header: str, err: bool = False) -> None:
        self._err = err
        self._header = header
        self._widths = [len(name) for name in header]
        self._is_begun = False

    def print(self, rows: Iterable[Sequence[object]]) -> None:
        """Print rows, and the header above the first."""
        page = [[make_plain(value) for value in row] for row in rows]
        self._widths = [
            max(width, *(len(row[column]) for row in page)) if page else width for column, width in enumerate(self._widths)
        ]
        if not self._is_begun:
            self._is_begun = True
            page.insert(0, [*self._header])
        for row in page:
            click.echo(
                _GAP.join(value.ljust(width) for value, width in zip(row, self._widths, strict=True)).rstrip(), err=self._err
            )


def print_values(values: Sequence[tuple[str, object]]) -> None:
    """Print names and values below each other."""
    width = max(len(name) for name, _ in values)
    for name, value in values:
        click.echo(f"{name.ljust(width)}{_GAP}{make_plain(value)}")


def show_progress(total: int, label: str) -> Any:
    """Return a progress bar on standard error, which is a bar on a terminal alone.

    Args:
        total: How many there are.
        label: Of what.
    """
    return click.progressbar(length=total, label=label, file=sys.stderr)
