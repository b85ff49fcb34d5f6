"""`sessions revoke` and `sessions prune`."""

from __future__ import annotations

import click

from ...web.services import Services
from ..endings import NothingFound
from ..output import json_option, make_plain, print_json, show_progress, yes_option
from ..site import in_site
from ..users import ask, find_user, user_argument


@click.command("revoke", context_settings={"ignore_unknown_options": True})  # ids may begin with a hyphen
@user_argument
@click.argument("session_ids", metavar="[SESSION]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Sign USER out on every device.")
@yes_option
@json_option
@in_site
def revoke(services: Services, user: str, session_ids: tuple[str, ...], is_all: bool, yes: bool, as_json: bool) -> None:
    """Sign USER out on the devices of each SESSION, or on all.

    It asks first, unless --yes is given. "sessions list" tells the ids.
    """
    if is_all == bool(session_ids):
        raise click.UsageError("Name the sessions, or give --all.")
    account = find_user(services, user)
    ask(f"Sign {make_plain(user)} out on {'every device' if is_all else f'{len(session_ids)} devices'}?", yes=yes)
    if is_all:
        count = services.sessions.revoke_all(account)
        missing = []
    else:
        missing = [session_id for session_id in session_ids if not services.sessions.revoke(account, session_id)]
        count = len(session_ids) - len(missing)
    if as_json:
        print_json({"revoked": count})
    else:
        click.echo(f"{count} sessions revoked.")
    if missing:
        raise NothingFound(f"The user has no session {', '.join(map(make_plain, missing))}.")


@click.command("prune")
@click.option("--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Sessions in one transaction.")
@json_option
@in_site
def prune(services: Services, batch: int, as_json: bool) -> None:
    """Delete sessions that have ended, and old codes and links.

    They are rejected without this; run it once a day to save space. It works in
    batches, each a short transaction, and may be interrupted and run again.
    """
    deleted = 0
    with show_progress(services.sessions.count(), "Sessions") as bar:
        for pruned in services.sessions.prune_in_batches(batch):
            deleted += pruned.deleted
            bar.update(pruned.seen)
    if as_json:
        print_json({"deleted": deleted})
    else:
        click.echo(f"{deleted} sessions deleted.")
