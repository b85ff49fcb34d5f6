"""Sites that run as processes of their own, for ID tokens of a `LocalIssuer` of the tests."""

from __future__ import annotations

import json

from flask_firebase_login.testing import LocalIssuer


def configure(issuer: LocalIssuer, database_url: str, **more: str) -> dict[str, str]:
    """The environment of such a site, over plain HTTP.

    Args:
        issuer: Whose ID tokens it takes.
        database_url: SQLAlchemy's.
        more: What else is set, or otherwise.
    """
    return {
        "FLASK_SQLALCHEMY_DATABASE_URI": database_url,
        "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps(issuer.config["FIREBASE_LOGIN_CONFIG"]),
        "FLASK_FIREBASE_LOGIN_JWKS_URL": issuer.jwks_url,
        "FLASK_FIREBASE_LOGIN_EMULATOR_HOST": "",
        "FLASK_FIREBASE_LOGIN_COOKIE_SECURE": "false",
    } | more
