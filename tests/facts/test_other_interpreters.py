"""What facts promise under other interpreters than concbench's own, with nothing installed there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from concbench.facts.fact import facts
from tests.facts.asking import ask
from tests.facts.differing import METHODS, assert_as_known_and_nothing_left, facts_under, known
from tests.host.test_other_interpreters import pythons, version


@pytest.mark.parametrize("method", METHODS)
@pythons
def test_every_fact_is_observed_as_expected_or_differs_as_known(python: Path, method: str) -> None:
    answer = ask(method, *facts_under(method), python=str(python))
    assert_as_known_and_nothing_left(answer, method, version(python))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not say which CPUs one may use")
@pythons
def test_a_pool_of_later_versions_has_a_worker_for_each_cpu_that_may_be_used(python: Path) -> None:
    answer = ask("spawn", "pool-has-a-worker-per-cpu", python=str(python), cpus=1)
    assert answer.differences == known("spawn", version(python), cpus=1)
    assert "os.process_cpu_count()" in facts.get("pool-has-a-worker-per-cpu").note
