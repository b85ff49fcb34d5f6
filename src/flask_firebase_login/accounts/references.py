"""The site's own rows that refer to an account, which must not be left behind: its key may be another user's one day."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, exists, inspect, select
from sqlalchemy.exc import IntegrityError

from ..database.changes import DbSession
from ..database.transactions import find_null_column

_REMEDY = "Delete or change them in @firebase.on_delete, or give their foreign key ondelete='CASCADE'"


def find_referring_columns(model: type[Any]) -> list[Column[Any]]:
    """Return the columns of the same metadata that are foreign keys to the key of the accounts, our own sessions' among them."""
    mapper = inspect(model, raiseerr=True)
    table, key = mapper.local_table, mapper.primary_key[0]
    named = f"{table.fullname}.{key.name}"
    return [
        column
        for other in table.metadata.tables.values()
        for column in other.columns
        if any(foreign_key.target_fullname == named for foreign_key in column.foreign_keys)
    ]


def check_nothing_refers(db_session: DbSession, model: type[Any], key: object) -> None:
    """Return where nothing refers to an account that has just been deleted.

    SQLite enforces foreign keys only where the connection says so, and gives the highest key out again.

    Args:
        db_session: Whose transaction it is.
        model: The class of accounts.
        key: The account's.

    Raises:
        RuntimeError: Rows are left; it names their columns.

    Source: SQLite, "SQLite Foreign Key Support", section 2; "SQLite Autoincrement".
    """
    if db_session.connection(bind_arguments={"mapper": model}).dialect.name != "sqlite":
        return
    left = [
        column
        for column in find_referring_columns(model)
        if db_session.execute(select(exists().where(column == key)), bind_arguments={"mapper": model}).scalar()
    ]
    if left:
        raise RuntimeError(
            f"Rows of the site's own would refer to an account that is gone, by {_name(left)}: this database does not enforce foreign "
            f"keys. {_REMEDY} and set PRAGMA foreign_keys = ON (docs/operations.md)."
        )


def explain_kept(model: type[Any], error: IntegrityError) -> RuntimeError:
    """Say what keeps an account from being deleted; a relationship without `passive_deletes` empties its foreign keys first.

    Args:
        model: The class of accounts.
        error: What the database said.

    Source: SQLAlchemy, "Using foreign key ON DELETE cascade with ORM relationships".
    """
    if (column := find_null_column(error)) is not None:
        return RuntimeError(
            f"A relationship of the site's own would leave {column} empty as the account goes. Delete those rows in "
            "@firebase.on_delete, or give the relationship cascade='all, delete-orphan', or passive_deletes='all' with "
            "ondelete='CASCADE' at the foreign key."
        )
    referring = [column for column in find_referring_columns(model) if column.table.name != "firebase_session"]
    return RuntimeError(f"Rows of the site's own refer to the account, by one of {_name(referring)}. {_REMEDY}.")


def _name(columns: list[Column[Any]]) -> str:
    return ", ".join(f"{column.table.name}.{column.name}" for column in columns) or "a foreign key that no class declares"
