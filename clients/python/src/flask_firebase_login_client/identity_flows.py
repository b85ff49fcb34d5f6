"""What `IdentityToolkit` asks of Firebase Auth, as flows."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from .answers import CUT_OFF, read_json
from .dates import Clock, format_time, parse_time
from .effects import Flow, Load, NoAnswer, Save, Send
from .errors import FirebaseRejected, NotOurSite, NotSignedInAtFirebase, StoreFailed
from .works import SharedWorks

log = logging.getLogger(__name__)

VERSION = 1
EARLY = timedelta(minutes=5)
"""How long before its end an ID token is replaced, as Firebase's own SDKs do."""

_GONE = frozenset({"TOKEN_EXPIRED", "INVALID_REFRESH_TOKEN", "USER_DISABLED", "USER_NOT_FOUND", "INVALID_ID_TOKEN"})
_TIMEOUT_SECONDS = 10.0
_REQUEST_URI = "http://localhost"
"""Where a provider would have answered to; Firebase asks for one, and an app that brings a credential has none."""


@dataclass(frozen=True)
class FirebaseUser:
    """A user who is signed in at Firebase.

    Attributes:
        uid: Their Firebase user id.
        id_token: What proves it, for an hour.
        refresh_token: What gets the next ID token.
        expires_at: When the ID token ends, aware UTC, by this device's clock.
        email: Their e-mail address, where Firebase told one.
        name: Their name, where Firebase told one.
        is_new: Whether this sign-in made them.
    """

    uid: str
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    email: str | None = None
    name: str | None = None
    is_new: bool = False


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
        self._is_loaded = False

    def load(self) -> Flow[FirebaseUser | None]:
        """Return who was signed in when the program ended last."""
        while not self._is_loaded:
            yield from self._works.once("load", self._load)
        return self.user

    def sign_in(self, method: str, body: Mapping[str, Any]) -> Flow[FirebaseUser]:
        """Sign a user in by a method of Firebase's, such as `signInWithPassword`, and keep who it is."""
        yield from self.load()
        answer = yield from self._call(method, {**body, **self._tenant, "returnSecureToken": True})
        return (yield from self._enter(answer))

    def link(self, method: str, body: Mapping[str, Any]) -> Flow[FirebaseUser]:
        """Give who is signed in another way to sign in."""
        id_token = yield from self._require_id_token()
        answer = yield from self._call(method, {**body, **self._tenant, "idToken": id_token, "returnSecureToken": True})
        return (yield from self._enter(answer))

    def send_link(self, kind: str, email: str, more: Mapping[str, Any]) -> Flow[None]:
        """Have Firebase send an e-mail with a link."""
        yield from self._call("sendOobCode", {"requestType": kind, "email": email, **more, **self._tenant})

    def id_token(self, force_refresh: bool) -> Flow[str | None]:
        """Return an ID token that is good for a while yet; None where nobody is signed in, or Firebase knows them no more."""
        user = yield from self.load()
        if user is not None and (force_refresh or user.expires_at - self._clock() < EARLY):
            try:
                while self.user is user:
                    yield from self._works.once("refresh", lambda: self._refresh(user))
            except FirebaseRejected as rejection:
                if rejection.code not in _GONE:
                    raise
                yield from self._keep(None)
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
        yield from self._call("delete", {"idToken": id_token, **self._tenant})
        yield from self._keep(None)

    def sign_out(self) -> Flow[None]:
        """Forget here who is signed in; Firebase need not be told."""
        self._is_loaded = True
        yield from self._keep(None)

    def _load(self) -> Flow[None]:
        try:
            self.user = _read_user((yield Load()))
        except Exception as error:
            log.warning("Who is signed in at Firebase cannot be read (%s); it counts as nobody.", type(error).__name__)
        self._is_loaded = True

    def _require_id_token(self, *, force_refresh: bool = False) -> Flow[str]:
        id_token = yield from self.id_token(force_refresh)
        if id_token is None:
            raise NotSignedInAtFirebase
        return id_token

    def _refresh(self, user: FirebaseUser) -> Flow[None]:
        form = {"grant_type": "refresh_token", "refresh_token": user.refresh_token}
        request = httpx.Request(
            "POST", f"{self._base}securetoken.googleapis.com/v1/token", headers=self._headers, data=form, **_patience()
        )
        answer = yield from self._answer(request)
        fresh = {"idToken": answer["id_token"], "refreshToken": answer["refresh_token"], "expiresIn": answer["expires_in"]}
        yield from self._enter({"localId": user.uid, "email": user.email, "displayName": user.name, **fresh})

    def _enter(self, answer: Mapping[str, Any]) -> Flow[FirebaseUser]:
        if "idToken" not in answer:
            raise _why_no_id_token(answer)
        uid = answer.get("localId") or _subject_of(answer["idToken"])
        user = FirebaseUser(
            uid=str(uid),
            id_token=str(answer["idToken"]),
            refresh_token=str(answer["refreshToken"]),
            expires_at=self._clock() + timedelta(seconds=int(answer.get("expiresIn", 3600))),
            email=answer.get("email"),
            name=answer.get("displayName") or None,
            is_new=bool(answer.get("isNewUser", False)),
        )
        yield from self._keep(user)
        return user

    def _keep(self, user: FirebaseUser | None) -> Flow[None]:
        self.user = user
        try:
            yield Save(None if user is None else _describe_user(user))
        except Exception as error:
            raise StoreFailed(error) from error

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


def _subject_of(id_token: str) -> str:
    """The user's id, for this device's own use: only the site verifies ID tokens."""
    import base64

    payload = id_token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])


def _describe_user(user: FirebaseUser) -> str:
    return json.dumps({"version": VERSION, **asdict(user), "expires_at": format_time(user.expires_at), "is_new": False})


def _read_user(text: str | None) -> FirebaseUser | None:
    if text is None:
        return None
    kept = json.loads(text)
    if kept.pop("version") != VERSION:
        return None
    return FirebaseUser(**{**kept, "expires_at": parse_time(kept["expires_at"])})
