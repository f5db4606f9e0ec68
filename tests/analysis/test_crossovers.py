"""What crossovers along an axis promise: the value where the lines cross, for pairs that did the same work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from concbench.analysis.crossovers import crossovers, crossovers_along
from concbench.measure.interpreters import Interpreter
from concbench.model.case import Case
from concbench.model.result import Result
from concbench.model.run import Crossing, Run
from concbench.session.cases import select
from concbench.session.options import Axis, Options
from concbench.suites.suite import SuiteTable
from tests.builders import result, run

NOISE = (0.0, 0.01, -0.01)
"""What the blocks of one subject differ by."""


def table(*names: str, name: str = "table", workload: str = "cpu", **others: Any) -> SuiteTable:
    return SuiteTable(name=name, title="A table", workload=workload, subjects=names, reference=names[0], **others)


def measured(tables: list[SuiteTable], options: Options, seconds: Callable[[Case], float]) -> Run:
    """A run of these tables: three blocks of a sample each; those of serial don't scatter."""
    selection = select(tables, options)
    results = [
        result(case, [[seconds(case) * (1 + (noise if case.subject != "serial" else 0.0))] for noise in NOISE])
        for case in selection.cases
    ]
    return run(results, tables=list(selection.tables), axes=[axis.name for axis in options.axes])


def unmeasured(found: Run, number: int) -> Run:
    """A run in which nothing was measured of one of its cases."""
    results = [
        replace(each, samples=(), median=None) if at == number else each for at, each in enumerate(found.results)
    ]
    return replace(found, results=results)


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
    found = measured([table("serial", "pool-map")], Options(axes=(LENGTHS,), tasks=100), power)
    (crossing,) = crossovers_along("task_time", found)
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
    found = measured([table("serial", "pool-map")], Options(axes=(axis,), tasks=100, workers=2), amdahl)
    (crossing,) = crossovers_along("task_time", found)
    assert crossing.size is not None
    assert crossing.size.estimate == pytest.approx(2e-4, rel=error)


def test_the_other_way_round_it_is_faster_up_to_there() -> None:
    found = measured([table("pool-map", "serial")], Options(axes=(LENGTHS,), workers=2), amdahl)
    (crossing,) = crossovers_along("task_time", found)
    assert (crossing.subject, crossing.other, crossing.faster) == ("serial", "pool-map", "up to")


def test_a_subject_that_uses_a_setting_is_compared_at_each_value_with_a_reference_that_is_there_once() -> None:
    options = Options(axes=(Axis("workers", (1, 2, 4, 8)),), tasks=20, task_time=1e-3)
    found = measured([table("serial", "pool-map", "process")], options, amdahl)
    (crossing,) = crossovers_along("workers", found)
    assert (crossing.subject, crossing.other, crossing.sizes) == ("pool-map", "serial", [1, 2, 4, 8])
    assert crossing.size is not None
    assert crossing.size.estimate == pytest.approx(2, rel=0.1)  # 10 ms and half of 20 are 20


def test_a_reference_that_uses_it_too_is_compared_value_by_value() -> None:
    def seconds(case: Case) -> float:
        workers = case.settings.workers or 1
        return 1.0 if case.subject == "pool-map" else 3.0 / workers

    tables = [table("pool-map", "executor-threads", "serial")]
    found = measured(tables, Options(axes=(Axis("workers", (1, 9)),)), seconds)
    crossings = {crossing.subject: crossing for crossing in crossovers_along("workers", found)}
    assert set(crossings) == {"executor-threads", "serial"}
    assert crossings["executor-threads"].faster == "from"
    size = crossings["executor-threads"].size
    assert size is not None and size.estimate == pytest.approx(3, rel=0.05)
    assert (crossings["serial"].faster, crossings["serial"].sizes) == ("never", [1, 9])


def test_auto_and_zero_have_no_place_among_numbers() -> None:
    options = Options(axes=(Axis("chunksize", (1, None, 8)), Axis("task_time", (0.0, 0.001))))
    found = measured([table("serial", "pool-map", workload="sleep")], options, lambda _: 1.0)
    assert [crossing.sizes for crossing in crossovers_along("chunksize", found)] == [[1, 8], [1, 8]]
    assert list(crossovers_along("task_time", found)) == []


def test_with_several_axes_there_is_one_for_each_combination_of_the_others() -> None:
    options = Options(axes=(Axis("workers", (1, 4)), Axis("tasks", (10, 1000)), LENGTHS))
    found = measured([table("serial", "pool-map")], options, amdahl)
    by_place = {(each.at, each.subject): each for each in crossovers_along("task_time", found)}
    assert list(by_place) == [
        ("10 tasks", "pool-map workers 1"),
        ("10 tasks", "pool-map workers 4"),
        ("1000 tasks", "pool-map workers 1"),
        ("1000 tasks", "pool-map workers 4"),
    ]
    assert by_place["10 tasks", "pool-map workers 4"].faster == "never"
    assert by_place["1000 tasks", "pool-map workers 4"].faster == "from"
    assert [(each.at, each.subject) for each in crossovers_along("workers", found)] == [
        (f"{tasks} tasks, tasks of {length}", "pool-map") for tasks in (10, 1000) for length in ("10us", "100us", "1ms")
    ]


def test_tables_are_named_where_there_are_several() -> None:
    tables = [table("serial", "pool-map"), table("serial", "pool-map", name="sleep", workload="sleep")]
    found = measured(tables, Options(axes=(LENGTHS,)), amdahl)
    assert [crossing.at for crossing in crossovers_along("task_time", found)] == ["table", "sleep"]
    tables[1] = table("serial", "pool-map", name="sleep", workload="sleep", fixed=True)
    found = measured(tables, Options(axes=(LENGTHS,)), amdahl)
    assert [crossing.at for crossing in crossovers_along("task_time", found)] == [""]


def test_sides_are_compared_with_the_reference_on_their_own_side() -> None:
    pythons = tuple(Interpreter(name=name, python="python", version=name, given=name) for name in ("3.13", "3.14"))
    options = Options(axes=(LENGTHS,), interpreters=pythons)
    found = measured(
        [table("serial", "pool-map")], options, lambda case: amdahl(case) * (5 if case.side == "3.14" else 1)
    )
    crossings = list(crossovers_along("task_time", found))
    assert [(each.subject, each.other) for each in crossings] == [
        ("pool-map 3.13", "serial 3.13"),
        ("pool-map 3.14", "serial 3.14"),
    ]
    assert crossings[0].size is not None and crossings[1].size is not None
    assert crossings[0].size.estimate == pytest.approx(crossings[1].size.estimate)


def test_a_case_that_failed_has_no_place_and_one_place_is_none() -> None:
    found = measured([table("serial", "pool-map")], Options(axes=(LENGTHS,)), amdahl)
    found = unmeasured(found, 1)
    (crossing,) = crossovers_along("task_time", found)
    assert crossing.sizes == [1e-4, 1e-3]
    assert list(crossovers_along("task_time", unmeasured(found, 3))) == []


def test_a_pair_that_the_suite_asks_for_is_answered_once() -> None:
    channels = table(
        *("os-pipe", "pipe", "queue"),
        name="messages",
        workload="messages",
        experiment="messages",
        sizes={"payload": 16},
    )
    found = measured([channels], Options(axes=(Axis("payload", (16, 1024)),)), lambda _: 1.0)
    pairs = [(each.subject, each.other) for each in crossovers([("pipe", "os-pipe")], found)]
    assert pairs == [("pipe", "os-pipe"), ("queue", "os-pipe")]


# Pairs of channels


def at_sizes(subject: str, *seconds: float, blocks: int = 3) -> list[Result]:
    """A channel at 16 bytes, 1 KiB and so on, with hosts that differ a little."""
    return [
        result(
            f"{16 * 64**number}/{subject}",
            [[value * (1 + noise)] for noise in NOISE[:blocks]],
            experiment="messages",
            payload=16 * 64**number,
        )
        for number, value in enumerate(seconds)
    ]


def crossed(*results: list[Result], first: str = "shared-memory", second: str = "pipe") -> Crossing | None:
    found = list(crossovers([(first, second)], run([each for line in results for each in line])))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("first", "second", "faster"), [("shared-memory", "pipe", "from"), ("pipe", "shared-memory", "up to")]
)
def test_a_pair_has_a_crossing_where_one_overtakes_the_other(first: str, second: str, faster: str) -> None:
    lines = at_sizes("shared-memory", 0.004, 0.004, 0.004), at_sizes("pipe", 0.001, 0.002, 0.016)
    found = crossed(*lines, first=first, second=second)
    assert found is not None
    assert (found.subject, found.other, found.faster) == (first, second, faster)
    assert found.sizes == [16, 1024, 65536]
    assert found.size is not None
    assert found.size.estimate == pytest.approx(1024 * 4, rel=0.01)  # a third of the way from 1/2 to 4, by factors


@pytest.mark.parametrize(("first", "second", "faster"), [("fast", "slow", "always"), ("slow", "fast", "never")])
def test_always_and_never_have_no_size(first: str, second: str, faster: str) -> None:
    lines = at_sizes("fast", 0.001, 0.002), at_sizes("slow", 0.002, 0.005)
    found = crossed(*lines, first=first, second=second)
    assert found is not None
    assert (found.faster, found.size) == (faster, None)


def test_a_size_at_which_one_of_the_two_failed_is_left_out() -> None:
    failed = result("65536/pipe", failure="no", experiment="messages", payload=65536)
    found = crossed(at_sizes("shared-memory", 0.004, 0.004, 0.001), [*at_sizes("pipe", 0.001, 0.002), failed])
    assert found is not None
    assert (found.sizes, found.faster) == ([16, 1024], "never")


def test_a_pair_that_was_not_measured_at_two_sizes_is_left_out() -> None:
    assert crossed(at_sizes("shared-memory", 0.004), at_sizes("pipe", 0.001, 0.002)) is None
    assert crossed(at_sizes("pipe", 0.001, 0.002), first="no-such-channel") is None
    assert crossed() is None


def test_blocks_in_which_only_one_of_the_two_was_measured_do_not_count() -> None:
    found = crossed(at_sizes("shared-memory", 0.004, 0.004, blocks=2), at_sizes("pipe", 0.001, 0.016))
    assert found is not None
    assert found.size is not None
    assert found.size.blocks == 2
