"""App Check: what tells the site that a sign-in comes from a genuine copy of the app; as flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from .effects import AskAppCheck, Flow, Patience
from .errors import AppCheckFailed, ClientError, SignInRejected
from .state import is_bearer

HEADER = "X-Firebase-AppCheck"
CODES = ("app_check_required", "app_check_invalid")
"""What a site that asks for App Check rejects a sign-in with."""


class Attestation:
    """The App Check token of one sign-in, asked for once, and once more where the site does not take it.

    An attestation that fails sends no token: a site that only observes signs the user in, as it does without App Check.

    Args:
        patience: Returns how long the sign-in waits for a token that it asks for now.

    Source: firebase.google.com/docs/app-check/custom-resource-backend.
    """

    def __init__(self, patience: Callable[[], Patience]) -> None:
        self._patience = patience
        self._is_asked = False
        self._is_renewed = False
        self._token: str | None = None
        self._failure: Exception | None = None

    def put_into(self, request: httpx.Request) -> Flow[None]:
        """Put the token into a request to the site that opens a session; without one, it goes out as it is."""
        if not self._is_asked:
            self._is_asked = True
            yield from self._ask(force_refresh=False)
        if self._token is not None:
            request.headers[HEADER] = self._token

    def renew(self, answer: Mapping[str, Any] | None) -> Flow[bool]:
        """Get a fresh token where an answer says that the last one is no good, once.

        Returns:
            Whether there is one, to send the request again with.
        """
        if self._is_renewed or self._token is None or rejected_by(answer) != "app_check_invalid":
            return False
        self._is_renewed = True
        yield from self._ask(force_refresh=True)
        return self._token is not None

    def explain(self, rejection: Exception) -> Exception:
        """Return a rejection, with why there was no token where that is what it is about."""
        if self._failure is None or not isinstance(rejection, SignInRejected) or rejection.code not in CODES:
            return rejection
        failed = AppCheckFailed(rejection.status, rejection.code, rejection.detail, type(self._failure).__name__)
        failed.__cause__ = self._failure
        return failed

    def _ask(self, *, force_refresh: bool) -> Flow[None]:
        self._token = None
        try:
            token: str | None = yield AskAppCheck(force_refresh, self._patience())
            if token and not is_bearer(token):
                raise ValueError("What the source of App Check tokens returned holds characters that no token has.")
            self._token = token or None
        except (TypeError, ClientError):
            raise  # a mistake of the program's shows as it is
        except Exception as error:
            self._failure = error


def rejected_by(answer: Mapping[str, Any] | None) -> str | None:
    """Return the code by which an answer asks for App Check, in problem details or beside OAuth's `invalid_client`; None for another."""
    code = (answer or {}).get("code")
    return code if code in CODES else None
