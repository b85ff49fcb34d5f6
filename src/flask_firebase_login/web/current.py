"""The app of the request at hand."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app


def this_app() -> Flask:
    """Return the app itself, as signals take their sender: `current_app` is a proxy, which nobody listens to."""
    return cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
