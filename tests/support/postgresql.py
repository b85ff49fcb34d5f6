"""PostgreSQL as a test wants it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text


def with_settings(url: str, **settings: str) -> str:
    """Return the URL of a PostgreSQL database with settings for each connection, such as `default_transaction_isolation`."""
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return make_url(url).update_query_dict({"options": options}).render_as_string(hide_password=False)


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """Create a database, yield its URL, and drop it."""
    name = f"test_{uuid.uuid4().hex}"
    administration = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield administration.url.set(database=name).render_as_string(hide_password=False)
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administration.dispose()
