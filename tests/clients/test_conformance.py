"""Every client behaves as the conformance cases say, against a scripted site."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance import Driver, play, read_cases

ROOT = Path(__file__).parents[2]
CASES = list(read_cases())
COMMANDS = {
    "python-sync": [sys.executable, str(ROOT / "clients" / "python" / "conformance_driver.py"), "sync"],
    "python-async": [sys.executable, str(ROOT / "clients" / "python" / "conformance_driver.py"), "async"],
}


@pytest.fixture(scope="module", params=COMMANDS)
def driver(request):
    """A client's driver, in a process of its own."""
    with Driver(COMMANDS[request.param]) as started:
        started.name = request.param
        yield started


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_a_client_conforms(driver, case):
    """The case's name is the sentence."""
    if case.clients and driver.name not in case.clients:
        pytest.skip(f"for {', '.join(case.clients)}")
    assert play(case, driver) == []


def test_there_are_enough_cases():
    """At least 60, each with a name of its own."""
    assert len(CASES) >= 60
    assert len({(case.group, case.name) for case in CASES}) == len(CASES)
