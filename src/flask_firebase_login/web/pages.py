"""The HTML pages."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ..config import Config
from .redirects import safe_next

GOOGLE_IDENTITY_TOOLKIT = "https://identitytoolkit.googleapis.com"


class Pages:
    """The pages of one app.

    Args:
        config: The app's configuration.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

    def register(self, blueprint: Blueprint) -> None:
        """Add every page to a blueprint."""
        blueprint.add_url_rule("/sign-in", "sign_in_page", self.show_sign_in, methods=["GET"])

    def show_sign_in(self) -> ResponseReturnValue:
        """The sign-in page; who is signed in already is led on, unless `again` asks them to prove who they are."""
        next_path = safe_next(request.args.get("next"), self._config.sign_in_next)
        if current_user.is_authenticated and "again" not in request.args:
            return redirect(next_path, 303)
        nonce = secrets.token_urlsafe(16)
        toolkit = self._identity_toolkit()
        page = render_template(
            "firebase_login/sign-in.html",
            nonce=nonce,
            next_path=next_path,
            toolkit=toolkit,
            api_key=self._config.api_key or "",
            takes_passwords="password" in self._config.providers,
            emulator_host=self._config.emulator_host,
        )
        return secured(Response(page), nonce, connect_to=toolkit)

    def _identity_toolkit(self) -> str:
        emulator_host = self._config.emulator_host
        return f"http://{emulator_host}/identitytoolkit.googleapis.com" if emulator_host else GOOGLE_IDENTITY_TOOLKIT


def secured(page: Response, nonce: str, *, connect_to: str) -> Response:
    """Give a page its headers.

    Args:
        page: The page.
        nonce: What its scripts and styles carry.
        connect_to: The one other origin that its scripts call.

    Source: W3C Content Security Policy Level 3; firebase-js-sdk needs `same-origin-allow-popups` for its popups.
    """
    origin = "/".join(connect_to.split("/")[:3])
    page.headers["Content-Security-Policy"] = "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            f"connect-src 'self' {origin}",
            "img-src 'self' https:",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )
    page.headers["Referrer-Policy"] = "same-origin"
    page.headers["X-Content-Type-Options"] = "nosniff"
    page.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return page
