"""What scaling laws promise: fitted to one subject on five or more numbers of workers, as far as there are cores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from concbench.analysis.scaling import scalings
from concbench.model.case import Workload
from concbench.model.result import Result
from concbench.stats.scaling_laws import Law
from tests.builders import result

SLEEP = Workload(name="sleep", tasks=64, task_time=0.01)
CPU = Workload(name="cpu", tasks=64, task_time=0.01, loops=7)
COUNTS = (1, 2, 3, 4, 6, 8, 12)
LAW = Law(single=0.64, sigma=0.01, kappa=0.001)


def measured(workers: int, workload: Workload = SLEEP, row: str = "pool-map", **more: Any) -> Result:
    """A result whose time follows a law, a little slower from block to block."""
    walls = [[LAW.seconds(workers) * (1 + 0.01 * block)] for block in range(3)]
    return result(f"table/{row} workers {workers}", walls, workload=workload, workers=workers, **more)


def line(workload: Workload = SLEEP, counts: Sequence[int] = COUNTS, **more: Any) -> list[Result]:
    return [measured(count, workload, **more) for count in counts]


def numbers(results: Sequence[Result], cores: int) -> list[int]:
    """The numbers of workers that laws are fitted to; none without a law."""
    found = scalings(results, cores)
    return [each.workers for each in found[0].predictions] if found else []


def test_a_line_has_both_laws_and_every_number_of_workers() -> None:
    amdahl, usl = scalings([*reversed(line())], cores=2)
    assert (amdahl.law, usl.law) == ("amdahl", "usl")
    assert (usl.table, usl.subject) == ("table", "pool-map")
    assert [each.workers for each in usl.predictions] == list(COUNTS)
    assert [each.workers for each in usl.predictions if each.held_out] == [3, 6]
    assert usl.predictions[0].case == "table/pool-map workers 1"
    assert usl.kappa is not None
    assert (usl.sigma.estimate, usl.kappa.estimate) == pytest.approx((LAW.sigma, LAW.kappa))
    assert all(each.ratio.estimate == pytest.approx(1) for each in usl.predictions)
    assert usl.single.estimate == pytest.approx(0.64 * (1 * 1.01 * 1.02) ** (1 / 3))
    assert amdahl.kappa is None


def test_the_median_of_a_block_counts_and_not_a_stray_sample() -> None:
    tripled = [
        replace(each, samples=tuple(replace(sample, round=n) for sample in each.samples for n in range(3)))
        for each in line()
    ]
    first, *others = tripled[2].samples
    tripled[2] = replace(tripled[2], samples=(replace(first, wall=99.0), *others))
    assert scalings(tripled, cores=2) == scalings(line(), cores=2)


def test_four_numbers_of_workers_have_no_law() -> None:
    assert scalings(line(counts=COUNTS[:4]), cores=2) == []


def test_work_that_computes_scales_with_cores_only() -> None:
    assert numbers(line(CPU), cores=4) == []
    assert numbers(line(CPU), cores=8) == [1, 2, 3, 4, 6, 8]


def test_work_that_waits_for_half_of_its_time_uses_twice_as_many_workers_as_cores() -> None:
    assert numbers(line(Workload(name="mixed", tasks=8, task_time=0.01, loops=7)), cores=3) == [1, 2, 3, 4, 6]


def test_a_function_that_was_not_examined_is_taken_to_compute_and_is_not_imported() -> None:
    unknown = Workload(name="no.such.module:function", tasks=8)
    assert numbers(line(unknown), cores=6) == [1, 2, 3, 4, 6]
    assert numbers(line(replace(unknown, busy=0.0)), cores=6) == list(COUNTS)


def test_what_differs_in_more_than_its_workers_is_another_line() -> None:
    chunked = line(row="pool-map chunksize 4", chunksize=4)
    assert [each.subject for each in scalings([*line(), *chunked], cores=2)] == [
        *["pool-map chunksize auto"] * 2,
        *["pool-map chunksize 4"] * 2,
    ]


def test_interpreters_have_lines_of_their_own() -> None:
    results = [*line(side="3.13"), *line(side="3.13t")]
    assert [each.subject for each in scalings(results, cores=2)] == ["pool-map 3.13"] * 2 + ["pool-map 3.13t"] * 2


def test_what_failed_or_was_not_measured_yet_is_no_part_of_a_line() -> None:
    first, *others = line()
    assert numbers([replace(first, samples=()), *others], cores=2) == list(COUNTS[1:])
    assert scalings([replace(each, samples=()) for each in (first, *others)], cores=2) == []


def test_before_all_cases_of_the_first_block_were_measured_there_is_no_law() -> None:
    *others, last = line()
    late = replace(last, samples=tuple(replace(sample, block=9) for sample in last.samples))
    assert scalings([*others, late], cores=2) == []
