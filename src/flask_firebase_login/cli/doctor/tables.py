"""Tables, columns and indexes against the models, and SQLite's pragmas. Nothing is written, and no database file made."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Inspector, Table, UniqueConstraint, inspect
from sqlalchemy.exc import SQLAlchemyError

from ..site import tables_of
from .findings import Examined, Finding

MIGRATE = "Run `flask db migrate` and `flask db upgrade` where the site uses Flask-Migrate, else"
PRAGMAS: Mapping[str, tuple[Container[object], str, str]] = {
    "journal_mode": (("wal",), "WAL", "a write keeps everybody else from reading"),
    "foreign_keys": ((1,), "ON", "rows of yours may refer to users who are gone"),
    "busy_timeout": (range(1000, 2**31), "5000", "a request fails as soon as another writes"),
}
"""Which values are good, which one to set, and what comes of any other.

Source: SQLite, "Write-Ahead Logging", "Foreign Key Support", and PRAGMA busy_timeout.
"""


def check_database(examined: Examined) -> Iterator[Finding]:
    """Ask the database that our tables are in what it has."""
    engine = _find_engine(examined)
    missing = _find_missing_file(engine, is_testing=examined.app.testing)
    if missing is not None:
        yield missing
        return
    try:
        with engine.connect() as connection:
            inspector = inspect(connection)
            for table in tables_of(examined.services):
                yield from compare_table(inspector, table)
            if engine.dialect.name == "sqlite" and not examined.is_in_development:
                yield from _check_pragmas(connection)
    except SQLAlchemyError as error:
        told = str(getattr(error, "orig", None) or error).partition("\n")[0]
        yield Finding(
            "database_unreachable",
            f"The database does not answer: {told}",
            "Start it, or correct SQLALCHEMY_DATABASE_URI.",
        )


def compare_table(inspector: Inspector, table: Table) -> Iterator[Finding]:
    """Say what a table of the database lacks, or has too much of.

    Args:
        inspector: Of the database.
        table: As the models have it.
    """
    if not inspector.has_table(table.name, schema=table.schema):
        yield Finding(
            "table_missing", f"The table {table.name!r} is missing.", f"{MIGRATE} `db.create_all()` within an app context."
        )
        return
    there = {column["name"]: column for column in inspector.get_columns(table.name, schema=table.schema)}
    for column in table.columns:
        yield from _compare_column(table, column, there.get(column.name))
    yield from _find_columns_in_the_way(table, there)
    yield from _compare_indexes(inspector, table)


def _compare_column(table: Table, column: Column[Any], there: Any) -> Iterator[Finding]:
    named = f"'{table.name}.{column.name}'"
    if there is None:
        remedy = f"{MIGRATE} add it: `db.create_all()` changes no table that is there."
        yield Finding("column_missing", f"The column {named} is missing.", remedy)
        return
    if column.nullable and not there["nullable"]:
        remedy = f"{MIGRATE} drop its NOT NULL."
        yield Finding("column_not_null", f"The column {named} is NOT NULL, and rows of ours leave it empty.", remedy)
    wanted, found = getattr(column.type, "length", None), getattr(there["type"], "length", None)
    if wanted and found and found < wanted:
        remedy = f"{MIGRATE} widen it."
        yield Finding("column_short", f"The column {named} holds {found} characters, and {wanted} are needed.", remedy)


def _find_columns_in_the_way(table: Table, there: dict[str, Any]) -> Iterator[Finding]:
    for name, column in there.items():
        if name not in table.columns and not column["nullable"] and column.get("default") is None:
            yield Finding(
                "column_in_the_way",
                f"The column '{table.name}.{name}' needs a value, and the models do not know it: no row can be inserted.",
                "Let it be empty, give it a default, or drop it in a migration.",
            )


def _compare_indexes(inspector: Inspector, table: Table) -> Iterator[Finding]:
    ordered, unique = _read_indexes(inspector, table)
    for columns in _wanted_unique(table):
        if set(columns) not in unique:
            yield Finding(
                "unique_missing",
                f"Nothing keeps {_name(table, columns)} unique: one user can get two accounts, or one secret two sessions.",
                f"{MIGRATE} create the unique index; two rows that share a value have to be told apart first.",
            )
    for columns in _wanted_indexes(table):
        if columns not in [each[: len(columns)] for each in ordered]:
            remedy = f"{MIGRATE} create it."
            problem = f"The index of {_name(table, columns)} is missing: what looks rows up by it reads the whole table."
            yield Finding("index_missing", problem, remedy, "warning")


def _read_indexes(inspector: Inspector, table: Table) -> tuple[list[list[str | None]], list[set[str | None]]]:
    """Return the columns of all indexes in their order, and the sets of columns that are unique together."""
    indexes = inspector.get_indexes(table.name, schema=table.schema)
    constraints = inspector.get_unique_constraints(table.name, schema=table.schema)
    key = inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]
    unique = [set(index["column_names"]) for index in indexes if index["unique"]]
    unique += [set(constraint["column_names"]) for constraint in constraints]
    ordered = [index["column_names"] for index in indexes] + [[*constraint["column_names"]] for constraint in constraints]
    return [*ordered, [*key]], [*unique, set(key)]


def _wanted_unique(table: Table) -> Iterator[list[str]]:
    yield from (index.columns.keys() for index in table.indexes if index.unique)
    yield from (constraint.columns.keys() for constraint in table.constraints if isinstance(constraint, UniqueConstraint))


def _wanted_indexes(table: Table) -> Iterator[list[str]]:
    yield from (index.columns.keys() for index in table.indexes if not index.unique and index.columns)


def _name(table: Table, columns: Sequence[str]) -> str:
    return ", ".join(f"'{table.name}.{column}'" for column in columns)


def _find_engine(examined: Examined) -> Engine:
    bind = examined.services.db_session.get_bind(examined.services.accounts.model)
    engine: Engine = bind.engine
    return engine


def _find_missing_file(engine: Engine, *, is_testing: bool) -> Finding | None:
    """SQLite makes the file of a database that it is asked about."""
    database = engine.url.database or ""
    if engine.dialect.name != "sqlite" or database.startswith("file:"):
        return None
    if database in ("", ":memory:"):
        memory = Finding(
            "database_in_memory",
            "The database is in the memory of each process: users are forgotten at a restart, and workers do not know each other's.",
            "Set SQLALCHEMY_DATABASE_URI to a file, such as 'sqlite:///site.db', or to PostgreSQL.",
        )
        return None if is_testing else memory
    if Path(database).exists():
        return None
    return Finding(
        "database_missing",
        f"There is no database at {database}.",
        "Run `flask db upgrade` where the site uses Flask-Migrate, else `db.create_all()` within an app context; or correct SQLALCHEMY_DATABASE_URI.",
    )


def _check_pragmas(connection: Connection) -> Iterator[Finding]:
    for pragma, (good, wanted, consequence) in PRAGMAS.items():
        value = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
        if value not in good:
            yield Finding(
                f"sqlite_{pragma}",
                f"SQLite's {pragma} is {value}: {consequence}.",
                f"Run `PRAGMA {pragma} = {wanted}` on each connection, as docs/operations.md shows.",
                "warning",
            )
