"""A `requests.Session` that sends the session: its calls go through the same flows, and are sent by requests itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar

from .cookie_policy import AllButTheSites
from .session_flows import SessionFlows
from .site import Site

_DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def make_session(flows: SessionFlows, site: Site) -> requests.Session:
    """Return a session of requests' whose calls to the site go out with ours; the site's cookies stay out of its own jar."""
    session = requests.Session()
    session.cookies = RequestsCookieJar(AllButTheSites(site.owns))
    session.mount(f"{site.origin}/", SessionAdapter(flows))
    return session


class SessionAdapter(HTTPAdapter):
    """Sends calls with the session.

    Args:
        flows: What httpx runs for each call.
    """

    def __init__(self, flows: SessionFlows) -> None:
        super().__init__()
        self._flows = flows

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send a request with the session; redirects are requests' to follow."""
        call, answers = _call_of(request, timeout), dict[httpx.Response, requests.Response]()
        post = partial(super().send, stream=stream, timeout=timeout, verify=verify, cert=cert, proxies=proxies)

        def send(asked: httpx.Request) -> httpx.Response:
            try:
                answer = post(_prepare(asked, request if asked is call else None))
            except requests.RequestException as error:
                raise _Failed(error) from error
            headers = [(name, value) for name, value in answer.raw.headers.items() if name.lower() not in _DECODED]
            response = httpx.Response(answer.status_code, headers=headers, stream=_Body(answer), request=asked)
            answers[response] = answer
            return response

        try:
            answer: requests.Response = answers[self._flows.run(send, call)]
        except _Failed as error:
            raise error.error from None
        return answer


class _Failed(httpx.TransportError):
    """What requests raised where nobody answers, for flows that know httpx's own errors.

    Args:
        error: That error.
    """

    def __init__(self, error: requests.RequestException) -> None:
        super().__init__(str(error))
        self.error = error


class _Body(httpx.SyncByteStream):
    """The body of an answer, which requests keeps where it is read here."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield self._answer.content

    def close(self) -> None:
        """Close the connection, or give it back."""
        self._answer.close()


def _call_of(request: Any, timeout: Any) -> httpx.Request:
    body = request.body.encode() if isinstance(request.body, str) else request.body
    content = body if body is None or isinstance(body, bytes) else iter(body)
    seconds = timeout[1] if isinstance(timeout, tuple) else timeout
    extensions = {"timeout": {"read": seconds if isinstance(seconds, int | float) else None}}
    return httpx.Request(request.method, request.url, headers=dict(request.headers), content=content, extensions=extensions)


def _prepare(asked: httpx.Request, request: requests.PreparedRequest | None) -> requests.PreparedRequest:
    """Return the app's own request with the session, or one of the session's own."""
    if request is None:
        return requests.Request(asked.method, str(asked.url), headers=dict(asked.headers), data=asked.read()).prepare()
    prepared = request.copy()
    for name in ("Cookie", "Authorization"):
        prepared.headers.pop(name, None)
        if name in asked.headers:
            prepared.headers[name] = asked.headers[name]
    return prepared
