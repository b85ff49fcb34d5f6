"""The site that the machine drives."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import create_engine, text

from driven_servers import drive_site


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def driven_site(request, tmp_path_factory):
    """Two workers on a database that nobody has prepared: SQLite as the quickstart has it, then PostgreSQL."""
    folder = tmp_path_factory.mktemp("driven")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'site.db'}"
    else:
        administration = create_engine(request.getfixturevalue("postgresql_server"), isolation_level="AUTOCOMMIT")
        name = f"driven_{uuid.uuid4().hex}"
        with administration.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url = administration.url.set(database=name).render_as_string(hide_password=False)
        administration.dispose()
    with drive_site(folder, url, workers=2) as site:
        yield site
