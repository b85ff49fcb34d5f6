"""Every client behaves as the conformance cases say, against a scripted site."""

from __future__ import annotations

import pytest

from client_drivers import DRIVERS, driver_command
from conformance import Driver, play, read_cases

CASES = list(read_cases())
FOR_EACH = [
    pytest.param(name, case, id=f"{name}: {case.group}: {case.name}")
    for name in DRIVERS
    for case in CASES
    if not case.clients or name in case.clients
]


@pytest.fixture(scope="module")
def drivers():
    """Each client's driver, in a process of its own."""
    started = {}

    def start(name):
        if name not in started:
            started[name] = Driver(driver_command(name))
        return started[name]

    yield start
    for driver in started.values():
        with driver:
            pass


@pytest.mark.integration
@pytest.mark.parametrize(("name", "case"), FOR_EACH)
def test_a_client_conforms(drivers, name, case):
    """The case's name is the sentence."""
    assert play(case, drivers(name)) == []


def test_there_are_enough_cases():
    """At least 60, each with a name of its own."""
    assert len(CASES) >= 60
    assert len({(case.group, case.name) for case in CASES}) == len(CASES)
