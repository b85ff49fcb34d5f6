"""The errors of OAuth 2.0, as this package raises them."""

from __future__ import annotations

from .errors import ClientError, ClientNotRegistered, SignInDenied, SignInRejected, SignInTimedOut

_KINDS: dict[str, type[SignInRejected]] = {
    "access_denied": SignInDenied,
    "invalid_client": ClientNotRegistered,
    "unauthorized_client": ClientNotRegistered,
}
_MAX_CHARACTERS = 300


def oauth_error(status: int, code: str, detail: str) -> ClientError:
    """Return the error that an answer's `error` stands for (RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5).

    Args:
        status: The HTTP status; 0 where the answer came by way of the browser.
        code: The `error`.
        detail: The `error_description`.
    """
    if code == "expired_token":
        return SignInTimedOut()
    return _KINDS.get(code, SignInRejected)(status, _printable(code), _printable(detail))


def _printable(text: str) -> str:
    """A text of a terminal's: what was sent by way of a browser moves no cursor."""
    return "".join(one for one in text[:_MAX_CHARACTERS] if one.isprintable())
