"""The mapped classes of a site: declared for it, or its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from .accounts import AccountMixin
from .accounts.own_models import check_account_model
from .errors import ConfigError
from .firebase.models import DeletionMixin, SyncMixin
from .handoff import HandoffMixin
from .sessions import SessionMixin

if TYPE_CHECKING:
    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy import Table


@dataclass(frozen=True)
class Models:
    """The mapped classes, in `db.metadata`, where `db.create_all()` and Flask-Migrate see their tables.

    Attributes:
        account: The class of accounts.
        session: The class of sessions.
        handoff: The class of codes and links that hand a sign-in on.
        deletion: The class of Firebase users who are to be deleted.
        sync: The class of how far `sync` has come.
    """

    account: type[Any]
    session: type[SessionMixin]
    handoff: type[HandoffMixin]
    deletion: type[DeletionMixin]
    sync: type[SyncMixin]

    @property
    def tables(self) -> list[Table]:
        """Their tables."""
        models: list[type[Any]] = [self.account, self.session, self.handoff, self.deletion, self.sync]
        return [model.__table__ for model in models]


def declare_models(db: SQLAlchemy, account_model: type[AccountMixin] | None) -> Models:
    """Declare what the site has not declared itself.

    SQLite gives the highest key out again once its row is deleted, unless the table says `AUTOINCREMENT`: ours does, so that no
    row of the site's own that still names a deleted account ever belongs to the next one.

    Args:
        db: The site's Flask-SQLAlchemy.
        account_model: The site's own class of accounts, or None.

    Raises:
        ConfigError: The site's class cannot be the accounts; the message says what to do.
    """
    if account_model is None:
        members = {
            "__module__": __name__,
            "__tablename__": "firebase_account",
            "__table_args__": {"sqlite_autoincrement": True},
        }
        account_model = type("Account", (AccountMixin, db.Model), members)
    elif not issubclass(account_model, AccountMixin):
        raise ConfigError(f"account_model is {account_model.__name__}. Declare it as class Account(AccountMixin, db.Model).")
    check_account_model(account_model)
    table = inspect(account_model, raiseerr=True).local_table
    members = {
        "__module__": __name__,
        "__account_table__": table.fullname,
        "__account_key__": next(iter(table.primary_key)).key,
    }
    bind = {"__bind_key__": account_model.__bind_key__} if hasattr(account_model, "__bind_key__") else {}
    session = type("FirebaseSession", (SessionMixin, db.Model), members | bind)
    handoff = type("FirebaseHandoffCode", (HandoffMixin, db.Model), {"__module__": __name__} | bind)
    deletion = type("FirebaseDeletion", (DeletionMixin, db.Model), {"__module__": __name__} | bind)
    sync = type("FirebaseSync", (SyncMixin, db.Model), {"__module__": __name__} | bind)
    return Models(account_model, session, handoff, deletion, sync)
