"""PostgreSQL as a test wants it."""

from __future__ import annotations

from sqlalchemy import make_url


def with_settings(url: str, **settings: str) -> str:
    """Return the URL of a PostgreSQL database with settings for each connection, such as `default_transaction_isolation`."""
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return make_url(url).update_query_dict({"options": options}).render_as_string(hide_password=False)
