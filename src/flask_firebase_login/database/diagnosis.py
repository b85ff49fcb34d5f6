"""What a database error means where the site has forgotten to make or to migrate its tables."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError

_UNDEFINED_TABLE, _UNDEFINED_COLUMN = "42P01", "42703"
_REMEDY = "Run `flask db upgrade` where the site uses Flask-Migrate, else"


def explain_missing(error: Exception, tables: Iterable[Table]) -> str | None:
    """Return which table or column is missing and what to run; None where the error is another, or of other tables.

    Args:
        error: As SQLAlchemy raises it.
        tables: Those to look for.

    Source: SQLite, `sqlite3LocateTable` ("no such table"); PostgreSQL manual, appendix A, class 42.
    """
    if not isinstance(error, DBAPIError):
        return None
    told = str(error.orig).partition("\n")[0]
    state = getattr(error.orig, "sqlstate", None)
    is_table = state == _UNDEFINED_TABLE or told.startswith("no such table")
    is_column = state == _UNDEFINED_COLUMN or told.startswith("no such column") or "has no column named" in told
    table = next((table for table in tables if _names(told, table.name)), None)
    if table is None or not (is_table or is_column):
        return None
    if is_table:
        return f"The table {table.name!r} is missing. {_REMEDY} `db.create_all()` within an app context."
    column = next((column.name for column in table.columns if _names(told, column.name)), "?")
    return f"The column '{table.name}.{column}' is missing. {_REMEDY} add it: `db.create_all()` changes no table that is there."


def _names(told: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", told) is not None


def conceal(error: DBAPIError) -> None:
    """Let an error tell no values when it is logged: neither the parameters of its statement, nor the row in PostgreSQL's DETAIL.

    Args:
        error: It stays the same error.
    """
    error.hide_parameters = True
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    if primary is not None and error.orig is not None:
        error.orig.args = (primary,)
        error.args = (f"({type(error.orig).__module__}.{type(error.orig).__qualname__}) {primary}",)
