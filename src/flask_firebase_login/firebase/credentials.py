"""The site's own credentials at Google, by google-auth. This module alone imports it, and is imported where they are needed.

Source: google-auth, "User Guide"; cloud.google.com/docs/authentication/application-default-credentials.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import google.auth
import google.auth.transport
import httpx
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError
from google.oauth2 import service_account

from ..config_readers import APPLICATION_DEFAULT, ServiceAccount
from ..errors import FirebaseDenied, FirebaseUnavailable

SCOPES = ("https://www.googleapis.com/auth/identitytoolkit",)
TIMEOUT_SECONDS = 10.0


def make_authorize(
    given: ServiceAccount | None, transport: httpx.BaseTransport | None = None
) -> Callable[[], Mapping[str, str]]:
    """Return what makes the headers of a call, with an access token that is renewed before it ends. Safe with threads.

    Args:
        given: The key of a service account, or None for application default credentials.
        transport: How httpx connects; None is httpx's own way.

    Raises:
        FirebaseDenied: There are no credentials, or they cannot be read; when it is called, also where Google rejects them.
        FirebaseUnavailable: When it is called: Google does not answer.
    """
    request, lock = _HttpxRequest(transport), threading.Lock()
    try:
        credentials = _load(given, request)
    except (ValueError, OSError, AttributeError, TypeError) as error:  # JSON, and not what a key is
        raise FirebaseDenied(
            "FIREBASE_LOGIN_SERVICE_ACCOUNT is no key of a service account that can be read: download it anew, Firebase console, Project "
            "settings, Service accounts."
        ) from error
    except DefaultCredentialsError as error:
        raise FirebaseDenied(
            "There are no application default credentials on this machine. Set FIREBASE_LOGIN_SERVICE_ACCOUNT to the JSON key of a service "
            "account, or GOOGLE_APPLICATION_CREDENTIALS to its path."
        ) from error

    def authorize() -> Mapping[str, str]:
        headers: dict[str, str] = {}
        with lock:
            try:
                credentials.before_request(request, "POST", "https://identitytoolkit.googleapis.com/", headers)
            except TransportError as error:
                raise FirebaseUnavailable("Google does not answer for an access token.") from error
            except RefreshError as error:
                if error.retryable:
                    raise FirebaseUnavailable("Google does not answer for an access token.") from error
                raise FirebaseDenied(
                    "Google rejects the site's credentials: the key may be deleted or expired, or this machine's clock be wrong. Make a new "
                    "key: Firebase console, Project settings, Service accounts."
                ) from error
        return headers

    return authorize


def _load(given: ServiceAccount | None, request: _HttpxRequest) -> Credentials:
    if given is None or given == APPLICATION_DEFAULT:
        return google.auth.default(scopes=SCOPES, request=request)[0]
    make = service_account.Credentials
    loaded: Credentials = (
        make.from_service_account_file(given, scopes=SCOPES)
        if isinstance(given, str)
        else make.from_service_account_info(dict(given), scopes=SCOPES)
    )
    return loaded


class _HttpxRequest(google.auth.transport.Request):
    """google-auth's transport, by httpx."""

    def __init__(self, transport: httpx.BaseTransport | None) -> None:
        self._transport = transport

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> google.auth.transport.Response:
        try:
            with httpx.Client(transport=self._transport, timeout=min(timeout or TIMEOUT_SECONDS, TIMEOUT_SECONDS)) as client:
                return _HttpxResponse(client.request(method, url, content=body, headers=headers))
        except httpx.HTTPError as error:
            raise TransportError(type(error).__name__) from error


class _HttpxResponse(google.auth.transport.Response):
    """An answer, in google-auth's terms."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def data(self) -> bytes:
        return self._response.content
