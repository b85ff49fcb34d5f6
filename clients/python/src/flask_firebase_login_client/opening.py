"""The ways to a session: by an ID token of Firebase's, or through the site's own page; as flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from .answers import not_our_site, problem_of, read_answer, reject
from .app_check import Attestation
from .dates import Clock
from .effects import OPENS_SESSION, AskIDToken, Flow, Patience
from .errors import NotSignedInAtFirebase
from .kept import KeptSession
from .opened import OpenedSession
from .sending import OnProgress, Sender


class Way(Protocol):
    """A way to a session."""

    @property
    def is_by_user(self) -> bool:
        """Whether it needs the user, who takes their time, and whom nothing must call without need."""

    def open(self, template: httpx.Request, patience: Patience) -> Flow[tuple[OpenedSession, int]]:
        """Open a session at the site.

        Args:
            template: The call that needs it: its headers, time limits and other extensions are taken over.
            patience: How long that waits.

        Returns:
            The session, and the generation of the one that was kept when it was asked for.
        """

    def cancel(self) -> None:
        """End what waits for the user."""


class ByIDToken:
    """Opens a session of cookies by an ID token of Firebase's.

    Args:
        kept: The session that is kept.
        sender: Sends requests to the site.
        client_name: What the user will recognise the device by.
        clock: The time, aware and in UTC.
        on_progress: Told what is being waited for.
    """

    is_by_user = False

    def __init__(
        self, kept: KeptSession, sender: Sender, *, client_name: str | None, clock: Clock, on_progress: OnProgress
    ) -> None:
        self._kept = kept
        self._sender = sender
        self._client_name = client_name
        self._clock = clock
        self._on_progress = on_progress

    def open(self, template: httpx.Request, patience: Patience) -> Flow[tuple[OpenedSession, int]]:
        """Open a session, once more with a fresh ID token where the site finds the last one expired."""
        attestation = Attestation(lambda: patience)
        response, generation, answer = yield from self._post_id_token(template, patience, attestation, force_refresh=False)
        if answer is not None and answer.get("code") == "id_token_expired":
            response, generation, answer = yield from self._post_id_token(template, patience, attestation, force_refresh=True)
        if not response.is_success:
            raise attestation.explain(reject(response, problem_of(response, answer), self._clock()))
        return OpenedSession(self._account_of(response, answer), response), generation

    def cancel(self) -> None:
        """Nothing waits for the user."""

    def _account_of(self, response: httpx.Response, answer: Mapping[str, Any] | None) -> Mapping[str, Any]:
        account = (answer or {}).get("account")
        if not isinstance(account, dict) or not isinstance((answer or {}).get("session"), dict):
            raise not_our_site(response)
        return check_account(response, account)

    def _post_id_token(
        self, template: httpx.Request, patience: Patience, attestation: Attestation, *, force_refresh: bool
    ) -> Flow[tuple[httpx.Response, int, Mapping[str, Any] | None]]:
        self._on_progress("id_token", 0)
        id_token = yield AskIDToken(force_refresh, patience)
        if not id_token:
            raise NotSignedInAtFirebase
        self._on_progress("sign_in", 0)
        body = {"id_token": id_token, "transport": "cookie"} | ({"client_name": self._client_name} if self._client_name else {})
        request = self._sender.post("sign-in", template, json=body)
        request.extensions[OPENS_SESSION] = True
        while True:
            yield from attestation.put_into(request)
            response, generation = yield from self._sender.send_patiently(request, owner=None, is_repeatable=True)
            answer = yield from self._read(response)
            if not (yield from attestation.renew(answer)):
                return response, generation, answer

    def _read(self, response: httpx.Response) -> Flow[Mapping[str, Any] | None]:
        try:
            return (yield from read_answer(response))
        except Exception:
            raise
        except BaseException:  # the call is cancelled: nobody will ever use that session
            self._kept.turn_away(OpenedSession({}, response))
            raise


def check_account(response: httpx.Response, account: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an account that says whose it is.

    Raises:
        NotOurSite: It does not.
    """
    if not isinstance(account.get("firebase_uid"), str):
        raise not_our_site(response, ", and does not say whose session that is: the account has no firebase_uid")
    return account
