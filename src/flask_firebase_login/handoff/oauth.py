"""Authlib's authorization server, told what this site's clients, codes and tokens are. The one module that imports Authlib.

The access token is a bearer session: listed among the user's devices, revocable at once, sliding. There is no refresh token, one scope, and no
ID token.

Source: RFC 6749; RFC 7009; RFC 7636; RFC 8252; RFC 8628; RFC 9207; RFC 9700 (the current best practice, where the older ones leave a choice).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidClientError, InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant

from ..errors import InvalidRequest
from ..native_clients import NativeClient
from ..sessions import Found, Sessions
from .metadata import SCOPE
from .service import DEVICE_TTL, POLL_INTERVAL_SECONDS, Handoffs
from .values import Device, IssuedCode, Kind, Redeemed

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
_STILL_WAITING = frozenset({"authorization_pending", "slow_down"})
Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """A request, as the server reads it.

    Attributes:
        method: Such as `POST`.
        url: Without its query.
        query: The parameters of the address, each with all its values.
        form: Those of the body.
        authorization: The header of that name, or None.
        address: From where.
        user_agent: The header of that name.
    """

    method: str
    url: str
    query: Parameters = field(repr=False)
    form: Parameters = field(repr=False)
    authorization: str | None = field(default=None, repr=False)
    address: str | None = None
    user_agent: str | None = None


@dataclass
class Answer:
    """What the server answers.

    Attributes:
        status: Of HTTP.
        body: To be sent as JSON; empty for a redirect.
        headers: Those that belong to it.
        location: Where a redirect leads.
    """

    status: int
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str]
    location: str | None = field(default=None, repr=False)


class Server(AuthorizationServer):  # type: ignore[misc]
    """The authorization server for one request.

    Args:
        asked: The request.
        issuer: What this server is called (RFC 8414), such as `https://shop.example/auth`.
        clients: The apps that are registered.
        handoffs: The codes.
        sessions: The tokens.
        ttl: How long a session lives without a request.

    Attributes:
        redeemed: The session that was opened, once a token was issued.
        rejected: The error of the answer, where it is one that a user should hear of.
        revoked: The session that was ended by a revocation.
    """

    def __init__(
        self,
        asked: Asked,
        *,
        issuer: str,
        clients: Mapping[str, NativeClient],
        handoffs: Handoffs,
        sessions: Sessions[Any],
        ttl: timedelta,
    ) -> None:
        super().__init__(scopes_supported=[SCOPE])
        self.asked = asked
        self.issuer = issuer
        self.handoffs = handoffs
        self.sessions = sessions
        self.redeemed: Redeemed | None = None
        self.rejected: str | None = None
        self.revoked: Found[Any] | None = None
        self._clients = clients
        self._ttl = ttl
        self.register_grant(_CodeGrant, [_S256()])
        self.register_grant(_DeviceGrant)
        self.register_endpoint(_DeviceEndpoint)
        self.register_endpoint(_Revocation)

    def find_client(self) -> NativeClient:
        """Return the client of an authorization request, whose redirect URI is one of its own.

        Raises:
            InvalidRequest: There is no such client, or it has another redirect URI: the browser is led nowhere (RFC 6749, section 4.1.2.1).
        """
        client_id, redirect_uri = self._single("client_id"), self._single("redirect_uri")
        registered = self._clients.get(client_id or "")
        if registered is None:
            raise InvalidRequest("No app is registered by this client_id, so that nobody is led back to it.")
        if redirect_uri is None or not registered.takes(redirect_uri):
            raise InvalidRequest("The redirect_uri is not one that is registered for this app, so that nobody is led there.")
        return registered

    def consider(self) -> AuthorizationCodeGrant | Answer:
        """Return what an authorization request asks for, once `find_client` has returned; an answer where it cannot be granted."""
        try:
            self._check_authorization()
            return self.get_consent_grant(self.asked)
        except OAuth2Error as error:
            return self._lead_back(error)

    def answer_authorization(self, grant: AuthorizationCodeGrant, session_id: str | None) -> Answer:
        """Lead back with a code, or with `access_denied` where the user has refused.

        Args:
            grant: What `consider` returned.
            session_id: The session of the user who allows it; None where they do not.
        """
        if session_id is None:
            return self._lead_back(AccessDeniedError("The user has refused."))
        grant.request.user = session_id
        return self.lead_back([("code", grant.generate_authorization_code())])

    def refuse(self, error: str, description: str) -> Answer:
        """Lead back with an error."""
        return self._lead_back(OAuth2Error(description, error=error))

    def answer_token_request(self) -> Answer:
        """Open a session by a code, or say why not (RFC 6749, section 5)."""
        return self._answer(self.create_token_response)

    def answer_device_request(self) -> Answer:
        """Give a device its codes (RFC 8628, section 3.2)."""
        return self._answer(lambda asked: self.create_endpoint_response(_DeviceEndpoint.ENDPOINT_NAME, asked))

    def answer_revocation(self) -> Answer:
        """End the session of a token; one that there is not is as good (RFC 7009, section 2.2)."""
        return self._answer(lambda asked: self.create_endpoint_response(_Revocation.ENDPOINT_NAME, asked))

    def open_session(self, kind: Kind, secret: str, client: NativeClient) -> dict[str, Any]:
        """Use a code, and return the token that it is good for.

        Raises:
            InvalidGrantError: It is not good any more, or another request has used it meanwhile.
        """
        self.redeemed = self.handoffs.redeem(
            kind, secret, transport="bearer", client_name=client.name, user_agent=self.asked.user_agent
        )
        if self.redeemed is None:
            raise InvalidGrantError("The code was used already, or whoever allowed it has signed out.")
        return _AccessToken(
            access_token=self.redeemed.opened.secret,
            token_type="Bearer",  # noqa: S106
            expires_in=int(self._ttl.total_seconds()),
            scope=SCOPE,
        )

    def query_client(self, client_id: str) -> _Client | None:
        """Authlib's: a client by its id."""
        registered = self._clients.get(client_id)
        return None if registered is None else _Client(registered)

    def create_oauth2_request(self, request: Asked) -> OAuth2Request:
        """Authlib's: a request as it reads it."""
        return _Request(request)

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        """Authlib's: an answer of ours."""
        others = dict(headers)
        location = others.pop("Location", None)
        return Answer(status, body or {}, others, location)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's: nobody listens; the site has signals of its own."""

    def _answer(self, answer: Any) -> Answer:
        try:
            self._check_form()
            answered: Answer = answer(self.asked)
        except OAuth2Error as error:
            answered = self.handle_error_response(self.asked, error)
        code = answered.body.get("error")
        self.rejected = None if code in _STILL_WAITING else code
        return answered

    def _check_form(self) -> None:
        """Every parameter once (RFC 6749, section 3.2), and no secret: these clients have none."""
        if any(len(values) > 1 for values in self.asked.form.values()):
            raise InvalidRequestError("A parameter comes more than once.")
        scheme = (self.asked.authorization or "").partition(" ")[0].lower()
        if scheme == "basic":
            raise InvalidClientError(
                "Clients of this site have no secret: send the client_id alone, in the body.", status_code=401
            )
        if "client_secret" in self.asked.form:
            raise InvalidClientError("Clients of this site have no secret: send the client_id alone.")

    def _check_authorization(self) -> None:
        query = self.asked.query
        for name in ("request", "request_uri"):
            if name in query:
                raise OAuth2Error("Request objects are not supported.", error=f"{name}_not_supported")
        if any(len(values) > 1 for values in query.values()):
            raise InvalidRequestError("A parameter comes more than once.")
        if (response_type := _first(query, "response_type")) != "code":
            error = "invalid_request" if response_type is None else "unsupported_response_type"
            raise OAuth2Error("The response_type is code.", error=error)
        if query.get("response_mode", ["query"]) != ["query"]:
            raise InvalidRequestError("The response_mode is query, or left out.")

    def _lead_back(self, error: OAuth2Error) -> Answer:
        """Source: RFC 6749, section 4.1.2.1."""
        return self.lead_back([(name, value) for name, value in error.get_body() if name != "state"])

    def lead_back(self, parameters: list[tuple[str, str]]) -> Answer:
        """Return the redirect, `state` and `iss` included (RFC 9207). What is registered stays as it is written: Authlib would write it anew."""
        redirect_uri, state = self._single("redirect_uri") or "", self._single("state")
        query = urlencode([*parameters, *([("state", state)] if state else []), ("iss", self.issuer)])
        return Answer(303, {}, {}, f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}")

    def _single(self, name: str) -> str | None:
        values = self.asked.query.get(name, [])
        return values[0] if len(values) == 1 else None


class _AccessToken(dict[str, Any]):
    """What Authlib writes into its log as it is."""

    def __repr__(self) -> str:
        return "<an access token>"


class _Client:
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
    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._parameters.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: [*values] for name, values in self._parameters.items()}


class _Request(OAuth2Request):  # type: ignore[misc]
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


class _S256(CodeChallenge):  # type: ignore[misc]
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


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def generate_authorization_code(self) -> str:
        """Made where it is stored."""
        request = self.request
        code: str = self.server.handoffs.issue_code(
            request.user,
            client_id=request.client.get_client_id(),
            redirect_uri=request.payload.redirect_uri,
            code_challenge=request.payload.data["code_challenge"],
        )
        return code

    def query_authorization_code(self, code: str, client: _Client) -> _Found | None:
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


class _DeviceEndpoint(DeviceAuthorizationEndpoint):  # type: ignore[misc]
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
        user_code: str = self.server.handoffs.pick_user_code()
        self._user_code = user_code
        return user_code

    def save_device_credential(self, client_id: str, scope: str | None, data: dict[str, Any]) -> None:
        """The code that is stored is the one that is answered."""
        asked = self.server.asked
        data["device_code"] = self.server.handoffs.start_device(
            client_id, user_code=data["user_code"], address=asked.address, user_agent=asked.user_agent
        )


class _DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def query_device_credential(self, device_code: str) -> _Credential:
        device = self.server.handoffs.find_device(device_code)
        if device is None or device.client_id != self.request.payload.client_id:
            raise InvalidGrantError("There is no such device_code for this app, or it was used already.")
        return _Credential(device_code, device)

    def query_user_grant(self, user_code: _Credential) -> tuple[_Credential, bool] | None:
        return None if user_code.answer is None else (user_code, user_code.answer)

    def should_slow_down(self, credential: _Credential) -> bool:
        early: bool = self.server.handoffs.is_too_early(credential.device_code)
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


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Whoever has the token may end it: the client_id of a public client proves nothing, and is asked for by the RFC alone."""

    CLIENT_AUTH_METHODS = ("none",)

    def check_params(self, request: Any, client: _Client) -> None:
        """A hint that is not known is left alone (RFC 7009, section 2.1)."""
        if not request.form.get("token"):
            raise InvalidRequestError("Send the token.")

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        found = self.server.sessions.find(token_string, "bearer")
        return None if found is None else _Token(found)

    def revoke_token(self, token: _Token, request: Any) -> None:
        self.server.revoked = token.found
        self.server.sessions.end(token.found.session.id)


class _Token:
    def __init__(self, found: Found[Any]) -> None:
        self.found = found

    def check_client(self, client: _Client) -> bool:
        return True


def _first(parameters: Parameters, name: str) -> str | None:
    values = parameters.get(name, [])
    return values[0] if values else None
