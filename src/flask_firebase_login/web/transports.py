"""Cookie or bearer: how a session's secret travels, and Flask-Login's two loaders that read it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user, user_logged_in, user_logged_out
from sqlalchemy.exc import SQLAlchemyError

from .. import signals
from ..accounts import Accounts
from ..accounts.models import NO_SESSION, AccountMixin
from ..clock import Clock, utc_now
from ..config import Config
from ..database.transactions import DbSession, in_transaction, raise_unavailable
from ..errors import ConfigError, NotSignedIn, RecentSignInRequired, Rejected
from ..idtokens import Verifier
from ..sessions import Opened, Sessions, Transport
from ..sessions.service import Due
from .negotiation import has_remember_cookie, is_browser, read_bearer

log = logging.getLogger(__name__)

ACCOUNT_KEY = "_firebase_account_id"
"""Whose Flask session this is: kept after a sign-out, so that the next user does not inherit it."""

_FLASK_LOGIN_KEYS = ("_user_id", "_fresh", "_id", "_remember", "_remember_seconds")


@dataclass
class SignedIn:
    """By what the current request is signed in.

    Attributes:
        account: Who.
        auth_time: When they last proved it, aware UTC.
        transport: How the request said so.
        session_id: The session; None where an ID token itself is the bearer.
        due: The session's times, where they are to be written after the request.
    """

    account: AccountMixin
    auth_time: datetime
    transport: Transport
    session_id: int | None = None
    due: Due | None = None


class Transports:
    """Carries sessions between requests and the database, through Flask-Login.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`.
        config: The site's.
        accounts: Who users are.
        sessions: On which devices.
        verifier: For ID tokens as bearer.
        clock: The time, aware and in UTC.
    """

    def __init__(
        self,
        db_session: DbSession,
        config: Config,
        accounts: Accounts[Any],
        sessions: Sessions[Any],
        verifier: Verifier,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._db_session = db_session
        self._config = config
        self._accounts = accounts
        self._sessions = sessions
        self._verifier = verifier
        self._clock = clock

    def register(self, app: Flask) -> None:
        """Become the loaders of the app's Flask-Login, and set how its cookies behave.

        Raises:
            ConfigError: The app's LoginManager has a user loader already.
        """
        manager = _find_login_manager(app)
        manager.user_loader(self._load_by_cookie)
        manager.request_loader(self._load_by_bearer)
        if manager.unauthorized_callback is None and manager.login_view is None and not manager.blueprint_login_views:
            manager.unauthorized_handler(answer_unauthorized)
        if manager.needs_refresh_callback is None and manager.refresh_view is None:
            manager.needs_refresh_handler(answer_needs_refresh)
        user_logged_in.connect(self._settle, app)
        user_logged_out.connect(self._end, app)
        app.after_request(self._touch)
        _set_cookie_defaults(app, self._config)

    def start(self, account: AccountMixin, opened: Opened) -> None:
        """Sign an account in on this device, by the cookie of the answer."""
        account.carry_session(opened.secret)
        login_user(account)
        g.firebase_login = SignedIn(account, opened.session.auth_time, "cookie", opened.session.id)

    def stop(self) -> None:
        """Forget, in the answer, the Flask session of a device whose session has ended; a bearer's request has none to forget."""
        if read_bearer(request) is None:
            session.clear()
            if has_remember_cookie(request):
                session["_remember"] = "clear"
        g.firebase_login = None

    def sign_out(self, signed_in: SignedIn | None) -> None:
        """End the session of this device, row and cookie; nobody being signed in is as good."""
        self._end_row(current_app._get_current_object(), signed_in)  # type: ignore[attr-defined]
        self.stop()

    def is_recent(self, signed_in: SignedIn) -> bool:
        """Whether the user proved who they are within `RECENT_SIGN_IN_TTL`."""
        return self._clock() - signed_in.auth_time <= self._config.recent_sign_in_ttl

    def require_recent(self, signed_in: SignedIn) -> None:
        """Return where the user proved who they are a short while ago.

        Raises:
            RecentSignInRequired: It is longer ago.
        """
        if not self.is_recent(signed_in):
            raise RecentSignInRequired("Sign in again, then repeat this within a few minutes.")

    def _load_by_cookie(self, secret: str) -> AccountMixin | None:
        """Flask-Login asks this first, and for a remember cookie; a bearer must be judged by itself alone all the same."""
        bearer = read_bearer(request)
        return self._load(secret, "cookie") if bearer is None else self._load(bearer, "bearer")

    def _load_by_bearer(self, _: object) -> AccountMixin | None:
        bearer = read_bearer(request)
        return None if bearer is None else self._load(bearer, "bearer")

    def _load(self, secret: str, transport: Transport) -> AccountMixin | None:
        if "firebase_login" not in g or g.firebase_login_secret != secret:
            g.firebase_login_secret = secret
            g.firebase_login = self._find(secret, transport)
        signed_in = find_signed_in()
        return None if signed_in is None else signed_in.account

    def _find(self, secret: str, transport: Transport) -> SignedIn | None:
        try:
            if transport == "bearer" and self._config.accept_id_tokens and secret.count(".") == 2:
                return self._find_by_id_token(secret)
            found = self._sessions.find(secret, transport)
        except SQLAlchemyError as error:
            raise_unavailable(error)
        if found is None:
            return None
        found.account.carry_session(secret)
        if found.due is not None and transport == "cookie":
            session.modified = True
        return SignedIn(found.account, found.session.auth_time, transport, found.session.id, found.due)

    def _find_by_id_token(self, encoded: str) -> SignedIn | None:
        try:
            id_token = self._verifier.verify(encoded)
            return SignedIn(self._accounts.recognise(id_token), id_token.auth_time, "bearer")
        except Rejected as rejection:
            g.firebase_login_rejection = rejection
            return None

    def _settle(self, app: Flask, user: Any, **_: Any) -> None:
        """After any `login_user`: see that the cookie stands for a session, and that the Flask session is this user's own."""
        if not isinstance(user, AccountMixin):
            return
        if session["_user_id"] == NO_SESSION:
            self._open_for_site(user)
        if session.get(ACCOUNT_KEY) not in (None, user.id):
            kept = {key: session[key] for key in _FLASK_LOGIN_KEYS if key in session}
            session.clear()
            session.update(kept)
        session[ACCOUNT_KEY] = user.id
        session.permanent = True

    def _open_for_site(self, account: AccountMixin) -> None:
        """The site's own code called `login_user(account)`: it vouches for the user, from now on."""
        before, user_agent = find_signed_in(), request.headers.get("User-Agent")

        def open_session() -> Opened:
            if before is not None and before.transport == "cookie" and before.session_id is not None:
                self._sessions.replace(before.session_id)
            return self._sessions.open(account, auth_time=self._clock(), transport="cookie", user_agent=user_agent)

        opened = in_transaction(self._db_session, open_session)
        account.carry_session(opened.secret)
        session["_user_id"] = opened.secret
        g.firebase_login = SignedIn(account, opened.session.auth_time, "cookie", opened.session.id)

    def _end(self, app: Flask, user: Any, **_: Any) -> None:
        """After any `logout_user`: end the session's row too."""
        self._end_row(app, find_signed_in())
        g.firebase_login = None

    def _end_row(self, app: Flask, signed_in: SignedIn | None) -> None:
        if signed_in is not None and signed_in.session_id is not None:
            self._sessions.revoke(signed_in.account, signed_in.session_id)
            signals.signed_out.send(app, account=signed_in.account, session_id=signed_in.session_id)

    def _touch(self, response: Response) -> Response:
        signed_in = find_signed_in()
        if signed_in is not None and signed_in.due is not None:
            try:
                self._sessions.touch(signed_in.due)
            except SQLAlchemyError as error:
                log.warning("The times of a session could not be written, the next request will try: %s", type(error).__name__)
        return response


def find_signed_in() -> SignedIn | None:
    """Return by what the current request is signed in, once `current_user` has been looked at; None where it is not."""
    signed_in: SignedIn | None = g.get("firebase_login")
    return signed_in


def find_rejection() -> Rejected:
    """Return why nobody is signed in."""
    rejection: Rejected | None = g.get("firebase_login_rejection")
    return rejection or NotSignedIn("Sign in at the sign-in endpoint, then send the session along.")


def answer_unauthorized() -> ResponseReturnValue:
    """What Flask-Login answers where nobody is signed in: a browser is led to the sign-in page, a program gets a 401."""
    if not is_browser(request):
        raise find_rejection()
    return _lead_to_sign_in()


def answer_needs_refresh(next_path: str | None = None) -> ResponseReturnValue:
    """What Flask-Login answers where a fresh login is asked for, and this one is remembered or has moved.

    Args:
        next_path: Where to come back to; None is the page that was asked for.
    """
    if not is_browser(request):
        raise RecentSignInRequired("Sign in again, then repeat this within a few minutes.")
    return _lead_to_sign_in(again=1, next_path=next_path)


def _lead_to_sign_in(again: int | None = None, next_path: str | None = None) -> ResponseReturnValue:
    wanted = request.full_path.removesuffix("?") if request.method == "GET" else None
    return redirect(url_for("firebase_login.sign_in_page", again=again, next=next_path or wanted), 303)


def _find_login_manager(app: Flask) -> LoginManager:
    manager: LoginManager | None = getattr(app, "login_manager", None)
    if manager is None:
        manager = LoginManager(app)
    if manager._user_callback is not None:
        name = f"{manager._user_callback.__module__}.{manager._user_callback.__qualname__}"
        raise ConfigError(
            f"The app's LoginManager already has a user_loader, {name}, and Flask-Firebase-Login brings its own. "
            "Remove yours: sessions and accounts are loaded by FirebaseLogin."
        )
    return manager


def _set_cookie_defaults(app: Flask, config: Config) -> None:
    """Source: OWASP ASVS 5.0, V3.3 Cookie Setup."""
    if app.config.get("SESSION_COOKIE_SAMESITE") is None:
        app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = app.config["SESSION_COOKIE_SECURE"] or config.cookie_secure
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.config.setdefault("REMEMBER_COOKIE_SECURE", config.cookie_secure)
    app.config.setdefault("REMEMBER_COOKIE_SAMESITE", app.config["SESSION_COOKIE_SAMESITE"])
