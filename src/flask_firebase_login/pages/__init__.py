"""What users look at: the sign-in page and the account page."""

from __future__ import annotations

from flask import Blueprint

from .static_files import StaticBlueprint

BLUEPRINT_NAME = "firebase_login"


def make_blueprint() -> Blueprint:
    """Return the blueprint of one app, still empty, with our templates and static files; `api` and `pages` add their views."""
    return StaticBlueprint(
        BLUEPRINT_NAME, __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )
