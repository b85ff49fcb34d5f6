"""Firebase users who are to be deleted because their account here was: noted with the deletion, done after it, tried again by `sync`."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import delete, exists, func, insert, select, update

from ..accounts.models import AccountMixin
from ..clock import Clock
from ..database.changes import DbSession
from ..database.transactions import in_transaction, release
from ..errors import FirebaseDenied, FirebaseUnavailable
from .calls import Patience
from .identity_toolkit import IdentityToolkit
from .models import DeletionMixin

log = logging.getLogger(__name__)

BATCH = 100


class Deletions:
    """The Firebase users who are still to be deleted.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class.
        account_model: The mapped class of accounts.
        clock: The time, aware and in UTC.
    """

    def __init__(
        self, db_session: DbSession, model: type[DeletionMixin], account_model: type[AccountMixin], *, clock: Clock
    ) -> None:
        self._db_session = db_session
        self._model = model
        self._account_model = account_model
        self._clock = clock

    def note(self, firebase_uid: str) -> None:
        """Note a user, within the transaction that deletes their account."""
        model = self._model
        if not self._db_session.scalar(select(exists().where(model.firebase_uid == firebase_uid))):
            row = {"firebase_uid": firebase_uid, "requested_at": self._clock(), "attempts": 0}
            self._db_session.execute(insert(model).values(row))

    def count(self) -> int:
        """Return how many are left."""
        return self._db_session.scalar(select(func.count()).select_from(self._model)) or 0

    def finish(self, firebase_uid: str, toolkit: IdentityToolkit, patience: Patience) -> bool:
        """Delete a user at Firebase, in no transaction, and forget the note; return whether that is done.

        Raises:
            DatabaseUnavailable: Firebase has done it, but the note stays, which does no harm.
        """
        try:
            toolkit.delete(firebase_uid, patience)
        except FirebaseUnavailable as error:
            log.log(
                logging.ERROR if isinstance(error, FirebaseDenied) else logging.WARNING,
                "A Firebase user is still to be deleted, as their account was; sync tries again: %s",
                error.detail,
            )
            in_transaction(self._db_session, lambda: self._note_attempt(firebase_uid))
            return False
        in_transaction(self._db_session, lambda: self._forget(firebase_uid))
        return True

    def retry(self, toolkit: IdentityToolkit, patience: Patience, on_done: Callable[[int], object]) -> int:
        """Delete at Firebase whoever is left, one after the other (it takes ten a second), and return how many are left then.

        Who has an account here again has come back since, and stays.

        Args:
            toolkit: How Firebase is reached.
            patience: How long to try for each.
            on_done: Called after each batch with how many of it were deleted.
        """
        cursor = ""
        while uids := self._read_batch(cursor):
            on_done(sum(self.finish(uid, toolkit, patience) for uid in uids if not self._has_come_back(uid)))
            cursor = uids[-1]
        left = self.count()
        release(self._db_session)
        return left

    def _read_batch(self, cursor: str) -> list[str]:
        model = self._model
        wanted = select(model.firebase_uid).where(model.firebase_uid > cursor).order_by(model.firebase_uid).limit(BATCH)
        uids = [*self._db_session.scalars(wanted)]
        release(self._db_session)
        return uids

    def _has_come_back(self, firebase_uid: str) -> bool:
        def forget_if_back() -> bool:
            is_back = bool(self._db_session.scalar(select(exists().where(self._account_model.firebase_uid == firebase_uid))))
            if is_back:
                self._forget(firebase_uid)
            return is_back

        return in_transaction(self._db_session, forget_if_back)

    def _forget(self, firebase_uid: str) -> None:
        deleting = delete(self._model).where(self._model.firebase_uid == firebase_uid)
        self._db_session.execute(deleting.execution_options(synchronize_session=False))

    def _note_attempt(self, firebase_uid: str) -> None:
        model = self._model
        noting = update(model).where(model.firebase_uid == firebase_uid)
        noting = noting.values(attempts=model.attempts + 1, last_tried_at=self._clock())
        self._db_session.execute(noting.execution_options(synchronize_session=False))
