"""What crossings along an axis promise: the value where the lines cross, for the pairs that did the same work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from concbench.measure.interpreters import Interpreter
from concbench.model import Case, Sample
from concbench.suites.asking import Asked
from concbench.suites.casting import Cast, cast
from concbench.suites.crossing_axes import crossings_along
from concbench.suites.options import Axis, Options
from concbench.suites.suite import Suite, Table

NOISE = (0.0, 0.01, -0.01)
"""What the blocks of one subject differ by."""


def table(*names: str, name: str = "part", workload: str = "cpu", **others: Any) -> Table:
    return Table(name=name, title="A part", workload=workload, subjects=names, reference=names[0], **others)


def measured(found: Cast, seconds: Callable[[Case], float]) -> Cast:
    """Give each case a sample in each of three blocks, of these seconds; those of the reference don't scatter."""
    for case in found.cases:
        for block, noise in enumerate(NOISE):
            wall = seconds(case) * (1 + (noise if case.subject != "serial" else 0.0))
            case.samples.append(
                Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None, each=wall)
            )
    return found


LENGTHS = Axis("task_time", (1e-5, 1e-4, 1e-3))


def amdahl(case: Case) -> float:
    """Serial takes what its tasks take, a pool 10 ms and a share of it: of 2 workers, as long at 20 ms of work."""
    work = case.workload.tasks * case.workload.task_time
    if case.subject == "serial":
        return work
    return 0.01 + work / (case.settings.workers or 1)


def power(case: Case) -> float:
    """Serial takes what its tasks take, and a pool its square root: the logarithm of the ratio falls on a line."""
    work = case.workload.tasks * case.workload.task_time
    return work if case.subject == "serial" else float((0.02 * work) ** 0.5)


def test_a_subject_is_faster_than_the_reference_from_the_true_size_on() -> None:
    found = measured(cast([table("serial", "pool-map")], Options(axes=(LENGTHS,), tasks=100)), power)
    (crossing,) = crossings_along("task_time", found)
    assert (crossing.subject, crossing.other, crossing.axis, crossing.at) == ("pool-map", "serial", "task_time", "")
    assert (crossing.faster, crossing.sizes) == ("from", [1e-5, 1e-4, 1e-3])
    assert crossing.size is not None and crossing.size.low is not None and crossing.size.high is not None
    assert crossing.size.low < 2e-4 < crossing.size.high
    assert crossing.size.estimate == pytest.approx(2e-4, rel=0.01)


@pytest.mark.parametrize(("between", "error"), [((), 0.13), ((1.5e-4, 2.5e-4), 0.02)])
def test_the_closer_the_sizes_the_less_it_matters_that_lines_are_curved(
    between: tuple[float, ...], error: float
) -> None:
    axis = Axis("task_time", (1e-4, *between, 4e-4))
    found = measured(cast([table("serial", "pool-map")], Options(axes=(axis,), tasks=100, workers=2)), amdahl)
    (crossing,) = crossings_along("task_time", found)
    assert crossing.size is not None
    assert crossing.size.estimate == pytest.approx(2e-4, rel=error)


def test_the_other_way_round_it_is_faster_up_to_there() -> None:
    found = measured(cast([table("pool-map", "serial")], Options(axes=(LENGTHS,), workers=2)), amdahl)
    (crossing,) = crossings_along("task_time", found)
    assert (crossing.subject, crossing.other, crossing.faster) == ("serial", "pool-map", "up to")


def test_who_heeds_a_setting_is_compared_at_each_value_with_a_reference_that_is_there_once() -> None:
    options = Options(axes=(Axis("workers", (1, 2, 4, 8)),), tasks=20, task_time=1e-3)
    found = measured(cast([table("serial", "pool-map", "process")], options), amdahl)
    (crossing,) = crossings_along("workers", found)
    assert (crossing.subject, crossing.other, crossing.sizes) == ("pool-map", "serial", [1, 2, 4, 8])
    assert crossing.size is not None
    assert crossing.size.estimate == pytest.approx(2, rel=0.1)  # 10 ms and half of 20 are 20


def test_a_reference_that_heeds_it_too_is_compared_value_by_value() -> None:
    def seconds(case: Case) -> float:
        workers = case.settings.workers or 1
        return 1.0 if case.subject == "pool-map" else 3.0 / workers

    found = measured(
        cast([table("pool-map", "executor-threads", "serial")], Options(axes=(Axis("workers", (1, 9)),))), seconds
    )
    crossings = {crossing.subject: crossing for crossing in crossings_along("workers", found)}
    assert set(crossings) == {"executor-threads", "serial"}
    assert crossings["executor-threads"].faster == "from"
    size = crossings["executor-threads"].size
    assert size is not None and size.estimate == pytest.approx(3, rel=0.05)
    assert (crossings["serial"].faster, crossings["serial"].sizes) == ("never", [1, 9])


def test_auto_and_nothing_at_all_have_no_place_among_numbers() -> None:
    options = Options(axes=(Axis("chunksize", (1, None, 8)), Axis("task_time", (0.0, 0.001))))
    found = measured(cast([table("serial", "pool-map", workload="sleep")], options), lambda _: 1.0)
    assert [crossing.sizes for crossing in crossings_along("chunksize", found)] == [[1, 8], [1, 8]]
    assert list(crossings_along("task_time", found)) == []


def test_with_several_axes_there_is_one_for_each_combination_of_the_others() -> None:
    options = Options(axes=(Axis("workers", (1, 4)), Axis("tasks", (10, 1000)), LENGTHS))
    found = measured(cast([table("serial", "pool-map")], options), amdahl)
    told = {(each.at, each.subject): each for each in crossings_along("task_time", found)}
    assert list(told) == [
        ("10 tasks", "pool-map workers 1"),
        ("10 tasks", "pool-map workers 4"),
        ("1000 tasks", "pool-map workers 1"),
        ("1000 tasks", "pool-map workers 4"),
    ]
    assert told["10 tasks", "pool-map workers 4"].faster == "never"
    assert told["1000 tasks", "pool-map workers 4"].faster == "from"
    assert [(each.at, each.subject) for each in crossings_along("workers", found)] == [
        (f"{tasks} tasks, tasks of {length}", "pool-map") for tasks in (10, 1000) for length in ("10us", "100us", "1ms")
    ]


def test_tables_are_told_apart_where_there_are_several() -> None:
    tables = [table("serial", "pool-map"), table("serial", "pool-map", name="sleep", workload="sleep")]
    found = measured(cast(tables, Options(axes=(LENGTHS,))), amdahl)
    assert [crossing.at for crossing in crossings_along("task_time", found)] == ["part", "sleep"]
    tables[1] = table("serial", "pool-map", name="sleep", workload="sleep", fixed=True)
    found = measured(cast(tables, Options(axes=(LENGTHS,))), amdahl)
    assert [crossing.at for crossing in crossings_along("task_time", found)] == [""]


def test_sides_are_compared_with_the_reference_on_their_own_side() -> None:
    pythons = tuple(Interpreter(name=name, python="python", version=name, given=name) for name in ("3.13", "3.14"))
    found = cast([table("serial", "pool-map")], Options(axes=(LENGTHS,), interpreters=pythons))
    measured(found, lambda case: amdahl(case) * (5 if case.side == "3.14" else 1))
    crossings = list(crossings_along("task_time", found))
    assert [(each.subject, each.other) for each in crossings] == [
        ("pool-map 3.13", "serial 3.13"),
        ("pool-map 3.14", "serial 3.14"),
    ]
    assert crossings[0].size is not None and crossings[1].size is not None
    assert crossings[0].size.estimate == pytest.approx(crossings[1].size.estimate)


def test_a_case_that_failed_has_no_place_and_one_place_is_none() -> None:
    found = measured(cast([table("serial", "pool-map")], Options(axes=(LENGTHS,))), amdahl)
    found.cases[1].samples.clear()
    (crossing,) = crossings_along("task_time", found)
    assert crossing.sizes == [1e-4, 1e-3]
    found.cases[3].samples.clear()
    assert list(crossings_along("task_time", found)) == []


def test_a_pair_that_the_suite_asks_for_is_answered_once() -> None:
    channels = table(
        *("os-pipe", "pipe", "queue"),
        name="messages",
        workload="messages",
        experiment="messages",
        sizes={"payload": 16},
    )
    suite = Suite(name="any", question="Any?", tables=(channels,), crossings=(("pipe", "os-pipe"),))
    options = Options(axes=(Axis("payload", (16, 1024)),))
    asked = Asked(suite, options, measured(cast(suite.tables, options), lambda _: 1.0))
    assert [(each.subject, each.other) for each in asked.crossings()] == [("pipe", "os-pipe"), ("queue", "os-pipe")]
