"""`sync`: what Firebase has changed is done here too."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from ..accounts.firebase_side import SyncReport
from ..errors import ConfigError
from ..web.services import Services
from .endings import CommandFailed
from .output import json_option, print_json, print_values, show_progress
from .site import in_site

EXAMPLE = """\b
Examples:
  flask firebase-login sync
  flask firebase-login sync --uid aBcD1234 --dry-run
"""
NAMES = {
    "checked": "users asked about",
    "disabled": "disabled at Firebase: signed out",
    "deleted": "deleted at Firebase: signed out",
    "enabled": "enabled again at Firebase: may sign in",
    "revoked": "revoked at Firebase: signed out of older sessions",
    "updated": "address, verification or providers refreshed",
    "skipped": "changed here meanwhile: left to the next run",
    "unknown": "without an account here",
    "deletions": "deleted at Firebase because their account here was",
    "deletions_left": "still to be deleted at Firebase",
}
"""What is counted, in words; what counts nothing is not printed, but for the first."""


@click.command("sync", epilog=EXAMPLE)
@click.option("--uid", "uids", multiple=True, help="Ask about this Firebase user alone; may be given several times.")
@click.option(
    "--since",
    type=click.DateTime(),
    metavar="TIME",
    help="Leave out who has not been here since 2026-11-01, say, or 2026-11-01T12:30:00, in UTC.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing, and tell what would change.")
@json_option
@in_site
def sync(services: Services, uids: tuple[str, ...], since: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Bring here what Firebase has changed about users.

    Whom Firebase has disabled or deleted is signed out and rejected, and let in
    again where Firebase enables them. Addresses and providers are refreshed. Then
    the Firebase users are deleted whose account here was.

    Run it once an hour or once a day. A run that breaks off is resumed by the
    next one within a day. It needs FIREBASE_LOGIN_SERVICE_ACCOUNT, or application
    default credentials.
    """
    if uids and since is not None:
        raise click.UsageError("Give --uid or --since, not both: users who are named are asked about in any case.")
    moment = since and since.replace(tzinfo=UTC)
    try:
        with show_progress(0, "Users") as bar:

            def show(report: SyncReport) -> None:
                bar.length = report.total
                bar.update(report.checked - bar.pos)

            report = services.accounts.sync(uids=uids or None, since=moment, dry_run=dry_run, on_progress=show)
    except ConfigError as error:
        raise CommandFailed(str(error)) from None
    _print_report(report, as_json=as_json)


def _print_report(report: SyncReport, *, as_json: bool) -> None:
    counted = asdict(report)
    if as_json:
        print_json(counted)
        return
    if report.is_resumed:
        click.echo("Went on where an earlier run broke off.")
    print_values([(str(counted[name]), text) for name, text in NAMES.items() if counted[name] or name == "checked"])
    if report.is_dry_run:
        click.echo("Nothing was changed: this was --dry-run.")
