"""Where the links of Firebase's e-mails lead when the console's action URL is this page: a password, an address, a second factor.

The page only shows what a link asks for, and its script does that when the user presses the button: scanners of mail open links, too.

Source: firebase.google.com/docs/auth/custom-email-handler, for the modes and the parameters.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ..errors import InvalidRequest
from ..web.redirects import find_landing, safe_next
from ..web.services import Services
from .between import with_referrer
from .compression import compress
from .context import make_context, render
from .texts import find_texts

OF_THE_LINK = ("mode", "oobCode", "apiKey", "lang", "tenantId")


class ActionPages:
    """The page of the links in Firebase's e-mails.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._config = services.config

    def register(self, blueprint: Blueprint) -> None:
        """Add the page."""
        blueprint.add_url_rule("/action", "action_page", self._services.committed(self.show), methods=["GET"])

    def show(self) -> ResponseReturnValue:
        """What a link asks for. It needs no database, and says nothing of whoever is signed in.

        Raises:
            InvalidRequest: It is no such link.
        """
        mode = request.args.get("mode", "")
        if mode == "signIn":
            return redirect(self._find_sign_in_page(), 303)
        words = _find_words().get(mode)
        if words is None or not request.args.get("oobCode"):
            raise InvalidRequest(
                "This page is for the links in the e-mails of this site: open the link as it is in the e-mail."
            )
        context = make_context(self._config, self._find_next())
        heading, button = words
        page = render("firebase_login/action.html", context, mode=mode, heading=heading, button=button)
        return compress(with_referrer(page, "strict-origin"))  # the code is in the address

    def _find_next(self) -> str:
        """Return where the link goes on to: `continueUrl` where it is on this host, checked as `next` is."""
        try:
            parts = urlsplit(request.args.get("continueUrl", ""))
        except ValueError:
            parts = urlsplit("")
        is_ours = parts.scheme in ("http", "https") and parts.netloc == request.host
        landing = find_landing(self._config.sign_in_next)
        return safe_next(parts._replace(scheme="", netloc="").geturl(), landing) if is_ours else landing

    def _find_sign_in_page(self) -> str:
        """Return the page of ours that signs in by the link: the one that asked for it, else the sign-in page."""
        next_path, sign_in_page = self._find_next(), url_for("firebase_login.sign_in_page")
        if urlsplit(next_path).path not in (sign_in_page, url_for("firebase_login.account_page")):
            next_path = url_for("firebase_login.sign_in_page", next=next_path)
        kept = {name: value for name in OF_THE_LINK if (value := request.args.get(name)) is not None}
        return f"{next_path}{'&' if '?' in next_path else '?'}{urlencode(kept)}"


def _find_words() -> dict[str, tuple[str, str]]:
    """Return the heading and the button of each mode."""
    _ = find_texts().gettext
    return {
        "resetPassword": (_("Set a new password"), _("Save the new password")),
        "verifyEmail": (_("Confirm your e-mail address"), _("Confirm")),
        "verifyAndChangeEmail": (_("Confirm your new e-mail address"), _("Confirm")),
        "recoverEmail": (_("Get your former e-mail address back"), _("Change it back")),
        "revertSecondFactorAddition": (_("Remove a second factor"), _("Remove it")),
    }
