"""The site that the machine drives."""

from __future__ import annotations

import pytest

from driven_servers import drive_site, make_database
from expected import PER_ACCOUNT
from flask_firebase_login.config import Config


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def driven_site(request, tmp_path_factory):
    """Two workers on a database that nobody has prepared: SQLite as the quickstart has it, then PostgreSQL."""
    folder = tmp_path_factory.mktemp("driven")
    limit = {"FIREBASE_LOGIN_SESSIONS_PER_ACCOUNT": PER_ACCOUNT} if hasattr(Config, "sessions_per_account") else {}
    with drive_site(folder, make_database(folder, request), workers=2, **limit) as site:
        yield site
