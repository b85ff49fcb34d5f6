"""What every page of ours is given, and the headers that it goes out with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Response, render_template, request, url_for
from flask_login import current_user

from ..config import Config
from ..web.known_devices import find_known_device
from ..web.neighbours import keep_headers
from .naming import name_provider, name_way
from .static_files import Built, read_manifest
from .texts import Texts, find_texts

GOOGLE_SCRIPTS = "https://apis.google.com https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/"
APP_CHECK_API, RECAPTCHA_FRAMES = "https://content-firebaseappcheck.googleapis.com", "https://recaptcha.google.com/recaptcha/"
GOOGLE_APIS = "https://identitytoolkit.googleapis.com https://securetoken.googleapis.com https://www.google.com/recaptcha/"


@dataclass(frozen=True)
class Message:
    """What a page says after something was done.

    Attributes:
        text: One sentence, empty for none.
        category: `info` or `error`, as for Flask's `flash`.
    """

    text: str = ""
    category: str = "info"


@dataclass(frozen=True)
class Button:
    """One way to sign in, on the sign-in page."""

    provider: str
    text: str
    is_last: bool = False


@dataclass(frozen=True)
class PageContext:
    """What the templates know as `firebase_login`.

    Attributes:
        config: The app's configuration.
        texts: In the user's language; `texts.gettext` is the templates' `_`.
        nonce: What scripts and styles of this one answer carry.
        next_path: Where to go after a sign-in.
        expected_uid: Whose page it is: the one user who may prove who they are on it; None on a page that is nobody's.
        ways: How that user can prove it; None is every way that is configured.
        proving: The same, for a dialog of a page that offers every way.
    """

    config: Config
    texts: Texts
    nonce: str
    next_path: str
    expected_uid: str | None = None
    ways: tuple[str, ...] | None = None
    proving: tuple[str, ...] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        """The ways to sign in that the page offers, in their order."""
        return self.config.providers if self.ways is None else self.ways

    @property
    def emulator_host(self) -> str | None:
        """`host:port` of the Firebase Auth emulator."""
        return self.config.emulator_host

    @property
    def built(self) -> Built:
        """The scripts and the style sheet, as set-up has built them."""
        return read_manifest()

    @property
    def sends_app_check(self) -> bool:
        """Whether the scripts send App Check tokens; with the emulator, which knows of none, they send none."""
        return self.config.recaptcha_key is not None and not self.emulator_host

    @property
    def takes_passwords(self) -> bool:
        """Whether users sign in with e-mail and password."""
        return "password" in self.offered

    @property
    def takes_links(self) -> bool:
        """Whether users sign in by a link in an e-mail."""
        return "emailLink" in self.offered

    @property
    def takes_email(self) -> bool:
        """Whether there is a form for an e-mail address."""
        return self.takes_passwords or self.takes_links

    @property
    def email_comes_first(self) -> bool:
        """Whether the form for an e-mail address stands above the providers: the configured order says so."""
        return self.offered[:1] in (("password",), ("emailLink",))

    @property
    def can_sign_in(self) -> bool:
        """Whether the page can sign anybody in: it takes the web API key, and a way to App Check where that is required."""
        return self.config.api_key is not None and (self.config.app_check != "required" or self.sends_app_check)

    @cached_property
    def last_provider(self) -> str | None:
        """How the last sign-in in this browser was done, as Firebase calls it: `password` for a link in an e-mail, too.

        None where that is not known, and where the page asks one user to prove who they are. Nobody comes back as an anonymous user.
        """
        last = None if self.expected_uid is not None else find_known_device().provider
        return last if last != "anonymous" else None

    @property
    def email_was_last(self) -> bool:
        """Whether the last sign-in in this browser was by the form for an e-mail address."""
        return self.last_provider == "password"

    @cached_property
    def buttons(self) -> list[Button]:
        """A button for each provider, in the order of the configuration; the one that was used last is among those that are not folded away."""
        _ = self.texts.gettext
        special = {"anonymous": _("Continue without an account"), "phone": _("Continue with a telephone number")}
        buttons = [
            Button(
                provider,
                special.get(provider) or _("Continue with %s") % name_provider(self.config, provider),
                provider == self.last_provider,
            )
            for provider in self.offered
            if provider not in ("password", "emailLink")
        ]
        return unfold_last(buttons)

    def script_config(self, page: str) -> dict[str, Any]:
        """Return what the script of a page reads. Nothing in it is a secret: a web API key is not one."""
        return {
            "firebase": dict(self.config.config) | ({"authDomain": request.host} if self.config.auth_proxy else {}),
            "emulator": f"http://{self.emulator_host}" if self.emulator_host else None,
            "tenantId": self.config.tenant_id,
            "isAnonymous": getattr(current_user, "is_anonymous_user", False),
            "requireVerifiedEmail": self.config.require_verified_email,
            "signIn": url_for("firebase_login.sign_in", next=self.next_path, account=self.expected_uid),
            "sessions": url_for("firebase_login.revoke_sessions", account=self.expected_uid),
            "events": url_for("firebase_login.tell_security_event", account=self.expected_uid),
            "page": self._page,
            "sdk": url_for("firebase_login.static", filename=self.built.sdk) if self.built.sdk else None,
            "ways": [(way, name_way(self.config, way)) for way in self.proving] if page == "account" else [],
            "takesPasswords": self.takes_passwords,
            "takesLinks": self.takes_links,
            "names": {provider: name_provider(self.config, provider) for provider in self.config.providers},
            "texts": self.texts.for_script(page, *(["app_check"] if self.sends_app_check else [])),
            **(self._app_check if self.sends_app_check else {}),
            **(self._second_factors if page == "account" else {}),
        }

    @property
    def _app_check(self) -> dict[str, Any]:
        """The script for App Check, and the site key by which it gets tokens."""
        config, script = self.config, self.built.app_check
        return {
            "appCheck": url_for("firebase_login.static", filename=script) if script else None,
            "recaptcha": {
                "siteKey": config.recaptcha_key,
                "isEnterprise": config.app_check_recaptcha_enterprise_key is not None,
            },
        }

    @property
    def _second_factors(self) -> dict[str, Any]:
        """What an authenticator app calls the site, None for its host, and the kinds of second factors that can be added."""
        return {"siteName": self.config.site_name, "secondFactors": self.config.second_factors}

    @property
    def _page(self) -> str:
        """Where a provider's page or a link in an e-mail leads back to: the sign-in page as it was asked for."""
        if request.endpoint != "firebase_login.sign_in_page":
            return self.next_path
        again, switch = request.args.get("again"), request.args.get("switch")
        return url_for("firebase_login.sign_in_page", next=self.next_path, again=again, switch=switch)


def make_context(
    config: Config, next_path: str, expected_uid: str | None = None, ways: tuple[str, ...] | None = None
) -> PageContext:
    """Return what a page is given, for the request at hand.

    Args:
        config: The app's configuration.
        next_path: Where to go after a sign-in, already checked.
        expected_uid: Whose page it is.
        ways: How that user can prove who they are; None is every way that is configured.
    """
    return PageContext(config, find_texts(), secrets.token_urlsafe(16), next_path, expected_uid, ways)


def unfold_last(buttons: list[Button]) -> list[Button]:
    """Return the buttons, the one that was used last in the place of the third where the page would fold it: of more than four, three are shown."""
    folded = buttons[3:] if len(buttons) > 4 else []
    last = [button for button in folded if button.is_last]
    return [*buttons[:2], *last, *[button for button in buttons[2:] if button not in last]]


def render(template: str, context: PageContext, status: int = 200, *, leads_to: str | None = None, **more: Any) -> Response:
    """Return a page with its headers.

    Args:
        template: Its file.
        context: What it knows as `firebase_login`.
        status: Of HTTP.
        leads_to: Where its form leads beside this site, as a source of the content security policy.
        more: What else it knows.
    """
    return secured(Response(render_template(template, firebase_login=context, **more), status), context, leads_to)


def secured(page: Response, context: PageContext, leads_to: str | None = None) -> Response:
    """Give a page its headers.

    Scripts and styles are the site's own, by nonce; beside them only what Firebase's SDK loads for popups and for its checks
    against robots. With the emulator, the emulator is the one other host.

    Source: W3C Content Security Policy Level 3; developers.google.com/recaptcha/docs/faq (its frames); firebase.google.com/docs/auth/web/redirect-best-practices; popups answer to their
    opener only under `same-origin-allow-popups`.
    """
    own = f"'self' 'nonce-{context.nonce}'"
    auth_domain = "'self'" if context.config.auth_proxy else f"https://{context.config.auth_domain or 'www.google.com'}"
    frames = f"{auth_domain} https://www.google.com/recaptcha/"
    if context.emulator_host:
        scripts, frames, calls = own, "'none'", f"http://{context.emulator_host}"
    else:
        scripts, calls = f"{own} {GOOGLE_SCRIPTS}", GOOGLE_APIS
    if context.sends_app_check:
        frames, calls = f"{frames} {RECAPTCHA_FRAMES}", f"{calls} {APP_CHECK_API}"
    rules = {
        "default-src": "'none'",
        "script-src": scripts,
        "style-src": own,
        "connect-src": f"'self' {calls}",
        "frame-src": frames,
        "img-src": "'self' https: data:",
        "font-src": "'self' https: data:",
        "form-action": f"'self' {leads_to}" if leads_to else "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    page.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in rules.items())
    page.headers["Referrer-Policy"] = "same-origin"
    page.headers["X-Content-Type-Options"] = "nosniff"
    page.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    page.headers["Vary"] = "Accept-Language, Cookie"
    return keep_headers(page, "Content-Security-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy")
