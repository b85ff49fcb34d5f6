"""Sign users in from your own tests, through the real verification.

`LocalIssuer` has RSA keys of its own, serves their JWK sets on loopback, and mints ID tokens and App Check tokens as Firebase does. An app
that is configured with `LocalIssuer.config` verifies them as it would Google's. With pytest, the fixtures of
`flask_firebase_login.pytest_plugin` do all this.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterable, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast

from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from .clock import Clock, utc_now
from .config import PREFIX
from .idtokens.app_check import ISSUER as APP_CHECK_ISSUER
from .web.app_check import HEADER as APP_CHECK_HEADER

ID_TOKEN_TTL = timedelta(hours=1)
PROJECT_NUMBER = "123456789012"
APP_CHECK_TTL = timedelta(hours=1)
_KEY_BITS = 2048


class LocalIssuer:
    """Mints genuine RS256 ID tokens, and App Check tokens, of a project that exists on this machine alone.

    Args:
        project_id: The audience of the ID tokens.
        project_number: The audience of the App Check tokens.
        clock: The time, aware and in UTC.

    Example:
        with LocalIssuer() as issuer:
            app = create_app(issuer.config)
            sign_in(app.test_client(), issuer.mint(email="ada@example.com"))
    """

    def __init__(
        self, project_id: str = "local-test-project", *, project_number: str = PROJECT_NUMBER, clock: Clock = utc_now
    ) -> None:
        self.project_id = project_id
        self.project_number = project_number
        self._clock = clock
        self._key, self._app_check_key = _make_key(), _make_key()
        self._server: ThreadingHTTPServer | None = None

    @property
    def app_id(self) -> str:
        """The id of the project's web app."""
        return f"1:{self.project_number}:web:1a2b3c4d5e6f7890"

    @property
    def jwks(self) -> dict[str, Any]:
        """The JWK set: the public half of the key."""
        return {"keys": [self._key.as_dict(private=False)]}

    @property
    def app_check_jwks(self) -> dict[str, Any]:
        """The JWK set for App Check, of another key."""
        return {"keys": [self._app_check_key.as_dict(private=False)]}

    @property
    def jwks_url(self) -> str:
        """Where the JWK set is served, from `start` on."""
        return self._find_url("jwks")

    @property
    def app_check_jwks_url(self) -> str:
        """Where the JWK set for App Check is served, from `start` on."""
        return self._find_url("app-check/jwks")

    @property
    def config(self) -> dict[str, Any]:
        """What an app that takes these tokens is configured with; the emulator is off whatever the environment says.

        App Check is as the app itself has it, off by default: `issuer.config | {"FIREBASE_LOGIN_APP_CHECK": "required"}` asks for it.

        A machine that runs tests may stand still for a while, so that the app waits longer for the keys than it would for Google.
        """
        return {
            f"{PREFIX}CONFIG": {"projectId": self.project_id, "apiKey": "local-test-key", "appId": self.app_id},
            f"{PREFIX}JWKS_URL": self.jwks_url,
            f"{PREFIX}APP_CHECK_JWKS_URL": self.app_check_jwks_url,
            f"{PREFIX}APP_CHECK_PROJECT_NUMBER": self.project_number,
            f"{PREFIX}APP_CHECK_APP_IDS": None,
            f"{PREFIX}EMULATOR_HOST": "",
            f"{PREFIX}UPSTREAM_TIMEOUT": 60,
        }

    def start(self) -> LocalIssuer:
        """Serve the JWK sets on loopback, in a background thread."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        threading.Thread(target=self._server.serve_forever, name="local-issuer", daemon=True).start()
        return self

    def stop(self) -> None:
        """Serve nothing any more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def mint(
        self,
        *,
        uid: str | None = None,
        email: str | None = None,
        email_verified: bool = True,
        name: str | None = None,
        photo_url: str | None = None,
        provider: str = "google.com",
        age: timedelta = timedelta(0),
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """Return an encoded ID token as Firebase would issue it.

        Args:
            uid: The Firebase user id; derived from the e-mail address where it is left out.
            email: The user's e-mail address.
            email_verified: Whether Firebase knows that it is theirs.
            name: Their name at the provider.
            photo_url: Their picture at the provider.
            provider: How they signed in.
            age: How long ago they proved who they are, and the token was issued.
            claims: Claims to add, or to replace; None as a value leaves one out.
        """
        payload = self.make_claims(
            uid=uid, email=email, email_verified=email_verified, name=name, photo_url=photo_url, provider=provider, age=age
        )
        payload.update(claims or {})
        return self.sign({claim: value for claim, value in payload.items() if value is not None})

    def make_claims(
        self,
        *,
        uid: str | None = None,
        email: str | None = None,
        email_verified: bool = True,
        name: str | None = None,
        photo_url: str | None = None,
        provider: str = "google.com",
        age: timedelta = timedelta(0),
    ) -> dict[str, Any]:
        """Return the claims of a good ID token; the arguments are those of `mint`."""
        uid = uid or (f"uid-of-{email}" if email else secrets.token_hex(14))
        issued_at = int((self._clock() - age).timestamp())
        identities: dict[str, list[str]] = {} if provider in ("password", "anonymous") else {provider: [f"{provider}-{uid}"]}
        claims: dict[str, Any] = {
            "iss": f"https://securetoken.google.com/{self.project_id}",
            "aud": self.project_id,
            "sub": uid,
            "user_id": uid,
            "iat": issued_at,
            "auth_time": issued_at,
            "exp": issued_at + int(ID_TOKEN_TTL.total_seconds()),
            "firebase": {"identities": identities | ({"email": [email]} if email else {}), "sign_in_provider": provider},
        }
        if email:
            claims |= {"email": email, "email_verified": email_verified}
        named = {"name": name, "picture": photo_url}
        return claims | {claim: value for claim, value in named.items() if value is not None}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return claims, whatever they say, signed with this issuer's key."""
        return _sign(claims, self._key)

    def mint_app_check(
        self, *, app_id: str | None = None, age: timedelta = timedelta(0), claims: Mapping[str, Any] | None = None
    ) -> str:
        """Return an encoded App Check token as Firebase would issue it, to be sent in the header `X-Firebase-AppCheck`.

        Args:
            app_id: Which app of the project sends it; the web app where it is left out.
            age: How long ago the token was issued; it is good for an hour.
            claims: Claims to add, or to replace; None as a value leaves one out.
        """
        issued_at = int((self._clock() - age).timestamp())
        payload: dict[str, Any] = {
            "iss": f"{APP_CHECK_ISSUER}/{self.project_number}",
            "aud": [f"projects/{self.project_number}", f"projects/{self.project_id}"],
            "sub": app_id or self.app_id,
            "iat": issued_at,
            "exp": issued_at + int(APP_CHECK_TTL.total_seconds()),
        }
        payload.update(claims or {})
        return _sign({claim: value for claim, value in payload.items() if value is not None}, self._app_check_key)

    def __enter__(self) -> LocalIssuer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _find_url(self, path: str) -> str:
        if self._server is None:
            raise RuntimeError("The issuer serves nothing yet: use `with LocalIssuer() as issuer`, or call start().")
        return f"http://127.0.0.1:{self._server.server_address[1]}/{path}"

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        bodies = {"/jwks": json.dumps(self.jwks).encode(), "/app-check/jwks": json.dumps(self.app_check_jwks).encode()}

        class JwksHandler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = bodies.get(self.path, bodies["/jwks"])
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "public, max-age=21600")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Keep a test's output clean."""

        return JwksHandler


def sign_in(
    client: FlaskClient, id_token: str, *, roles: Iterable[str] = (), app_check_token: str | None = None
) -> TestResponse:
    """Sign a test client in with an ID token, through the app's own endpoint and verification.

    Args:
        client: The test client; it keeps the cookie.
        id_token: Such as `LocalIssuer.mint` makes.
        roles: Roles to grant the user on the site.
        app_check_token: Such as `LocalIssuer.mint_app_check` makes; for a site with `FIREBASE_LOGIN_APP_CHECK`.

    Returns:
        The answer of the sign-in, a 200.

    Raises:
        AssertionError: The sign-in was rejected; the message tells the code.
    """
    services = client.application.extensions["firebase_login"]
    scheme = "https" if client.application.config["SESSION_COOKIE_SECURE"] else "http"
    answer = client.post(
        f"{services.config.url_prefix}/sign-in",
        data=id_token,
        content_type="application/jwt",
        base_url=f"{scheme}://localhost",
        headers={} if app_check_token is None else {APP_CHECK_HEADER: app_check_token},
    )
    if answer.status_code != 200:
        raise AssertionError(f"The sign-in was rejected: {answer.status_code} {answer.get_data(as_text=True)}")
    if roles:
        with client.application.app_context():
            account = services.accounts.find(answer.get_json()["account"]["firebase_uid"])
            for role in roles:
                services.accounts.grant(account, role)
    return answer


def _make_key() -> RSAKey:
    return RSAKey.generate_key(_KEY_BITS, {"kid": secrets.token_hex(20), "use": "sig", "alg": "RS256"})


def _sign(claims: Mapping[str, Any], key: RSAKey) -> str:
    header = {"alg": "RS256", "kid": cast(str, key.kid), "typ": "JWT"}
    return jws.serialize_compact(header, json.dumps(claims).encode(), key)
