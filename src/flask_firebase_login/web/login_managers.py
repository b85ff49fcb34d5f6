"""Flask-Login's manager on this app: it loads users by our sessions, and whatever would displace that is reported.

A site may bring a manager of its own, share one between the apps of a factory, or call its `init_app` after ours. Its
`request_loader` and its handlers stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, after_this_request, current_app, g, request, session
from flask_login import LoginManager, decode_cookie
from sqlalchemy.exc import SQLAlchemyError

from ..accounts.models import AccountMixin, is_out
from ..errors import ConfigError, DatabaseUnavailable
from .negotiation import asks_for_json, has_remember_cookie, is_api, read_bearer, remember_cookie_name
from .unauthorized import answer_needs_refresh, answer_unauthorized

_WRITTEN = ("_user_id", "_fresh")
"""What Flask-Login writes into the session as it reads a remember cookie."""


def register(app: Flask) -> None:
    """Make the app's manager ours, now and, where another has come, at each request.

    Raises:
        ConfigError: The manager has a `user_loader` of the site's.
    """
    _take_over(_find_manager(app))
    app.before_request_funcs.setdefault(None, []).insert(0, check_manager)


def check_manager() -> None:
    """Make the manager of the app at hand ours: the site's code may have brought another, or a loader, since. Both checks are comparisons of identity.

    Raises:
        ConfigError: The manager has a `user_loader` of the site's.
    """
    manager = _find_manager(current_app)
    if manager._user_callback is not load_by_cookie or not _judges_bearers_first(manager):
        _take_over(manager)


def _find_manager(app: Any) -> LoginManager:
    manager: LoginManager | None = getattr(app, "login_manager", None)
    return LoginManager(app) if manager is None else manager


def _take_over(manager: LoginManager) -> None:
    loader = manager._user_callback
    if loader not in (None, load_by_cookie):
        raise ConfigError(
            f"The app's LoginManager has a user_loader, {loader.__module__}.{loader.__qualname__}, and Flask-Firebase-Login brings "
            "its own. Remove yours: sessions and accounts are loaded by FirebaseLogin. For API keys, use request_loader."
        )
    manager.user_loader(load_by_cookie)
    if not _judges_bearers_first(manager):
        manager._load_user = _judge_bearers_first(manager, manager._load_user)
        manager.unauthorized = _answer_programs(manager, manager.unauthorized, answer_unauthorized, "unauthorized_callback")
        manager.needs_refresh = _answer_programs(manager, manager.needs_refresh, answer_needs_refresh, "needs_refresh_callback")
    if manager.unauthorized_callback is None and manager.login_view is None and not manager.blueprint_login_views:
        manager.unauthorized_handler(answer_unauthorized)
    if manager.needs_refresh_callback is None and manager.refresh_view is None:
        manager.needs_refresh_handler(answer_needs_refresh)


def load_by_cookie(secret: str) -> Any:
    """Flask-Login's `user_loader`, for every app that a manager serves: the account by what its cookies hold."""
    return _transports().load(secret, "cookie") if _is_ours() else None


def _judge_bearers_first(manager: LoginManager, load_user: Callable[[], None]) -> Callable[[], None]:
    """Return how a manager loads the user of a request.

    Flask-Login asks the Flask session first, and a remember cookie before any `request_loader`. A request with a bearer is judged
    by that alone. Where there is no session of ours behind it, the site's own `request_loader` is asked; an account that is disabled is
    nobody there, too.
    """

    def load() -> None:
        bearer = read_bearer(request) if _is_ours() else None
        try:
            if bearer is None:
                as_it_came = _note_session() if _is_ours() and has_remember_cookie(request) else None
                load_user()
                if _is_out(g._login_user):
                    manager._update_request_context_with_user()
                if as_it_came is not None and g._login_user.is_anonymous:
                    _end_remember_cookie(as_it_came)
                    _ask_request_loader(manager)
            else:
                user = _transports().load(bearer, "bearer")
                if user is not None:
                    manager._update_request_context_with_user(user)
                else:
                    _ask_request_loader(manager)
            g.firebase_login_loaded = g._login_user
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            g.firebase_login_failure = error
            manager._update_request_context_with_user()  # error pages ask who is signed in, too: nobody is, from now on
            if request.routing_exception is None:  # without a view, the site's own "not found" page is for everybody
                raise

    load.judges_bearers_first = True  # type: ignore[attr-defined]
    return load


def _ask_request_loader(manager: LoginManager) -> None:
    """Ask the site's own, which Flask-Login does only where no remember cookie came."""
    user = None if manager._request_callback is None else manager._request_callback(request)
    manager._update_request_context_with_user(None if _is_out(user) else user)


def _note_session() -> dict[str, Any]:
    return {name: session[name] for name in _WRITTEN if name in session} | {"modified": session.modified}


def _end_remember_cookie(as_it_came: dict[str, Any]) -> None:
    """Delete a remember cookie of this site that signs nobody in, and leave the session as it came: Flask-Login writes its user there at each request.

    One that this site has not signed is another's.
    """
    if decode_cookie(request.cookies[remember_cookie_name()]) is None:
        return
    for name in _WRITTEN:
        session.pop(name, None)
        if name in as_it_came:
            session[name] = as_it_came[name]
    session.modified = as_it_came["modified"]
    after_this_request(_delete_remember_cookie)


def _delete_remember_cookie(answer: Response) -> Response:
    """Delete it where Flask-Login keeps it; where a login of this request has asked for one meanwhile, Flask-Login sets that."""
    config = current_app.config
    if "_remember" not in session:
        answer.delete_cookie(
            remember_cookie_name(), path=config.get("REMEMBER_COOKIE_PATH", "/"), domain=config.get("REMEMBER_COOKIE_DOMAIN")
        )
    return answer


def _is_out(user: Any) -> bool:
    return isinstance(user, AccountMixin) and is_out(user)


def _answer_programs(
    manager: LoginManager, answer: Callable[[], Any], ours: Callable[[], Any], callback: str
) -> Callable[[], Any]:
    """Return how a manager answers where nobody is signed in, or not freshly.

    A site's `login_view` is for pages, and a redirect to it would mislead a program that asks for JSON. What the site calls an API is answered by us, whatever
    handler it has elsewhere; anything else by that handler.
    """

    def answer_one() -> Any:
        is_program = _is_ours() and (is_api(request) or (getattr(manager, callback) is None and asks_for_json(request)))
        return ours() if is_program else answer()

    return answer_one


def _judges_bearers_first(manager: LoginManager) -> bool:
    return getattr(manager._load_user, "judges_bearers_first", False)


def _is_ours() -> bool:
    return "firebase_login" in current_app.extensions


def _transports() -> Any:
    return current_app.extensions["firebase_login"].transports
