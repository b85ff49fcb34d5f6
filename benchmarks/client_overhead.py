"""Measures what the Python client adds to a call of httpx, and what it keeps over many calls.

    python benchmarks/client_overhead.py [CALLS]

A mock transport answers, so that nothing but httpx and the client is measured. Plain httpx and httpx with `FirebaseLoginAuth` take turns in one run: the
ratio of their fastest rounds does not depend on how busy the machine is. The memory is that of Python's own objects, after each answer has set a cookie
that is new.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import httpx

from flask_firebase_login_client import FirebaseLoginAuth

SITE = "https://shop.example"
ROUNDS = 15
CALLS = 400
MANY = 20_000
SIGNED_IN: dict[str, Any] = {
    "json": {"account": {"firebase_uid": "ada"}, "session": {"id": "s1"}},
    "headers": {"Set-Cookie": "session=s1; Path=/; Max-Age=1209600"},
}
Round = Callable[[], float]


def main(calls: int = CALLS) -> None:
    """Print the ratios, and the growth."""
    for name, ratio in measure(calls):
        print(f"{name:24} {ratio:.3f} times plain httpx")
    growth, first, last = measure_growth(MANY)
    print(
        f"{MANY} calls, each with new cookies: {growth / 1024:+.0f} KiB; {first:.0f} µs per call at first, {last:.0f} µs at last"
    )


def measure(calls: int) -> Iterator[tuple[str, float]]:
    """Yield what is measured, and its ratio to plain httpx."""
    site = httpx.MockTransport(answer)
    for name, options in (("httpx.Client", {}), ("… with identity", {"identity": lambda: "ada"})):
        with (
            httpx.Client(base_url=SITE, transport=site) as plain,
            httpx.Client(base_url=SITE, transport=site, auth=make_auth(**options)) as ours,
        ):
            yield name, ratio_of(partial(time_round, plain, calls), partial(time_round, ours, calls))
    with asyncio.Runner() as runner:
        later = [httpx.AsyncClient(base_url=SITE, transport=site, auth=auth) for auth in (None, make_auth())]
        plainly, with_auth = [lambda client=client: runner.run(time_async_round(client, calls)) for client in later]
        yield "httpx.AsyncClient", ratio_of(plainly, with_auth)
        for client in later:
            runner.run(client.aclose())


def ratio_of(plain: Round, ours: Round) -> float:
    """Return the ratio of the fastest rounds, which take turns."""
    rounds = [(plain(), ours()) for _ in range(ROUNDS)][1:]  # the first signs in
    return min(one for _, one in rounds) / min(one for one, _ in rounds)


def measure_growth(calls: int) -> tuple[int, float, float]:
    """Return by how many bytes memory grew over so many calls, and the µs of a call in the first and the last tenth of as many more."""
    tenth = calls // 10
    with httpx.Client(base_url=SITE, auth=make_auth(), transport=httpx.MockTransport(Changing())) as client:
        time_round(client, tenth)
        gc.collect()
        tracemalloc.start()
        time_round(client, calls)
        gc.collect()
        growth = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        rounds = [time_round(client, tenth) for _ in range(10)]
    return growth, rounds[0] / tenth * 1e6, rounds[-1] / tenth * 1e6


class Changing:
    """A double of a site whose answers each set a cookie of a new value, and one of a new name."""

    def __init__(self) -> None:
        self._numbers = count()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        if request.url.path == "/auth/sign-in":
            return httpx.Response(200, **SIGNED_IN)
        number = next(self._numbers)
        cookies = (f"session=s{number}; Path=/; Max-Age=1209600", f"n{number}=x; Path=/; Max-Age=60")
        return httpx.Response(200, headers=[("Set-Cookie", cookie) for cookie in cookies])


def make_auth(**options: Any) -> FirebaseLoginAuth:
    """Return the client's auth for the mock site."""
    return FirebaseLoginAuth(SITE, lambda *, force_refresh: "id-token", **options)


def answer(request: httpx.Request) -> httpx.Response:
    """A double of a site."""
    return (
        httpx.Response(200, **SIGNED_IN) if request.url.path == "/auth/sign-in" else httpx.Response(200, json={"hello": "Ada"})
    )


def time_round(client: httpx.Client, calls: int) -> float:
    """Return how many seconds of the processor so many calls take; httpx's own jar is emptied, which is not ours to measure."""
    start = time.process_time()
    for _ in range(calls):
        client.get("/api/hello")
        client.cookies.clear()
    return time.process_time() - start


async def time_async_round(client: httpx.AsyncClient, calls: int) -> float:
    """As `time_round`, on the event loop."""
    start = time.process_time()
    for _ in range(calls):
        await client.get("/api/hello")
        client.cookies.clear()
    return time.process_time() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else CALLS)
