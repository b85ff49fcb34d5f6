"""`flask firebase-login sessions …`: on which devices users are signed in."""

from __future__ import annotations

from ..lazy_groups import LazyGroup

COMMANDS = {
    "list": ".listing:list_sessions",
    "revoke": ".ending:revoke",
    "prune": ".ending:prune",
}

sessions = LazyGroup(
    "sessions",
    commands=COMMANDS,
    package=__name__,
    help="""List and end sessions.

    USER is a Firebase uid, the id of an account, or an exact e-mail address.
    uid:…, id:… and email:… say which.
    """,
)
