"""The mapped classes of a site: declared for it, or its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .accounts import AccountMixin
from .errors import ConfigError
from .sessions import SessionMixin

if TYPE_CHECKING:
    from flask_sqlalchemy import SQLAlchemy


@dataclass(frozen=True)
class Models:
    """The mapped classes, in `db.metadata`, where `db.create_all()` and Flask-Migrate see their tables.

    Attributes:
        account: The class of accounts.
        session: The class of sessions.
    """

    account: type[Any]
    session: type[SessionMixin]


def declare_models(db: SQLAlchemy, account_model: type[AccountMixin] | None) -> Models:
    """Declare what the site has not declared itself.

    Args:
        db: The site's Flask-SQLAlchemy.
        account_model: The site's own class of accounts, or None.

    Raises:
        ConfigError: The site's class is not an account.
    """
    if account_model is None:
        account_model = type("Account", (AccountMixin, db.Model), {"__module__": __name__})
    elif not issubclass(account_model, AccountMixin):
        raise ConfigError(f"account_model is {account_model.__name__}. Declare it as class Account(AccountMixin, db.Model).")
    members = {"__module__": __name__, "__account_table__": account_model.__tablename__}
    if hasattr(account_model, "__bind_key__"):
        members["__bind_key__"] = account_model.__bind_key__
    return Models(account_model, type("FirebaseSession", (SessionMixin, db.Model), members))
