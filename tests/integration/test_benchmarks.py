"""The benchmarks run, and what they check holds, in a few seconds of what they are run for at length."""

from __future__ import annotations

import pytest

import load_with_faults
import memory

pytestmark = pytest.mark.integration


def test_the_worst_day_loses_nothing_that_was_acknowledged(tmp_path):
    """Workers are killed, PostgreSQL crashes, keys fail half of the time; each answer is checked against the database."""
    report = load_with_faults.run(tmp_path, seconds=8, users=8)
    assert report.ledger.violations == []
    assert report.ledger.answers["200"] > 20
    assert report.killed > 1
    assert "Traceback" not in (tmp_path / "site.log").read_text()


def test_a_worker_s_memory_is_measured_over_mixed_requests(tmp_path):
    """A size for each tenth, and no answer is a 5xx; how much it grows is seen over 100,000."""
    assert len(memory.run(tmp_path, requests=400)) == memory.STEPS
