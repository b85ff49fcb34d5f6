"""What the doctor finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from flask import Flask

from ...config import Config
from ...web.services import Services

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        code: A stable name, for programs.
        problem: What is wrong, in a sentence or two.
        remedy: What to do.
        level: `error` where users cannot sign in, or are not safe; `warning` where it works, but not everywhere, or not for long.
    """

    code: str
    problem: str
    remedy: str
    level: Level = "error"


@dataclass(frozen=True)
class Examined:
    """The site that is looked at.

    Attributes:
        app: It is loaded, and serves nothing.
        services: Those of its FirebaseLogin.
        url: Where users reach it; None where the doctor is not told.
    """

    app: Flask
    services: Services
    url: str | None = None

    @property
    def config(self) -> Config:
        """The configuration, as it is in use."""
        return self.services.config

    @property
    def is_in_development(self) -> bool:
        """Whether it runs for developers alone: what makes a site safe or fast does not matter yet."""
        return bool(self.app.debug or self.app.testing or self.config.emulator_host)


Check = Callable[[Examined], Iterable[Finding]]
"""Looks at one part of a site, within its app context."""
