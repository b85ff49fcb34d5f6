"""The page that an app leads to: the user goes on in this browser, by a session of its own."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from ..web.bodies import MAX_FORM_BYTES, read_form
from ..web.redirects import find_landing
from ..web.services import Services
from ..web.signed_in import SignedIn
from .between import find_cookie_sign_in, render_between, with_referrer
from .naming import identify_account, name_account
from .texts import find_texts


class LinkPages:
    """The page of a link into the browser.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._config = services.config
        self._handoffs = services.handoffs
        self._transports = services.transports

    def register(self, blueprint: Blueprint) -> None:
        """Add the page, and what its button sends."""
        show, follow = self._services.committed(self.show), self._services.committed(self.follow)
        blueprint.add_url_rule("/continue", "continue_page", show, methods=["GET"])
        blueprint.add_url_rule("/continue", "follow_link", follow, methods=["POST"])

    def show(self) -> ResponseReturnValue:
        """Whose account a link is of, and who is signed in here. Looking uses nothing: previews and scanners of links look, too."""
        return self._answer(request.args.get("link", ""))

    def follow(self) -> ResponseReturnValue:
        """The user goes on in this browser; another user of it is signed out."""
        link = read_form(request, MAX_FORM_BYTES).get("link", [""])[0]
        if (followed := self._find_followed(link, find_cookie_sign_in())) is not None:
            return redirect(followed, 303)
        redeemed = self._handoffs.redeem(
            "link",
            link,
            transport="cookie",
            user_agent=request.headers.get("User-Agent"),
            replacing=self._transports.cookie_secrets(),
        )
        if redeemed is None:
            return self._answer("")
        account, opened = redeemed.account, redeemed.opened
        self._transports.start(account, opened, is_fresh=self._transports.is_recent_time(opened.session.auth_time))
        self._transports.announce(account, opened)
        return with_referrer(redirect(redeemed.next_path or "/", 303), "no-referrer")

    def _answer(self, link: str) -> ResponseReturnValue:
        signed_in = find_cookie_sign_in()
        if (followed := self._find_followed(link, signed_in)) is not None:
            return redirect(followed, 303)
        found = self._handoffs.find_link(link) if link else None
        other = None if found is None or signed_in is None or signed_in.account is found.account else signed_in.account
        _ = find_texts().gettext
        page = render_between(
            self._config,
            "firebase_login/continue.html",
            410 if found is None else 200,
            link=link,
            who=None if found is None else name_account(found.account, _("Another user")),
            identity=None if found is None else identify_account(found.account),
            other=None if other is None else identify_account(other),
            landing=find_landing(self._config.sign_in_next),
        )
        return with_referrer(page, "strict-origin")  # with no-referrer, a browser would send the form with "Origin: null"

    def _find_followed(self, link: str, signed_in: SignedIn | None) -> str | None:
        """Return where a link leads that this browser has come by already: its button was pressed twice."""
        return None if signed_in is None else self._handoffs.find_followed(link, signed_in.session_id)
