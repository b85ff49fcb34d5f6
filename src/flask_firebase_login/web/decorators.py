"""Guards for the site's own views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import current_app
from flask_login import current_user

from ..errors import RoleRequired
from .signed_in import find_signed_in
from .unauthorized import answer_needs_refresh

P = ParamSpec("P")
R = TypeVar("R")


def roles_required(*roles: str) -> Callable[[Callable[P, R]], Callable[P, Any]]:
    """Guard a view: the user must have every one of these roles.

    Nobody signed in is answered as by `login_required`; a missing role with a 403.

    Args:
        roles: Names of roles on this site.

    Raises:
        RoleRequired: When the view is called, and a role is missing.
    """

    def guard(view: Callable[P, R]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            if not current_user.is_authenticated:
                return _answer_nobody()
            for role in roles:
                if not current_user.has_role(role):
                    raise RoleRequired(f"This needs the role {role!r}.")
            return current_app.ensure_sync(view)(*args, **kwargs)

        return guarded

    return guard


def recent_sign_in_required(view: Callable[P, R]) -> Callable[P, Any]:
    """Guard a sensitive view: the user must have proved who they are within `RECENT_SIGN_IN_TTL`.

    Nobody signed in is answered as by `login_required`. A browser is led to the sign-in page, a program gets a 403.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        signed_in = find_signed_in() if current_user.is_authenticated else None
        if signed_in is None:
            return _answer_nobody()
        if not current_app.extensions["firebase_login"].transports.is_recent(signed_in):
            return answer_needs_refresh()
        return current_app.ensure_sync(view)(*args, **kwargs)

    return guarded


def _answer_nobody() -> Any:
    """What `login_required` answers: the app's own handler where it has one, else ours."""
    return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
