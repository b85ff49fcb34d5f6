"""Whether Firebase still stands by an ID token, asked at each sign-in with `FIREBASE_LOGIN_CHECK_REVOKED`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ..clock import Clock
from ..errors import AccountDisabled, IDTokenRevoked
from ..idtokens.claims import IDToken
from .calls import Patience
from .identity_toolkit import IdentityToolkit


class RevocationCheck:
    """Asks Firebase about the user of an ID token. Call it within no database transaction: Firebase may take its time.

    Args:
        toolkit: How Firebase is reached.
        timeout: How long a sign-in waits for it.
        clock: The time, aware and in UTC.
    """

    def __init__(self, toolkit: IdentityToolkit, *, timeout: timedelta, clock: Clock) -> None:
        self._toolkit = toolkit
        self._patience = Patience(timeout.total_seconds())
        self._clock = clock

    def check(self, encoded: str, id_token: IDToken) -> IDToken:
        """Return an ID token with the providers that Firebase knows, if the user may sign in by it.

        Args:
            encoded: As it was sent.
            id_token: The same, verified.

        Raises:
            AccountDisabled: Firebase has disabled the user.
            IDTokenRevoked: Firebase has deleted the user, or revoked what it issued for this sign-in.
            FirebaseUnavailable: Firebase does not answer.

        Source: firebase.google.com/docs/auth/admin/manage-sessions, "Detect ID token revocation".
        """
        asked_at = self._clock()
        user = self._toolkit.look_up_own(encoded, self._patience)
        if user.is_disabled:
            raise AccountDisabled("Firebase has disabled this user.")
        if user.uid != id_token.uid or (user.valid_since is not None and id_token.auth_time < user.valid_since):
            raise IDTokenRevoked("The user has signed out everywhere or has a new password since: sign in at Firebase again.")
        return replace(id_token, providers=user.providers, looked_up_at=asked_at)
