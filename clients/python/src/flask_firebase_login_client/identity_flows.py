"""What `IdentityToolkit` asks of Firebase Auth, as flows."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from .answers import CUT_OFF, read_json
from .dates import Clock
from .effects import Flow, Load, NoAnswer, Send, Update
from .errors import Cancelled, FirebaseRejected, NotOurSite, NotSignedInAtFirebase, StoreFailed
from .firebase_user import FirebaseUser, describe_user, read_user, user_of
from .works import SharedWorks

log = logging.getLogger(__name__)

EARLY = timedelta(minutes=5)
"""How long before its end an ID token is replaced, as Firebase's own SDKs do."""

_GONE = frozenset({"TOKEN_EXPIRED", "INVALID_REFRESH_TOKEN", "USER_DISABLED", "USER_NOT_FOUND", "INVALID_ID_TOKEN"})
_TIMEOUT_SECONDS = 10.0
_REQUEST_URI = "http://localhost"
"""Where a provider would have answered to; Firebase asks for one, and an app that brings a credential has none."""


class IdentityFlows:
    """Firebase Auth by its REST interface, and who is signed in at it.

    Args:
        api_key: The project's web API key, which is public.
        emulator_host: `host:port` of the Firebase Auth emulator; None asks Google.
        tenant_id: The Identity Platform tenant.
        clock: The time, aware and in UTC.

    Source: firebase.google.com/docs/reference/rest/auth, cloud.google.com/identity-platform/docs/reference/rest.
    """

    def __init__(self, api_key: str, *, emulator_host: str | None, tenant_id: str | None, clock: Clock) -> None:
        self.user: FirebaseUser | None = None
        self._headers = {"X-Goog-Api-Key": api_key}  # in the address it would reach logs
        self._base = f"http://{emulator_host}/" if emulator_host else "https://"
        self._tenant = {"tenantId": tenant_id} if tenant_id else {}
        self._clock = clock
        self._works = SharedWorks()
        self._lock = threading.RLock()
        self._base_text: str | None = None
        self._begun = self._landed = self._written = 0
        self.is_loaded = False

    def load(self) -> Flow[FirebaseUser | None]:
        """Return who was signed in when the program ended last, once the store has been read."""
        while not self.is_loaded:
            yield from self._works.once("store", self._load)
        return self.user

    def reload(self) -> Flow[FirebaseUser | None]:
        """Return who is signed in, with what another window, or another process, has written into the store since."""
        yield from self._works.alone("store", self._load)
        return self.user

    def sign_in(self, method: str, body: Mapping[str, Any]) -> Flow[FirebaseUser]:
        """Sign a user in by a method of Firebase's, such as `signInWithPassword`, and keep who it is.

        Raises:
            Cancelled: They have signed out since, or signed in otherwise.
        """
        yield from self.load()
        turn = self._take_turn()
        answer = yield from self._call(method, {**body, **self._tenant, "returnSecureToken": True})
        return (yield from self._enter(answer, turn))

    def link(self, method: str, body: Mapping[str, Any]) -> Flow[FirebaseUser]:
        """Give who is signed in another way to sign in."""
        id_token = yield from self._require_id_token()
        turn = self._take_turn()
        answer = yield from self._call(method, {**body, **self._tenant, "idToken": id_token, "returnSecureToken": True})
        return (yield from self._enter(answer, turn))

    def send_link(self, kind: str, email: str, more: Mapping[str, Any]) -> Flow[None]:
        """Have Firebase send an e-mail with a link."""
        yield from self._call("sendOobCode", {"requestType": kind, "email": email, **more, **self._tenant})

    def id_token(self, force_refresh: bool) -> Flow[str | None]:
        """Return an ID token that is good for a while yet; None where nobody is signed in, or Firebase knows them no more."""
        user, landed = (yield from self.reload()), self._landed
        if user is not None and (force_refresh or user.expires_at - self._clock() < EARLY):
            try:
                while self.user is user:
                    yield from self._works.once("refresh", lambda: self._refresh(user))
            except FirebaseRejected as rejection:
                if rejection.code not in _GONE:
                    raise
                yield from self._replace(user, None, landed)
            except NoAnswer:
                if force_refresh or user.expires_at <= self._clock():
                    raise
        return self.user.id_token if self.user else None

    def refresh(self) -> Flow[FirebaseUser]:
        """Get a fresh ID token now."""
        yield from self._require_id_token(force_refresh=True)
        assert self.user is not None
        return self.user

    def delete(self) -> Flow[None]:
        """Delete who is signed in at Firebase, and forget them here."""
        id_token = yield from self._require_id_token()
        user, landed = self.user, self._landed
        yield from self._call("delete", {"idToken": id_token, **self._tenant})
        if user is not None:
            yield from self._replace(user, None, landed)

    def sign_out(self) -> Flow[None]:
        """Forget here who is signed in; Firebase need not be told."""
        self._landed = self._take_turn()
        self.user, self.is_loaded = None, True
        yield from self._keep()

    def _take_turn(self) -> int:
        """Number what a user asks for: what was asked for later is what counts, whichever is answered first."""
        with self._lock:
            self._begun += 1
            return self._begun

    def _load(self) -> Flow[None]:
        try:
            text = yield Load()
        except TypeError:
            raise
        except Exception as error:
            log.warning("Who is signed in at Firebase cannot be read (%s); what is known stays.", type(error).__name__)
        else:
            self._adopt(text)
        self.is_loaded = True

    def _adopt(self, text: str | None) -> None:
        """Take in what the store holds, where another has written it and we have nothing newer that is still to be written."""
        with self._lock:
            if text != self._base_text and self._written == self._landed:
                self._base_text, self.user = text, read_user(text)

    def _require_id_token(self, *, force_refresh: bool = False) -> Flow[str]:
        id_token = yield from self.id_token(force_refresh)
        if id_token is None:
            raise NotSignedInAtFirebase
        return id_token

    def _refresh(self, user: FirebaseUser) -> Flow[None]:
        landed = self._landed
        form = {"grant_type": "refresh_token", "refresh_token": user.refresh_token}
        request = httpx.Request(
            "POST", f"{self._base}securetoken.googleapis.com/v1/token", headers=self._headers, data=form, **_patience()
        )
        answer = yield from self._answer(request)
        fresh = {"idToken": answer["id_token"], "refreshToken": answer["refresh_token"], "expiresIn": answer["expires_in"]}
        known = {"localId": user.uid, "email": user.email, "displayName": user.name}
        yield from self._replace(user, self._read_answer({**known, **fresh}), landed)

    def _enter(self, answer: Mapping[str, Any], turn: int) -> Flow[FirebaseUser]:
        user = self._read_answer(answer)
        with self._lock:
            if turn < self._landed:
                raise Cancelled("The user has signed out, or in, meanwhile.")
            self._landed, self.user = turn, user
        yield from self._keep()
        return user

    def _read_answer(self, answer: Mapping[str, Any]) -> FirebaseUser:
        if "idToken" not in answer:
            raise _why_no_id_token(answer)
        return user_of(answer, self._clock())

    def _keep(self) -> Flow[None]:
        """Store who has signed in or out here, whatever another window has stored meanwhile."""

        def change(text: str | None, is_read: bool) -> str | None:
            with self._lock:
                self._written = self._landed
                return self._describe()

        yield from self._works.alone("store", lambda: self._write(change))

    def _replace(self, known: FirebaseUser, fresh: FirebaseUser | None, landed: int) -> Flow[None]:
        """Store what was asked of Firebase for a user in their place, and in nobody else's.

        Args:
            known: Whom it was asked for.
            fresh: What they are now; None where Firebase knows them no more.
            landed: Which sign-in or sign-out was the newest when it was asked.
        """

        def change(text: str | None, is_read: bool) -> str | None:
            with self._lock:
                if is_read:
                    self._adopt(text)
                if landed == self._landed and self.user is not None and self.user.uid == known.uid:
                    self.user = fresh
                return self._describe()

        yield from self._works.alone("store", lambda: self._write(change))

    def _write(self, change: Callable[[str | None, bool], str | None]) -> Flow[None]:
        def done(text: str | None) -> None:
            self._base_text = text

        try:
            yield Update(change, done)
        except TypeError:
            raise
        except Exception as error:
            raise StoreFailed(error) from error

    def _describe(self) -> str | None:
        return None if self.user is None else describe_user(self.user)

    def _call(self, method: str, body: Mapping[str, Any]) -> Flow[Mapping[str, Any]]:
        url = f"{self._base}identitytoolkit.googleapis.com/v1/accounts:{method}"
        return (yield from self._answer(httpx.Request("POST", url, headers=self._headers, json=body, **_patience())))

    def _answer(self, request: httpx.Request) -> Flow[Mapping[str, Any]]:
        response: httpx.Response = yield Send(request)
        try:
            answer = yield from read_json(response)
        except CUT_OFF:
            answer = None
        if answer is None:
            raise NotOurSite(
                f"{request.url.host} answered {response.status_code}, which is no answer of Firebase Auth, or only half of one."
            )
        if response.is_success:
            return answer
        error = answer.get("error")
        message = str(error.get("message", "")) if isinstance(error, dict) else str(error)
        code, _, detail = message.partition(" : ")
        raise FirebaseRejected("API_KEY_INVALID" if code.startswith("API key not valid") else code, detail)


def credential_body(provider: str, id_token: str | None, access_token: str | None, nonce: str | None) -> dict[str, Any]:
    """Return the body by which Firebase takes a provider's credential."""
    given = {"id_token": id_token, "access_token": access_token, "nonce": nonce, "providerId": provider}
    credential = urlencode({name: value for name, value in given.items() if value is not None})
    return {"postBody": credential, "requestUri": _REQUEST_URI, "returnIdpCredential": True}


def code_of_link(link: str) -> str:
    """Return the code of a link in an e-mail, also where another link is wrapped around it.

    Raises:
        ValueError: It has none.
    """
    query = parse_qs(urlsplit(link).query)
    if "oobCode" in query:
        return query["oobCode"][0]
    for inner in ("link", "deep_link_id", "continueUrl"):
        if inner in query:
            return code_of_link(query[inner][0])
    raise ValueError("The link has no oobCode: take the whole link out of the e-mail.")


def _patience() -> dict[str, Any]:
    return {"extensions": {"timeout": httpx.Timeout(_TIMEOUT_SECONDS).as_dict()}}


def _why_no_id_token(answer: Mapping[str, Any]) -> FirebaseRejected:
    if "mfaPendingCredential" in answer:
        return FirebaseRejected("MFA_REQUIRED", "this user has a second factor: let them sign in on the site's own page.")
    if answer.get("needConfirmation"):
        return FirebaseRejected(
            "NEED_CONFIRMATION", "the address belongs to a user with another provider: sign in by that, then link."
        )
    return FirebaseRejected("NO_ID_TOKEN", "the answer holds no ID token.")
