"""Signing in lazily and once, as the user whom Firebase names: as flows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import httpx

from .answers import CUT_OFF, not_our_site, problem_of, read_json, reject
from .dates import Clock
from .effects import OPENS_SESSION, AskIdentity, AskIDToken, Flow, NoAnswer, Patience
from .errors import Cancelled, NotSignedInAtFirebase, StoreFailed, UserChanged
from .kept import KeptSession
from .sending import OnProgress, Sender
from .works import SharedWorks

log = logging.getLogger(__name__)

SIGNED_OUT_MEANWHILE = "The user has signed out meanwhile."


class SignIns:
    """Opens sessions, and ends those of users whom Firebase does not name any more.

    Args:
        kept: The session.
        sender: Sends requests to the site.
        works: What is done once at a time.
        client_name: What the user will recognise the device by.
        has_identity: Whether the app tells who is signed in at Firebase.
        clock: The time, aware and in UTC.
        on_progress: Told what is being waited for.
    """

    def __init__(
        self,
        kept: KeptSession,
        sender: Sender,
        works: SharedWorks,
        *,
        client_name: str | None,
        has_identity: bool,
        clock: Clock,
        on_progress: OnProgress,
    ) -> None:
        self._kept = kept
        self._sender = sender
        self._works = works
        self._client_name = client_name
        self._has_identity = has_identity
        self._clock = clock
        self._on_progress = on_progress

    def begin(self, template: httpx.Request) -> Flow[str | None]:
        """End the session where Firebase names another user than its own.

        Returns:
            Whose call this is: Firebase's word, else the session's; None where neither says.

        Raises:
            NotSignedInAtFirebase: Firebase says nobody.
        """
        if not self._has_identity:
            return self._kept.firebase_uid if self._kept.is_signed_in else None
        is_asked_again = False
        while True:
            generation = self._kept.generation
            uid: str | None = yield AskIdentity(is_asked_again)
            if uid == self._kept.firebase_uid or not self._kept.is_signed_in:
                break
            if is_asked_again:
                yield from self._kept.telling(self.end(generation, template))
            else:
                yield from self._kept.reload()  # another window may have followed already
            is_asked_again = True
        if uid is None:
            raise NotSignedInAtFirebase
        return uid

    def end(self, generation: int | None, template: httpx.Request) -> Flow[None]:
        """Forget the session, then end it at the site; where that does not answer, later.

        Args:
            generation: Where given, only a session of this generation.
            template: Its headers, time limits and other extensions are taken over.

        Raises:
            StoreFailed: The session is forgotten, but the store still holds it.
        """
        failed: StoreFailed | None = None
        try:
            yield from self._kept.leave(generation)
        except StoreFailed as error:
            failed = error
        try:
            yield from self._sender.end_pending(template)
        except NoAnswer:
            log.info("The site does not answer; the session will be ended there later.")
        except StoreFailed as error:
            failed = error
        if failed is not None:
            raise failed

    def ensure(
        self, template: httpx.Request, owner: str | None, *, after: int, sign_outs: int, patience: Patience
    ) -> Flow[None]:
        """Return once there is a session of a younger generation than the one that failed.

        Args:
            template: The call that needs it.
            owner: Whose call it is; None where nobody said.
            after: The generation that failed.
            sign_outs: How often the user had signed out when the call began.
            patience: How long the call waits.

        Raises:
            UserChanged: Firebase names another user than the call's.
            Cancelled: The user has signed out since the call began, here or in another window.
        """

        def sign_in() -> Flow[None]:
            yield from self._kept.reload()
            if sign_outs == self._kept.sign_outs and not self._has_session(after):
                yield from self._sender.end_pending(template)
                yield from self._kept.telling(self._sign_in(template, patience, is_by_hand=False))

        while not self._has_session(after):
            if sign_outs != self._kept.sign_outs:
                raise Cancelled(SIGNED_OUT_MEANWHILE)
            if owner is not None:
                yield from self._require(owner)
            yield from self._works.once("sign-in", sign_in, patience)

    def is_named(self, uid: str | None) -> Flow[bool]:
        """Whether Firebase names a user; where the app does not tell, it does."""
        return not self._has_identity or uid == (yield AskIdentity(again=False))

    def by_hand(self, template: httpx.Request) -> Flow[Mapping[str, Any]]:
        """Sign in, also where a session is kept; the site replaces it.

        Returns:
            The account, as the site tells it.
        """
        patience = Patience.of(template)

        def sign_in() -> Flow[None]:
            yield from self._kept.reload()
            yield from self._sign_in(template, patience, is_by_hand=True)

        yield from self._works.alone("sign-in", sign_in, patience)
        return self._kept.account or {}

    def _has_session(self, after: int) -> bool:
        return self._kept.generation > after and self._kept.is_signed_in

    def _require(self, owner: str) -> Flow[None]:
        """See that Firebase still names a call's user; an answer of long ago would be another's."""
        if self._has_identity:
            uid: str | None = yield AskIdentity(again=False)
            if uid is None:
                raise NotSignedInAtFirebase
            if uid != owner:
                raise UserChanged

    def _sign_in(self, template: httpx.Request, patience: Patience, *, is_by_hand: bool) -> Flow[None]:
        sign_outs = self._kept.sign_outs
        response, generation = yield from self._post_id_token(template, patience, force_refresh=False)
        try:
            answer = yield from self._read(response)
            if answer is not None and answer.get("code") == "id_token_expired":
                response, generation = yield from self._post_id_token(template, patience, force_refresh=True)
                answer = yield from self._read(response)
            account = self._account_of(response, answer)
            yield from self._require(account["firebase_uid"])
        except (NotSignedInAtFirebase, UserChanged):
            yield from self._turn_away(response, template)
            raise
        except Exception:
            raise
        except BaseException:  # the call is cancelled: nobody will ever use that session
            self._kept.turn_away(response)
            raise
        is_taken = yield from self._kept.enter(
            response, account, sign_outs=sign_outs, generation=generation, replaces_any=is_by_hand
        )
        if not is_taken:
            yield from self._sender.end_pending(template)
        if sign_outs != self._kept.sign_outs:
            raise Cancelled(SIGNED_OUT_MEANWHILE)

    def _turn_away(self, response: httpx.Response, template: httpx.Request) -> Flow[None]:
        self._kept.turn_away(response)
        yield from self._kept.save_or_tell()
        yield from self._sender.end_pending(template)

    def _account_of(self, response: httpx.Response, answer: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if not response.is_success:
            raise reject(response, problem_of(response, answer), self._clock())
        account = (answer or {}).get("account")
        if not isinstance(account, dict) or not isinstance((answer or {}).get("session"), dict):
            raise not_our_site(response)
        if not isinstance(account.get("firebase_uid"), str):
            raise not_our_site(response, ", and does not say whose session that is: the account has no firebase_uid")
        return account

    def _read(self, response: httpx.Response) -> Flow[Mapping[str, Any] | None]:
        try:
            return (yield from read_json(response))
        except CUT_OFF:
            raise not_our_site(response) from None

    def _post_id_token(
        self, template: httpx.Request, patience: Patience, *, force_refresh: bool
    ) -> Flow[tuple[httpx.Response, int]]:
        self._on_progress("id_token", 0)
        id_token = yield AskIDToken(force_refresh, patience)
        if not id_token:
            raise NotSignedInAtFirebase
        self._on_progress("sign_in", 0)
        body = {"id_token": id_token, "transport": "cookie"} | ({"client_name": self._client_name} if self._client_name else {})
        request = self._sender.post("sign-in", template, json=body)
        request.extensions[OPENS_SESSION] = True
        return (yield from self._sender.send_patiently(request, owner=None, is_repeatable=True))
