"""Request bodies, read within their limits."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import Request
from werkzeug.datastructures import MultiDict

from ..errors import InvalidRequest, TooLarge, UnsupportedMedia

MAX_SIGN_IN_BYTES = 20 * 1024
MAX_PATCH_BYTES = 17 * 1024
MAX_FORM_BYTES = 8 * 1024
DROPPED_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024


def read_body(request: Request, max_bytes: int) -> bytes:
    """Read a whole body.

    One that is over its limit is read on and dropped, up to 1 MiB, so that the client sees the answer and not a reset
    connection.

    Raises:
        TooLarge: It has more bytes than that.
    """
    body = _read(request, max_bytes + 1) or request.get_data()  # which the site has read already, as `get_json` does
    if len(body) > max_bytes:
        _read(request, DROPPED_BYTES - len(body))
        raise TooLarge(f"The body has more than {max_bytes} bytes.")
    return body


def read_text(request: Request, max_bytes: int) -> str:
    """Read a body as UTF-8.

    Raises:
        InvalidRequest: It is not UTF-8.
        TooLarge: It has more bytes than that.
    """
    try:
        return read_body(request, max_bytes).decode()
    except UnicodeDecodeError:
        raise InvalidRequest("The body is not UTF-8.") from None


def read_object(request: Request, max_bytes: int) -> dict[str, Any]:
    """Read a body as a JSON object (RFC 8259, without `NaN` and `Infinity`).

    Raises:
        InvalidRequest: It is anything else.
        TooLarge: It has more bytes than that.
    """
    text = read_text(request, max_bytes)
    try:
        parsed = json.loads(text, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is no JSON.") from None
    if not isinstance(parsed, dict):
        raise InvalidRequest("The body is no JSON object.")
    return parsed


def read_form(request: Request, max_bytes: int) -> dict[str, list[str]]:
    """Read a body as a form, each field with all its values. Empty ones count as left out (RFC 6749, section 3.1).

    Raises:
        RequestEntityTooLarge: It has more bytes than that.
    """
    request.max_content_length = max_bytes
    return list_values(request.form)


def list_values(parameters: MultiDict[str, str]) -> dict[str, list[str]]:
    """Return parameters, each with all its values that are not empty."""
    return {name: kept for name, values in parameters.lists() if (kept := [value for value in values if value])}


def check_media_type(request: Request, *accepted: str) -> str:
    """Return the content type of a body, one of those accepted.

    Raises:
        UnsupportedMedia: It is another, or none is named.
    """
    if request.mimetype not in accepted:
        raise UnsupportedMedia(f"Send the body as {' or '.join(accepted)}.")
    return request.mimetype


def _read(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    while len(body) < max_bytes and (chunk := request.stream.read(min(_CHUNK_BYTES, max_bytes - len(body)))):
        body += chunk
    return bytes(body)


def _reject_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
