"""What a sign-in does to accounts: finds, links or makes the user's, and writes what the provider says now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Generic, NoReturn, TypeVar

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from ..clock import Clock
from ..database.changes import DbSession
from ..database.columns import make_opaque
from ..database.transactions import UNIQUE_ATTEMPTS, Overtaken, begin_writing, find_null_column, is_unique_violation
from ..errors import AccountConflict, AccountDisabled, IDTokenRevoked, NotFound, SignInDenied
from ..idtokens.claims import IDToken
from .facts import read_facts
from .hooks import Hooks
from .models import AccountMixin, is_out, is_revoked, note_changes
from .own_models import is_ours
from .rows import AccountRows
from .sign_in_policy import SignInPolicy

log = logging.getLogger(__name__)
A = TypeVar("A", bound=AccountMixin)

LAST_SIGNED_IN_PRECISION = timedelta(days=1)
MAX_CLOCK_SKEW = timedelta(seconds=60)


def is_first(account: AccountMixin) -> bool:
    """Whether an account is a row of before, whose user has never come through Firebase."""
    return account.last_signed_in_at is None


def brings_address(account: AccountMixin, facts: Mapping[str, Any]) -> bool:
    """Whether a sign-in brings a verified address that the account did not have as such.

    Until an address is verified, anybody may have typed it, and attached it to a user of theirs; when its owner comes, Firebase makes them the same
    user, and drops an unverified password.

    Source: firebase.google.com/docs/auth/users, "Verified email addresses".
    """
    is_known = account.email_verified and account.provider_email == facts["provider_email"]
    return bool(facts["email_verified"]) and not is_known


def is_let_in_again(account: AccountMixin, id_token: IDToken) -> bool:
    """Whether Firebase lets a user in whom it was once found to have disabled or deleted: it was asked since, or has issued an ID token since.

    Of the time of issue as much is taken off as clocks may differ. Whom the site itself has disabled is not let in by that.
    """
    found_at = account.firebase_disabled_at if account.disabled_at is None else None
    return found_at is not None and (id_token.looked_up_at or id_token.issued_at - MAX_CLOCK_SKEW) >= found_at


class SignIns(Generic[A]):
    """Lets users in, within the transaction at hand; commits nothing.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        rows: The accounts.
        model: The mapped class.
        clock: The time, aware and in UTC.
        policy: Who may sign in.
        hooks: The site's own callbacks.
        welcome: Called with the ID token of a Firebase user who has no account, before they get one; may reject it.
    """

    def __init__(
        self,
        db_session: DbSession,
        rows: AccountRows[A],
        model: type[A],
        *,
        clock: Clock,
        policy: SignInPolicy,
        hooks: Hooks,
        welcome: Callable[[IDToken], None],
    ) -> None:
        self._db_session = db_session
        self._rows = rows
        self._model = model
        self._clock = clock
        self._policy = policy
        self._hooks = hooks
        self._welcome = welcome

    def sign_in(self, id_token: IDToken) -> tuple[A, bool]:
        """Return a user's account as it is after this sign-in, and whether it is new; `Accounts.sign_in` says what it raises."""
        self._policy.check(id_token)
        account, created = self._find_or_create(id_token)
        readmitted = self._readmit(account, id_token)
        if is_out(account):
            raise AccountDisabled
        if is_revoked(account, id_token.auth_time):
            raise IDTokenRevoked("The user has signed out everywhere or has a new password since: sign in at Firebase again.")
        try:
            if not created:
                self._refresh(account, id_token, readmitted)
            for greet in self._hooks.on_sign_in:
                greet(account, id_token)
            self._db_session.flush()
        except (IntegrityError, DataError) as error:
            self._reject_new(error)
        return account, created

    def _find_or_create(self, id_token: IDToken) -> tuple[A, bool]:
        if (account := self._rows.find(id_token.uid, afresh=True)) is not None:
            return account, False
        begin_writing(self._db_session, self._model)
        self._welcome(id_token)
        if (account := self._hooks.find_existing(id_token, self._model, self._db_session)) is not None:
            return self._link(account, id_token), False
        if self._hooks.link_existing and (account := self._rows.find(id_token.uid, afresh=True)) is not None:
            return account, False  # linked meanwhile, by another request of theirs
        try:
            with self._db_session.begin_nested():
                account = self._make(id_token)
                self._db_session.add(account)
        except (IntegrityError, DataError) as error:
            if (account := self._rows.find(id_token.uid, afresh=True)) is None:
                self._reject_new(error)
            return account, False
        return account, True

    def _link(self, account: A, id_token: IDToken) -> A:
        """Let a Firebase user be an account of the site's, unless somebody else is it."""
        try:
            current = self._rows.read(account)
        except NotFound as error:  # linked or deleted since the site found it
            raise Overtaken from error
        if current.firebase_uid is None:
            self._rows.link(current, id_token.uid)
        elif current.firebase_uid != id_token.uid:
            raise AccountConflict("The account that this site knows you by belongs to another Firebase user.")
        return current

    def _reject_new(self, error: DBAPIError) -> NoReturn:
        """The site's own columns do not take the row of a new user; or it is there already, where this transaction cannot see it.

        Source: PostgreSQL manual, section 13.2.2 "Repeatable Read Isolation Level".
        """
        if is_unique_violation(error):
            conflict = AccountConflict("This site has another account with the same e-mail address, or another value of yours.")
            raise Overtaken(conflict, UNIQUE_ATTEMPTS) from error
        if (column := find_null_column(error)) is not None:
            log.error(
                "A new account lacks a value for %s: fill it in @firebase.on_create, or raise SignInDenied there.", column
            )
            raise SignInDenied("This site needs something of its users that your sign-in does not tell.") from error
        if isinstance(error, DataError):
            log.error("A column of the site's own does not take a value of a user who signs in: it is too long, say.")
            raise SignInDenied("This site cannot keep something that your sign-in tells: it is too long, say.") from error
        raise error

    def _make(self, id_token: IDToken) -> A:
        now = self._clock()
        account = self._model()
        account.firebase_uid = id_token.uid
        account.last_signed_in_at = now
        if is_ours(self._model, "created_at"):
            account.created_at = now
        account.settings, account.roles = {}, []
        for column, fact in read_facts(id_token).items():
            setattr(account, column, fact)
        for fill in self._hooks.on_create:
            fill(account, id_token)
        return account

    def _readmit(self, account: A, id_token: IDToken) -> list[str]:
        """Take back whom Firebase lets in again, and return the columns that this changes; whom the site has disabled stays out."""
        return self._rows.write(account, {"firebase_disabled_at": None}) if is_let_in_again(account, id_token) else []

    def _refresh(self, account: A, id_token: IDToken, readmitted: list[str]) -> None:
        """Write what the provider says now; whoever may not be the same user as before ends what was open."""
        facts = read_facts(id_token, account)
        may_be_another = is_first(account) or brings_address(account, facts)
        if may_be_another:
            facts |= {"security_stamp": make_opaque()}
        if facts["email_verified"] and account.provider_email is not None and not account.email_verified:
            facts |= {"providers": sorted(id_token.providers)}
        former_email = account.provider_email if account.email_verified else None  # else it may be a stranger's
        changed = readmitted + self._rows.write(account, facts)
        note_changes(account, changed, former_email if "provider_email" in changed else None)
        for take_over in self._hooks.on_link if may_be_another else ():
            take_over(account, id_token)
        now = self._clock()
        last = account.last_signed_in_at
        if last is None or now - last >= LAST_SIGNED_IN_PRECISION:
            self._rows.write_aside(account, "last_signed_in_at", now)
