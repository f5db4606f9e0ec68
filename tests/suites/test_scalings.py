"""What lines promise: cases that differ in their workers alone, as far as there are cores for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.model import Case, Sample, Settings, Workload
from concbench.stats.scaling import Law
from concbench.suites.scalings import lines, name_of, scalings

SLEEP = Workload(name="sleep", tasks=64, task_time=0.01)
CPU = Workload(name="cpu", tasks=64, task_time=0.01, loops=7)
COUNTS = (1, 2, 3, 4, 6, 8, 12)
LAW = Law(single=0.64, sigma=0.01, kappa=0.001)


def measured(workers: int, workload: Workload = SLEEP, blocks: int = 3, **more: object) -> Case:
    """A case whose time follows a law, a little slower from block to block."""
    walls = [LAW.seconds(workers) * (1 + 0.01 * block) for block in range(blocks)]
    case = Case(
        id=f"part/pool-map workers {workers}",
        part="part",
        subject="pool-map",
        workload=workload,
        settings=Settings(workers=workers),
        samples=[
            Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
            for block, wall in enumerate(walls)
        ],
    )
    return replace(case, **more)  # type: ignore[arg-type]  # fields of a case


def test_a_line_has_both_laws_and_every_number_of_workers() -> None:
    amdahl, usl = scalings([measured(count) for count in reversed(COUNTS)], cores=2)
    assert (amdahl.law, usl.law) == ("amdahl", "usl")
    assert (usl.part, usl.subject) == ("part", "pool-map")
    assert [each.workers for each in usl.predictions] == list(COUNTS)
    assert [each.workers for each in usl.predictions if each.held_out] == [3, 6]
    assert usl.predictions[0].case == "part/pool-map workers 1"
    assert usl.kappa is not None
    assert (usl.sigma.estimate, usl.kappa.estimate) == pytest.approx((LAW.sigma, LAW.kappa))
    assert all(each.ratio.estimate == pytest.approx(1) for each in usl.predictions)
    assert usl.single.estimate == pytest.approx(0.64 * (1 * 1.01 * 1.02) ** (1 / 3))
    assert amdahl.kappa is None


def test_the_median_of_a_block_counts_and_not_a_sample_that_strays() -> None:
    cases = [measured(count) for count in COUNTS]
    for case in cases:
        case.samples += [replace(sample, round=number) for sample in case.samples for number in (1, 2)]
    straying = cases[2].samples[0]
    cases[2].samples[0] = replace(straying, wall=99.0)
    assert scalings(cases, cores=2) == scalings([measured(count) for count in COUNTS], cores=2)


def test_four_numbers_of_workers_have_no_law() -> None:
    assert scalings([measured(count) for count in COUNTS[:4]], cores=2) == []


def test_work_that_computes_scales_with_cores_so_more_workers_than_these_are_no_part_of_a_line() -> None:
    computing = [measured(count, CPU) for count in COUNTS]
    assert [[case.settings.workers for case in line] for line in lines(computing, cores=2)] == [[1, 2]]
    assert scalings(computing, cores=2) == []
    assert [each.workers for each in scalings(computing, cores=8)[0].predictions] == [1, 2, 3, 4, 6, 8]


def test_work_that_waits_for_half_of_its_time_has_use_for_twice_as_many_workers_as_cores() -> None:
    mixed = Workload(name="mixed", tasks=8, task_time=0.01, loops=7)
    (line,) = lines([measured(count, mixed) for count in COUNTS], cores=3)
    assert [case.settings.workers for case in line] == [1, 2, 3, 4, 6]


def test_a_function_that_nobody_has_looked_at_is_taken_to_compute_and_is_not_imported() -> None:
    unknown = Workload(name="no.such.module:function", tasks=8)
    assert [len(line) for line in lines([measured(count, unknown) for count in COUNTS], cores=4)] == [4]
    looked_at = replace(unknown, busy=0.0)
    assert [len(line) for line in lines([measured(count, looked_at) for count in COUNTS], cores=4)] == [len(COUNTS)]


def test_what_differs_in_more_than_its_workers_is_another_line() -> None:
    chunked = [
        measured(count, settings=Settings(workers=count, chunksize=4), id=f"part/pool-map workers {count} chunksize 4")
        for count in COUNTS
    ]
    found = scalings([*(measured(count) for count in COUNTS), *chunked], cores=2)
    assert [each.subject for each in found] == ["pool-map", "pool-map", "pool-map chunksize 4", "pool-map chunksize 4"]


def test_interpreters_have_lines_of_their_own() -> None:
    cases = [
        measured(count, side=side, id=f"part/pool-map workers {count} {side}")
        for count in COUNTS
        for side in ("3.13", "3.13t")
    ]
    assert [each.subject for each in scalings(cases, cores=2)] == ["pool-map 3.13"] * 2 + ["pool-map 3.13t"] * 2


def test_two_cases_with_as_many_workers_are_no_line() -> None:
    cases = [*(measured(count) for count in COUNTS), measured(4, id="part/another")]
    assert scalings(cases, cores=2) == []


def test_what_failed_or_was_not_measured_yet_is_no_part_of_a_line() -> None:
    cases = [measured(count) for count in COUNTS]
    cases[0].samples.clear()
    assert [each.workers for each in scalings(cases, cores=2)[0].predictions] == list(COUNTS[1:])
    assert scalings([replace(case, samples=[]) for case in cases], cores=2) == []


def test_before_all_cases_of_the_first_block_were_measured_there_is_no_law() -> None:
    cases = [measured(count) for count in COUNTS]
    cases[-1].samples = [replace(sample, block=9) for sample in cases[-1].samples]
    assert scalings(cases, cores=2) == []


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("pool-map 4", "pool-map"),
        ("pool-map workers 4", "pool-map"),
        ("pool-map workers 4 chunksize 4", "pool-map chunksize 4"),
        ("pool-map chunksize 4 workers 4", "pool-map chunksize 4"),
        ("pool-map", "pool-map"),
    ],
)
def test_a_line_is_called_by_its_rows_without_their_workers(label: str, name: str) -> None:
    assert name_of(measured(4, id=f"part/{label}")) == name
