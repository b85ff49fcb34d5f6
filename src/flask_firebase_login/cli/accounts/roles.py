"""`accounts grant` and `accounts revoke`."""

from __future__ import annotations

import click

from ...web.services import Services
from ..output import json_option
from ..site import in_site
from ..users import find_user, print_account, user_argument


@click.command("grant")
@user_argument
@click.argument("role")
@json_option
@in_site
def grant(services: Services, user: str, role: str, as_json: bool) -> None:
    """Give USER a ROLE; nothing happens where they have it."""
    account = find_user(services, user)
    try:
        services.accounts.grant(account, role)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'ROLE'") from None
    print_account(account, as_json=as_json)


@click.command("revoke")
@user_argument
@click.argument("role")
@json_option
@in_site
def revoke(services: Services, user: str, role: str, as_json: bool) -> None:
    """Take a ROLE from USER; nothing happens where they do not have it."""
    account = find_user(services, user)
    services.accounts.revoke(account, role)
    print_account(account, as_json=as_json)
