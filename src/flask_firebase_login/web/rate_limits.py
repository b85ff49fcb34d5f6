"""Sign-ins per address, counted where the app's Flask-Limiter counts."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable
from typing import Any

from flask import current_app, request

from ..errors import ConfigError, RateLimited

log = logging.getLogger(__name__)


def check_rate_limit(limit: str | None) -> None:
    """Check the notation of a limit where Flask-Limiter is installed.

    Raises:
        ConfigError: It is not in Flask-Limiter's notation.
    """
    if limit is not None:
        try:
            _parse(limit)
        except ValueError:
            raise ConfigError(
                f"FIREBASE_LOGIN_RATE_LIMIT is {limit!r}. Set it to a limit such as '30 per minute', or to None."
            ) from None


def count(limit: str | None) -> None:
    """Count this request against the limit of its address.

    A storage that does not answer lets the request through, with a warning: nobody should be locked out by it.

    Raises:
        RateLimited: The limit is reached.
    """
    for limiter in current_app.extensions.get("limiter", ()) if limit is not None else ():
        if not limiter.enabled:
            continue
        for item in _parse(limit or ""):
            _count(limiter.limiter, item)


def _count(strategy: Any, item: Any) -> None:
    identifiers = ("firebase-login", request.remote_addr or "")
    try:
        is_within = strategy.hit(item, *identifiers)
        reset_at = 0.0 if is_within else strategy.get_window_stats(item, *identifiers).reset_time
    except Exception as error:
        log.warning("The storage of rate limits does not answer: %s", error)
        return
    if not is_within:
        raise RateLimited("Too many sign-ins from this address.", retry_after_seconds=max(1, math.ceil(reset_at - time.time())))


def _parse(limit: str) -> Iterable[Any]:
    try:
        from limits import parse_many
    except ImportError:
        return ()
    return parse_many(limit)
