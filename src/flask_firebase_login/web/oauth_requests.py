"""What Flask received, as the authorization server reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import request, url_for

from .bodies import list_values
from .services import Services

if TYPE_CHECKING:
    from ..handoff.oauth import Server


def make_server(services: Services, form: Mapping[str, list[str]] | None = None) -> Server:
    """Return the authorization server for the request at hand.

    Args:
        services: Of the app.
        form: The parameters of the body; None where those of the address are what is asked, as at the authorization endpoint.
    """
    from ..handoff.oauth import Asked, Server  # Authlib comes where a client is configured, and nowhere else

    asked = Asked(
        "GET" if form is None else request.method,
        request.base_url,
        list_values(request.args),
        form or {},
        request.headers.get("Authorization"),
        request.remote_addr,
        request.headers.get("User-Agent"),
    )
    return Server(
        asked,
        issuer=find_issuer(),
        clients=services.config.native_clients,
        handoffs=services.handoffs,
        sessions=services.sessions,
        ttl=services.config.session_ttl,
    )


def find_issuer() -> str:
    """Return what the authorization server is called: the address of the endpoints, as the request at hand reached them."""
    return url_for("firebase_login.account_page", _external=True).rstrip("/")
