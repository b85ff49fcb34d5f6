"""Whether ID tokens can be verified: Google's public keys, this machine's clock, or the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx

from ...idtokens.fetch import Fetched, FetchFailed, HttpFetch
from ...idtokens.keys import read_keys
from .findings import Examined, Finding


def check_keys(examined: Examined) -> Iterator[Finding]:
    """Fetch the keys as a first sign-in does, and compare this machine's clock with the endpoint's."""
    config = examined.config
    if config.emulator_host:
        yield from _check_emulator(config.emulator_host, config.project_id, config.upstream_timeout)
        return
    asked_at = examined.services.clock()
    try:
        fetched = HttpFetch(config.upstream_timeout)(config.jwks_url)
        read_keys(fetched.body)
    except FetchFailed as failure:
        yield Finding(
            "keys_unreachable",
            f"The public keys at {config.jwks_url} cannot be fetched: {failure}. No ID token can be verified.",
            "Let this machine reach that address by HTTPS (a proxy is named by HTTPS_PROXY), or correct FIREBASE_LOGIN_JWKS_URL.",
        )
        return
    yield from _check_clock(asked_at, examined.services.clock(), fetched, config.clock_skew)


def _check_clock(asked_at: datetime, answered_at: datetime, fetched: Fetched, allowed: timedelta) -> Iterator[Finding]:
    """`Date` is whole seconds, and was written between the question and the answer."""
    if fetched.answered_at is None:
        return
    ahead, behind = asked_at - fetched.answered_at, fetched.answered_at - answered_at
    off = max(ahead - timedelta(seconds=1), behind)
    if off <= allowed:
        return
    which = "ahead" if ahead > behind else "behind"
    yield Finding(
        "clock_wrong",
        f"This machine's clock is {round(off.total_seconds())} seconds {which} of Google's; {round(allowed.total_seconds())} are allowed. "
        f"{'Tokens expire early' if which == 'ahead' else 'Fresh ID tokens are not yet valid'} here.",
        "Let the system set its clock (NTP: `timedatectl set-ntp true`).",
    )


def _check_emulator(host: str, project_id: str, timeout: timedelta) -> Iterator[Finding]:
    try:
        httpx.get(f"http://{host}/", timeout=timeout.total_seconds(), trust_env=False)
    except httpx.HTTPError as error:
        yield Finding(
            "emulator_unreachable",
            f"The Auth emulator does not answer at {host} ({type(error).__name__}).",
            f"Start it: `flask firebase-login emulator --project {project_id}`; or unset FIREBASE_AUTH_EMULATOR_HOST.",
        )
