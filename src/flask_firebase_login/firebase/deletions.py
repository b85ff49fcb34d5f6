"""Firebase users who are to be deleted because their account here was: noted with the deletion, done after it, tried again by `sync`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select, update

from ..accounts.models import AccountMixin
from ..clock import Clock
from ..database.changes import DbSession
from ..database.transactions import in_transaction, release
from ..errors import FirebaseDenied, FirebaseUnavailable, IDTokenRevoked
from .calls import Patience
from .differences import ID_TOKEN_LIFE
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
        """Note a user, within the transaction that deletes their account; a note from before is of another account."""
        self._forget(firebase_uid)
        row = {"firebase_uid": firebase_uid, "requested_at": self._clock(), "attempts": 0}
        self._db_session.execute(insert(self._model).values(row))

    def welcome(self, firebase_uid: str, auth_time: datetime) -> None:
        """Reject who comes by a sign-in from before their deletion; who has signed in since has come back, and stays.

        Args:
            firebase_uid: A user without an account.
            auth_time: When they proved who they are.

        Raises:
            IDTokenRevoked: That was before the deletion.
        """
        requested_at = self._db_session.scalar(select(self._model.requested_at).where(self._model.firebase_uid == firebase_uid))
        if requested_at is None:
            return
        if auth_time < requested_at:
            raise IDTokenRevoked("This account was deleted after that sign-in: sign in at Firebase again.")
        self._forget(firebase_uid)

    def count(self) -> int:
        """Return how many are left."""
        return self._db_session.scalar(select(func.count()).where(self._model.deleted_at.is_(None))) or 0

    def prune(self) -> None:
        """Forget whom Firebase has deleted so long ago that no ID token of theirs is good any more."""
        over = self._model.deleted_at < self._clock() - ID_TOKEN_LIFE
        deleting = delete(self._model).where(over).execution_options(synchronize_session=False)
        in_transaction(self._db_session, lambda: self._db_session.execute(deleting))

    def finish(self, firebase_uid: str, toolkit: IdentityToolkit, patience: Patience) -> bool:
        """Delete a user at Firebase, in no transaction, and note it; return whether that is done. Who comes back between two attempts stays.

        Raises:
            DatabaseUnavailable: Firebase has done it, but that is not noted, which does no harm.
        """
        return self._try(firebase_uid, toolkit, patience) is None

    def _try(self, firebase_uid: str, toolkit: IdentityToolkit, patience: Patience) -> FirebaseUnavailable | None:
        watchful = Patience(patience.seconds, lambda seconds: patience.pause(seconds) or not self._is_wanted(firebase_uid))
        try:
            toolkit.delete(firebase_uid, watchful)
        except FirebaseUnavailable as error:
            log.log(
                logging.ERROR if isinstance(error, FirebaseDenied) else logging.WARNING,
                "A Firebase user is still to be deleted, as their account was; sync tries again: %s",
                error.detail,
            )
            in_transaction(self._db_session, lambda: self._note_attempt(firebase_uid))
            return error
        in_transaction(self._db_session, lambda: self._note_done(firebase_uid))
        return None

    def retry(self, toolkit: IdentityToolkit, patience: Patience, on_done: Callable[[int], object]) -> int:
        """Delete at Firebase whoever is left, one after the other (it takes ten a second), and return how many are left then.

        Who has an account here again has come back since, and stays. It ends where Firebase does not answer: the others would wait for it too.

        Args:
            toolkit: How Firebase is reached.
            patience: How long to try for each.
            on_done: Called after each batch with how many of it were deleted.
        """
        self.prune()
        cursor, is_away = "", False
        while not is_away and (uids := self._read_batch(cursor)):
            done = 0
            for uid in uids:
                if self._has_come_back(uid):
                    continue
                error = self._try(uid, toolkit, patience)
                done += error is None
                is_away = error is not None and not isinstance(error, FirebaseDenied)
                if is_away:
                    break
            on_done(done)
            cursor = uids[-1]
        left = self.count()
        release(self._db_session)
        return left

    def _read_batch(self, cursor: str) -> list[str]:
        model = self._model
        left = model.deleted_at.is_(None), model.firebase_uid > cursor
        wanted = select(model.firebase_uid).where(*left).order_by(model.firebase_uid).limit(BATCH)
        uids = [*self._db_session.scalars(wanted)]
        release(self._db_session)
        return uids

    def _is_wanted(self, firebase_uid: str) -> bool:
        is_noted = bool(self._db_session.scalar(select(exists().where(self._model.firebase_uid == firebase_uid))))
        release(self._db_session)
        return is_noted

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

    def _note_done(self, firebase_uid: str) -> None:
        noting = update(self._model).where(self._model.firebase_uid == firebase_uid).values(deleted_at=self._clock())
        self._db_session.execute(noting.execution_options(synchronize_session=False))

    def _note_attempt(self, firebase_uid: str) -> None:
        model = self._model
        noting = update(model).where(model.firebase_uid == firebase_uid)
        noting = noting.values(attempts=model.attempts + 1, last_tried_at=self._clock())
        self._db_session.execute(noting.execution_options(synchronize_session=False))
