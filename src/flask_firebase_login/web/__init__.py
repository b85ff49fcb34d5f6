"""All that speaks HTTP."""

from __future__ import annotations

from flask import Blueprint

BLUEPRINT_NAME = "firebase_login"


def make_blueprint() -> Blueprint:
    """Return the blueprint of one app, still empty; each module of this room adds what is its own."""
    return Blueprint(BLUEPRINT_NAME, __name__, template_folder="templates", static_folder="static", static_url_path="/static")
