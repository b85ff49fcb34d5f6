"""Calling, signing in and signing out: as flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from .answers import problem_of, read_json
from .effects import Flow, Patience, Send
from .errors import Cancelled, NotSignedInAtFirebase, SignInRejected, TryLater, UserChanged
from .kept import KeptSession
from .sending import Sender
from .signing_in import SignIns
from .site import Site

MAX_REDIRECTS = 5
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Session:
    """What an app does with a session. The methods are flows; `flows.py` performs them.

    Args:
        site: The one site that it is for.
        kept: The session itself.
        sender: Sends requests to the site.
        sign_ins: Opens sessions.
        follow_redirects: Whether redirects within the site are followed.
    """

    def __init__(self, site: Site, kept: KeptSession, sender: Sender, sign_ins: SignIns, *, follow_redirects: bool) -> None:
        self._site = site
        self._kept = kept
        self._sender = sender
        self._sign_ins = sign_ins
        self._follow_redirects = follow_redirects

    def call(self, request: httpx.Request) -> Flow[None]:
        """Send a request with the session: sign in where there is none, and once more where the site has ended it."""
        if not self._site.owns(request.url):
            self._kept.keep_out_of(request)
            yield Send(request)
            return
        patience = Patience.of(request)
        yield from self._kept.load()
        owner = yield from self._sign_ins.begin(request)
        sign_outs = self._kept.sign_outs
        yield from self._sender.end_pending(request)
        yield from self._sign_ins.ensure(request, owner, after=-1, sign_outs=sign_outs, patience=patience)
        owner = owner or self._kept.firebase_uid
        response, generation = yield from self._exchange(request, owner)
        if response.status_code != 401 or sign_outs != self._kept.sign_outs:
            return
        problem = problem_of(response, (yield from read_json(response)))
        if problem is None or problem.code != "not_signed_in":
            return
        if not _is_repeatable(request):
            yield from self._kept.forget(generation)
            return
        yield from self._sign_in_again(request, owner, generation, sign_outs)

    def sign_in(self, template: httpx.Request) -> Flow[Mapping[str, Any]]:
        """Sign in, also where a session is kept; the site replaces it.

        Args:
            template: Its `User-Agent`, time limits and other extensions are taken over.

        Returns:
            The account, as the site tells it.
        """
        yield from self._kept.load()
        yield from self._sender.end_pending(template)
        return (yield from self._sign_ins.by_hand(template))

    def sign_out(self, template: httpx.Request) -> Flow[bool]:
        """Forget the session, then end it at the site; where that does not answer, later.

        Args:
            template: As for `sign_in`.

        Returns:
            Whether nothing is left to be ended at the site.
        """
        yield from self._kept.load()
        yield from self._sign_ins.end(None, template)
        return not self._kept.pending

    def _sign_in_again(self, request: httpx.Request, owner: str | None, generation: int, sign_outs: int) -> Flow[None]:
        try:
            yield from self._sign_ins.ensure(
                request, owner, after=generation, sign_outs=sign_outs, patience=Patience.of(request)
            )
        except TryLater:
            raise
        except (NotSignedInAtFirebase, SignInRejected, UserChanged):
            yield from self._kept.forget(generation)
            raise
        except Cancelled:
            if sign_outs != self._kept.sign_outs:
                return  # the user has signed out: the 401 is the answer
            raise
        yield from self._exchange(request, owner)

    def _exchange(self, request: httpx.Request, owner: str | None) -> Flow[tuple[httpx.Response, int]]:
        """Send a request with the cookies, and follow where it leads within the site."""
        for _ in range(MAX_REDIRECTS + 1):
            response, generation = yield from self._sender.send_patiently(
                request, owner=owner, is_repeatable=request.method in _SAFE_METHODS
            )
            yield from self._kept.receive(response, generation)
            onward = response.next_request if self._follow_redirects else None
            if onward is None or not self._site.owns(onward.url) or not _is_repeatable(onward):
                break
            request = onward
        return response, generation


def _is_repeatable(request: httpx.Request) -> bool:
    """Whether the body can be sent again: httpx keeps it as bytes, where it is not streamed."""
    return isinstance(request.stream, httpx.ByteStream)
