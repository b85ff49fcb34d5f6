"""`sessions list`."""

from __future__ import annotations

import click

from ...web.services import Services
from ..output import TextTable, json_option, print_json
from ..site import in_site
from ..users import describe_device, find_user, user_argument

_SHOWN = ("id", "transport", "client_name", "last_seen_at", "expires_at", "user_agent")


@click.command("list")
@user_argument
@json_option
@in_site
def list_sessions(services: Services, user: str, as_json: bool) -> None:
    """List the sessions of USER, the one last seen first.

    With --json, each session is an object on a line of its own.
    """
    found = services.sessions.list(find_user(services, user))
    documents = [describe_device(session) for session in found]
    if as_json:
        for document in documents:
            print_json(document)
    else:
        table = TextTable("SESSION", "TRANSPORT", "DEVICE", "LAST SEEN", "EXPIRES", "USER AGENT")
        table.print([document[name] for name in _SHOWN] for document in documents)
