"""What a request is answered that needs a user, or a fresh sign-in: a browser is led to the sign-in page, a program gets an error."""

from __future__ import annotations

from http import HTTPStatus

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ..errors import RecentSignInRequired
from .negotiation import is_browser
from .redirects import find_page
from .signed_in import find_rejection


def answer_unauthorized(*, has_ended: bool = False, next_path: str | None = None) -> ResponseReturnValue:
    """Answer where nobody is signed in, in Flask-Login's stead.

    Args:
        has_ended: Whether to say that a session has ended, for somebody who was at work.
        next_path: Where to come back to; None is the page that was asked for.
    """
    _leave_to_other_apps()
    if not is_browser(request):
        raise find_rejection()
    return _lead_to_sign_in(ended=1 if has_ended else None, next_path=next_path)


def answer_needs_refresh(purpose: str | int = 1, *, next_path: str | None = None) -> ResponseReturnValue:
    """Answer where a fresh login is asked for, and this one is remembered or has moved.

    Args:
        purpose: What it is asked for, for the page to name: `delete`, or 1 for whatever the site does.
        next_path: Where to come back to; None is the page that was asked for.
    """
    _leave_to_other_apps()
    if not is_browser(request):
        raise RecentSignInRequired("Sign in again, then repeat this within a few minutes.")
    return _lead_to_sign_in(again=purpose, next_path=next_path)


def _leave_to_other_apps() -> None:
    """An app without FirebaseLogin that shares the LoginManager is answered as Flask-Login would."""
    if "firebase_login" not in current_app.extensions:
        abort(HTTPStatus.UNAUTHORIZED)


def _lead_to_sign_in(
    *, again: str | int | None = None, ended: int | None = None, next_path: str | None = None
) -> ResponseReturnValue:
    wanted = find_page() if request.method == "GET" else None
    return redirect(url_for("firebase_login.sign_in_page", again=again, ended=ended, next=next_path or wanted), 303)
