"""What Authlib's server asks of ours: clients, requests, grants and endpoints, in its terms.

What it would store, is stored already; what it would generate, is generated and stored in one transaction.
"""

from __future__ import annotations

import re
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant

from ..native_clients import NativeClient
from ..sessions import Found
from .device_codes import DEVICE_TTL, POLL_INTERVAL_SECONDS
from .metadata import SCOPE
from .values import Asked, Device, IssuedCode, Parameters

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


class Client:
    """A registered app, as Authlib's `ClientMixin` asks for it."""

    def __init__(self, registered: NativeClient) -> None:
        self.registered = registered

    def get_client_id(self) -> str:
        return self.registered.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        return SCOPE

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return self.registered.takes(redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == DeviceCodeGrant.GRANT_TYPE:
            return self.registered.device_code
        return grant_type == AuthorizationCodeGrant.GRANT_TYPE and bool(self.registered.redirect_uris)


class _Payload(OAuth2Payload):  # type: ignore[misc]
    """Parameters, as Authlib asks for them."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._parameters.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: [*values] for name, values in self._parameters.items()}


class Request(OAuth2Request):  # type: ignore[misc]
    """Whether plain HTTP is right is the site's own matter (`COOKIE_SECURE`), and not asked again here."""

    def __init__(self, asked: Asked) -> None:
        headers = {} if asked.authorization is None else {"Authorization": asked.authorization}
        super().__init__(asked.method, f"https{asked.url[asked.url.index(':') :]}", headers=headers)
        self.payload = _Payload(asked.query if asked.method == "GET" else asked.form)
        self._form = _Payload(asked.form).data

    @property
    def args(self) -> dict[str, str]:
        data: dict[str, str] = self.payload.data
        return data

    @property
    def form(self) -> dict[str, str]:
        return self._form


class S256(CodeChallenge):  # type: ignore[misc]
    """Required, and S256 alone (RFC 9700, section 2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not _CHALLENGE.fullmatch(data.get("code_challenge", "")):
            raise InvalidRequestError("Send a code_challenge of 43 characters (RFC 7636).")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send code_challenge_method=S256 (RFC 7636).")

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        if not _VERIFIER.fullmatch(grant.request.form.get("code_verifier", "")):
            raise InvalidRequestError("Send the code_verifier, 43 to 128 characters (RFC 7636).")
        super().validate_code_verifier(grant, result)

    def get_authorization_code_challenge_method(self, authorization_code: IssuedCode) -> str:
        return "S256"


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """A code is used, and the session opened by it, where Authlib asks for a token."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def query_authorization_code(self, code: str, client: Client) -> _Found | None:
        issued = self.server.handoffs.find_code(code, client.get_client_id())
        return None if issued is None else _Found(issued)

    def authenticate_user(self, authorization_code: _Found) -> _Found:
        """Whose it is comes out as it is used, in one transaction."""
        return authorization_code

    def generate_token(self, *_: Any, **__: Any) -> dict[str, Any]:
        token: dict[str, Any] = self.server.open_session("code", self.request.authorization_code.code, self.client.registered)
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """It is stored already."""

    def delete_authorization_code(self, authorization_code: _Found) -> None:
        """It is used already."""


class _Found:
    """An authorization code, as Authlib asks for it."""

    def __init__(self, issued: IssuedCode) -> None:
        self.code = issued.code
        self.code_challenge = issued.code_challenge
        self._redirect_uri = issued.redirect_uri

    def get_redirect_uri(self) -> str:
        return self._redirect_uri

    def get_scope(self) -> str:
        return SCOPE


class DeviceEndpoint(DeviceAuthorizationEndpoint):  # type: ignore[misc]
    """The codes are those that are stored."""

    CLIENT_AUTH_METHODS = ("none",)
    EXPIRES_IN = int(DEVICE_TTL.total_seconds())
    INTERVAL = POLL_INTERVAL_SECONDS

    def authenticate_client(self, request: Any) -> Any:
        client = super().authenticate_client(request)
        if not client.registered.device_code:
            raise OAuth2Error("This app is not registered with device_code.", error="unauthorized_client")
        return client

    def get_verification_uri(self) -> str:
        return f"{self.server.issuer}/device"

    def generate_user_code(self) -> str:
        user_code: str = self.server.handoffs.devices.pick_user_code()
        return user_code

    def save_device_credential(self, client_id: str, scope: str | None, data: dict[str, Any]) -> None:
        """The code that is stored is the one that is answered."""
        asked = self.server.asked
        data["device_code"] = self.server.handoffs.devices.start(
            client_id, user_code=data["user_code"], address=asked.address, user_agent=asked.user_agent
        )


class DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]
    """As `CodeGrant`, for a device that polls."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def query_device_credential(self, device_code: str) -> _Credential:
        device = self.server.handoffs.devices.find(device_code)
        if device is None or device.client_id != self.request.payload.client_id:
            raise InvalidGrantError("There is no such device_code for this app, or it was used already.")
        return _Credential(device_code, device)

    def query_user_grant(self, user_code: _Credential) -> tuple[_Credential, bool] | None:
        return None if user_code.answer is None else (user_code, user_code.answer)

    def should_slow_down(self, credential: _Credential) -> bool:
        early: bool = self.server.handoffs.devices.is_too_early(credential.device_code)
        return early

    def generate_token(self, *_: Any, **__: Any) -> dict[str, Any]:
        credential, client = self.request.credential, self.client.registered
        token: dict[str, Any] = self.server.open_session("device", credential.device_code, client)
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """It is stored already."""


class _Credential:
    """A device that polls, as Authlib asks for it."""

    def __init__(self, device_code: str, device: Device) -> None:
        self.device_code = device_code
        self.answer = device.answer
        self._device = device

    def get_client_id(self) -> str:
        return self._device.client_id

    def get_scope(self) -> str:
        return SCOPE

    def get_user_code(self) -> _Credential:
        return self

    def is_expired(self) -> bool:
        return self._device.is_expired


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Whoever has the token may end it: the client_id of a public client proves nothing, and is asked for by the RFC alone."""

    CLIENT_AUTH_METHODS = ("none",)

    def check_params(self, request: Any, client: Client) -> None:
        """A hint that is not known is left alone (RFC 7009, section 2.1)."""
        if not request.form.get("token"):
            raise InvalidRequestError("Send the token.")

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        found = self.server.sessions.find(token_string, "bearer")
        return None if found is None else _Token(found)

    def revoke_token(self, token: _Token, request: Any) -> None:
        self.server.revoked = token.found
        self.server.sessions.end(token.found.session_id)


class _Token:
    """A session, as Authlib asks for it."""

    def __init__(self, found: Found[Any]) -> None:
        self.found = found

    def check_client(self, client: Client) -> bool:
        return True
