"""Opening a session through the site's own page, in the user's browser or by a device's code: as flows."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx

from .answers import not_our_site, oauth_code, problem_of, read_answer, reject, retry_after
from .app_check import Attestation, rejected_by
from .dates import Clock
from .effects import HOLDS_SESSION, OPENS_SESSION, Flow, NoAnswer, Patience, Show, Sleep, Visit
from .errors import Cancelled, SignInTimedOut
from .kept import KeptSession
from .oauth_errors import oauth_error
from .opened import OpenedSession
from .opening import check_account
from .page_sign_in import BrowserSignIn, DeviceCode, DeviceSignIn
from .pkce import BegunSignIn
from .sending import OnProgress, Sender
from .state import is_bearer

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER_SECONDS = 5
MAX_EXPIRES_IN = 24 * 60 * 60


class ByPage(ABC):
    """Opens a session of a bearer, which the site's page gives the user's leave for.

    Args:
        kept: The session that is kept.
        sender: Sends requests to the site.
        clock: The time, aware and in UTC.
        on_progress: Told what is being waited for.
    """

    is_by_user = True

    def __init__(self, kept: KeptSession, sender: Sender, *, clock: Clock, on_progress: OnProgress) -> None:
        self._kept = kept
        self._sender = sender
        self._clock = clock
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._cancelled: Future[None] = Future()

    def open(self, template: httpx.Request, patience: Patience) -> Flow[tuple[OpenedSession, int]]:
        """Have the user sign in, then ask the site who that was."""
        generation = self._kept.generation
        bearer = yield from self._get_bearer(template)
        opened = OpenedSession({}, bearer=bearer)
        try:
            opened = OpenedSession((yield from self._read_account(bearer, template)), bearer=bearer)
        except NoAnswer:
            self._kept.turn_away(opened)
            yield from self._kept.save_or_tell()
            raise
        except Exception:
            self._kept.turn_away(opened)
            yield from self._kept.save_or_tell()
            yield from self._sender.end_pending(template)
            raise
        except BaseException:
            self._kept.turn_away(opened)
            raise
        return opened, generation

    def cancel(self) -> None:
        """End what waits for the user."""
        with self._lock:
            cancelled, self._cancelled = self._cancelled, Future()
        cancelled.set_result(None)

    @abstractmethod
    def _get_bearer(self, template: httpx.Request) -> Flow[str]:
        """Have the user sign in at the site's page, and return the access token."""

    def _post_form(self, endpoint: str, template: httpx.Request, form: Mapping[str, str]) -> httpx.Request:
        request = self._sender.post(endpoint, template, data=form)
        request.extensions[OPENS_SESSION] = request.extensions[HOLDS_SESSION] = True
        return request

    def _post_attested(
        self, request: httpx.Request, attestation: Attestation, send: Callable[[httpx.Request], Flow[httpx.Response]]
    ) -> Flow[tuple[httpx.Response, Mapping[str, Any] | None]]:
        """Send a request with an App Check token, again with a fresh one; a code that was rejected for its app is not used up."""
        while True:
            yield from attestation.put_into(request)
            response = yield from send(request)
            answer = yield from read_answer(response)
            if not (yield from attestation.renew(answer)):
                return response, answer

    def _token_of(self, response: httpx.Response, answer: Mapping[str, Any] | None, attestation: Attestation) -> str:
        """Return the access token of an answer (RFC 6749, section 5.1)."""
        if not response.is_success:
            raise attestation.explain(self._rejection_of(response, answer))
        bearer, token_type = (answer or {}).get("access_token"), (answer or {}).get("token_type")
        if not is_bearer(bearer) or not isinstance(token_type, str) or token_type.lower() != "bearer":
            raise not_our_site(response)
        return str(bearer)

    def _rejection_of(self, response: httpx.Response, answer: Mapping[str, Any] | None) -> Exception:
        code = oauth_code(response, answer)
        if code is None:
            return reject(response, problem_of(response, answer), self._clock())
        return oauth_error(response.status_code, rejected_by(answer) or code, str((answer or {}).get("error_description", "")))

    def _read_account(self, bearer: str, template: httpx.Request) -> Flow[Mapping[str, Any]]:
        request = self._sender.make("GET", "account", template)
        request.headers["Authorization"] = f"Bearer {bearer}"
        response = yield from self._sender.send_bare(request)
        answer = yield from read_answer(response)
        if not response.is_success:
            raise reject(response, problem_of(response, answer), self._clock())
        if answer is None:
            raise not_our_site(response)
        return check_account(response, answer)


class ByBrowser(ByPage):
    """As `ByPage`, by way of the user's browser on this device.

    Args:
        sign_in: How the app signs in.
        issuer: The site's address and prefix.
        parts: As for `ByPage`.
    """

    def __init__(self, sign_in: BrowserSignIn, issuer: str, kept: KeptSession, sender: Sender, **parts: Any) -> None:
        super().__init__(kept, sender, **parts)
        self._sign_in = sign_in
        self._issuer = issuer

    def _get_bearer(self, template: httpx.Request) -> Flow[str]:
        begun, sign_in = BegunSignIn(self._issuer, self._sign_in), self._sign_in
        seconds = sign_in.timeout.total_seconds()
        self._on_progress("browser", seconds)
        came_back = yield Visit(
            sign_in.redirect_uri,
            begun.address,
            begun.read,
            sign_in.open_browser,
            (sign_in.done, sign_in.failed),
            seconds,
            self._cancelled,
        )
        if came_back.error is not None:
            raise came_back.error
        self._on_progress("sign_in", 0)
        request = self._post_form("token", template, begun.form(came_back))
        attestation = Attestation(partial(Patience.of, template))
        response, answer = yield from self._post_attested(request, attestation, self._sender.send_bare)
        return self._token_of(response, answer, attestation)


class ByDevice(ByPage):
    """As `ByPage`, by a code that the user types on another device.

    Args:
        sign_in: How the app signs in.
        parts: As for `ByPage`.
    """

    def __init__(self, sign_in: DeviceSignIn, kept: KeptSession, sender: Sender, **parts: Any) -> None:
        super().__init__(kept, sender, **parts)
        self._sign_in = sign_in

    def _get_bearer(self, template: httpx.Request) -> Flow[str]:
        cancelled, began_at = self._cancelled, self._clock()
        request = self._sender.post("device", template, data={"client_id": self._sign_in.client_id})
        attestation = Attestation(partial(Patience.of, template))
        response, answer = yield from self._post_attested(request, attestation, self._sender.send_bare)
        if not response.is_success:
            raise attestation.explain(self._rejection_of(response, answer))
        code, device_code, interval = self._read_code(response, answer or {}, began_at)
        self._on_progress("device", (code.expires_at - began_at).total_seconds())
        yield Show(self._sign_in.show, code)
        return (yield from self._poll(template, attestation, code, device_code, interval, cancelled))

    def _read_code(
        self, response: httpx.Response, answer: Mapping[str, Any], began_at: datetime
    ) -> tuple[DeviceCode, str, float]:
        """Read the answer of the device endpoint (RFC 8628, section 3.2)."""
        texts = [answer.get(name) for name in ("device_code", "user_code", "verification_uri")]
        numbers = [answer.get("expires_in"), answer.get("interval", SLOWER_SECONDS)]
        if not all(isinstance(one, str) and one for one in texts) or not all(_is_seconds(one) for one in numbers):
            raise not_our_site(response)
        complete = answer.get("verification_uri_complete")
        expires_at = began_at + timedelta(seconds=min(numbers[0] or 0, MAX_EXPIRES_IN))
        code = DeviceCode(str(texts[1]), str(texts[2]), complete if isinstance(complete, str) else None, expires_at)
        return code, str(texts[0]), float(numbers[1] or SLOWER_SECONDS)

    def _poll(
        self,
        template: httpx.Request,
        attestation: Attestation,
        code: DeviceCode,
        device_code: str,
        interval: float,
        cancelled: Future[None],
    ) -> Flow[str]:
        """Ask for the token again and again (RFC 8628, sections 3.4 and 3.5)."""
        form = {"grant_type": DEVICE_GRANT, "device_code": device_code, "client_id": self._sign_in.client_id}
        pause = interval
        while self._clock() + timedelta(seconds=pause) < code.expires_at:
            yield Sleep(pause, cancelled)
            if cancelled.done():
                raise Cancelled
            pause = interval
            try:
                request = self._post_form("token", template, form)
                response, answer = yield from self._post_attested(request, attestation, self._sender.send)
            except NoAnswer:
                continue  # the user types the code meanwhile, and is not to begin again
            told = oauth_code(response, answer)
            if told == "slow_down":
                pause = interval = interval + SLOWER_SECONDS
            elif response.status_code in (429, 503):
                pause = max(interval, retry_after(response, self._clock()) or 0)
            elif told != "authorization_pending":
                return self._token_of(response, answer, attestation)
        raise SignInTimedOut


def _is_seconds(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < float("inf")
