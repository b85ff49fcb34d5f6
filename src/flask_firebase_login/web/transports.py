"""Cookie or bearer: how a session's secret travels between a device and the database, through Flask-Login."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, g, request, session
from flask_login import login_user, user_loaded_from_cookie, user_logged_in, user_logged_out
from flask_login.utils import decode_cookie
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from .. import signals
from ..accounts import Accounts
from ..accounts.firebase_side import FirebaseUserFate
from ..accounts.models import AccountMixin
from ..clock import Clock, utc_now
from ..config import Config
from ..database.changes import DbSession, is_owned
from ..database.transactions import in_transaction, raise_unavailable
from ..errors import AccountDisabled, RecentSignInRequired, Rejected
from ..idtokens import Verifier
from ..sessions import Opened, Sessions, Transport
from . import after_answers, known_devices, login_managers
from .after_answers import after_answer
from .app_check import AppCheck
from .current import this_app
from .negotiation import has_remember_cookie, read_bearer, remember_cookie_name
from .session_fixation import renew_session_id
from .signed_in import SignedIn, find_signed_in

ACCOUNT_KEY = "_firebase_account"
"""Whose Flask session this is, by the stamp of the account: kept after a sign-out, so that the next user does not inherit it."""

_FLASK_LOGIN_KEYS = ("_user_id", "_fresh", "_id", "_remember", "_remember_seconds")


class Transports:
    """Carries sessions between requests and the database, through Flask-Login.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        config: The site's.
        accounts: Who users are.
        sessions: On which devices.
        verifier: For ID tokens as bearer.
        app_check: For the apps that send them.
        clock: The time, aware and in UTC.
    """

    def __init__(
        self,
        db_session: DbSession,
        config: Config,
        accounts: Accounts[Any],
        sessions: Sessions[Any],
        verifier: Verifier,
        app_check: AppCheck,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._db_session = db_session
        self._config = config
        self._accounts = accounts
        self._sessions = sessions
        self._verifier = verifier
        self._app_check = app_check
        self._clock = clock

    def register(self, app: Flask) -> None:
        """Load the app's users, follow its logins and logouts, and set how its cookies behave.

        Raises:
            ConfigError: The app's LoginManager has a user loader already.
        """
        login_managers.register(app)
        user_logged_in.connect(self._settle, app)
        user_loaded_from_cookie.connect(self._remember, app)
        user_logged_out.connect(self._end, app)
        after_answers.register(app)
        _set_cookie_defaults(app, self._config)

    def load(self, secret: str, transport: Transport) -> AccountMixin | None:
        """Return the account that a secret signs in, or None; one query for each secret of a request.

        Raises:
            DatabaseUnavailable: The database does not answer.
        """
        if "firebase_login" not in g or g.firebase_login_secret != (secret, transport):
            g.firebase_login_secret = (secret, transport)
            g.firebase_login = self._find(secret, transport)
        signed_in = find_signed_in()
        return None if signed_in is None else signed_in.account

    def start(self, account: AccountMixin, opened: Opened, *, is_fresh: bool = True) -> None:
        """Sign an account in on this device, by the cookie of the answer.

        Args:
            account: Who.
            opened: Their new session.
            is_fresh: Whether Flask-Login's `fresh_login_required` is content with it.

        Raises:
            AccountDisabled: The account was disabled meanwhile.
        """
        g.firebase_login_opened = opened
        if not login_user(account, fresh=is_fresh):
            raise AccountDisabled

    def announce(self, account: AccountMixin, opened: Opened, *, created: bool = False, provider: str | None = None) -> None:
        """Tell the site that an account has signed in, whether on a new device, and which sessions that ended, once all of it is committed.

        Args:
            account: Who.
            opened: Their new session.
            created: Whether the account is new.
            provider: How they signed in, as Firebase calls it; None where no ID token says so.
        """
        session, is_known = opened.session, opened.is_known
        if session.transport == "cookie":
            is_known = is_known or known_devices.is_known(session.account_stamp)
            known_devices.remember(session.account_stamp, provider, self._clock())
        self._sessions.announce(opened.revoked)
        signals.signed_in.send(this_app(), account=account, session=session, created=created)
        if not created and not is_known:
            signals.new_device.send(this_app(), account=account, session=session)

    def delete(self, signed_in: SignedIn) -> FirebaseUserFate | None:
        """Delete the account that is signed in, and forget it on this device.

        Returns:
            What became of the Firebase user, as `Accounts.delete` says.

        Raises:
            NotFound: The account is gone.
        """
        stamp = signed_in.account.security_stamp or ""
        fate = self._accounts.delete(signed_in.account)
        known_devices.forget(stamp, self._clock())
        self.stop()
        return fate

    def stop(self) -> None:
        """Forget, in the answer, the Flask session of a device whose session has ended; a bearer's request has none to forget."""
        if read_bearer(request) is None:
            session.clear()
            if has_remember_cookie(request):
                session["_remember"] = "clear"
        g.firebase_login = None

    def sign_out(self, signed_in: SignedIn | None) -> None:
        """End the session of this device, row and cookie; nobody being signed in is as good."""
        self._end_row(this_app(), signed_in)
        self.stop()

    def cookie_secrets(self) -> list[str]:
        """Return the secrets that this request's cookies hold, and the one that they have been given since: a login replaces them."""
        signed_in = find_signed_in()
        given = [signed_in.secret] if signed_in is not None and signed_in.transport == "cookie" else []
        return [secret for secret in (*_secrets_in_cookies(), *given) if secret is not None]

    def is_recent(self, signed_in: SignedIn) -> bool:
        """Whether the user proved who they are within `RECENT_SIGN_IN_TTL`."""
        return self.is_recent_time(signed_in.auth_time)

    def is_recent_time(self, auth_time: datetime) -> bool:
        """Whether a time is within `RECENT_SIGN_IN_TTL`."""
        return self._clock() - auth_time <= self._config.recent_sign_in_ttl

    def may_delete(self, signed_in: SignedIn) -> bool:
        """Whether the user may delete their account now; an anonymous one at any time, since nobody can sign in as them anew."""
        return bool(signed_in.account.is_anonymous_user) or self.is_recent(signed_in)

    def require_recent(self, signed_in: SignedIn) -> None:
        """Return where the user proved who they are a short while ago.

        Raises:
            RecentSignInRequired: It is longer ago.
        """
        if not self.is_recent(signed_in):
            raise RecentSignInRequired("Sign in again, then repeat this within a few minutes.")

    def _find(self, secret: str, transport: Transport) -> SignedIn | None:
        try:
            if transport == "bearer" and self._config.accept_id_tokens and secret.count(".") == 2:
                return self._find_by_id_token(secret)
            found = self._sessions.find(secret, transport)
        except SQLAlchemyError as error:
            raise_unavailable(error)
        if found is None:
            return None
        if found.due is not None:
            session.modified = session.modified or transport == "cookie"
            after_answer(("touch", found.session_id), partial(self._sessions.touch, found.due))
        return SignedIn(found.account, found.auth_time, transport, found.session_id, secret)

    def _find_by_id_token(self, encoded: str) -> SignedIn | None:
        """Each request signs in by itself here, so that each is one that App Check looks at."""
        try:
            self._app_check.check()
            id_token = self._verifier.verify(encoded)
            return SignedIn(self._accounts.recognise(id_token), id_token.auth_time, "bearer")
        except Rejected as rejection:
            g.firebase_login_rejection = rejection
            return None

    def _settle(self, app: Flask, user: Any, **_: Any) -> None:
        """After any `login_user`: see that the cookie stands for a session, and that the Flask session is this user's own."""
        account = _unwrap(user)
        if not isinstance(account, AccountMixin):
            return
        opened: Opened | None = g.pop("firebase_login_opened", None)
        try:
            opened, is_ours = (opened, True) if opened is not None else (self._open_for_site(account), False)
        except Rejected:
            _undo_login(app)
            raise
        _empty_for_another(opened.session.account_stamp)
        session["_user_id"] = opened.secret
        session.permanent = True
        renew_session_id()
        g.firebase_login = SignedIn(account, opened.session.auth_time, "cookie", opened.session.id, opened.secret)
        g.firebase_login_secret = (opened.secret, "cookie")
        if not is_ours:
            self.announce(account, opened)

    def _remember(self, app: Flask, user: Any, **_: Any) -> None:
        """After a remember cookie has signed a user in: the Flask session may still be the one of another user of this device."""
        if isinstance(user, AccountMixin):
            _empty_for_another(user.security_stamp or "")
            session.permanent = True

    def _open_for_site(self, account: AccountMixin) -> Opened:
        """The site's own code called `login_user(account)`: it vouches for the user anew, from now on.

        Raises:
            AccountDisabled: The account is disabled, which `login_user(account, force=True)` does not change.
            NotFound: The account is gone.
        """
        replaced, user_agent = self.cookie_secrets(), request.headers.get("User-Agent")

        def open_session() -> Opened:
            current = self._accounts.check(account)
            return self._sessions.open(
                current, auth_time=self._clock(), transport="cookie", user_agent=user_agent, replacing=replaced
            )

        return in_transaction(self._db_session, open_session)

    def _end(self, app: Flask, user: Any, **_: Any) -> None:
        """After any `logout_user`: end the session's row too."""
        self._end_row(app, find_signed_in())
        g.firebase_login = None

    def _end_row(self, app: Flask, signed_in: SignedIn | None) -> None:
        if signed_in is not None and signed_in.session_id is not None:
            if is_owned(self._db_session):  # whether or not the site's code commits them, the session has ended
                after_answer(("end", signed_in.session_id), self._sessions.ending(signed_in.session_id))
            self._sessions.end(signed_in.session_id)
            signals.signed_out.send(app, account=signed_in.account, session_id=signed_in.session_id)


def _unwrap(user: Any) -> Any:
    """Return the account itself where `login_user(current_user)` has put the proxy in its own place."""
    if type(user) is not LocalProxy:
        return user
    signed_in, loaded = find_signed_in(), g.get("firebase_login_loaded")
    if signed_in is not None:
        loaded = signed_in.account
    g._login_user = loaded if isinstance(loaded, AccountMixin) else None  # a request_loader of the site's may have found them
    return g._login_user


def _secrets_in_cookies() -> list[str]:
    """Return what the cookies of this request hold, as they came: `login_user` has written into the session already."""
    sent: list[Any] = [_session_as_sent().get("_user_id")]
    if has_remember_cookie(request):
        sent.append(decode_cookie(request.cookies[remember_cookie_name()]))
    return [secret for secret in sent if isinstance(secret, str)]


def _session_as_sent() -> Mapping[str, Any]:
    """Return the Flask session as this request brought it."""
    app = this_app()
    as_sent = app.session_interface.open_session(app, request) if app.config["SESSION_COOKIE_NAME"] in request.cookies else None
    return {} if as_sent is None else as_sent


def _empty_for_another(stamp: str) -> None:
    """Empty the Flask session where it was another account's, or that of a login which is none of ours, as from before the site had us."""
    whose = session.get(ACCOUNT_KEY)
    is_of_other_login = whose is None and _session_as_sent().get("_user_id") is not None
    if whose not in (None, stamp) or is_of_other_login:
        kept = {key: session[key] for key in _FLASK_LOGIN_KEYS if key in session}
        session.clear()
        session.update(kept)
    session[ACCOUNT_KEY] = stamp


def _undo_login(app: Flask) -> None:
    for key in _FLASK_LOGIN_KEYS:
        session.pop(key, None)
    app.login_manager._update_request_context_with_user()  # type: ignore[attr-defined]
    g.firebase_login = None


def _set_cookie_defaults(app: Flask, config: Config) -> None:
    """Source: OWASP ASVS 5.0, V3.3 Cookie Setup."""
    if app.config.get("SESSION_COOKIE_SAMESITE") is None:
        app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = app.config["SESSION_COOKIE_SECURE"] or config.cookie_secure
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.config.setdefault("REMEMBER_COOKIE_SECURE", app.config["SESSION_COOKIE_SECURE"])
    app.config.setdefault("REMEMBER_COOKIE_SAMESITE", app.config["SESSION_COOKIE_SAMESITE"])
