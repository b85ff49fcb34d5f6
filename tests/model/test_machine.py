"""The whole, driven in any order beside a model, on SQLite as the quickstart has it and on PostgreSQL.

    pytest tests/model                                      a third of a minute on each database, as in CI
    MODEL_MINUTES=20 pytest tests/model -k machine          as long as you like on each
    MODEL_RULES=sign_in,site_disables pytest tests/model    a few rules alone, to look closer
    MODEL_WITHOUT=check_told,visit pytest tests/model       all but some, checks of `driving.py` too

A failing example is printed as a program, shrunk as far as it goes, and kept in `.hypothesis/model`, from where it is tried first the
next time. Put what it found into `test_found.py`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.stateful import RULE_MARKER, run_state_machine_as_test

from driving import Driving
from machine import Machine

pytestmark = pytest.mark.integration

MINUTES = float(os.environ.get("MODEL_MINUTES", "0.3"))
EXAMPLES = Path(__file__).parents[2] / ".hypothesis" / "model"
SETTINGS = settings(
    max_examples=15,
    stateful_step_count=30,
    database=DirectoryBasedExampleDatabase(EXAMPLES),
    phases=[Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
)


def choose_rules():
    """What `MODEL_RULES` and `MODEL_WITHOUT` leave out, as attributes of a machine that does without."""
    rules = {name for name, member in vars(Machine).items() if hasattr(member, RULE_MARKER)}
    checks = {name for name in vars(Driving) if name.startswith("check_")}
    chosen, without = (set(filter(None, os.environ.get(name, "").split(","))) for name in ("MODEL_RULES", "MODEL_WITHOUT"))
    assert chosen <= rules, f"No such rule: {chosen - rules}"
    assert without <= rules | checks, f"No such rule or check: {without - rules - checks}"
    left_out = (without & rules) | (rules - (chosen or rules))
    return dict.fromkeys(left_out) | {name: lambda *_: None for name in without & checks}


def test_the_machine_and_the_model_agree(driven_site):
    """Nobody is served as anybody else, nothing ended comes back, nothing acknowledged is lost, in whatever order things happen."""
    driven = type("DrivenMachine", (Machine,), choose_rules() | {"site": driven_site})
    until, runs = time.monotonic() + MINUTES * 60, 0
    while runs == 0 or time.monotonic() < until:
        run_state_machine_as_test(driven, settings=SETTINGS)
        runs += 1
    print(f"{runs} runs of up to {SETTINGS.max_examples} examples")
