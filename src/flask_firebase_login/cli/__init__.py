"""`flask firebase-login …`: what a site's staff does from a terminal.

Flask finds the group by its entry point, also where the site does not start, so that `doctor` can say why. A command is a line in `COMMANDS`
and a module, which is imported when the command is asked for.
"""

from __future__ import annotations

from .lazy_groups import LazyGroup

COMMANDS = {
    "doctor": ".doctor.command:doctor",
    "config": ".configuration:config",
    "accounts": ".accounts:accounts",
    "sessions": ".sessions:sessions",
    "sync": ".sync:sync",
    "export-users": ".export_users:export",
    "emulator": ".emulator:emulator",
    "mint": ".mint:mint",
}

group = LazyGroup(
    "firebase-login",
    commands=COMMANDS,
    package=__name__,
    help="""Operate the sign-in of this site.

    \b
    Exit codes:
      0    done; of doctor: no errors found
      1    it failed, and a sentence says why; of doctor: errors found
      2    the command was not understood, or needs --yes
      3    there is no such user or session
      4    several users are meant; they are listed, and none is chosen
      130  interrupted
    """,
)
