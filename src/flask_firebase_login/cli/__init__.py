"""`flask firebase-login …`: what a site's staff does once, from a terminal."""

from __future__ import annotations

from flask.cli import AppGroup

from .export_users import export

group = AppGroup("firebase-login", help="Sign-in through Firebase.")
group.add_command(export)
