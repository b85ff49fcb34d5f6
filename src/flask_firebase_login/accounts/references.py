"""The site's own rows that refer to an account, which must not be left behind: its key may be another user's one day."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import ForeignKeyConstraint, and_, exists, inspect, select
from sqlalchemy.exc import IntegrityError, NoReferenceError

from ..database.changes import DbSession
from ..database.transactions import find_null_column

_REMEDY = "Delete or change them in @firebase.on_delete, or give their foreign key ondelete='CASCADE'"


def find_referring_keys(model: type[Any]) -> list[ForeignKeyConstraint]:
    """Return the foreign keys of the same metadata that refer to the table of the accounts, our own sessions' among them."""
    table = inspect(model, raiseerr=True).local_table
    found = []
    for other in table.metadata.tables.values():
        for constraint in other.foreign_key_constraints:
            with suppress(NoReferenceError):  # of a table that is declared elsewhere, and so not ours
                if constraint.referred_table is table:
                    found.append(constraint)
    return found


def note_values(account: Any) -> dict[str, Any]:
    """Return what rows may refer to of an account that is about to go: its values, by the names of the columns."""
    mapper = inspect(account, raiseerr=True).mapper
    mapped = [(attribute.key, column) for attribute in mapper.column_attrs for column in attribute.columns]
    return {
        column.name: getattr(account, key) for key, column in mapped if getattr(column, "table", None) is mapper.local_table
    }


def check_nothing_refers(db_session: DbSession, model: type[Any], values: dict[str, Any]) -> None:
    """Return where nothing refers to an account that has just been deleted.

    SQLite enforces foreign keys only where the connection says so, and gives the highest key out again.

    Args:
        db_session: Whose transaction it is.
        model: The class of accounts.
        values: What `note_values` returned before.

    Raises:
        RuntimeError: Rows are left; it names their columns.

    Source: SQLite, "SQLite Foreign Key Support", section 2; "SQLite Autoincrement".
    """
    if db_session.connection(bind_arguments={"mapper": model}).dialect.name != "sqlite":
        return
    left = []
    for constraint in find_referring_keys(model):
        referred = {element.parent: values.get(element.column.name) for element in constraint.elements}
        refers = and_(*[column == value for column, value in referred.items()])
        if (
            None not in referred.values()
            and db_session.execute(select(exists().where(refers)), bind_arguments={"mapper": model}).scalar()
        ):
            left.append(constraint)
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
    referring = [constraint for constraint in find_referring_keys(model) if constraint.table.name != "firebase_session"]
    return RuntimeError(f"Rows of the site's own refer to the account, by one of {_name(referring)}. {_REMEDY}.")


def _name(constraints: list[ForeignKeyConstraint]) -> str:
    columns = [f"{constraint.table.name}.{column.name}" for constraint in constraints for column in constraint.columns]
    return ", ".join(columns) or "a foreign key that no class declares"
