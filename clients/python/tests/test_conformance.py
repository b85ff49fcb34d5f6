"""The client behaves as the conformance cases say; in the repository they run for every client."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import Case, Driver, play, read_cases

DRIVER = Path(__file__).parent.parent / "conformance_driver.py"
CASES = [case for case in read_cases() if not case.clients or "python-sync" in case.clients]


@pytest.fixture(scope="module", params=["sync", "async", "trio"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """The client's driver, in a process of its own."""
    with Driver([sys.executable, str(DRIVER), request.param]) as started:
        yield started


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_the_client_conforms(driver: Driver, case: Case) -> None:
    """The case's name is the sentence."""
    assert play(case, driver) == []
