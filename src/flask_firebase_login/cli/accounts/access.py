"""`accounts disable` and `accounts enable`."""

from __future__ import annotations

import click

from ...web.services import Services
from ..output import json_option
from ..site import in_site
from ..users import find_user, print_account, user_argument


@click.command("disable")
@user_argument
@json_option
@in_site
def disable(services: Services, user: str, as_json: bool) -> None:
    """Reject USER from now on, and sign them out on every device."""
    account = find_user(services, user)
    services.accounts.disable(account)
    print_account(account, as_json=as_json)


@click.command("enable")
@user_argument
@json_option
@in_site
def enable(services: Services, user: str, as_json: bool) -> None:
    """Take a disabled USER back; they sign in anew."""
    account = find_user(services, user)
    services.accounts.enable(account)
    print_account(account, as_json=as_json)
