"""Calling, signing in and signing out: as flows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import httpx

from .answers import link_of, problem_of, read_answer, read_json, redirects_to_sign_in
from .dates import Clock
from .effects import Flow, Patience, Send
from .errors import (
    AnswerUnreadable,
    BrowserNotOpened,
    Cancelled,
    NotSignedInAtFirebase,
    SignInRejected,
    SignInTimedOut,
    TryLater,
    UserChanged,
)
from .kept import KeptSession
from .request_bearers import has_own_authorization
from .request_bodies import is_repeatable
from .sending import Sender
from .signing_in import SignIns
from .site import Site
from .warnings_once import Warnings
from .watching import Watch

MAX_REDIRECTS = 5
_NOTED = frozenset({301, 302, 303, 307, 308, 401, 429, 503})
_ENDED = (NotSignedInAtFirebase, SignInRejected, SignInTimedOut, AnswerUnreadable, BrowserNotOpened, UserChanged)
"""What leaves the user signed out, where the site has ended the session and no other has come of it."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Sent(NamedTuple):
    """A call that is under way.

    Attributes:
        request: Its request.
        owner: Whose it is; None where nobody said.
        generation: Of which session it was sent.
        sign_outs: How often the user had signed out when it began.
        is_optional: Whether it goes out without a session where there is none.
    """

    request: httpx.Request
    owner: str | None
    generation: int
    sign_outs: int
    is_optional: bool


class Session:
    """What an app does with a session. The methods are flows; `flows.py` performs them.

    Args:
        site: The one site that it is for.
        kept: The session itself.
        sender: Sends requests to the site.
        sign_ins: Opens sessions.
        follow_redirects: Whether redirects within the site are followed.
        clock: The time, aware and in UTC.
    """

    def __init__(
        self, site: Site, kept: KeptSession, sender: Sender, sign_ins: SignIns, *, follow_redirects: bool, clock: Clock
    ) -> None:
        self._site = site
        self._kept = kept
        self._sender = sender
        self._sign_ins = sign_ins
        self._follow_redirects = follow_redirects
        self._clock = clock
        self._warnings = Warnings(site)

    def call(self, request: httpx.Request, *, is_optional: bool = False) -> Flow[httpx.Response]:
        """Send a request with the session: sign in where there is none, and once more where the site has ended it.

        Args:
            request: The request.
            is_optional: Whether it is sent without a session where nobody is signed in.

        Returns:
            The last answer.
        """
        if not self._site.owns(request.url):
            self._warnings.about_elsewhere(request.url)
            return (yield from self._send_without(request))
        yield from self._kept.load()
        if is_optional and self._sign_ins.is_by_user and not self._kept.has_session:
            yield from self._kept.reload()  # another window may have signed in
        if self._goes_without(request, is_optional=is_optional):
            return (yield from self._send_without(request))
        try:
            owner, sign_outs = yield from self._prepare(request)
        except NotSignedInAtFirebase:
            if not is_optional:
                raise
            return (yield from self._send_without(request))
        return (yield from self._exchange_twice(Sent(request, owner, -1, sign_outs, is_optional), None))

    def send_quickly(self, request: httpx.Request, *identity: str | None, is_optional: bool = False) -> Sent | None:
        """Make a request ready to be sent, where that needs no more than the session.

        Args:
            request: The request.
            is_optional: Whether it may be sent without a session.
            identity: Who is signed in at Firebase, where the app tells.

        Returns:
            What to go on with; None where it needs more, and is to be called.
        """
        kept = self._kept
        owner, sign_outs = kept.firebase_uid, kept.sign_outs
        if not kept.is_ready or not self._site.owns(request.url) or (identity and identity[0] != owner):
            return None
        if kept.is_of_bearer and has_own_authorization(request):
            return None
        try:
            return Sent(request, owner, kept.put_into(request, owner), sign_outs, is_optional)
        except (UserChanged, Cancelled):
            return None

    def is_ordinary(self, sent: Sent, response: httpx.Response) -> bool:
        """Whether an answer is the app's alone: there is nothing to be kept, to be waited for or to be followed."""
        if response.status_code in _NOTED or "Set-Cookie" in response.headers:
            return False
        self._sender.note_answer(sent.request, response)
        return True

    def go_on(self, sent: Sent, response: httpx.Response) -> Flow[httpx.Response]:
        """Go on from an answer that is more than the app's."""
        self._sender.note_answer(sent.request, response)
        return (yield from self._exchange_twice(sent, response))

    def miss(self, sent: Sent, watch: Watch) -> None:
        """Httpx has closed the call: no answer came, or a hook of the app's has raised."""
        if watch.is_ended:
            self._kept.drop(sent.generation)
        elif not watch.is_answered and not watch.is_broken:
            self._kept.set_offline(is_offline=True)

    def end_abandoned(self, template: httpx.Request) -> Flow[None]:
        """End at the site what a call that was cancelled has left there, and keep in mind what cannot be ended now."""
        yield from self._kept.save_or_tell()
        yield from self._sender.end_pending(template)

    @property
    def has_abandoned(self) -> bool:
        """Whether there is a session to be ended at the site."""
        return bool(self._kept.pending)

    def headers(self, url: httpx.URL) -> Flow[dict[str, str]]:
        """Return the headers for a request to an address; nothing where it is not the site's, or there is no session to send."""
        yield from self._kept.load()
        owner = self._kept.firebase_uid
        if not self._site.owns(url) or not self._kept.is_signed_in or not (yield from self._sign_ins.is_named(owner)):
            return {}
        request = httpx.Request("GET", url)
        try:
            self._kept.put_into(request, owner)
        except (UserChanged, Cancelled):
            return {}
        return {name: request.headers[name] for name in ("Cookie", "Authorization") if name in request.headers}

    def browser_url(self, template: httpx.Request, next_page: str | None) -> Flow[str]:
        """Ask the site for an address that signs the user's browser in.

        Args:
            template: As for `sign_in`.
            next_page: Where it leads then, a path of the site's; None leaves it to the site.
        """
        body = {} if next_page is None else {"next": next_page}
        response = yield from self.call(self._sender.post("browser-links", template, json=body))
        return link_of(response, (yield from read_answer(response)), self._site, self._clock())

    def _exchange_twice(self, sent: Sent, answer: httpx.Response | None) -> Flow[httpx.Response]:
        """Exchange a request for an answer, once more where the site has ended the session."""
        request, owner, sign_outs = sent.request, sent.owner, sent.sign_outs
        answered = None if answer is None else (answer, sent.generation)
        response, generation = yield from self._exchange(request, owner, answered)
        if sign_outs != self._kept.sign_outs or not (yield from self._says_not_signed_in(response)):
            return response
        if not is_repeatable(request):
            # The next call signs in; the user stays, and uploads once more.
            self._kept.ended_generation = max(self._kept.ended_generation, generation)
            return response
        if sent.is_optional and self._sign_ins.is_by_user:
            yield from self._kept.forget(generation)
            return (yield from self.call(request, is_optional=True))
        try:
            yield from self._sign_in_after(generation, request, owner, sign_outs, Patience.of(request))
        except Cancelled:
            if sign_outs != self._kept.sign_outs:
                return response  # the user has signed out: the 401 is the answer
            raise
        return (yield from self._exchange(request, owner))[0]

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

    def _prepare(self, request: httpx.Request) -> Flow[tuple[str | None, int]]:
        """See that somebody is signed in; return whose call it is, and how often the user had signed out when it began."""
        patience = Patience.of(request)
        yield from self._kept.load()
        owner = yield from self._sign_ins.begin(request)
        sign_outs = self._kept.sign_outs
        yield from self._sender.end_pending(request)
        yield from self._sign_in_after(self._kept.ended_generation, request, owner, sign_outs, patience)
        return owner or self._kept.firebase_uid, sign_outs

    def _goes_without(self, request: httpx.Request, *, is_optional: bool) -> bool:
        """Whether a call is sent without the session: it has a bearer of its own, or nobody is signed in and nobody is to be asked."""
        is_by_user = self._sign_ins.is_by_user
        if (is_by_user or self._kept.is_of_bearer) and has_own_authorization(request):
            self._warnings.about_own_authorization()
            return True
        return is_optional and is_by_user and not self._kept.has_session

    def _send_without(self, request: httpx.Request) -> Flow[httpx.Response]:
        self._kept.keep_out_of(request)
        response: httpx.Response = yield Send(request)
        return response

    def _says_not_signed_in(self, response: httpx.Response) -> Flow[bool]:
        """By a problem to programs, by its sign-in page to browsers."""
        if response.status_code != 401:
            return redirects_to_sign_in(response, self._site)
        problem = problem_of(response, (yield from read_json(response)))
        return problem is not None and problem.code == "not_signed_in"

    def _sign_in_after(
        self, generation: int, request: httpx.Request, owner: str | None, sign_outs: int, patience: Patience
    ) -> Flow[None]:
        """See that there is a session of a younger generation; where none can be had, the user is signed out."""
        try:
            yield from self._sign_ins.ensure(request, owner, after=generation, sign_outs=sign_outs, patience=patience)
        except TryLater:
            raise
        except _ENDED:
            yield from self._kept.forget(generation)
            raise

    def _exchange(
        self, request: httpx.Request, owner: str | None, answered: tuple[httpx.Response, int] | None = None
    ) -> Flow[tuple[httpx.Response, int]]:
        """Send a request with the cookies, and follow where it leads within the site."""
        for _ in range(MAX_REDIRECTS + 1):
            response, generation = yield from self._sender.send_patiently(
                request,
                owner=owner,
                is_repeatable=request.method in _SAFE_METHODS and is_repeatable(request),
                check=partial(self._sign_ins.require, owner),
                answered=answered,
            )
            answered = None
            yield from self._kept.receive(response, generation)
            onward = response.next_request if self._follow_redirects else None
            is_followed = onward is not None and self._site.owns(onward.url) and is_repeatable(onward)
            if onward is None or not is_followed or redirects_to_sign_in(response, self._site):
                return response, generation
            request = onward
        raise httpx.TooManyRedirects("The site redirects again and again.", request=request)
