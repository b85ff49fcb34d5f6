"""Authlib's authorization server, told what this site's clients, codes and tokens are.

This module and `oauth_grants.py` alone import Authlib. The access token is a bearer session: listed among the user's devices, revocable at once, sliding.
There is no refresh token, one scope, and no ID token.

Source: RFC 6749; RFC 7009; RFC 7636; RFC 8252; RFC 8628; RFC 9207; RFC 9700 (the current best practice, where the older ones leave a choice).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant

from ..errors import InvalidRequest
from ..native_clients import NativeClient
from ..sessions import Found, Sessions
from .metadata import SCOPE
from .oauth_grants import S256, Client, CodeGrant, DeviceEndpoint, DeviceGrant, Request, Revocation
from .service import Handoffs
from .values import Answer, Asked, Kind, Parameters, Redeemed

_STILL_WAITING = frozenset({"authorization_pending", "slow_down"})


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
        self.register_grant(CodeGrant, [S256()])
        self.register_grant(DeviceGrant)
        self.register_endpoint(DeviceEndpoint)
        self.register_endpoint(Revocation)

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

    def allow(self, grant: AuthorizationCodeGrant, session_id: str) -> Answer:
        """Lead back with a code.

        Args:
            grant: What `consider` returned.
            session_id: The session of the user who allows it.
        """
        request = grant.request
        code = self.handoffs.issue_code(
            session_id,
            client_id=request.client.get_client_id(),
            redirect_uri=request.payload.redirect_uri,
            code_challenge=request.payload.data["code_challenge"],
        )
        return self._redirect([("code", code)])

    def refuse(self, error: str, description: str) -> Answer:
        """Lead back with an error, such as `access_denied` where the user has refused."""
        return self._lead_back(OAuth2Error(description, error=error))

    def answer_token_request(self) -> Answer:
        """Open a session by a code, or say why not (RFC 6749, section 5)."""
        return self._answer(self.create_token_response)

    def answer_device_request(self) -> Answer:
        """Give a device its codes (RFC 8628, section 3.2)."""
        return self._answer(lambda asked: self.create_endpoint_response(DeviceEndpoint.ENDPOINT_NAME, asked))

    def answer_revocation(self) -> Answer:
        """End the session of a token; one that there is not is as good (RFC 7009, section 2.2)."""
        return self._answer(lambda asked: self.create_endpoint_response(Revocation.ENDPOINT_NAME, asked))

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

    def query_client(self, client_id: str) -> Client | None:
        """Authlib's: a client by its id."""
        registered = self._clients.get(client_id)
        return None if registered is None else Client(registered)

    def create_oauth2_request(self, request: Asked) -> OAuth2Request:
        """Authlib's: a request as it reads it."""
        return Request(request)

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        """Authlib's: an answer of ours."""
        return Answer(status, body or {}, dict(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's: nobody listens; the site has signals of its own."""

    def _answer(self, answer: Callable[[Asked], Answer]) -> Answer:
        try:
            self._check_form()
            answered = answer(self.asked)
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
        return self._redirect([(name, value) for name, value in error.get_body() if name != "state"])

    def _redirect(self, parameters: list[tuple[str, str]]) -> Answer:
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


def _first(parameters: Parameters, name: str) -> str | None:
    values = parameters.get(name, [])
    return values[0] if values else None
