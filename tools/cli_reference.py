"""Writes the reference of `flask firebase-login` into docs/cli.md, out of the commands' own help.

python tools/cli_reference.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import FlaskGroup

from flask_firebase_login.cli import group

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
BEGIN, END = "<!-- reference: written by tools/cli_reference.py -->", "<!-- end of the reference -->"
WIDTH = 80


def iterate_commands(command: click.Command = group, parent: click.Context | None = None) -> Iterator[click.Context]:
    """Yield the context of every command and group, each with its full name, in the order of the help."""
    name = command.name or ""
    parent = parent or click.Context(FlaskGroup(load_dotenv=False), info_name="flask")
    context = click.Context(command, parent=parent, info_name=name, terminal_width=WIDTH)
    yield context
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from iterate_commands(found, context)


def render() -> str:
    """Return the reference as Markdown: a heading and the help of each command."""
    sections = [f"### {context.command_path}\n\n```text\n{context.get_help()}\n```" for context in iterate_commands()]
    return "\n\n".join([BEGIN, *sections, END])


def insert(page: str, reference: str) -> str:
    """Return a page with its reference replaced.

    Args:
        page: It has both marks.
        reference: As `render` returns it.
    """
    before, _, rest = page.partition(BEGIN)
    return before + reference + rest.partition(END)[2]


def main() -> int:
    """Write the page."""
    PAGE.write_text(insert(PAGE.read_text(encoding="utf-8"), render()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
