"""The accounts of a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError

from .. import signals
from ..clock import Clock, utc_now
from ..database.changes import DbSession, watch_changes
from ..database.columns import key_of, make_opaque
from ..database.transactions import (
    UNIQUE_ATTEMPTS,
    Overtaken,
    begin_writing,
    find_null_column,
    in_transaction,
)
from ..errors import AccountDisabled, ConfigError, IDTokenRevoked, VersionConflict
from ..idtokens.claims import IDToken
from .documents import export_row
from .facts import read_facts
from .firebase_side import FirebaseSide, FirebaseUserFate, SyncReport
from .hooks import Hooks
from .models import AccountMixin, is_out, is_revoked, keep_stamp, take_changes
from .patches import SettingsValidator, check_patch, check_settings, merge
from .references import check_nothing_refers, explain_kept, note_values
from .rows import AccountRows
from .sign_in_policy import SignInPolicy
from .sign_ins import SignIns, brings_address, is_first, is_let_in_again

A = TypeVar("A", bound=AccountMixin)

MAX_ROLE_CHARACTERS = 64


class Dependant(Protocol):
    """Who else keeps something of a user: asked before an account goes or is disabled, and for the export."""

    def forget(self, account: Any) -> Callable[[], None]:
        """Delete all that is kept of a user, within the transaction at hand; return what announces it after the commit."""

    def export(self, account: Any) -> dict[str, Any]:
        """Return all that is kept of a user, by names for the export."""


class Accounts(Generic[A]):
    """Who users are on this site.

    `sign_in` leaves the commit to its caller, because a sign-in is one transaction with the session that it opens.
    Every other call is one transaction of its own, committed when it returns. Within a transaction that has changes of yours
    already, it is part of that transaction: you commit.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        model: The mapped class.
        clock: The time, aware and in UTC.
        policy: Who may sign in.
        hooks: The site's own callbacks.
        validate_settings: The site's own check of settings.
    """

    def __init__(
        self,
        db_session: DbSession,
        model: type[A],
        *,
        clock: Clock = utc_now,
        policy: SignInPolicy | None = None,
        hooks: Hooks | None = None,
        validate_settings: SettingsValidator | None = None,
    ) -> None:
        self.model = model
        self.policy = policy or SignInPolicy()
        self.dependants: list[Dependant] = []
        self.firebase: FirebaseSide | None = None
        self._hooks = hooks or Hooks()
        self._validate_settings = validate_settings
        self._db_session = db_session
        self._clock = clock
        self._rows = AccountRows(db_session, model)
        self._sign_ins = SignIns(
            db_session, self._rows, model, clock=clock, policy=self.policy, hooks=self._hooks, welcome=self._welcome
        )
        watch_changes(db_session)

    def find(self, firebase_uid: str) -> A | None:
        """Return the account of a Firebase user, or None.

        A sign-in finds an account by this alone, and never by e-mail: an address may be unverified, and is not unique.
        """
        return self._rows.find(firebase_uid)

    def find_by_key(self, key: str) -> A | None:
        """Return the account with a primary key, or None.

        Args:
            key: As text, such as staff type it; what cannot be a key of this table is nobody's.
        """
        return self._rows.find_by_key(key)

    def find_all_by_email(self, email: str, *, limit: int = 100) -> Sequence[A]:
        """Return the accounts that have an e-mail address, for staff to choose from: Firebase's address, or that of the site's own column.

        An address proves nothing, and several accounts may have it: never sign anybody in by it.

        Args:
            email: The address, letter by letter.
            limit: How many at most.
        """
        return self._rows.find_all_by_email(email, limit)

    def find_page(self, *, after: Any = None, limit: int = 100, is_disabled: bool | None = None) -> Sequence[A]:
        """Return a page of accounts, in the order of their keys.

        A page costs the same wherever it is, because it is found by its key and not by an offset.

        Args:
            after: The primary key of the last account of the page before; None for the first page.
            limit: How many at most.
            is_disabled: Those that the site has disabled alone, or those that it has not; None for all.
        """
        return self._rows.find_page(after, limit, is_disabled)

    def sign_in(self, id_token: IDToken) -> tuple[A, bool]:
        """Return the account of a user who signs in; at the first time one that the site knows them by, else a new one.

        What the provider says is refreshed; what the user chose is not. Flushed, not committed; `announce` tells of it afterwards.

        Args:
            id_token: The verified ID token.

        Returns:
            The account, and whether it is new.

        Raises:
            SignInDenied: The site's rules reject the user (`AnonymousRejected` and `EmailNotVerified` included).
            AccountDisabled: The site has disabled the account, or Firebase the user.
            IDTokenRevoked: Firebase has revoked what it issued for this sign-in.
            AccountConflict: An account of the site stands in the way.
        """
        return self._sign_ins.sign_in(id_token)

    def announce(self, account: A, created: bool) -> None:
        """Send `account_created`, or `account_updated` for what a sign-in has changed, after the commit.

        Args:
            account: As `sign_in` returned it.
            created: Whether it is new.
        """
        changed, former_email = take_changes(account)
        if created:
            signals.account_created.send(self, account=account)
        else:
            self.announce_update(account, changed, former_email)

    def recognise(self, id_token: IDToken) -> A:
        """Return the account of a user whose ID token comes with each request: one query, but for the first time.

        What the provider says is not refreshed. Where there is no account, or where a user comes who may not be the one of before, this is a
        sign-in, and committed.

        Args:
            id_token: The verified ID token.

        Raises:
            SignInDenied: As for `sign_in`.
            IDTokenRevoked: As for `sign_in`.
        """
        self.policy.check(id_token)
        account = self.find(id_token.uid)
        if (
            account is None
            or is_first(account)
            or is_let_in_again(account, id_token)
            or (not account.email_verified and brings_address(account, read_facts(id_token)))
        ):
            account, created = in_transaction(self._db_session, lambda: self.sign_in(id_token))
            self.announce(account, created)
        if is_out(account):
            raise AccountDisabled
        if is_revoked(account, id_token.auth_time):
            raise IDTokenRevoked
        return account

    def check(self, account: A) -> A:
        """Return an account as it is stored now, if it may be signed in.

        Raises:
            AccountDisabled: The site has disabled it.
            NotFound: The account is gone.
        """
        current = self._rows.read(account)
        if is_out(current):
            raise AccountDisabled
        return current

    def update(self, account: A, patch: Mapping[str, Any], *, expected_version: int | None = None) -> A:
        """Apply a JSON merge patch (RFC 7396) that the user sent.

        Where another change comes in between, the account is read and the patch applied again, so that both survive.

        Args:
            account: Whose account.
            patch: Some of `name`, `photo_url` and `settings`; None for "no choice of mine".
            expected_version: The one version that may be changed; None for any.

        Returns:
            The account, as it is now.

        Raises:
            InvalidPatch: A value that an account cannot hold (`InvalidSettings` included).
            VersionConflict: The version is not the expected one, or the account kept changing.
            NotFound: The account is gone.
        """
        check_patch(patch)

        def update_account() -> tuple[A, list[str]]:
            current = self._rows.read(account)
            if expected_version is not None and current.version != expected_version:
                raise VersionConflict("The account is not at the version that If-Match names.", precondition=True)
            return current, self._rows.write(current, self._decide(current, patch))

        current, changed = in_transaction(self._db_session, update_account)
        self.announce_update(current, changed)
        return current

    def grant(self, account: A, role: str) -> None:
        """Give a user a role on this site.

        Raises:
            ValueError: The role has not 1 to 64 characters.
            NotFound: The account is gone.
        """
        if not 1 <= len(role) <= MAX_ROLE_CHARACTERS:
            raise ValueError(f"A role has 1 to {MAX_ROLE_CHARACTERS} characters.")
        self._change(
            account, lambda current: {"roles": [*(current.roles or ()), role]} if role not in (current.roles or ()) else {}
        )

    def revoke(self, account: A, role: str) -> None:
        """Take a role from a user; nothing happens where they do not have it.

        Raises:
            NotFound: The account is gone.
        """
        self._change(account, lambda current: {"roles": [kept for kept in current.roles or () if kept != role]})

    def disable(self, account: A) -> None:
        """Reject a user from now on, and end all their sessions.

        A session that a sign-in opens at the same moment does not outlive it, nor come back after `enable`.

        Raises:
            NotFound: The account is gone.
        """

        def disable_account() -> tuple[A, list[str], list[Callable[[], None]]]:
            current = self._rows.read(account)
            wanted = {} if current.disabled_at else {"disabled_at": self._clock(), "security_stamp": make_opaque()}
            changed = self._rows.write(current, wanted)
            return current, changed, [dependant.forget(current) for dependant in self.dependants]

        current, changed, announcements = in_transaction(self._db_session, disable_account)
        keep_stamp(account, current)
        for announce in announcements:
            announce()
        self.announce_update(current, changed)

    def enable(self, account: A) -> None:
        """Take a disabled user back.

        Raises:
            NotFound: The account is gone.
        """
        self._change(account, lambda current: {"disabled_at": None})

    def delete(self, account: A) -> FirebaseUserFate | None:
        """Delete a user's account with all that depends on it, in one transaction; then the Firebase user, with `FIREBASE_LOGIN_SERVICE_ACCOUNT`.

        The caller sees to it that the sign-in is recent, or that it is the site itself who asks. The transaction notes that Firebase is to
        be told, so that nothing is forgotten where Firebase or this process fails: `sync` tries again. Within a transaction of yours, it
        is `sync` who does it.

        Returns:
            What became of the Firebase user: `deleted`, `queued` for `sync`, or `kept` without credentials; None where there was none.

        Raises:
            NotFound: The account is gone.
        """

        def delete_account() -> tuple[str | None, list[Callable[[], None]], Callable[[], FirebaseUserFate | None]]:
            begin_writing(self._db_session, self.model)
            current = self._rows.read(account, lock=True)
            for forget in self._hooks.on_delete:
                forget(current)
            announcements = [dependant.forget(current) for dependant in self.dependants]
            forget_at_firebase = self.firebase.forget(current) if self.firebase else lambda: None
            values = note_values(current)
            self._db_session.delete(current)
            try:
                self._db_session.flush()
            except IntegrityError as error:  # or a session that has been opened since, and that this transaction cannot see
                raise Overtaken(explain_kept(self.model, error), UNIQUE_ATTEMPTS) from (
                    error if find_null_column(error) is None else None
                )
            check_nothing_refers(self._db_session, self.model, values)
            return current.firebase_uid, announcements, forget_at_firebase

        account_id = key_of(account)
        firebase_uid, announcements, forget_at_firebase = in_transaction(self._db_session, delete_account)
        for announce in announcements:
            announce()
        signals.account_deleted.send(self, account_id=account_id, firebase_uid=firebase_uid)
        return forget_at_firebase()

    def sync(
        self,
        *,
        uids: Sequence[str] | None = None,
        since: datetime | None = None,
        dry_run: bool = False,
        on_progress: Callable[[SyncReport], object] = lambda report: None,
    ) -> SyncReport:
        """Ask Firebase about users, and do here what it has done there.

        Whom Firebase has disabled or deleted is signed out and rejected, and let in again where Firebase enables them; whom the site has
        disabled stays so. What Firebase has revoked ends, as after a new password. Address, verification and providers are refreshed.
        Then the Firebase users are deleted that a deletion has left.

        A hundred accounts are one call and one short transaction; a few calls are under way at once. A run over everybody that broke off,
        by Ctrl-C or a fault, goes on where it was if that is less than a day ago. Run it as often as you like, also twice at once.

        Args:
            uids: Firebase users to ask about; None for everybody. Those who have no account here are counted as `unknown`.
            since: Leave those out who have not been here since this time, which is aware.
            dry_run: Change nothing, and tell what would change.
            on_progress: Called after each hundred with the report so far. What it raises breaks the run off.

        Returns:
            What there was to do.

        Raises:
            ConfigError: This site has no Firebase, or google-auth is not installed.
            FirebaseUnavailable: Firebase does not answer, for minutes.
            FirebaseDenied: Firebase denies what is asked; the message says what to set.
            RuntimeError: There are changes of yours in the transaction: commit them first.
        """
        if self.firebase is None:
            raise ConfigError("These accounts know no Firebase: use those of FirebaseLogin(app, db), firebase.accounts.")
        return self.firebase.sync(uids=uids, since=since, dry_run=dry_run, on_progress=on_progress)

    def export(self, account: A) -> dict[str, Any]:
        """Return all that is kept of a user, as JSON values: the columns, what dependants keep, what the site's hooks add, and what Firebase keeps."""
        exported: dict[str, Any] = {}
        for tell in self._hooks.on_export:
            for name, value in tell(account).items():
                if name in exported or name in ("account", "sessions", "handoffs", "firebase"):
                    raise ValueError(f"Two parts of the export are called {name!r}: on_export returns names of its own.")
                exported[name] = value
        exported["account"] = export_row(account, without=frozenset({"security_stamp", *account.__not_exported__}))
        for dependant in self.dependants:
            exported |= dependant.export(account)
        return exported | (self.firebase.export(account) if self.firebase else {})

    def _welcome(self, id_token: IDToken) -> None:
        if self.firebase is not None:
            self.firebase.welcome(id_token)

    def _decide(self, account: A, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns that a patch asks for."""
        wanted: dict[str, Any] = {}
        if "name" in patch:
            wanted["chosen_name"] = patch["name"] and patch["name"].strip()
        if "photo_url" in patch:
            wanted["chosen_photo_url"] = patch["photo_url"]
        if "settings" in patch:
            merged = merge(account.settings or {}, patch["settings"]) if patch["settings"] is not None else {}
            wanted["settings"] = check_settings(merged, self._validate_settings)
        return wanted

    def _change(self, account: A, decide: Callable[[A], dict[str, Any]]) -> None:
        def change_account() -> tuple[A, list[str]]:
            current = self._rows.read(account)
            return current, self._rows.write(current, decide(current))

        self.announce_update(*in_transaction(self._db_session, change_account))

    def announce_update(self, account: A, changed: list[str], former_email: str | None = None) -> None:
        """Send `account_updated` for what has changed, after the commit; nothing where nothing has."""
        shown = [column for column in changed if column != "security_stamp"]
        if shown:
            signals.account_updated.send(self, account=account, changed=shown, former_email=former_email)
