"""The endpoints of the second door, RFC 6749 and its kin, and of the way back into the browser."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, request
from flask_login import current_user

from .. import signals
from ..errors import AppCheckRejected, InvalidRequest, NotSignedIn
from ..handoff.metadata import describe_server
from ..handoff.service import LINK_TTL
from ..web import rate_limits
from ..web.bodies import MAX_FORM_BYTES, MAX_PATCH_BYTES, check_media_type, read_form, read_object
from ..web.current import this_app
from ..web.oauth_requests import find_issuer, make_address, make_server
from ..web.redirects import find_landing, safe_next
from ..web.services import Services
from ..web.signed_in import find_rejection, find_signed_in
from .answers import as_json

if TYPE_CHECKING:
    from ..handoff.values import Answer

FORM = "application/x-www-form-urlencoded"
METADATA_PATH = "/.well-known/oauth-authorization-server"


class HandoffApi:
    """What programs ask of the second door.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._committed = services.committed
        self._config = services.config

    def register(self, app: Flask, blueprint: Blueprint) -> None:
        """Add the endpoints; those for apps only where one is registered."""
        blueprint.add_url_rule("/browser-links", "make_browser_link", self._committed(self.make_link), methods=["POST"])
        if not self._config.native_clients:
            return
        routes: list[tuple[str, str, Callable[[], Response]]] = [
            ("POST", "/token", self.issue_token),
            ("POST", "/revoke", self.revoke_token),
            ("POST", "/device", self.start_device),
            ("GET", "/.well-known/openid-configuration", self.describe_server),
        ]
        for method, rule, view in routes:
            blueprint.add_url_rule(rule, view.__name__, self._committed(view), methods=[method])
        app.add_url_rule(
            f"{METADATA_PATH}{self._config.url_prefix}", "firebase_login_metadata", self.describe_server, methods=["GET"]
        )

    def issue_token(self) -> Response:
        """A code becomes a bearer session."""
        form = self._read_form()
        if form.get("grant_type") == ["authorization_code"]:
            rate_limits.count(self._config.rate_limit)
        if (rejection := self._find_app_rejection()) is not None:
            return rejection
        server = make_server(self._services, form)
        answer = server.answer_token_request()
        if server.redeemed is not None:
            self._services.transports.announce(server.redeemed.account, server.redeemed.opened)
        elif server.rejected is not None:
            signals.sign_in_rejected.send(this_app(), code=server.rejected, firebase_uid=None)
        return _as_response(answer)

    def revoke_token(self) -> Response:
        """End the session of a token."""
        server = make_server(self._services, self._read_form())
        answer = server.answer_revocation()
        if server.revoked is not None:
            signals.signed_out.send(this_app(), account=server.revoked.account, session_id=server.revoked.session_id)
        return _as_response(answer)

    def start_device(self) -> Response:
        """A device gets the code that it shows, and the one that it polls with."""
        rate_limits.count(self._config.rate_limit)
        form = self._read_form()
        if (rejection := self._find_app_rejection()) is not None:
            return rejection
        return _as_response(make_server(self._services, form).answer_device_request())

    def make_link(self) -> Response:
        """Return an address that opens a page of the site's in a browser, signed in."""
        signed_in = find_signed_in() if current_user.is_authenticated else None
        if signed_in is None:
            raise find_rejection()
        if signed_in.transport == "cookie" and {"origin", "sec-fetch-site"} & {name.lower() for name, _ in request.headers}:
            raise InvalidRequest(  # a script in it could take a session away, which its cookie keeps from it
                "A page in a browser that is signed in by its cookie needs no link: it opens the site's pages itself."
            )
        if signed_in.session_id is None:
            raise NotSignedIn("An ID token opens no browser: sign in first, and ask with the session.")
        next_path = self._read_next()
        link = self._services.handoffs.make_link(signed_in.session_id, next_path)
        url = make_address(self._config, "firebase_login.continue_page", link=link)
        return as_json({"url": url, "expires_in": int(LINK_TTL.total_seconds())})

    def describe_server(self) -> Response:
        """RFC 8414."""
        answer = as_json(describe_server(find_issuer(self._config), self._config.native_clients))
        answer.headers["Cache-Control"] = "no-store"  # of this host: a cache that goes by the path alone would mix them up
        return answer

    def _find_app_rejection(self) -> Response | None:
        """Return the answer to an app that is not known to be genuine: what attests an app is its authentication (RFC 6749, section 5.2).

        Raises:
            KeysUnavailable: Google's public keys cannot be fetched, and none are at hand.
        """
        try:
            self._services.app_check.check()
        except AppCheckRejected as rejection:
            signals.sign_in_rejected.send(this_app(), code=rejection.code, firebase_uid=None)
            body = {"error": "invalid_client", "error_description": rejection.detail, "code": rejection.code}
            return as_json(body, HTTPStatus.BAD_REQUEST)
        return None

    def _read_next(self) -> str:
        """The body may be left out."""
        if not request.content_length and request.mimetype == "":
            body: dict[str, Any] = {}
        else:
            check_media_type(request, "application/json")
            body = read_object(request, MAX_PATCH_BYTES)
        for name in body:
            if name != "next":
                raise InvalidRequest(f"A browser link has no member {name[:40]!r}; there is 'next'.")
        asked, landing = body.get("next"), find_landing(self._config.sign_in_next)
        if asked is not None and (not isinstance(asked, str) or safe_next(asked, "") != asked or not asked):
            raise InvalidRequest("The 'next' of a browser link is a path on this site, such as '/auth/'.")
        return asked or landing

    def _read_form(self) -> dict[str, list[str]]:
        check_media_type(request, FORM)
        return read_form(request, MAX_FORM_BYTES)


def _as_response(answer: Answer) -> Response:
    response = as_json(answer.body, answer.status)
    response.headers.update({name: value for name, value in answer.headers.items() if name != "Content-Type"})
    return response
