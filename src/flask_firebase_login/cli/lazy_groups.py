"""Groups whose commands are imported when they are asked for, so that `flask run` does not pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group of commands that are named by where they are.

    Args:
        name: What the group is called.
        commands: The commands by their names, in the order of the help, such as `{"list": ".listing:show_list"}`.
        package: What the modules are relative to.
        options: Those of `click.Group`.
    """

    def __init__(self, name: str, *, commands: Mapping[str, str], package: str, **options: Any) -> None:
        super().__init__(name, **options)
        self._lazy_commands = commands
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, without an import."""
        return [*self._lazy_commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of that name."""
        place = self._lazy_commands.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(import_module(module, self._package), attribute)
        return command
