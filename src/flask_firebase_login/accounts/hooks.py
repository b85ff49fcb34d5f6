"""What a site does at a sign-in, a deletion and an export, within the same transaction: all of it is stored, or nothing is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import InstrumentedAttribute

from ..database.changes import DbSession
from ..database.columns import key_of
from ..errors import AccountConflict
from ..idtokens.claims import IDToken
from ..text import is_storable

log = logging.getLogger(__name__)

FindExisting = Callable[[IDToken], Any]
"""Returns the account of a user who comes through Firebase for the first time and was known before, or None."""
OnSignIn = Callable[[Any, IDToken], object]
"""Takes the account and the verified ID token."""
OnDelete = Callable[[Any], object]
"""Takes the account that is about to go."""
OnExport = Callable[[Any], dict[str, Any]]
"""Takes the account; returns what else is kept of the user, as JSON values by names."""


@dataclass(frozen=True)
class ByVerifiedEmail:
    """Finds the one account with a user's address, if Firebase has verified that it is theirs; without regard to the case of ASCII letters.

    Where several rows that nobody is linked to have the address, the sign-in is rejected and logged: which of them is theirs is for the site to say.

    Attributes:
        column: Where the site keeps addresses, such as `User.email`.
    """

    column: InstrumentedAttribute[Any]

    def find(self, id_token: IDToken, db_session: DbSession) -> Any:
        """Return the account, or None; one that another Firebase user has been linked to is nobody else's.

        Raises:
            AccountConflict: Several rows have the address, or one whose uid nobody has ever signed in with.
        """
        email, model = id_token.email, self.column.class_
        if not email or not id_token.email_verified or not is_storable(email):
            return None
        alike = (
            select(model)
            .where(func.lower(func.trim(self.column)) == func.lower(email))
            .execution_options(populate_existing=True)
        )
        same = [
            account
            for account in db_session.scalars(alike).unique()
            if fold_address(getattr(account, self.column.key)) == fold_address(email)
        ]
        found = [account for account in same if account.firebase_uid is None]
        if not found:
            _reject_unused_uids(same)
        if len(found) > 1:
            log.warning(
                "The rows %s of %s have one address; the sign-in is rejected.",
                ", ".join(str(key_of(account)) for account in found),
                model.__name__,
            )
            raise AccountConflict("Several accounts of this site have your e-mail address. Ask its owner which one is yours.")
        return found[0] if found else None


def _reject_unused_uids(same: list[Any]) -> None:
    """Somebody comes with a verified address whose row was given a uid that nobody has signed in with, as by an import that failed.

    Raises:
        AccountConflict: Another account would hide theirs from them.
    """
    unused = [str(key_of(account)) for account in same if account.last_signed_in_at is None]
    if unused:
        log.warning(
            "The address of a new Firebase user is that of the rows %s, whose uid nobody has ever signed in with: was it imported? The "
            "sign-in is rejected. Import it, or empty firebase_uid in the row.",
            ", ".join(unused),
        )
        raise AccountConflict(
            "The account that this site knows you by waits for another sign-in of yours. Ask the site's owner."
        )


def fold_address(address: str) -> str:
    """Return an address without regard to the case of ASCII letters; a database may take letters for one that only look alike."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in address.strip())


@dataclass
class Hooks:
    """A site's own callbacks; those of a kind are called in the order in which they were declared.

    A callback that raises ends the sign-in, deletion or export, and nothing of it is stored. A `SignInDenied` is an answer to the client.
    `in_transaction` may call it again where another transaction was in the way, so it does nothing but read and write the database.

    Attributes:
        link_existing: Asked at the first sign-in of a Firebase user who has no account, until one of them returns one.
        on_link: Called at the first sign-in of a row that was there before, and where a verified address comes that it did not have as such.
        on_create: Called with a new account before it is stored.
        on_sign_in: Called at each sign-in, when the account is stored or refreshed.
        on_delete: Called before an account goes.
        on_export: Called for the export of a user's data.
    """

    link_existing: list[FindExisting | ByVerifiedEmail] = field(default_factory=list)
    on_link: list[OnSignIn] = field(default_factory=list)
    on_create: list[OnSignIn] = field(default_factory=list)
    on_sign_in: list[OnSignIn] = field(default_factory=list)
    on_delete: list[OnDelete] = field(default_factory=list)
    on_export: list[OnExport] = field(default_factory=list)

    def find_existing(self, id_token: IDToken, model: type[Any], db_session: DbSession) -> Any:
        """Return the account that the site knows a user by, or None.

        Raises:
            ValueError: A callback returned something other than a stored account.
            AccountConflict: Several rows have the user's verified address.
        """
        for find in self.link_existing:
            account = find.find(id_token, db_session) if isinstance(find, ByVerifiedEmail) else find(id_token)
            if account is None:
                continue
            if not isinstance(account, model) or not inspect(account, raiseerr=True).persistent or account not in db_session:
                raise ValueError(
                    f"link_existing returned {type(account).__name__}, which is no stored {model.__name__} of this database session. "
                    "Return one that you have queried by db.session, or None."
                )
            return account
        return None


def by_verified_email(column: InstrumentedAttribute[Any]) -> ByVerifiedEmail:
    """Return a `link_existing` that finds who has a user's e-mail address, where Firebase has verified that it is theirs.

    Args:
        column: Where the site keeps addresses, such as `User.email`.
    """
    return ByVerifiedEmail(column)
