"""What went wrong, as the key of a plain sentence in `texts/`."""

from __future__ import annotations

import logging

import httpx

from flask_firebase_login_client import (
    BrowserNotOpened,
    Cancelled,
    ClientError,
    FirebaseRejected,
    NotOurSite,
    NotSignedInAtFirebase,
    SignInRejected,
    SignInTimedOut,
    StoreFailed,
    TryLater,
    UserChanged,
)

log = logging.getLogger(__name__)

EXPECTED = (ClientError, httpx.HTTPError)
"""What a call may fail with; anything else is a fault of the app."""

FIREBASE = {
    "ADMIN_ONLY_OPERATION": "not_enabled",
    "API_KEY_INVALID": "set_up",
    "CONFIGURATION_NOT_FOUND": "set_up",
    "CREDENTIAL_TOO_OLD_LOGIN_AGAIN": "recent",
    "EMAIL_EXISTS": "email_in_use",
    "EMAIL_NOT_FOUND": "wrong_password",
    "FEDERATED_USER_ID_ALREADY_LINKED": "other_way",
    "INVALID_EMAIL": "invalid_email",
    "INVALID_ID_TOKEN": "recent",
    "INVALID_LOGIN_CREDENTIALS": "wrong_password",
    "INVALID_PASSWORD": "wrong_password",
    "INVALID_RECIPIENT_EMAIL": "invalid_email",
    "INVALID_REFRESH_TOKEN": "recent",
    "MFA_REQUIRED": "second_factor",
    "MISSING_EMAIL": "invalid_email",
    "MISSING_PASSWORD": "no_password",
    "NEED_CONFIRMATION": "other_way",
    "OPERATION_NOT_ALLOWED": "not_enabled",
    "PASSWORD_DOES_NOT_MEET_REQUIREMENTS": "weak_password",
    "PASSWORD_LOGIN_DISABLED": "not_enabled",
    "PROJECT_NOT_FOUND": "set_up",
    "QUOTA_EXCEEDED": "too_many",
    "RESET_PASSWORD_EXCEED_LIMIT": "too_many",
    "TOKEN_EXPIRED": "recent",
    "TOO_MANY_ATTEMPTS_TRY_LATER": "too_many",
    "USER_DISABLED": "disabled",
    "USER_NOT_FOUND": "recent",
    "WEAK_PASSWORD": "weak_password",
}
"""Firebase's own names: firebase.google.com/docs/reference/rest/auth, "Common error codes" of each method."""

SITE = {
    "access_denied": "browser_denied",
    "account_conflict": "denied",
    "account_disabled": "disabled",
    "anonymous_rejected": "denied",
    "email_not_verified": "verify_first",
    "id_token_expired": "wrong_clock",
    "id_token_not_yet_valid": "wrong_clock",
    "id_token_revoked": "recent",
    "id_token_untrusted": "set_up",
    "id_token_wrong_project": "set_up",
    "id_token_wrong_tenant": "set_up",
    "invalid_client": "set_up",
    "rate_limited": "too_many",
    "recent_sign_in_required": "recent",
    "server_error": "site_busy",
    "sign_in_denied": "denied",
    "temporarily_unavailable": "site_busy",
    "unauthorized_client": "set_up",
}
"""The codes of a site's problem details, which `docs/http.md` lists, and of a sign-in in the browser: RFC 6749, section 4.1.2.1."""

TOLD = {
    BrowserNotOpened: "browser_not_opened",
    NotSignedInAtFirebase: "recent",
    SignInTimedOut: "browser_late",
    StoreFailed: "no_storage",
    UserChanged: "user_changed",
}
"""Other errors of the client."""

STATUSES = {400: "note_length", 401: "ended", 404: "note_gone", 413: "note_length", 429: "too_many"}
"""What the Notes site itself answers."""


def explain(error: Exception) -> str | None:
    """Return the key of the sentence for what was raised; None where the user gave up themselves."""
    if isinstance(error, Cancelled):
        return None
    key = _explain_client(error) if isinstance(error, ClientError) else _explain_http(error)
    if key in ("unknown", "set_up", "site_busy"):
        log.warning("Told as %r: %s", key, error)
    return key


def is_no_connection(error: Exception) -> bool:
    """Whether nothing was reached at all."""
    return isinstance(error, httpx.TransportError)


def _explain_client(error: ClientError) -> str:
    if isinstance(error, FirebaseRejected):
        return FIREBASE.get(error.code.split(" ")[0], "unknown")
    if isinstance(error, TryLater | NotOurSite):
        return "too_many" if error.code == "rate_limited" else "site_busy"
    if isinstance(error, SignInRejected):
        return SITE.get(error.code, "site_busy" if error.status >= httpx.codes.INTERNAL_SERVER_ERROR else "unknown")
    return TOLD.get(type(error), "unknown")


def _explain_http(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        return STATUSES.get(status, "site_busy" if status >= httpx.codes.INTERNAL_SERVER_ERROR else "unknown")
    return "no_connection" if is_no_connection(error) else "unknown"
