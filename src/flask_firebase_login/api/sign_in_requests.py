"""What a client asks for when it signs in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Request

from ..errors import InvalidRequest
from ..sessions import Transport
from ..sessions.models import MAX_CLIENT_NAME_CHARACTERS
from ..text import is_plain
from ..web.bodies import MAX_SIGN_IN_BYTES, check_media_type, read_object, read_text

_MEMBERS = ("id_token", "transport", "client_name")


@dataclass(frozen=True)
class SignInRequest:
    """The body of a sign-in.

    Attributes:
        id_token: As the client sent it, not verified.
        transport: How the session's secret is to travel.
        client_name: What the user will recognise the device by.
    """

    id_token: str = field(repr=False)
    transport: Transport = "cookie"
    client_name: str | None = None

    @classmethod
    def read(cls, request: Request) -> SignInRequest:
        """Read the body: the raw ID token as `application/jwt` (RFC 7519, section 10.3.1), or a JSON object.

        Raises:
            UnsupportedMedia: It is of another content type.
            TooLarge: It has more than 20 KiB.
            InvalidRequest: It cannot be read, or a member is not what it must be.
        """
        if check_media_type(request, "application/jwt", "application/json") == "application/jwt":
            return cls(_read_id_token(read_text(request, MAX_SIGN_IN_BYTES)))
        body = read_object(request, MAX_SIGN_IN_BYTES)
        for name in body:
            if name not in _MEMBERS:
                raise InvalidRequest(f"A sign-in has no member {name[:40]!r}; there are {', '.join(_MEMBERS)}.")
        return cls(_read_id_token(body.get("id_token")), _read_transport(body), _read_client_name(body))


def _read_id_token(sent: object) -> str:
    if not isinstance(sent, str) or not sent:
        raise InvalidRequest("The ID token is missing: send it as 'id_token', a string.")
    return sent


def _read_transport(body: dict[str, Any]) -> Transport:
    transport = body.get("transport", "cookie")
    if transport == "cookie":
        return "cookie"
    if transport == "bearer":
        return "bearer"
    raise InvalidRequest("The transport is 'cookie' or 'bearer'.")


def _read_client_name(body: dict[str, Any]) -> str | None:
    name = body.get("client_name")
    if name is None:
        return None
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_CLIENT_NAME_CHARACTERS or not is_plain(name):
        raise InvalidRequest(f"The client_name is a string of 1 to {MAX_CLIENT_NAME_CHARACTERS} printable characters.")
    return name
