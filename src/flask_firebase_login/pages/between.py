"""What the pages in between share: an app asks to be signed in, a device does, or an app leads into this browser. None answers by itself.

Source: RFC 6749, section 10; RFC 8252, section 8.6; RFC 8628, sections 3.3 and 5.4.
"""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ..config import Config
from ..errors import InvalidRequest
from ..web.negotiation import read_bearer
from ..web.neighbours import keep_headers
from ..web.redirects import find_landing
from ..web.signed_in import SignedIn, find_signed_in
from .context import Message, make_context, render
from .naming import name_account
from .texts import find_texts


def find_cookie_sign_in() -> SignedIn | None:
    """Return by whose cookie a browser asks.

    Raises:
        InvalidRequest: A bearer asks: a program is answered no page.
    """
    if read_bearer(request) is not None:
        raise InvalidRequest("This page is for a browser: send no Authorization header with it.")
    return find_signed_in() if current_user.is_authenticated else None


def read_answer(form: dict[str, list[str]]) -> str:
    """Return which button was pressed: `allow`, `deny` or `switch`.

    Raises:
        InvalidRequest: None of them.
    """
    answer = form.get("answer", [""])[0]
    if answer not in ("allow", "deny", "switch"):
        raise InvalidRequest("The form gives no answer that this page takes.")
    return answer


def is_still_the_user(form: dict[str, list[str]], signed_in: SignedIn) -> bool:
    """Whether the user who answers is the one to whom the page was shown: another may have signed in meanwhile."""
    return form.get("account") == [signed_in.account.security_stamp]


def explain_another_user(signed_in: SignedIn) -> Message:
    """Return what a page says to whom it was not shown."""
    _ = find_texts().gettext
    text = _("This page was opened by another user. %s is signed in now, and nothing has changed.")
    return Message(text % name_account(signed_in.account, _("Another user")), "error")


def lead_to_sign_in(next_path: str, *, is_switch: bool = False) -> ResponseReturnValue:
    """Lead to the sign-in page, and back.

    Args:
        next_path: Where to go on from there.
        is_switch: Whether somebody is signed in, and another account is wanted.
    """
    hint = request.args.get("login_hint")
    return redirect(
        url_for("firebase_login.sign_in_page", next=next_path, switch=1 if is_switch else None, login_hint=hint), 303
    )


def render_between(config: Config, template: str, status: int = 200, **more: Any) -> Response:
    """Return a page in between, with what every page of ours is told besides."""
    return render(template, make_context(config, find_landing(config.sign_in_next)), status, **more)


def with_referrer(response: Any, policy: str) -> Response:
    """Return a response with a referrer policy of its own, whatever an extension sets for the site's.

    Args:
        response: Ours.
        policy: `no-referrer` where what is in the address, or in the one that it leads to, is nobody else's to know.
    """
    response.headers["Referrer-Policy"] = policy
    kept = [name for name in ("Content-Security-Policy", "Cross-Origin-Opener-Policy") if name in response.headers]
    return keep_headers(response, *kept, "Referrer-Policy")
