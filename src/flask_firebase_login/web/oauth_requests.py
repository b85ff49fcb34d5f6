"""What Flask received, as the authorization server reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request, url_for
from werkzeug.urls import iri_to_uri

from ..config import Config
from ..handoff.values import Asked
from .bodies import list_values
from .services import Services

if TYPE_CHECKING:
    from ..handoff.oauth import Server

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def make_server(services: Services, form: Mapping[str, list[str]] | None = None) -> Server:
    """Return the authorization server for the request at hand.

    Args:
        services: Of the app.
        form: The parameters of the body; None where those of the address are what is asked, as at the authorization endpoint.
    """
    from ..handoff.oauth import Server  # Authlib comes where a client is configured, and nowhere else

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
        issuer=find_issuer(services.config),
        clients=services.config.native_clients,
        handoffs=services.handoffs,
        sessions=services.sessions,
        ttl=services.config.session_ttl,
    )


def find_issuer(config: Config) -> str:
    """Return what the authorization server is called: the address of the endpoints, as the request at hand reached them."""
    return make_address(config, "firebase_login.account_page").rstrip("/")


def make_address(config: Config, endpoint: str, **parameters: str) -> str:
    """Return the whole address of an endpoint, as a URI (RFC 3986).

    Where cookies go over HTTPS alone, the site is there alone, whatever a proxy in front has forgotten to say: a link that signs in must not go
    over plain HTTP. On the user's own machine it is as it was asked for.
    """
    host = urlsplit(f"//{request.host}").hostname
    is_https = config.cookie_secure and host not in LOOPBACK
    return iri_to_uri(url_for(endpoint, _external=True, _scheme="https" if is_https else None, **parameters))
