"""The site that the machine drives."""

from __future__ import annotations

import pytest

from driven_servers import drive_site, make_database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def driven_site(request, tmp_path_factory):
    """Two workers on a database that nobody has prepared: SQLite as the quickstart has it, then PostgreSQL."""
    folder = tmp_path_factory.mktemp("driven")
    with drive_site(folder, make_database(folder, request), workers=2) as site:
        yield site
