"""A sign-in in the browser while it is under way: its address, and what it comes back with."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from .errors import AnswerUnreadable, ClientError
from .oauth_errors import oauth_error
from .page_sign_in import BrowserSignIn

_SECRET_BYTES = 32  # 43 characters


@dataclass(frozen=True)
class CameBack:
    """What the browser came back with: a code, or why there is none.

    Attributes:
        code: The authorization code; None where there is an error.
        redirect_uri: Where the browser came back to, which the exchange names again.
        error: Why there is no code.
    """

    code: str | None = field(repr=False)
    redirect_uri: str
    error: ClientError | None = None


@dataclass(frozen=True)
class BegunSignIn:
    """A sign-in whose answer is awaited.

    Attributes:
        issuer: The site's address and prefix, such as `https://shop.example/auth`.
        sign_in: How the app signs in.
        state: What the answer must repeat (RFC 6749, section 10.12).
        verifier: What proves that the exchange is this client's (RFC 7636, section 4.1).
    """

    issuer: str
    sign_in: BrowserSignIn
    state: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES))
    verifier: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES))

    def address(self, redirect_uri: str) -> str:
        """Return what the browser is to open.

        Args:
            redirect_uri: Where the browser comes back to, with its port.
        """
        query = {
            "response_type": "code",
            "client_id": self.sign_in.client_id,
            "redirect_uri": redirect_uri,
            "code_challenge": _challenge(self.verifier),
            "code_challenge_method": "S256",
            "state": self.state,
            "login_hint": self.sign_in.login_hint,
            "prompt": self.sign_in.prompt,
        }
        return f"{self.issuer}/authorize?{urlencode({name: value for name, value in query.items() if value is not None})}"

    def read(self, answer: Mapping[str, Sequence[str]], redirect_uri: str) -> CameBack | None:
        """Return what a request at the redirect URI says; `state`, then `iss`, are looked at before anything else.

        Args:
            answer: Its query.
            redirect_uri: Where it arrived.

        Returns:
            None where its `state` is another: it is no answer to this sign-in, and the right one may still come.

        Source: RFC 9700, section 4.7.1; RFC 9207, section 2.4.
        """
        if not secrets.compare_digest(_only(answer, "state").encode(), self.state.encode()):
            return None
        if _only(answer, "iss") != self.issuer:
            return CameBack(None, redirect_uri, AnswerUnreadable(f"it does not come from {self.issuer}: its iss is another"))
        error = _only(answer, "error")
        if error:
            return CameBack(None, redirect_uri, oauth_error(0, error, _only(answer, "error_description")))
        code = _only(answer, "code")
        if not code:
            return CameBack(None, redirect_uri, AnswerUnreadable("it has neither a code nor an error"))
        return CameBack(code, redirect_uri)

    def form(self, came_back: CameBack) -> dict[str, str]:
        """Return what is posted to the token endpoint (RFC 6749, section 4.1.3; RFC 7636, section 4.5)."""
        return {
            "grant_type": "authorization_code",
            "code": came_back.code or "",
            "redirect_uri": came_back.redirect_uri,
            "client_id": self.sign_in.client_id,
            "code_verifier": self.verifier,
        }


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _only(answer: Mapping[str, Sequence[str]], name: str) -> str:
    """Return a parameter; nothing where it is absent, or there more than once (RFC 6749, section 3.1)."""
    values = answer.get(name, ())
    return values[0] if len(values) == 1 else ""
