"""What the authorization server tells clients of itself (RFC 8414)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..native_clients import NativeClient

SCOPE = "account"
"""The one scope: whoever has a session may what its user may."""

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def describe_server(issuer: str, clients: Mapping[str, NativeClient]) -> dict[str, Any]:
    """Return the metadata.

    Args:
        issuer: Where the endpoints are, such as `https://shop.example/auth`.
        clients: The apps that are registered.

    Source: RFC 8414, section 2; RFC 8628, section 4; RFC 9207, section 3.
    """
    by_code = any(client.redirect_uris for client in clients.values())
    by_device = any(client.device_code for client in clients.values())
    metadata: dict[str, Any] = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "revocation_endpoint": f"{issuer}/revoke",
        "scopes_supported": [SCOPE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            *(["authorization_code"] if by_code else []),
            *([DEVICE_GRANT] if by_device else []),
        ],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
    return metadata | ({"device_authorization_endpoint": f"{issuer}/device"} if by_device else {})
