"""`accounts export` and `accounts delete`: all that is kept of a user, to be handed out, or to be gone."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import click

from ...accounts.firebase_side import FirebaseUserFate
from ...web.services import Services
from ..endings import CommandFailed
from ..output import json_option, make_plain, print_json, yes_option
from ..site import in_site
from ..users import ask, describe_for_staff, find_user, user_argument

FATES: dict[FirebaseUserFate | None, str] = {
    "deleted": " The user at Firebase is deleted too.",
    "queued": ' Firebase does not answer: "sync" deletes the user there.',
    "kept": " The user at Firebase stays.",
}


@click.command("export")
@user_argument
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write it into this file, not to standard output.",
)
@json_option
@in_site
def export(services: Services, user: str, output: Path | None, as_json: bool) -> None:
    """Print all that is kept of USER.

    It is what they get on the account page, as JSON in any case; with --json, on
    one line. A file is readable by its owner alone, and is there as a whole or
    not at all.
    """
    exported = services.accounts.export(find_user(services, user))
    text = json.dumps(exported, indent=None if as_json else 2)
    if output is None:
        click.echo(text)
    else:
        _write_file(output, f"{text}\n")


@click.command("delete")
@user_argument
@yes_option
@json_option
@in_site
def delete(services: Services, user: str, yes: bool, as_json: bool) -> None:
    """Delete the account of USER, with everything that depends on it.

    It asks first, unless --yes is given. With FIREBASE_LOGIN_SERVICE_ACCOUNT the
    user is deleted at Firebase as well; if Firebase does not answer, by the next
    "sync".
    """
    account = find_user(services, user)
    document = describe_for_staff(account)
    named = f"{make_plain(document['email'])} (id {make_plain(document['id'])}, uid {make_plain(document['firebase_uid'])})"
    ask(f"Delete the account of {named}? It cannot be undone.", yes=yes)
    fate = services.accounts.delete(account)
    if as_json:
        print_json({"deleted": {"id": document["id"], "firebase_uid": document["firebase_uid"]}, "firebase_user": fate})
    else:
        click.echo(f"Deleted the account of {named}.{FATES.get(fate, '')}")


def _write_file(path: Path, text: str) -> None:
    try:
        _write_whole(path, text)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}.") from None


def _write_whole(path: Path, text: str) -> None:
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # readable by its owner alone
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
