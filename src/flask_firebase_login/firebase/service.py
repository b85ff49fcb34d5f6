"""What becomes of users at Firebase, as accounts ask for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from ..accounts import Accounts
from ..accounts.firebase_side import FirebaseUserFate, SyncReport
from ..clock import Clock
from ..database.changes import DbSession, is_owned
from ..database.transactions import release
from ..errors import ConfigError
from ..idtokens.claims import IDToken
from ..sessions import Sessions
from .models import DeletionMixin, SyncMixin
from .settings import FirebaseSettings

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from .deletions import Deletions
    from .identity_toolkit import IdentityToolkit

WITHOUT_GOOGLE_AUTH = (
    "google-auth is not installed, and Firebase knows the site by it: pip install flask-firebase-login[admin]."
)
KEPT = (
    "the user id, addresses, telephone number, name and picture, how the user signs in and with what second factors, a hash of the "
    "password, and when the user was made and last signed in"
)


class Firebase:
    """Firebase, for one site: asked at sign-ins with `CHECK_REVOKED`, told of deletions with `SERVICE_ACCOUNT`, and asked by `sync`.

    What it needs is loaded when it is first needed: a site that asks Firebase nothing loads nothing.

    Args:
        settings: The site's.
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        accounts: Who users are.
        sessions: On which devices.
        deletion_model: The mapped class of Firebase users who are to be deleted.
        sync_model: The mapped class of how far `sync` has come.
        keeps_new_address: Whether the site has hooks that a verified address which is new must wait for.
        clock: The time, aware and in UTC.

    Raises:
        ConfigError: The site has credentials, and google-auth is not installed.
    """

    def __init__(
        self,
        settings: FirebaseSettings,
        db_session: DbSession,
        accounts: Accounts[Any],
        sessions: Sessions[Any],
        deletion_model: type[DeletionMixin],
        sync_model: type[SyncMixin],
        *,
        keeps_new_address: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._db_session = db_session
        self._accounts = accounts
        self._sessions = sessions
        self._deletion_model = deletion_model
        self._sync_model = sync_model
        self._keeps_new_address = keeps_new_address
        self._clock = clock
        self._loaded: IdentityToolkit | None = None
        if self.deletes_users and settings.emulator_host is None and not _has_google_auth():
            raise ConfigError(f"FIREBASE_LOGIN_SERVICE_ACCOUNT is set, but {WITHOUT_GOOGLE_AUTH}")

    @property
    def models(self) -> tuple[type[DeletionMixin], type[SyncMixin]]:
        """The mapped classes of what is not done yet."""
        return self._deletion_model, self._sync_model

    @property
    def deletes_users(self) -> bool:
        """Whether the site itself deletes Firebase users, rather than the user's browser."""
        return self._settings.service_account is not None

    def check(self, encoded: str, id_token: IDToken) -> IDToken:
        """Ask Firebase at a sign-in whether it stands by an ID token, where the site is configured so.

        Raises:
            AccountDisabled: Firebase has disabled the user.
            IDTokenRevoked: Firebase has deleted the user, or revoked what it issued for this sign-in.
            FirebaseUnavailable: Firebase does not answer within `UPSTREAM_TIMEOUT`.
        """
        if not self._settings.check_revoked:
            return id_token
        from .revocation import RevocationCheck

        release(self._db_session)  # a before_request of the site's may have read something
        checking = RevocationCheck(self._toolkit(), timeout=self._settings.timeout, clock=self._clock)
        return checking.check(encoded, id_token)

    def forget(self, account: Any) -> Callable[[], FirebaseUserFate | None]:
        """Note within the transaction at hand that a user is to be deleted; return what does so after the commit."""
        uid: str | None = account.firebase_uid
        if uid is None:
            return lambda: None
        if not self.deletes_users:
            return lambda: "kept"
        deletions = self._deletions()
        deletions.note(uid)

        def finish() -> FirebaseUserFate:
            if is_owned(self._db_session):  # whose owner may yet take the deletion back
                return "queued"
            from .calls import Patience

            patience = Patience(self._settings.timeout.total_seconds())
            try:
                return "deleted" if deletions.finish(uid, self._toolkit(), patience) else "queued"
            except Exception:  # the account is gone, and the note stands: whatever fails now is for `sync`
                log.exception("A Firebase user is still to be deleted, as their account was; sync tries again.")
                return "queued"

        return finish

    def welcome(self, id_token: IDToken) -> None:
        """Within the transaction that gives a Firebase user an account: reject an ID token from before a deletion, take one from after it for a return.

        Raises:
            IDTokenRevoked: It is from before.
        """
        if self.deletes_users:
            self._deletions().welcome(id_token.uid, id_token.auth_time)

    def prune(self) -> None:
        """Forget deletions that are over, when sessions are pruned."""
        if self.deletes_users:
            self._deletions().prune()

    def export(self, account: Any) -> dict[str, Any]:
        """Return what Firebase keeps of a user, in words: Firebase itself exports nothing to them."""
        if account.firebase_uid is None:
            return {}
        return {
            "firebase": {
                "project_id": self._settings.project_id,
                "firebase_uid": account.firebase_uid,
                "keeps": f"Google's Firebase Authentication keeps, for this site: {KEPT}.",
            }
        }

    def list_enabled_providers(self) -> frozenset[str]:
        """Return the ways to sign in that the Firebase project has enabled, by the site's credentials.

        Raises:
            ConfigError: google-auth is not installed.
            FirebaseUnavailable: Firebase does not answer within `UPSTREAM_TIMEOUT`, a call.
            FirebaseDenied: It denies the site what it asks.
        """
        from .calls import Patience

        return self._toolkit().list_enabled_providers(Patience(self._settings.timeout.total_seconds()))

    def sync(
        self,
        *,
        uids: Sequence[str] | None = None,
        since: datetime | None = None,
        dry_run: bool = False,
        on_progress: Callable[[SyncReport], object],
    ) -> SyncReport:
        """Ask Firebase about users, and do here what it has done there; `Accounts.sync` says how."""
        from .sync import Run

        if not release(self._db_session):
            raise RuntimeError("There are changes of yours in the transaction: commit them before sync.")
        if since is not None and since.tzinfo is None:
            raise ValueError("Times are aware: use datetime.now(UTC).")
        run = Run(
            self._db_session,
            self._accounts,
            self._sessions,
            self._walk(),
            self._deletions(),
            self._toolkit(),
            keeps_new_address=self._keeps_new_address(),
            clock=self._clock,
            report=SyncReport(is_dry_run=dry_run),
            on_progress=on_progress,
        )
        return run.over_everybody(since) if uids is None else run.over_some(uids)

    def _walk(self) -> Any:
        from .walk import Walk

        return Walk(self._db_session, self._accounts.model, self._sessions.model, self._sync_model, clock=self._clock)

    def _deletions(self) -> Deletions:
        from .deletions import Deletions

        return Deletions(self._db_session, self._deletion_model, self._accounts.model, clock=self._clock)

    def _toolkit(self) -> IdentityToolkit:
        if self._loaded is None:
            from .identity_toolkit import make_identity_toolkit

            self._loaded = make_identity_toolkit(self._settings, self._load_credentials)
        return self._loaded

    def _load_credentials(self) -> Any:
        try:
            from .credentials import make_authorize
        except ImportError as error:
            raise ConfigError(WITHOUT_GOOGLE_AUTH) from error
        return make_authorize(self._settings.service_account)


def _has_google_auth() -> bool:
    """Whether it is installed; it is imported where it is needed alone."""
    try:
        return bool(metadata.version("google-auth"))
    except metadata.PackageNotFoundError:
        return False
