"""What an answer of the site says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from .dates import parse_http_date
from .effects import Flow, Read
from .errors import ClockWrong, NotOurSite, SignInRejected, TryLater
from .site import Site

MAX_JSON_BYTES = 1024 * 1024
_PASSING = frozenset({429, 502, 503, 504})
CUT_OFF = (httpx.TransportError, httpx.DecodingError, httpx.StreamError)


@dataclass(frozen=True)
class Problem:
    """A problem details of the site (RFC 9457).

    Attributes:
        status: The HTTP status.
        code: The stable name of the error.
        detail: A sentence for users.
    """

    status: int
    code: str
    detail: str


def read_json(response: httpx.Response) -> Flow[Mapping[str, Any] | None]:
    """Return the JSON object of an answer; None where it is none.

    Raises:
        httpx.TransportError: Only half of it came; `CUT_OFF` lists the others that tell so.
    """
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        return None
    if int_of(response.headers.get("Content-Length")) > MAX_JSON_BYTES:
        return None
    try:
        parsed = json.loads((yield Read(response)))
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def read_answer(response: httpx.Response) -> Flow[Mapping[str, Any] | None]:
    """As `read_json`, for an answer to a request of ours.

    Raises:
        NotOurSite: Only half of it came.
    """
    try:
        return (yield from read_json(response))
    except CUT_OFF:
        raise not_our_site(response) from None


def oauth_code(response: httpx.Response, answer: Mapping[str, Any] | None) -> str | None:
    """Return the `error` of an answer of OAuth's (RFC 6749, section 5.2); None where it is none."""
    code = (answer or {}).get("error") if response.is_client_error else None
    return code if isinstance(code, str) and code else None


def link_of(response: httpx.Response, answer: Mapping[str, Any] | None, site: Site, device_time: datetime) -> str:
    """Return the address of the site's that an answer tells.

    Args:
        response: The answer.
        answer: Its JSON.
        site: The site: a browser is sent nowhere else.
        device_time: What this device's clock says.
    """
    if not response.is_success:
        raise reject(response, problem_of(response, answer), device_time)
    address = (answer or {}).get("url")
    try:
        is_ours = isinstance(address, str) and site.owns(httpx.URL(address))
    except httpx.InvalidURL:
        is_ours = False
    if not is_ours:
        raise not_our_site(response)
    return str(address)


def problem_of(response: httpx.Response, answer: Mapping[str, Any] | None) -> Problem | None:
    """Return the problem details that an answer is; None where it is not one."""
    if answer is None or not isinstance(answer.get("code"), str):
        return None
    return Problem(response.status_code, answer["code"], str(answer.get("detail", "")))


def redirects_to_sign_in(response: httpx.Response, site: Site) -> bool:
    """Whether an answer sends a browser to the site's sign-in page, and back by `next`: what a page does where nobody is signed in."""
    onward = response.next_request if response.status_code in (302, 303) else None
    if onward is None or not site.owns(onward.url):
        return False
    return onward.url.path == site.endpoint("sign-in").path and "next" in onward.url.params


def reject(response: httpx.Response, problem: Problem | None, device_time: datetime) -> Exception:
    """Return the error for an answer that is no sign-in.

    Args:
        response: The answer.
        problem: Its problem details.
        device_time: What this device's clock says.
    """
    if problem is None and response.status_code not in _PASSING:
        return not_our_site(response)
    status = response.status_code
    told = (
        (status, problem.code, problem.detail)
        if problem
        else (status, "unavailable", "what stands before it does not reach it.")
    )
    if told[1] == "id_token_not_yet_valid":
        return ClockWrong(*told, device_time=device_time, server_time=date_of(response))
    if status in _PASSING:
        return TryLater(*told, retry_after_seconds=retry_after(response, device_time))
    return SignInRejected(*told)


def not_our_site(response: httpx.Response, why: str | None = None) -> NotOurSite:
    """Return the error for an answer that a site with Flask-Firebase-Login does not give."""
    request = response.request
    media_type = response.headers.get("Content-Type", "no content type")
    return NotOurSite(
        f"{request.method} {request.url.copy_with(query=None)} answered {response.status_code} with {media_type}"
        f"{why or ', which is no answer of Flask-Firebase-Login, or only half of one. Check the address and the url_prefix, and what stands between'}."
    )


def date_of(response: httpx.Response) -> datetime | None:
    """Return what the site's clock said when it answered."""
    return parse_http_date(response.headers.get("Date", ""))


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Return how many seconds the site asks to wait; None where it does not ask (RFC 9110, section 10.2.3)."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isdecimal():
        return float(told[:9])
    at = parse_http_date(told)
    return None if at is None else max(0.0, (at - (date_of(response) or now)).total_seconds())


def int_of(text: str | None) -> int:
    """Return a number of a header; 0 where it is none."""
    return int(text) if text is not None and text.isdecimal() else 0
