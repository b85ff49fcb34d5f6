"""`flask firebase-login accounts …`: who users are, what they may do, and what is kept of them."""

from __future__ import annotations

from ..lazy_groups import LazyGroup

COMMANDS = {
    "list": ".listing:list_accounts",
    "show": ".listing:show",
    "grant": ".roles:grant",
    "revoke": ".roles:revoke",
    "disable": ".access:disable",
    "enable": ".access:enable",
    "export": ".records:export",
    "delete": ".records:delete",
}

accounts = LazyGroup(
    "accounts",
    commands=COMMANDS,
    package=__name__,
    help="""List, change and delete accounts.

    USER is a Firebase uid, the id of an account, or an exact e-mail address.
    uid:…, id:… and email:… say which. Where several users have an address, they
    are listed, and none is chosen.
    """,
)
