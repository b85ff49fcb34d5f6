"""App Check tokens, verified: whether a request comes from a genuine copy of an app of this project."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ..clock import Clock, utc_now
from ..errors import AppCheckInvalid
from .claims import DEFAULT_CLOCK_SKEW, check_times, read_claim, read_time
from .kinds import APP_CHECK_TOKEN
from .signatures import Keys, Signatures

ISSUER = "https://firebaseappcheck.googleapis.com"
MAX_APP_ID_CHARACTERS = 256

_read = partial(read_claim, kind=APP_CHECK_TOKEN)
_read_time = partial(read_time, kind=APP_CHECK_TOKEN)


@dataclass(frozen=True, kw_only=True)
class AppCheckToken:
    """What Firebase says about an app, after every check.

    Attributes:
        app_id: Which app of the project it is, such as `1:123456789012:android:0123abc`; the claim `sub`.
        project_number: The number of the Firebase project that the token was issued for.
        expires_at: When it ends; 30 minutes to seven days after it was issued, as the project sets it.
        claims: All claims as sent.

    Source: firebase.google.com/docs/reference/admin/node/firebase-admin.app-check.decodedappchecktoken.
    """

    app_id: str
    project_number: str
    expires_at: datetime
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)


class AppCheckVerifier:
    """Verifies the App Check tokens of one Firebase project.

    Args:
        project_number: The project's number, not its id: `123456789012`.
        keys: Google's public keys for App Check; they are not those for ID tokens.
        clock: The time, aware and in UTC.
        clock_skew: How far the clocks of Firebase and of this machine may differ.
        app_ids: The apps that are taken; None takes every app of the project.

    Source: firebase.google.com/docs/app-check/custom-resource-backend (RS256, type, issuer, audience, expiry, app id);
    RFC 7519, section 4.1.
    """

    def __init__(
        self,
        project_number: str,
        keys: Keys,
        *,
        clock: Clock = utc_now,
        clock_skew: timedelta = DEFAULT_CLOCK_SKEW,
        app_ids: Collection[str] | None = None,
    ) -> None:
        self._project_number = project_number
        self._signatures = Signatures(APP_CHECK_TOKEN, keys)
        self._keys = keys
        self._clock = clock
        self._clock_skew = clock_skew
        self._app_ids = app_ids

    def verify(self, encoded: str) -> AppCheckToken:
        """Return what a genuine App Check token says about an app.

        Args:
            encoded: The token in its compact form, as the header `X-Firebase-AppCheck` has it.

        Raises:
            AppCheckInvalid: It is not one that this site takes; its `reason` says why.
            KeysUnavailable: The public keys cannot be fetched, and none are at hand.
        """
        opened = self._signatures.open(encoded)
        if opened.header.get("typ") != "JWT":
            raise APP_CHECK_TOKEN.malformed("The header of the App Check token does not say that its type is JWT.")
        self._check_project(opened.claims)
        expires_at = self._read_times(opened.claims)
        return AppCheckToken(
            app_id=self._read_app_id(opened.claims),
            project_number=self._project_number,
            expires_at=expires_at,
            claims=opened.claims,
        )

    def warm(self) -> None:
        """Fetch the public keys ahead of the first sign-in, for a worker's start hook.

        Raises:
            KeysUnavailable: There are none at hand, and none can be fetched.
        """
        self._keys.warm()

    def _check_project(self, claims: Mapping[str, Any]) -> None:
        """The audience is a list: the project by its number, and by its id. The number alone never comes again."""
        issuer, audience = _read(claims, "iss", str), _read(claims, "aud", list)
        if issuer != f"{ISSUER}/{self._project_number}" or f"projects/{self._project_number}" not in audience:
            raise AppCheckInvalid(
                f"The App Check token is not one of the Firebase project with the number {self._project_number}: "
                "its audience or issuer is another.",
                reason="wrong_project",
            )

    def _read_times(self, claims: Mapping[str, Any]) -> datetime:
        expires_at = _read_time(claims, "exp")
        begins = {name: _read_time(claims, name) for name in ("iat", "nbf") if name in claims}
        check_times(begins, expires_at, self._clock(), self._clock_skew, APP_CHECK_TOKEN)
        return expires_at

    def _read_app_id(self, claims: Mapping[str, Any]) -> str:
        app_id = _read(claims, "sub", str)
        if not 1 <= len(app_id) <= MAX_APP_ID_CHARACTERS:
            raise APP_CHECK_TOKEN.malformed(f"The claim 'sub' must have 1 to {MAX_APP_ID_CHARACTERS} characters.")
        if self._app_ids is not None and app_id not in self._app_ids:
            raise AppCheckInvalid(
                "The App Check token is one of an app that this site does not take: add its id to FIREBASE_LOGIN_APP_CHECK_APP_IDS "
                "where it is one of yours.",
                reason="wrong_app",
            )
        return app_id
