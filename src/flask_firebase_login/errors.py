"""Every error that this package raises.

FirebaseLoginError
├── ConfigError                          the app does not start
└── Rejected                             a request is answered with problem details
    ├── InvalidRequest           400     the body or a parameter cannot be read
    │   ├── UnsupportedMedia     415     … because it is not of the content type asked for
    │   ├── TooLarge             413     … because it is over its limit
    │   └── InvalidPatch         422     … because a value is not one that an account can hold
    │       └── InvalidSettings  422     … and that value is in the settings
    ├── NotSignedIn              401     nobody is signed in
    ├── IDTokenRejected          401     the ID token is not one that this site takes
    │   ├── IDTokenMalformed             it is no compact JWS with the claims of an ID token
    │   ├── IDTokenUntrusted             algorithm, key or signature
    │   ├── IDTokenWrongProject          audience or issuer
    │   ├── IDTokenWrongTenant
    │   ├── IDTokenExpired
    │   ├── IDTokenNotYetValid
    │   └── IDTokenRevoked               Firebase has deleted the user, or revoked what was issued before
    ├── SignInDenied             403     genuine, but not welcome here
    │   ├── AccountDisabled
    │   ├── EmailNotVerified
    │   └── AnonymousRejected
    ├── AppCheckRejected         403     the app is not known to be a genuine copy
    │   ├── AppCheckRequired             it sends no App Check token
    │   └── AppCheckInvalid              its App Check token is not one that this site takes
    ├── RoleRequired             403
    ├── RecentSignInRequired     403
    ├── CrossOriginRejected      403
    ├── NotFound                 404
    ├── AccountConflict          409     an account of the site stands in the way of this one
    ├── UserChanged              409     the page or client asks for one user, and another is signed in
    ├── VersionConflict          409     412 where the client sent `If-Match`
    ├── RateLimited              429
    └── Unavailable              503     a service that is needed does not answer; try again after `retry_after_seconds`
        ├── KeysUnavailable              Google's public keys
        ├── FirebaseUnavailable          Firebase itself
        │   └── FirebaseDenied           … because it denies this site what it asks: its key, its service account, its project
        └── DatabaseUnavailable          the site's own database

`Rejected.code` is the stable name that clients switch on; `docs/http.md` lists them all.
No message holds an ID token, a session secret or any part of one.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar


class FirebaseLoginError(Exception):
    """The root of every error of this package."""


class ConfigError(FirebaseLoginError):
    """The app cannot start as it is configured; the message says what to set, and to what."""


class Rejected(FirebaseLoginError):
    """A request that is answered with problem details (RFC 9457).

    Args:
        detail: One sentence for the developer who reads the answer. Never holds a secret.

    Attributes:
        code: The stable name of the error, for programs.
        status: The HTTP status of the answer.
        title: What the code means, the same for each occurrence.
        detail: What was wrong this time.
    """

    code: ClassVar[str] = "invalid_request"
    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    title: ClassVar[str] = "The request cannot be read"

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or f"{self.title}."
        super().__init__(self.detail)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that belong to the answer, such as `WWW-Authenticate` and `Retry-After`."""
        return {}


class InvalidRequest(Rejected):
    """The body, a header or a parameter cannot be read."""


class UnsupportedMedia(InvalidRequest):
    """The body is not of a content type that this endpoint takes."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    title = "The content type is not supported"


class TooLarge(InvalidRequest):
    """The body is over its limit."""

    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = "The body is too large"


class InvalidPatch(InvalidRequest):
    """The patch is readable, but a value in it is not one that an account can hold."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The account cannot hold this value"


class InvalidSettings(InvalidPatch):
    """The settings are too large, too deep, or rejected by the site's own validator."""

    code = "settings_invalid"
    title = "The settings are not valid"


class NotSignedIn(Rejected):
    """Nobody is signed in: there is no session, or it has ended."""

    code = "not_signed_in"
    status = HTTPStatus.UNAUTHORIZED
    title = "Sign in first"

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110, section 11.6.1: a 401 names a scheme."""
        return {"WWW-Authenticate": "Bearer"}


class IDTokenRejected(NotSignedIn):
    """The ID token is not one that this site takes."""

    code = "id_token_untrusted"
    title = "The ID token is rejected"


class IDTokenMalformed(IDTokenRejected):
    """What was sent is no compact JWS with the claims of a Firebase ID token."""

    code = "id_token_malformed"
    title = "The ID token is malformed"


class IDTokenUntrusted(IDTokenRejected):
    """The algorithm, the key or the signature is not one of Google's for Firebase."""

    code = "id_token_untrusted"
    title = "The ID token is not signed by Firebase"


class IDTokenWrongProject(IDTokenRejected):
    """The ID token was issued for another Firebase project, or is another kind of token."""

    code = "id_token_wrong_project"
    title = "The ID token is for another project"


class IDTokenWrongTenant(IDTokenRejected):
    """The ID token belongs to another Identity Platform tenant."""

    code = "id_token_wrong_tenant"
    title = "The ID token is for another tenant"


class IDTokenExpired(IDTokenRejected):
    """The ID token has run out; the client asks Firebase for a fresh one."""

    code = "id_token_expired"
    title = "The ID token has expired"


class IDTokenNotYetValid(IDTokenRejected):
    """The ID token is dated in the future: one of the clocks is wrong."""

    code = "id_token_not_yet_valid"
    title = "The ID token is not valid yet"


class IDTokenRevoked(IDTokenRejected):
    """Firebase has deleted the user, or has revoked what they had before: a new password does that, say."""

    code = "id_token_revoked"
    title = "The ID token is revoked"


class SignInDenied(Rejected):
    """The user is who they say they are, but may not sign in here."""

    code = "sign_in_denied"
    status = HTTPStatus.FORBIDDEN
    title = "This user may not sign in here"


class AccountDisabled(SignInDenied):
    """The site has disabled this account, or Firebase its user."""

    code = "account_disabled"
    title = "The account is disabled"


class EmailNotVerified(SignInDenied):
    """`FIREBASE_LOGIN_REQUIRE_VERIFIED_EMAIL` is set, and this user's e-mail address is not verified."""

    code = "email_not_verified"
    title = "The e-mail address is not verified"


class AnonymousRejected(SignInDenied):
    """An anonymous sign-in, where `FIREBASE_LOGIN_ALLOW_ANONYMOUS` is not set."""

    code = "anonymous_rejected"
    title = "Anonymous sign-in is not allowed"


class AppCheckRejected(Rejected):
    """Whoever asks is not known to be a genuine copy of an app of this project.

    It is a 403, not a 401: the user's own credentials may be good, and another sign-in changes nothing.
    """

    code = "app_check_required"
    status = HTTPStatus.FORBIDDEN
    title = "The app is not known to be genuine"


class AppCheckRequired(AppCheckRejected):
    """`FIREBASE_LOGIN_APP_CHECK` is `"required"`, and the request has no App Check token."""

    code = "app_check_required"
    title = "An App Check token is required"


class AppCheckInvalid(AppCheckRejected):
    """The App Check token is not one that this site takes; the client asks Firebase for a fresh one.

    Args:
        detail: As for every rejection.
        reason: What is wrong, in one stable word: `malformed`, `untrusted`, `wrong_project`, `wrong_app`, `expired` or `not_yet_valid`.
    """

    code = "app_check_invalid"
    title = "The App Check token is rejected"

    def __init__(self, detail: str | None = None, *, reason: str = "untrusted") -> None:
        super().__init__(detail)
        self.reason = reason


class RoleRequired(Rejected):
    """A user is signed in, but does not have the role."""

    code = "role_required"
    status = HTTPStatus.FORBIDDEN
    title = "A role is missing"


class RecentSignInRequired(Rejected):
    """The sign-in is too old for what is asked; signing in again helps."""

    code = "recent_sign_in_required"
    status = HTTPStatus.FORBIDDEN
    title = "Sign in again first"


class CrossOriginRejected(Rejected):
    """A page of another origin tries to act for the user who is signed in."""

    code = "cross_origin_rejected"
    status = HTTPStatus.FORBIDDEN
    title = "The request comes from another origin"


class NotFound(Rejected):
    """There is no such thing, or none of this user's."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    title = "There is nothing here"


class AccountConflict(Rejected):
    """The site has an account that stands in the way: a unique column of its own, or rows that cannot be told apart."""

    code = "account_conflict"
    status = HTTPStatus.CONFLICT
    title = "Another account stands in the way"


class UserChanged(Rejected):
    """A page that was opened by one user asks for something while another user is signed in, in another tab, say."""

    code = "user_changed"
    status = HTTPStatus.CONFLICT
    title = "Another user is signed in"


class VersionConflict(Rejected):
    """Another user changed the account meanwhile.

    Args:
        detail: As for every rejection.
        precondition: True where the client sent `If-Match`, which makes it a 412 (RFC 9110, section 13.1.1).
    """

    code = "version_conflict"
    status = HTTPStatus.CONFLICT
    title = "The account has changed meanwhile"

    def __init__(self, detail: str | None = None, *, precondition: bool = False) -> None:
        super().__init__(detail)
        if precondition:
            self.status = HTTPStatus.PRECONDITION_FAILED


class _TryAgain(Rejected):
    """Rejected for now: `retry_after_seconds` goes out as `Retry-After` (RFC 9110, section 10.2.3)."""

    def __init__(self, detail: str | None = None, *, retry_after_seconds: int = 5) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {"Retry-After": str(self.retry_after_seconds)}


class RateLimited(_TryAgain):
    """Too many sign-ins from this address."""

    code = "rate_limited"
    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Too many requests"


class Unavailable(_TryAgain):
    """Something that this site needs does not answer; the client may try again."""

    code = "firebase_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "A service that is needed does not answer"


class KeysUnavailable(Unavailable):
    """Google's public keys cannot be fetched, and none are at hand."""

    code = "keys_unavailable"
    title = "The public keys cannot be fetched"


class FirebaseUnavailable(Unavailable):
    """Firebase does not answer."""


class FirebaseDenied(FirebaseUnavailable):
    """Firebase denies what this site asks, and would again: the site's owner has something to set, and `detail` says what.

    Users get the same answer as where Firebase is away, because they can do as much about it.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after_seconds=60)


class DatabaseUnavailable(Unavailable):
    """The site's own database does not answer, or is too busy."""

    code = "database_unavailable"
    title = "The database does not answer"
