"""`config`: what the site is configured with, and where each value comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import click
from flask import current_app

from ..config import EMULATOR_VARIABLE, PREFIX, Config
from ..web.services import Services
from .output import TextTable, json_option, print_json
from .redaction import make_shown
from .site import in_site

ENVIRONMENT_PREFIX = "FLASK_"
"""What `app.config.from_prefixed_env()` reads."""


@dataclass(frozen=True)
class Setting:
    """One key of the configuration.

    Attributes:
        key: Such as `FIREBASE_LOGIN_SESSION_TTL`.
        value: As JSON, without what is secret in it; a duration is its seconds.
        source: `default`, `app.config`, or the variable of the environment.
    """

    key: str
    value: Any
    source: str


@click.command("config")
@json_option
@in_site
def config(services: Services, as_json: bool) -> None:
    """Show every key, its value, and where that comes from.

    Durations are in seconds. Secrets and API keys are cut.
    """
    settings = list_settings(services.config, current_app.config, os.environ)
    if as_json:
        print_json([vars(setting) for setting in settings])
    else:
        table = TextTable("KEY", "SOURCE", "VALUE")
        table.print([setting.key, setting.source, json.dumps(setting.value, ensure_ascii=False)] for setting in settings)


def list_settings(config: Config, given: Mapping[str, Any], environ: Mapping[str, str]) -> list[Setting]:
    """Return every key of a configuration, in the order of docs/configuration.md.

    Args:
        config: As it is in use.
        given: `app.config`.
        environ: The environment.
    """
    settings = []
    for field in fields(config):
        key = f"{PREFIX}{field.name.upper()}"
        value = make_shown(getattr(config, field.name), field.name)
        settings.append(Setting(key, value, _find_source(key, given, environ)))
    return settings


def _find_source(key: str, given: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    if key == f"{PREFIX}EMULATOR_HOST" and given.get(key) is None and environ.get(EMULATOR_VARIABLE):
        return EMULATOR_VARIABLE
    if key not in given:
        return "default"
    variable = f"{ENVIRONMENT_PREFIX}{key}"
    if any(name.startswith(f"{variable}__") for name in environ):
        return f"{variable}__…"
    return variable if variable in environ and _parse(environ[variable]) == given[key] else "app.config"


def _parse(text: str) -> Any:
    """Read a variable as `from_prefixed_env` does."""
    try:
        return json.loads(text)
    except ValueError:
        return text
