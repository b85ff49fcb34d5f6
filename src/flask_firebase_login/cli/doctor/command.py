"""`doctor`: every check, and what they find."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import click

from ..endings import in_a_sentence
from ..output import json_option, print_json
from ..redaction import Redactor
from .cookies import check_cookies, check_secret_key
from .findings import Check, Examined, Finding
from .keys import check_keys
from .loading import load
from .neighbours import check_csrf, check_loaders, check_talisman
from .pages import check_redirect_sign_in
from .providers import can_check_providers, check_providers
from .served import check_served
from .tables import check_database

CHECKS: tuple[Check, ...] = (
    check_secret_key,
    check_cookies,
    check_keys,
    check_database,
    check_loaders,
    check_csrf,
    check_talisman,
    check_redirect_sign_in,
    check_providers,
    check_served,
)
PROVIDERS_UNCHECKED = (
    "The sign-in providers that the Firebase project has enabled: Firebase tells them to its owner alone. Set FIREBASE_LOGIN_SERVICE_ACCOUNT, "
    "or compare FIREBASE_LOGIN_PROVIDERS with the console, Authentication, Sign-in method."
)
SERVED_UNCHECKED = "HTTPS and the headers of proxies: repeat with --url https://…, where users reach the site."


@click.command("doctor")
@click.option("--url", metavar="URL", help="Where users reach the site: it is asked, too.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, url: str | None, as_json: bool) -> None:
    """Say what is wrong with the set-up, and what to do about it.

    It looks at the configuration, cookies and SECRET_KEY, Google's public keys
    and this machine's clock, the database, other Flask extensions, sign-in by
    redirect, with FIREBASE_LOGIN_SERVICE_ACCOUNT the providers that are enabled
    at Firebase and, with --url, HTTPS and proxies. It writes nothing, and signs
    nobody in.

    An error keeps users from signing in, or makes them unsafe. With warnings
    alone, the exit code is 0.
    """
    if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise click.BadParameter("give scheme and host, such as https://shop.example.", param_hint="'--url'")
    with in_a_sentence():
        examined = load(ctx, url)
        findings = [examined] if isinstance(examined, Finding) else [*_examine(examined)]
        redactor = Redactor(os.environ, {} if isinstance(examined, Finding) else examined.app.config)
    findings = [
        replace(finding, problem=redactor.cut(finding.problem), remedy=redactor.cut(finding.remedy)) for finding in findings
    ]
    unchecked = [] if isinstance(examined, Finding) else _list_unchecked(examined)
    if as_json:
        print_json({"findings": [vars(finding) for finding in findings], "not_checked": unchecked})
    else:
        _print_text(findings, unchecked)
    if any(finding.level == "error" for finding in findings):
        ctx.exit(1)


def _examine(examined: Examined) -> Iterator[Finding]:
    """Run every check; one that fails itself is a finding, too."""
    with examined.app.app_context():
        for check in CHECKS:
            try:
                yield from check(examined)
            except Exception as error:
                name = check.__name__.removeprefix("check_").replace("_", " ")
                yield Finding(
                    "check_failed",
                    f"The check of {name} failed itself: {type(error).__name__}: {error}",
                    "Mend what it names, if it is the site's; else report it to Flask-Firebase-Login.",
                )


def _list_unchecked(examined: Examined) -> list[str]:
    if examined.is_in_development:
        return []
    unchecked = [] if can_check_providers(examined) else [PROVIDERS_UNCHECKED]
    return [*unchecked, *([SERVED_UNCHECKED] if examined.url is None else [])]


def _print_text(findings: list[Finding], unchecked: list[str]) -> None:
    width = min(shutil.get_terminal_size().columns, 100)
    for finding in findings:
        click.secho(f"{finding.level}: {finding.code}", bold=True, fg="red" if finding.level == "error" else "yellow")
        for text in (finding.problem, f"Remedy: {finding.remedy}"):
            click.echo(click.wrap_text(text, width, "  ", "  "))
    if not findings:
        click.echo("Nothing is wrong.")
    for text in unchecked:
        click.echo(click.wrap_text(f"Not checked: {text}", width, "", "  "))
