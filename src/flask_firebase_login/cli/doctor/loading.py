"""Whether the site starts at all."""

from __future__ import annotations

import traceback

import click
from flask import Flask

from ...errors import ConfigError
from ..site import find_services, load_app
from .findings import Examined, Finding


def load(ctx: click.Context, url: str | None) -> Examined | Finding:
    """Return the site, or why there is none to look at."""
    try:
        app = load_app(ctx)
    except click.UsageError as error:  # Flask's NoAppException, which may hold a traceback
        told = error.format_message().strip().splitlines()
        return Finding("no_app", told[-1], "Name the app, such as `flask --app app …`, or mend its import.")
    except ConfigError as error:
        return explain_config_error(error)
    except Exception as error:
        return _explain_failure(error)
    return _examine(app, url)


def explain_config_error(error: ConfigError, code: str = "config") -> Finding:
    """Return a finding of what stops a site from starting; the error's own text says what to do."""
    problem, _, remedy = str(error).partition(". ")
    return Finding(code, problem.rstrip(".") + ".", remedy or "Correct that value; docs/configuration.md says what it can be.")


def _explain_failure(error: Exception) -> Finding:
    """Say where, and not what: the message may hold a secret, which nobody knows before the app is configured."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Finding(
        "app_fails",
        f"The site's own code fails as it is loaded: {type(error).__name__} in {place.filename}, line {place.lineno}.",
        "Run `flask routes`, which shows the whole, and mend it.",
    )


def _examine(app: Flask, url: str | None) -> Examined | Finding:
    services = find_services(app)
    if services is None:
        return Finding(
            "no_firebase_login",
            "The app has no FirebaseLogin.",
            "Call FirebaseLogin(app, db), or init_app(app, db) in its factory.",
        )
    return Examined(app, services, url)
