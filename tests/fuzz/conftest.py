"""How hard the parsers are tried: a moment in CI; `FUZZ_SECONDS=300` gives each of them five minutes."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, seed, settings

from sites import clock, database_url, make_site

__all__ = ["clock", "database_url", "make_site"]

EXAMPLES = 150
_counts = {}


@pytest.fixture
def fuzz(request):
    """A function that tries a check with what strategies make, for as long as is given, and counts how often."""
    seconds = float(os.environ.get("FUZZ_SECONDS", "0"))

    def run(check, **strategies):
        tried = 0

        def counted(**drawn):
            nonlocal tried
            tried += 1
            check(**drawn)

        began_at, rounds = time.monotonic(), 0
        while rounds == 0 or time.monotonic() - began_at < seconds:
            examples = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[*HealthCheck])
            examples(seed(rounds)(given(**strategies)(counted)))()
            rounds += 1
        _counts[request.node.name] = _counts.get(request.node.name, 0) + tried

    return run


def pytest_terminal_summary(terminalreporter):
    """Say how often, where it was tried for longer than a moment."""
    if "FUZZ_SECONDS" in os.environ:
        for name, count in sorted(_counts.items()):
            terminalreporter.write_line(f"{count:8} {name}")
