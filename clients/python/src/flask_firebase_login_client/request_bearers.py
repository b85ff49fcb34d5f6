"""The session's bearer in requests to the site (RFC 6750, section 2.1), and out of those to others."""

from __future__ import annotations

import httpx

_OURS = "flask_firebase_login_client.bearer"
"""An extension of requests: the `Authorization` header that we have put there."""


def has_own_authorization(request: httpx.Request) -> bool:
    """Whether the app has given a request an `Authorization` header of its own."""
    there = request.headers.get("Authorization")
    return there is not None and there != request.extensions.get(_OURS)


def put_bearer(request: httpx.Request, bearer: str | None) -> None:
    """Put a bearer into a request instead of the one before; None takes that out. A header of the app's own stays.

    Args:
        request: The request, to the site.
        bearer: The access token.
    """
    if bearer is None:
        if _OURS in request.extensions:
            keep_bearer_out(request)
    elif not has_own_authorization(request):
        request.headers["Authorization"] = request.extensions[_OURS] = f"Bearer {bearer}"


def keep_bearer_out(request: httpx.Request) -> None:
    """Take the session's bearer out of a request to another scheme, host or port."""
    if not has_own_authorization(request):
        request.headers.pop("Authorization", None)
    request.extensions.pop(_OURS, None)
