"""The site that a command works on: found as every `flask` command finds it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo
from sqlalchemy import Table

from ..extension import EXTENSION_NAME
from ..web.services import Services
from .endings import Misused, in_a_sentence

P = ParamSpec("P")
R = TypeVar("R")


def in_site(command: Callable[Concatenate[Services, P], R]) -> Callable[P, R]:
    """Run a command within the context of the app, with its services as the first argument; see `in_a_sentence` for how it may end.

    Args:
        command: Takes the services, then its arguments and options.
    """

    @click.pass_context
    @wraps(command)
    def run(ctx: click.Context, *args: Any, **options: Any) -> Any:
        with in_a_sentence():
            app = load_app(ctx)
        services = find_services(app)
        if services is None:
            raise Misused("This app has no FirebaseLogin. Call FirebaseLogin(app, db), or init_app(app, db) in its factory.")
        with in_a_sentence(tables_of(services)):
            if current_app:
                return ctx.invoke(command, services, *args, **options)
            with app.app_context():
                return ctx.invoke(command, services, *args, **options)

    return run


def load_app(ctx: click.Context) -> Flask:
    """Return the app that `--app` or `FLASK_APP` names.

    Raises:
        NoAppException: There is none; Flask's message says how to name one.
        Exception: Whatever the site's own code raises.
    """
    return current_app._get_current_object() if current_app else ctx.ensure_object(ScriptInfo).load_app()  # type: ignore[attr-defined]


def find_services(app: Flask) -> Services | None:
    """Return the services of an app; None where it has no FirebaseLogin."""
    return app.extensions.get(EXTENSION_NAME)


def tables_of(services: Services) -> list[Table]:
    """Return our tables: of accounts, sessions, codes and links, and of what is to be done at Firebase."""
    models: list[Any] = [services.accounts.model, services.sessions.model, services.handoffs.model, *services.firebase.models]
    return [model.__table__ for model in models]
