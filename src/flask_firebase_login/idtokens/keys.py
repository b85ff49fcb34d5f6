"""Google's public keys for what Firebase signs, fetched seldom and kept well."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from ..clock import Clock, utc_now
from ..errors import KeysUnavailable
from .fetch import Fetch, Fetched, FetchFailed, HttpFetch

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

log = logging.getLogger(__name__)

MIN_TTL, DEFAULT_TTL, MAX_TTL = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=24)
STALE_TTL = timedelta(hours=24)
COOL_DOWN = timedelta(seconds=30)
RETRY_AFTER = timedelta(seconds=5)
MIN_MODULUS_BITS = 2048
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE | re.ASCII)


class PublicKeys:
    """The JWK set at a URL, cached; for threads, greenlets and forked workers alike.

    The keys are kept for the answer's `max-age`. In the last tenth of it a background thread fetches again
    while requests go on with the keys at hand. One fetch runs at a time. Without keys at hand, callers wait for it, at
    most `timeout`; with keys at hand, one caller at most waits. Where it fails, the keys at hand stay good for a day past their
    time, and the log has a record with the field `event="keys_stale"`.

    Args:
        url: Where the JWK set is.
        fetch: How to fetch it.
        clock: The time, aware and in UTC.
        timeout: How long a caller waits for a fetch, in all.

    Source: RFC 7517, section 5 (JWK set); RFC 9111, section 5.2.2.1 (`max-age`); RFC 5861 (stale-if-error).
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Fetch | None = None,
        clock: Clock = utc_now,
        timeout: timedelta = timedelta(seconds=5),
    ) -> None:
        self._url = url
        self._fetch = fetch or HttpFetch(timeout)
        self._clock = clock
        self._timeout = timeout
        self._key_set: _KeySet | None = None
        self._attempted_at: datetime | None = None
        self._lock = threading.Lock()
        self._flight: _Flight | None = None
        _forget_flights_after_fork(self)

    def find(self, key_id: str) -> RSAKey | None:
        """Return the public key of that id, or None where Google has none.

        Args:
            key_id: The header `kid` of a token.

        Raises:
            KeysUnavailable: There are no keys at hand, and none can be fetched.
        """
        now = self._clock()
        key_set = self._key_set
        if key_set is None or now >= key_set.usable_until:
            key_set = self._fetch_first(now)
        elif now >= key_set.fresh_until or key_id not in key_set.keys:
            key_set = self._look_again(key_id, key_set, now)
        elif now >= key_set.refresh_from:
            self._start_flight(now, not_within=COOL_DOWN)
        return key_set.keys.get(key_id)

    def warm(self) -> None:
        """Fetch ahead of the first sign-in, for a worker's start hook; does nothing where fresh keys are at hand.

        Raises:
            KeysUnavailable: There are no keys at hand, and none can be fetched.
        """
        now = self._clock()
        if self._key_set is None or now >= self._key_set.fresh_until:
            self._fetch_first(now)

    def _fetch_first(self, now: datetime) -> _KeySet:
        """Fetch where nobody can be answered before; whoever asks meanwhile waits for the same fetch."""
        flight, _ = self._start_flight(now, not_within=RETRY_AFTER)
        self._wait_for(flight)
        key_set = self._key_set
        if key_set is None or now >= key_set.usable_until:
            raise _unavailable("Google's public keys cannot be fetched; the log of this site says why.")
        return key_set

    def _look_again(self, key_id: str, key_set: _KeySet, now: datetime) -> _KeySet:
        """Fetch while keys are at hand: they are past their time, or do not have this id.

        Anybody can make ids up, so only the caller that starts the fetch waits for it, and not again within the cool-down. The others
        are answered at once. Where the keys are past their time, an unknown id may be a new key of Google's: that caller is
        asked to come back, and not rejected.
        """
        flight, is_ours = self._start_flight(now, not_within=COOL_DOWN)
        if is_ours:
            self._wait_for(flight)
        elif flight is not None and now >= key_set.fresh_until and key_id not in key_set.keys:
            raise _unavailable("Google's public keys are being fetched.")
        return self._key_set or key_set

    def _start_flight(self, now: datetime, *, not_within: timedelta) -> tuple[_Flight | None, bool]:
        """Start a fetch, unless one runs or the last was started within that time; return the one that runs, and whether it is ours."""
        with self._lock:
            if self._flight is not None:
                return self._flight, False
            if self._attempted_at is not None and timedelta(0) <= now - self._attempted_at < not_within:
                return None, False
            self._attempted_at = now
            self._flight = flight = _Flight()
        threading.Thread(target=self._fly, args=(flight,), name="firebase-login-keys", daemon=True).start()
        return flight, True

    def _wait_for(self, flight: _Flight | None) -> None:
        if flight is not None:
            flight.landed.wait(self._timeout.total_seconds())

    def _fly(self, flight: _Flight) -> None:
        try:
            self._key_set = _KeySet.read(self._fetch(self._url), self._clock())
        except FetchFailed as failure:
            self._log_failure(str(failure))
        except Exception as defect:
            log.exception("The public keys at %s cannot be fetched.", self._url)
            self._log_failure(type(defect).__name__)
        finally:
            with self._lock:
                self._flight = None
            flight.landed.set()

    def _log_failure(self, why: str) -> None:
        """Log that keys past their time stay in use, as the event `keys_stale`; or else only that there was no fetch."""
        key_set = self._key_set
        at_hand = "those at hand stay in use" if key_set else "there are none at hand"
        fields = {}
        if key_set is not None and key_set.fresh_until <= self._clock() < key_set.usable_until:
            fields = {"event": "keys_stale", "url": self._url, "stale_since": key_set.fresh_until.isoformat()}
        log.warning("The public keys at %s cannot be fetched (%s); %s.", self._url, why, at_hand, extra=fields)

    def _start_anew(self) -> None:
        """Forget a fetch whose thread did not come along into a forked process; keys at hand stay good."""
        self._lock = threading.Lock()
        self._flight = None


def _unavailable(detail: str) -> KeysUnavailable:
    return KeysUnavailable(detail, retry_after_seconds=int(RETRY_AFTER.total_seconds()))


class _Flight:
    """One fetch under way, and who waits for it."""

    def __init__(self) -> None:
        self.landed = threading.Event()


@dataclass(frozen=True)
class _KeySet:
    """One good answer, replaced as a whole, so that withdrawn keys go."""

    keys: Mapping[str, RSAKey]
    refresh_from: datetime
    fresh_until: datetime

    @property
    def usable_until(self) -> datetime:
        return self.fresh_until + STALE_TTL

    @classmethod
    def read(cls, fetched: Fetched, now: datetime) -> _KeySet:
        max_age = _MAX_AGE.search(fetched.cache_control)
        ttl = timedelta(seconds=int(max_age[1])) if max_age else DEFAULT_TTL
        ttl = min(max(ttl, MIN_TTL), MAX_TTL)
        return cls(read_keys(fetched.body), refresh_from=now + ttl * 0.9, fresh_until=now + ttl)


def read_keys(body: bytes) -> dict[str, RSAKey]:
    """Read the RSA signature keys of a JWK set; others in it are passed over (RFC 7517, section 5).

    Raises:
        FetchFailed: It is no JWK set, or has no such key.
    """
    try:
        members = json.loads(body)["keys"]
        keys = {_read_key_id(member): _import_key(member) for member in members if _is_ours(member)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError) as error:
        raise FetchFailed(f"the answer is no JWK set: {type(error).__name__}") from error
    if not keys:
        raise FetchFailed("the answer has no RSA key in it")
    return keys


def _is_ours(member: Mapping[str, str]) -> bool:
    return member.get("kty") == "RSA" and member.get("use", "sig") == "sig" and member.get("alg", "RS256") == "RS256"


def _read_key_id(member: Mapping[str, str]) -> str:
    if not isinstance(member["kid"], str):
        raise TypeError("a key id is a string (RFC 7517, section 4.5)")
    return member["kid"]


def _import_key(member: Mapping[str, str]) -> RSAKey:
    from joserfc.jwk import RSAKey  # with every kind of keys, as the algorithms of `signatures.py`

    modulus = int.from_bytes(urlsafe_b64decode(member["n"].encode()))
    if modulus.bit_length() < MIN_MODULUS_BITS:
        raise ValueError(f"RSA keys have at least {MIN_MODULUS_BITS} bits (RFC 7518, section 3.3)")
    return RSAKey.import_key({name: member[name] for name in ("kty", "n", "e")})


def _forget_flights_after_fork(keys: PublicKeys) -> None:
    """A lock held, or a thread running, while the process forks must not be waited for in the child."""
    if not hasattr(os, "register_at_fork"):
        return
    alive = weakref.ref(keys)

    def start_anew() -> None:
        if (forked := alive()) is not None:
            forked._start_anew()

    os.register_at_fork(after_in_child=start_anew)
