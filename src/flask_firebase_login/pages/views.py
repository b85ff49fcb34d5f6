"""The HTML pages that need nobody signed in: the sign-in page, what is shown after a deletion, and errors."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ..accounts.documents import describe_account
from ..accounts.models import AccountMixin
from ..errors import DatabaseUnavailable, Rejected
from ..web.redirects import find_landing, safe_next
from ..web.services import Services
from ..web.signed_in import SignedIn, find_signed_in
from .compression import compress
from .context import Message, make_context, render
from .naming import address_account, find_ways
from .problem_texts import explain_problem
from .static_files import read_manifest
from .texts import find_texts, find_texts_of_browser

CHANGE_PATH = "/.well-known/change-password"
MAX_HINT_CHARACTERS = 320


class Pages:
    """The pages of one app that need nobody signed in.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._config = services.config

    def register(self, app: Flask, blueprint: Blueprint) -> None:
        """Add every page to a blueprint, and to the app what has an address of its own."""
        blueprint.add_url_rule("/sign-in", "sign_in_page", self.show_sign_in, methods=["GET"])
        if self._config.account_deletion:
            blueprint.add_url_rule("/deleted", "deleted_page", self.show_deleted, methods=["GET"])
        if "password" in self._config.providers:
            app.add_url_rule(CHANGE_PATH, "firebase_login_change_password", lead_to_password, methods=["GET"])

    def show_sign_in(self) -> ResponseReturnValue:
        """The sign-in page; who is signed in already is led on, unless `again` asks them to prove who they are, or `switch` who else they are.

        Nor is anybody led on who comes by the link in an e-mail: it signs in as the user whom it was sent to. The page needs no database.
        """
        next_path = safe_next(request.args.get("next"), find_landing(self._config.sign_in_next))
        try:
            signed_in = _find_sign_in()
        except DatabaseUnavailable:
            signed_in = None
        is_link = request.args.get("mode") == "signIn" and "oobCode" in request.args
        if signed_in is not None and not is_link and not {"again", "switch"} & {*request.args}:
            return redirect(next_path, 303)
        is_anybodys = "switch" in request.args or (is_link and "again" not in request.args)
        if signed_in is None or is_anybodys:
            return self._render_sign_in(next_path, is_private=signed_in is not None)
        return self._render_confirming(next_path, signed_in.account)

    def _render_sign_in(self, next_path: str, *, is_private: bool) -> Response:
        _ = find_texts().gettext
        context = make_context(self._config, next_path)
        text = _("You were signed out in the meantime. Sign in to go on.") if "ended" in request.args else ""
        page = render(
            "firebase_login/sign-in.html",
            context,
            login_hint=request.args.get("login_hint", "")[:MAX_HINT_CHARACTERS],
            is_sign_up=context.takes_passwords and request.args.get("mode") == "signUp",
            message=Message(text),
        )
        return page if is_private else compress(page)  # nobody's data is in it

    def _render_confirming(self, next_path: str, account: AccountMixin) -> Response:
        """The page by which one user alone goes on: it names them and what they want, and offers their ways."""
        _ = find_texts().gettext
        purposes = {"delete": _("Before your account is deleted, sign in once more.")}
        purpose = purposes.get(request.args.get("again", ""), _("Before you go on, sign in once more."))
        who = address_account(account)
        context = make_context(self._config, next_path, account.firebase_uid, find_ways(self._config, account))
        return render(
            "firebase_login/sign-in.html",
            context,
            confirming=f"{_('You are signed in here as %s.') % who} {purpose}" if who else purpose,
            login_hint=describe_account(account)["email"] or "",
            is_sign_up=False,
            message=Message(),
        )

    def show_deleted(self) -> ResponseReturnValue:
        """What is said once an account has been deleted; to whoever has one, nothing of the kind."""
        if _find_sign_in() is not None:
            return redirect(url_for("firebase_login.account_page"), 303)
        context = make_context(self._config, find_landing(self._config.sign_out_next))
        return render("firebase_login/deleted.html", context, firebase_user=request.args.get("firebase"))

    def show_problem(self, problem: Rejected) -> Response:
        """An error, as a page."""
        context = make_context(self._config, find_landing(self._config.sign_in_next))
        said = explain_problem(problem, context.texts)
        return render("firebase_login/problem.html", context, int(problem.status), problem=problem, said=said)

    def show_problem_alone(self, problem: Rejected) -> Response:
        """An error as a page that needs nothing of the site's: neither its layout nor its locale, which may ask a database that is away."""
        texts = find_texts_of_browser()
        alone = current_app.jinja_env.get_template("firebase_login/default/problem-alone.html")
        said, style = explain_problem(problem, texts), url_for("firebase_login.static", filename=read_manifest().style)
        back = find_landing(self._config.sign_in_next)
        page = Response(alone.render(problem=problem, said=said, texts=texts, style=style, back=back), problem.status)
        page.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        return page


def lead_to_password() -> ResponseReturnValue:
    """Where password managers lead for a new password; by way of the sign-in page, which leads on who is signed in already.

    Source: W3C, "A Well-Known URL for Changing Passwords", section 3.
    """
    page = url_for("firebase_login.account_page", _anchor="security")
    return redirect(url_for("firebase_login.sign_in_page", next=page), 303)


def _find_sign_in() -> SignedIn | None:
    return find_signed_in() if current_user.is_authenticated else None
