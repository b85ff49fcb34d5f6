"""`accounts list` and `accounts show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import click

from ...database.columns import key_of
from ...web.services import Services
from ..output import TextTable, json_option, print_json, print_values
from ..site import in_site
from ..users import describe_device, describe_for_staff, find_user, user_argument

PAGE = 500


@click.command("list")
@click.option("--role", help="Those who have this role alone.")
@click.option("--disabled/--not-disabled", "is_disabled", default=None, help="Those who are disabled alone, or are not.")
@click.option("--limit", type=click.IntRange(min=1), help="How many at most.")
@json_option
@in_site
def list_accounts(services: Services, role: str | None, is_disabled: bool | None, limit: int | None, as_json: bool) -> None:
    """List accounts, in the order of their ids.

    With --json, each account is an object on a line of its own.
    """
    table = TextTable("ID", "UID", "E-MAIL", "NAME", "ROLES", "LAST SIGN-IN", "DISABLED SINCE")
    for page in _read_pages(services, role, is_disabled, limit):
        documents = [describe_for_staff(account) for account in page]
        if as_json:
            for document in documents:
                print_json(document)
        else:
            table.print(map(_make_row, documents))


@click.command("show")
@user_argument
@json_option
@in_site
def show(services: Services, user: str, as_json: bool) -> None:
    """Show the account and the devices of USER."""
    account = find_user(services, user)
    document = describe_for_staff(account)
    sessions = [describe_device(session) for session in services.sessions.list(account)]
    if as_json:
        print_json(document | {"sessions": sessions})
    else:
        print_values([*document.items(), ("sessions", len(sessions))])


def _read_pages(services: Services, role: str | None, is_disabled: bool | None, limit: int | None) -> Iterator[Sequence[Any]]:
    """Yield pages of accounts; one page is in memory, and no transaction is open while it is printed."""
    after, left = None, limit
    while page := services.accounts.find_page(after=after, limit=PAGE, is_disabled=is_disabled):
        wanted = [*islice((account for account in page if role is None or account.has_role(role)), left)]
        yield wanted
        after, left = key_of(page[-1]), None if left is None else left - len(wanted)
        services.db_session.rollback()
        services.db_session.expunge_all()
        if left == 0:
            return


def _make_row(document: dict[str, Any]) -> list[object]:
    shown = ("id", "firebase_uid", "email", "name", "roles", "last_signed_in_at", "disabled_at")
    return [document[name] for name in shown]
