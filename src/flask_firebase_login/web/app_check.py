"""App Check: whether a request that signs in comes from a genuine copy of an app of the project's."""

from __future__ import annotations

from flask import request

from .. import signals
from ..config_readers import AppCheckMode
from ..errors import AppCheckInvalid, AppCheckRejected, AppCheckRequired, KeysUnavailable, Rejected
from ..idtokens import AppCheckToken, AppCheckVerifier
from .current import this_app

HEADER = "X-Firebase-AppCheck"


class AppCheck:
    """Checks the App Check tokens of an app's requests, as `FIREBASE_LOGIN_APP_CHECK` says.

    Args:
        mode: `off` checks nothing, `observe` rejects nothing, `required` rejects whatever is not genuine.
        verifier: For its tokens; None where nothing is checked.

    Source: firebase.google.com/docs/app-check/custom-resource-backend.
    """

    def __init__(self, mode: AppCheckMode, verifier: AppCheckVerifier | None) -> None:
        self._mode = mode
        self._verifier = verifier

    def check(self) -> None:
        """Return where the request at hand comes from a genuine app, or where that is not required; announce what was found.

        The site may call it in views of its own.

        Raises:
            AppCheckRequired: The request has no App Check token.
            AppCheckInvalid: Its token is not one that this site takes.
            KeysUnavailable: Google's public keys cannot be fetched, and none are at hand.
        """
        if self._verifier is None:
            return
        try:
            app = self._verify(self._verifier)
        except (AppCheckRejected, KeysUnavailable) as rejection:
            self._announce(None, rejection)
            if self._mode == "required":
                raise
        else:
            self._announce(app, None)

    def warm(self) -> None:
        """Fetch the public keys ahead of the first sign-in, for a worker's start hook; does nothing where nothing is checked.

        Raises:
            KeysUnavailable: There are none at hand, and none can be fetched.
        """
        if self._verifier is not None:
            self._verifier.warm()

    @staticmethod
    def _verify(verifier: AppCheckVerifier) -> AppCheckToken:
        encoded = request.headers.get(HEADER, "")
        if not encoded:
            raise AppCheckRequired(f"Send the App Check token of the app in the header {HEADER}.")
        return verifier.verify(encoded)

    def _announce(self, app: AppCheckToken | None, rejection: Rejected | None) -> None:
        signals.app_checked.send(
            this_app(),
            app_id=app.app_id if app else None,
            code=rejection.code if rejection else None,
            reason=rejection.reason if isinstance(rejection, AppCheckInvalid) else None,
            is_rejected=rejection is not None and self._mode == "required",
            endpoint=request.endpoint,
        )
