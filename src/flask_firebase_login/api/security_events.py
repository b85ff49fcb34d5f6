"""What a page or app of the user's says after Firebase has changed something there, of which Firebase itself tells no site."""

from __future__ import annotations

from flask import Request

from ..errors import InvalidRequest
from ..signals import SECURITY_EVENTS
from ..web.bodies import MAX_PATCH_BYTES, check_media_type, read_object


def read_security_event(request: Request) -> str:
    """Read the body of a security event, one of `SECURITY_EVENTS`.

    Raises:
        UnsupportedMedia: It is no JSON by its content type.
        TooLarge: It has more than 17 KiB.
        InvalidRequest: It cannot be read, has another member, or names another event.
    """
    check_media_type(request, "application/json")
    body = read_object(request, MAX_PATCH_BYTES)
    for name in body:
        if name != "event":
            raise InvalidRequest(f"A security event has no member {name[:40]!r}; there is 'event'.")
    event = body.get("event")
    if not isinstance(event, str) or event not in SECURITY_EVENTS:
        raise InvalidRequest(f"The event is one of {', '.join(SECURITY_EVENTS)}.")
    return event
