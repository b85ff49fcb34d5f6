"""How users are named on the command line: by uid, by id, or by exact e-mail address."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from ..accounts.documents import describe_account, format_time
from ..database.columns import key_of
from ..sessions.documents import describe_session
from ..web.services import Services
from .endings import CommandFailed, Misused, NothingFound, SeveralMeant
from .output import TextTable, make_plain, print_json, print_values

MAX_LISTED = 20

user_argument = click.argument("user")


def find_user(services: Services, named: str) -> Any:
    """Return the one account that a name means.

    Args:
        services: Those of the site.
        named: A Firebase uid, the id of an account, or an e-mail address, letter by letter. `uid:`, `id:` or `email:` in front says which.

    Raises:
        NothingFound: Nobody is meant.
        SeveralMeant: Several are; they are listed, and none is chosen.
    """
    found = _find_users(services, named)
    if not found:
        raise NothingFound(f"There is no user with the uid, id or e-mail address {make_plain(named)!r}.")
    if len(found) > 1:
        _list_candidates(found)
        raise SeveralMeant(f"{make_plain(named)!r} is more than one user. Name one by id, such as id:{key_of(found[0])}.")
    return found[0]


def describe_for_staff(account: Any) -> dict[str, Any]:
    """Return an account as JSON: what the user's own clients see of it, and what is for staff alone."""
    return describe_account(account) | {
        "is_anonymous_user": account.is_anonymous_user,
        "last_signed_in_at": account.last_signed_in_at and format_time(account.last_signed_in_at),
        "disabled_at": account.disabled_at and format_time(account.disabled_at),
        "firebase_disabled_at": account.firebase_disabled_at and format_time(account.firebase_disabled_at),
    }


def describe_device(session: Any) -> dict[str, Any]:
    """Return a session as JSON; which one asks, the user's own requests alone know."""
    described = describe_session(session, current_id=None)
    return {name: value for name, value in described.items() if name != "current"}


def print_account(account: Any, *, as_json: bool) -> None:
    """Print what an account is now, after a change."""
    document = describe_for_staff(account)
    if as_json:
        print_json(document)
    else:
        shown = ("id", "firebase_uid", "email", "roles", "disabled_at", "firebase_disabled_at")
        print_values([(name, document[name]) for name in shown])


def ask(question: str, *, yes: bool) -> None:
    """Return where the user of the terminal says yes, or has said so by `--yes`.

    Raises:
        CommandFailed: They say no.
        Misused: There is no terminal to ask on.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Misused("There is no terminal to ask on. Nothing was done. Repeat the command with --yes.")
    if not click.confirm(question, err=True):
        raise CommandFailed("Nothing was done.")


def _find_users(services: Services, named: str) -> Sequence[Any]:
    accounts = services.accounts
    kind, separator, rest = named.partition(":")
    by_uid, by_key, by_email = accounts.find, accounts.find_by_key, accounts.find_all_by_email
    if separator and kind == "uid":
        return [account for account in [by_uid(rest)] if account is not None]
    if separator and kind == "id":
        return [account for account in [by_key(rest)] if account is not None]
    if separator and kind == "email":
        return by_email(rest, limit=MAX_LISTED)
    found = [by_uid(named), by_key(named), *by_email(named, limit=MAX_LISTED)]
    return [*{key_of(account): account for account in found if account is not None}.values()]


def _list_candidates(found: Sequence[Any]) -> None:
    table = TextTable("ID", "UID", "E-MAIL", "LAST SIGN-IN", err=True)
    documents = [describe_for_staff(account) for account in found]
    table.print([[one["id"], one["firebase_uid"], one["email"], one["last_signed_in_at"]] for one in documents])
