"""What belongs to one series, and what makes another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from concbench.model import Run, Side
from tests.report.histories import (
    FLAT,
    no_gil,
    noisy,
    other_cores,
    other_cpu,
    other_python,
    other_settings,
    other_size,
    other_suite,
    read,
)

OTHERS = [other_cpu, other_cores, other_python, no_gil, other_suite, other_size, other_settings]


@pytest.mark.parametrize("change", OTHERS)
def test_what_can_not_be_compared_is_another_series(change: Callable[[Run], None]) -> None:
    found = noisy(*FLAT)
    for run in found[5:]:
        change(run)
    assert [len(one.points) for one in read(found).series()] == [5] * 4


def test_what_every_run_draws_or_calibrates_anew_makes_no_other_series() -> None:
    found = noisy(*FLAT)
    for number, run in enumerate(found):
        run.seed = number
        for case in run.cases:
            case.workload = replace(case.workload, loops=20_000 + number, seed=number)
    assert len(read(found).series()) == 2
    for number, run in enumerate(found):
        for case in run.cases:
            case.workload = replace(case.workload, name="tutorial", task_time=2e-6 + number * 1e-8)
    assert len(read(found).series()) == 2


def test_each_side_of_a_gate_has_its_own_revision_and_interpreter() -> None:
    found = noisy(*FLAT)
    for run in found:
        run.sides = [Side(name="base", revision="b" * 40, python="3.13.5", about="HEAD~1")]
        run.sides.append(Side(name="head", revision=None, python="3.14.0", about="another interpreter"))
        run.cases[0].side, run.cases[1].side = "base", "head"
    series = {one.kind.case: one for one in read(found).series()}
    base, head = series["short/process"], series["short/pool-map"]
    assert (base.kind.machine.python, head.kind.machine.python) == ("3.13.5", "3.14.0")
    assert base.points[3].git_revision == "b" * 40
    assert head.points[3].git_revision == found[3].environment.git_revision
