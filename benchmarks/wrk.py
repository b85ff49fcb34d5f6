"""wrk, Debian's HTTP load generator: how many requests a server answers, and how long they take."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
wrk.method = %(method)s
wrk.headers = { %(headers)s }
wrk.body = %(body)s
function done(summary, latency, requests)
  io.write(string.format(
    '\\n{"requests": %%d, "microseconds": %%d, "failed": %%d, "p50": %%d, "p99": %%d}\\n', summary.requests, summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Load:
    """What a server did in a while.

    Attributes:
        requests: How many it answered.
        seconds: In how long.
        failed: How many of them were no 2xx or 3xx, or no answer.
        p50: The median latency, in microseconds.
        p99: The latency that one of a hundred exceeds, in microseconds.
    """

    requests: int
    seconds: float
    failed: int
    p50: int
    p99: int

    @property
    def microseconds(self) -> float:
        """How long a request takes on one connection, or by how much a server is busy with each on several."""
        return self.seconds / self.requests * 1e6


def find_wrk() -> str:
    """Return where wrk is.

    Raises:
        SystemExit: It is not installed.
    """
    return shutil.which("wrk") or exit_without("wrk")


def exit_without(program: str) -> str:
    """End, and say how to get what is missing.

    Raises:
        SystemExit: Always.
    """
    raise SystemExit(f"{program} is not installed. On Debian: apt-get install wrk redis-server")


def load(
    url: str, *, seconds: float = 1.0, connections: int = 1, headers: Mapping[str, str] | None = None, body: str | None = None
) -> Load:
    """Send the same request again and again, the next as soon as the one before is answered.

    Args:
        url: Where to.
        seconds: For how long; wrk takes whole seconds.
        connections: How many at once.
        headers: Of the request.
        body: Of a POST; None for a GET.
    """
    values = {
        "method": _quote("GET" if body is None else "POST"),
        "headers": ", ".join(f"[{_quote(name)}] = {_quote(value)}" for name, value in (headers or {}).items()),
        "body": "nil" if body is None else _quote(body),
    }
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "request.lua")
        script.write_text(SCRIPT % values)
        command = [find_wrk(), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script), url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return Load(told["requests"], told["microseconds"] / 1e6, told["failed"], told["p50"], told["p99"])


def _quote(text: str) -> str:
    """Return a string of Lua's; what it may hold here is written alike in JSON."""
    return json.dumps(text)
