"""The unsigned ID tokens of the Firebase Auth emulator: for demo projects only."""

from __future__ import annotations

from datetime import timedelta

from ..clock import Clock, utc_now
from ..errors import ConfigError, IDTokenUntrusted
from .claims import DEFAULT_CLOCK_SKEW, ClaimRules, IDToken, read_json_object
from .compact import take_apart

DEMO_PREFIX = "demo-"


def check_demo_project(project_id: str) -> None:
    """Raise a ConfigError unless the project is one that cannot exist.

    Source: firebase.google.com/docs/emulator-suite/connect_auth: Firebase keeps the prefix `demo-` for projects
    that have no real resources.
    """
    if not project_id.startswith(DEMO_PREFIX):
        raise ConfigError(
            f"FIREBASE_AUTH_EMULATOR_HOST or FIREBASE_LOGIN_EMULATOR_HOST is set, but the project id {project_id!r} "
            f"does not start with {DEMO_PREFIX!r}. Unsigned tokens are accepted for demo projects only: unset it, or use "
            "a project id such as 'demo-shop'."
        )


class UnsignedVerifier:
    """Reads the emulator's tokens, with every check but that of the signature, which they lack.

    Args:
        project_id: A Firebase project id that starts with `demo-`.
        clock: The time, aware and in UTC.
        clock_skew: How far the clocks of the emulator and of this machine may differ.
        tenant_id: The one tenant that is taken; None rejects every token that has one.
        max_age: The oldest `iat` that is taken; None leaves it to `exp`.

    Raises:
        ConfigError: The project is not a demo project.
    """

    def __init__(
        self,
        project_id: str,
        *,
        clock: Clock = utc_now,
        clock_skew: timedelta = DEFAULT_CLOCK_SKEW,
        tenant_id: str | None = None,
        max_age: timedelta | None = None,
    ) -> None:
        check_demo_project(project_id)
        self._rules = ClaimRules(project_id, tenant_id=tenant_id, clock_skew=clock_skew, max_age=max_age)
        self._clock = clock

    def verify(self, encoded: str) -> IDToken:
        """Return what the emulator says about a user.

        Args:
            encoded: The token in its compact form, with `alg: none` and an empty signature.

        Raises:
            IDTokenMalformed: It is no compact JWS with the claims of an ID token.
            IDTokenUntrusted: It is signed, so it is not the emulator's.
            IDTokenWrongProject: It was issued for another project.
            IDTokenWrongTenant: It belongs to another tenant.
            IDTokenExpired: It has run out.
            IDTokenNotYetValid: It is dated in the future.
        """
        token = take_apart(encoded)
        if token.header.get("alg") != "none" or token.signature or "crit" in token.header:
            raise IDTokenUntrusted(
                "This site runs with the Firebase Auth emulator and takes only its unsigned tokens: connect the app to the emulator."
            )
        return self._rules.read(read_json_object(token.payload, "payload"), self._clock())

    def warm(self) -> None:
        """Nothing is to be fetched: the emulator has no keys."""
