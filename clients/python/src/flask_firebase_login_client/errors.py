"""Every error that this package raises.

ClientError
├── NotSignedInAtFirebase     there is no ID token to sign in with; no call was made
├── SignInRejected             the site rejects the sign-in; `code` is the site's
│   ├── ClockWrong            the site takes the ID token for one of the future; `device_time`, `server_time`
│   ├── SignInDenied          the user said no in the browser, or at a device's code
│   ├── AppCheckFailed        the site asks for App Check, and the app's source of its tokens failed; `__cause__`
│   ├── ClientNotRegistered   the site does not know the `client_id`, or not for this way to sign in
│   └── TryLater              the site asks to wait longer than this client does; `retry_after_seconds`
├── SignInTimedOut             nobody came back from the browser in time, or a device's code has expired
├── BrowserNotOpened           no browser could be opened
├── AnswerUnreadable           what the browser came back with is no answer to this sign-in
├── UserChanged               another user has signed in than the one that the call began as
├── CallWithinSignIn          the source of ID tokens calls the site by the client that waits for it
├── NotOurSite                what answers is no site with Flask-Firebase-Login, or only half an answer came
├── StoreFailed               the session could not be stored
├── RedirectsTaken            the httpx client follows redirects by itself, and would lose the session
├── Cancelled                 `cancel()` ended a wait, or the user signed out meanwhile
└── FirebaseRejected           Firebase Auth rejects a request of `IdentityToolkit`; `code` is Firebase's

Where the network fails, httpx's own errors come through unchanged. No message holds an ID token, an App Check token, a cookie, a bearer or
a code.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

_E = TypeVar("_E", bound="ClientError")


class ClientError(Exception):
    """The root of every error of this package.

    Attributes:
        code: A stable name, for programs.
    """

    code: str = "client_error"

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes, whatever they take to be made."""
        return _remake, (type(self), self.args, self.__dict__)

    def again(self) -> Self:
        """Return the same error for another call: a traceback is each call's own."""
        made = _remake(type(self), self.args, self.__dict__)
        made.__cause__ = self.__cause__
        return made


class NotSignedInAtFirebase(ClientError):
    """There is no ID token to sign in with, because nobody is signed in at Firebase. No call was made."""

    code = "not_signed_in_at_firebase"

    def __init__(self) -> None:
        super().__init__("Nobody is signed in at Firebase, so there is no ID token: sign in there first, then repeat the call.")


class SignInRejected(ClientError):
    """The site rejects the ID token, the user, or a sign-in through its own page.

    Args:
        status: The HTTP status of the site's answer; 0 where the answer came by way of the browser.
        code: The site's stable name of the error; `docs/http.md` of Flask-Firebase-Login lists them. That of a sign-in through the
            site's page may be OAuth's, such as `invalid_grant` (RFC 6749, sections 4.1.2.1 and 5.2).
        detail: The site's sentence.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"The site rejects the sign-in ({f'{status} {code}' if status else code}): {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class ClockWrong(SignInRejected):
    """The site takes the ID token for one of the future: one of the clocks is wrong.

    Args:
        status: As for every rejection.
        code: As for every rejection.
        detail: As for every rejection.
        device_time: What this device's clock says, aware UTC.
        server_time: What the site's clock says, aware UTC; None where its answer does not tell.
    """

    def __init__(self, status: int, code: str, detail: str, *, device_time: datetime, server_time: datetime | None) -> None:
        super().__init__(status, code, detail)
        self.device_time = device_time
        self.server_time = server_time
        at_site = "not told" if server_time is None else server_time.isoformat(timespec="seconds")
        sentence = (
            f"One of the clocks is wrong: this device says {device_time.isoformat(timespec='seconds')}, the site {at_site}. "
            "Set the wrong one, best by letting it set itself from the network, then sign in again."
        )
        self.args = (sentence,)


class SignInDenied(SignInRejected):
    """The user said no in the browser, or at a device's code.

    Args:
        status: As for every rejection.
        code: `access_denied`.
        detail: As for every rejection.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(status, code, detail)
        self.args = ("The user said no to the sign-in at the site's page. Offer it again, such as by a button.",)


class AppCheckFailed(SignInRejected):
    """The site asks for App Check, and the app's source of App Check tokens failed; what it raised is the `__cause__`.

    Args:
        status: As for every rejection.
        code: `app_check_required`, or `app_check_invalid` where a fresh token was asked for.
        detail: As for every rejection.
        why: What was raised, by its name.
    """

    def __init__(self, status: int, code: str, detail: str, why: str) -> None:
        super().__init__(status, code, detail)
        sentence = (
            f"The site takes sign-ins of genuine apps alone ({code}), and the source of App Check tokens failed ({why}): see "
            "`__cause__`, and in the Firebase console, App Check, whether this app is registered."
        )
        self.args = (sentence,)


class ClientNotRegistered(SignInRejected):
    """The site does not know the `client_id`, or not for this way to sign in.

    Args:
        status: As for every rejection.
        code: `invalid_client` or `unauthorized_client`.
        detail: As for every rejection.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(status, code, detail)
        sentence = (
            f"The site does not let this client sign in ({code}): {detail or 'no reason given'} Register its client_id in "
            "FIREBASE_LOGIN_NATIVE_CLIENTS on the site, with the redirect URI of BrowserSignIn, or for DeviceSignIn with "
            '"device_code": True.'
        )
        self.args = (sentence,)


class TryLater(SignInRejected):
    """The site asks to wait longer than this client waits by itself.

    Args:
        status: As for every rejection.
        code: As for every rejection.
        detail: As for every rejection.
        retry_after_seconds: How long the site asks to wait; None where it does not tell.
    """

    def __init__(self, status: int, code: str, detail: str, *, retry_after_seconds: float | None) -> None:
        super().__init__(status, code, detail)
        self.retry_after_seconds = retry_after_seconds


class SignInTimedOut(ClientError):
    """Nobody came back from the browser in time, or a device's code has expired."""

    code = "sign_in_timed_out"

    def __init__(self) -> None:
        super().__init__(
            "The sign-in at the site's page was not finished in time. Begin it again, such as by a button; where the browser shows "
            "an error instead of the page, see the site's address, the url_prefix and the redirect URI."
        )


class BrowserNotOpened(ClientError):
    """No browser could be opened.

    Args:
        cause: What was raised; None where the function said that it opened none.
    """

    code = "browser_not_opened"

    def __init__(self, cause: BaseException | None = None) -> None:
        why = "" if cause is None else f" ({type(cause).__name__})"
        super().__init__(
            f"No browser could be opened{why}, so nobody can sign in at the site's page. Give BrowserSignIn an `open_browser` that "
            "shows the address and returns True, or use DeviceSignIn where this device has no browser."
        )


class AnswerUnreadable(ClientError):
    """What the browser came back with is no answer to this sign-in.

    Args:
        why: What is wrong with it.
    """

    code = "answer_unreadable"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"What the browser came back with cannot be taken: {why}. Begin the sign-in again; where it happens again, see the "
            "site's address and url_prefix, and what stands between."
        )


class UserChanged(ClientError):
    """Another user has signed in than the one that the call began as. It was not sent, or not repeated, in their name."""

    code = "user_changed"

    def __init__(self) -> None:
        super().__init__(
            "Another user has signed in since this call began, and it is not made in their name. See who is signed in now "
            "(`account`), show that, then make the call again where it still makes sense."
        )


class CallWithinSignIn(ClientError):
    """A call waits for a sign-in that waits for this very call."""

    code = "call_within_sign_in"

    def __init__(self) -> None:
        super().__init__(
            "This call needs a sign-in that is waiting for this very call: a source of ID tokens, or a store, must not call the "
            "site by the same FirebaseLoginAuth, nor a synchronous client be used on the event loop on which it signs in. Use "
            "another httpx client there, without auth, or httpx.AsyncClient."
        )


class NotOurSite(ClientError):
    """What answers is no site with Flask-Firebase-Login, or only half an answer came; the message says what to look at."""

    code = "not_our_site"


class StoreFailed(ClientError):
    """The session could not be stored. It holds in memory, and what was stored before is whole."""

    code = "store_failed"

    def __init__(self, cause: BaseException) -> None:
        why = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""  # its text may hold the session
        super().__init__(
            f"The session could not be stored ({type(cause).__name__}{why}). It holds until this program ends: "
            "free space or mend the permissions, then repeat the call."
        )


class RedirectsTaken(ClientError):
    """The httpx client follows redirects by itself, and sends them without the session."""

    code = "redirects_taken"

    def __init__(self) -> None:
        super().__init__(
            "This httpx client follows redirects by itself, without the session. Leave its follow_redirects at False, and give "
            "follow_redirects=True to FirebaseLoginAuth, which follows them within the site."
        )


class Cancelled(ClientError):
    """`cancel()` ended a wait, or the user signed out while a sign-in was under way."""

    code = "cancelled"

    def __init__(self, why: str = "The wait was cancelled.") -> None:
        super().__init__(why)


class FirebaseRejected(ClientError):
    """Firebase Auth rejects a request.

    Args:
        code: Firebase's name of the error, such as `INVALID_LOGIN_CREDENTIALS`.
        detail: The rest of its message.
    """

    REMEDIES: ClassVar[dict[str, str]] = {
        "EMAIL_EXISTS": "a user has that e-mail address already: sign in instead.",
        "EMAIL_NOT_FOUND": "nobody has that e-mail address.",
        "INVALID_EMAIL": "that is no e-mail address.",
        "MISSING_EMAIL": "the e-mail address is missing.",
        "MISSING_PASSWORD": "the password is missing.",
        "INVALID_PASSWORD": "e-mail address or password is wrong.",
        "INVALID_LOGIN_CREDENTIALS": "e-mail address or password is wrong.",
        "WEAK_PASSWORD": "the password is too weak.",
        "USER_DISABLED": "the project has disabled this user.",
        "TOO_MANY_ATTEMPTS_TRY_LATER": "too many attempts: wait a while.",
        "OPERATION_NOT_ALLOWED": "this way to sign in is not enabled in the Firebase console.",
        "API_KEY_INVALID": "the web API key is wrong: take it from the Firebase console, Project settings.",
        "TOKEN_EXPIRED": "the user has to sign in again.",
        "INVALID_REFRESH_TOKEN": "the user has to sign in again.",
        "USER_NOT_FOUND": "the user has been deleted.",
        "CREDENTIAL_TOO_OLD_LOGIN_AGAIN": "sign in again, then repeat this.",
        "FEDERATED_USER_ID_ALREADY_LINKED": "that account of the provider's belongs to another user here.",
    }

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"Firebase rejects ({code}): {self.REMEDIES.get(code, detail or 'see the Firebase console.')}")
        self.code = code
        self.detail = detail


def _remake(kind: type[_E], arguments: tuple[Any, ...], state: dict[str, Any]) -> _E:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    error.__dict__.update(state)
    return error
