"""Signing in lazily and once, as the user whom Firebase names: as flows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import httpx

from .effects import AskIdentity, Flow, NoAnswer, Patience
from .errors import AnswerUnreadable, Cancelled, NotSignedInAtFirebase, SignInRejected, SignInTimedOut, StoreFailed, UserChanged
from .kept import KeptSession
from .opened import OpenedSession
from .opening import Way
from .sending import Sender
from .works import SharedWorks

log = logging.getLogger(__name__)

SIGNED_OUT_MEANWHILE = "The user has signed out meanwhile."


class SignIns:
    """Opens sessions, and ends those of users whom Firebase does not name any more.

    Args:
        kept: The session.
        sender: Sends requests to the site.
        works: What is done once at a time.
        way: How a session is opened.
        has_identity: Whether the app tells who is signed in at Firebase.
    """

    def __init__(self, kept: KeptSession, sender: Sender, works: SharedWorks, way: Way, *, has_identity: bool) -> None:
        self._kept = kept
        self._sender = sender
        self._works = works
        self._way = way
        self._has_identity = has_identity
        self._cancels = 0

    @property
    def is_by_user(self) -> bool:
        """Whether a session needs the user, whom nothing must call without need."""
        return self._way.is_by_user

    def cancel(self) -> None:
        """End what waits for the user, and the calls that wait for that."""
        self._cancels += 1
        self._way.cancel()

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
        if generation is None:
            self._way.cancel()
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
            Cancelled: The user has signed out since the call began, here or in another window, or the app has called `cancel`.
        """
        cancels = self._cancels

        def sign_in() -> Flow[None]:
            yield from self._kept.reload()
            if sign_outs == self._kept.sign_outs and not self._has_session(after):
                yield from self._sender.end_pending(template)
                yield from self._kept.telling(self._sign_in(template, patience, cancels, is_by_hand=False))

        while not self._has_session(after):
            if sign_outs != self._kept.sign_outs:
                raise Cancelled(SIGNED_OUT_MEANWHILE)
            yield from self.require(owner)
            waits = patience.without_end() if self._way.is_by_user else patience
            yield from self._works.once("sign-in", sign_in, waits)

    def is_named(self, uid: str | None) -> Flow[bool]:
        """Whether Firebase names a user; where the app does not tell, it does."""
        return not self._has_identity or uid == (yield AskIdentity(again=False))

    def require(self, owner: str | None) -> Flow[None]:
        """See that Firebase still names a call's user; an answer of long ago would be another's.

        Args:
            owner: The user; None where nobody said, and then there is nothing to be seen.

        Raises:
            NotSignedInAtFirebase: It names nobody.
            UserChanged: It names another.
        """
        if self._has_identity and owner is not None:
            uid: str | None = yield AskIdentity(again=False)
            if uid is None:
                raise NotSignedInAtFirebase
            if uid != owner:
                raise UserChanged

    def by_hand(self, template: httpx.Request) -> Flow[Mapping[str, Any]]:
        """Sign in, also where a session is kept; the site replaces it.

        Returns:
            The account, as the site tells it.
        """
        patience, cancels = Patience.of(template), self._cancels

        def sign_in() -> Flow[None]:
            yield from self._kept.reload()
            yield from self._sign_in(template, patience, cancels, is_by_hand=True)

        waits = patience.without_end() if self._way.is_by_user else patience
        yield from self._works.alone("sign-in", sign_in, waits)
        return self._kept.account or {}

    def _has_session(self, after: int) -> bool:
        return self._kept.generation > after and self._kept.is_signed_in

    def _sign_in(self, template: httpx.Request, patience: Patience, cancels: int, *, is_by_hand: bool) -> Flow[None]:
        sign_outs = self._kept.sign_outs
        if cancels != self._cancels:
            raise Cancelled
        opened, generation = yield from self._open(template, patience, sign_outs)
        try:
            yield from self.require(opened.firebase_uid)
        except (NotSignedInAtFirebase, UserChanged):
            self._kept.turn_away(opened)
            yield from self._kept.save_or_tell()
            yield from self._sender.end_pending(template)
            raise
        except Exception:
            raise
        except BaseException:  # the call is cancelled: nobody will ever use that session
            self._kept.turn_away(opened)
            raise
        is_taken = yield from self._kept.enter(opened, sign_outs=sign_outs, generation=generation, replaces_any=is_by_hand)
        if not is_taken:
            yield from self._sender.end_pending(template)
        elif is_by_hand:
            yield from self._end_former(template)
        if sign_outs != self._kept.sign_outs:
            raise Cancelled(SIGNED_OUT_MEANWHILE)

    def _open(self, template: httpx.Request, patience: Patience, sign_outs: int) -> Flow[tuple[OpenedSession, int]]:
        try:
            return (yield from self._way.open(template, patience))
        except (Cancelled, SignInRejected, SignInTimedOut, AnswerUnreadable):
            if self._way.is_by_user and sign_outs != self._kept.sign_outs:
                raise Cancelled(SIGNED_OUT_MEANWHILE) from None
            raise

    def _end_former(self, template: httpx.Request) -> Flow[None]:
        """End at the site what this sign-in has replaced here; it holds, whether that can be done now or not."""
        try:
            yield from self._sender.end_pending(template)
        except NoAnswer:
            log.info("The site does not answer; the former session will be ended there later.")
