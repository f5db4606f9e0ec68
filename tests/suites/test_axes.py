"""What an option with several values promises: parts for sizes, rows for settings, and ratios within a part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.environment import usable_cores
from concbench.measure.interpreters import Interpreter
from concbench.measure.plan import Tally
from concbench.model import AxisName, Claim
from concbench.suites.asking import Asked
from concbench.suites.axes import in_words, part_named
from concbench.suites.casting import MOST_CASES, Cast, TooManyCases, cast
from concbench.suites.options import Axis, Options
from concbench.suites.suite import Row, Suite, Table, suites
from tests.busy import other_warnings


def table(*names: str | Row, workload: str = "cpu", **others: Any) -> Table:
    first = names[0]
    reference = others.pop("reference", first if isinstance(first, str) else first.label)
    return Table(name="part", title="A part", workload=workload, subjects=names, reference=reference, **others)


def over(*axes: Axis, **others: Any) -> Options:
    return Options(axes=axes, **others)


def ids(found: Cast) -> list[str]:
    return [case.id for case in found.cases]


WORKERS = Axis("workers", (1, 4))
CHUNKS = Axis("chunksize", (1, None))
LENGTHS = Axis("task_time", (1e-5, 1e-3))


# Settings


def test_a_setting_adds_rows_for_those_that_heed_it_and_the_others_are_there_once() -> None:
    found = cast([table("serial", "process", "pool-map", "executor-threads")], over(WORKERS))
    assert ids(found) == [
        "part/serial",
        "part/process",
        "part/pool-map workers 1",
        "part/pool-map workers 4",
        "part/executor-threads workers 1",
        "part/executor-threads workers 4",
    ]
    assert [case.settings.workers for case in found.cases] == [None, None, 1, 4, 1, 4]
    assert [(part.name, part.reference) for part in found.parts] == [("part", "part/serial")]
    assert found.warnings == []


def test_several_settings_go_each_with_each() -> None:
    found = cast([table("serial", "pool-map", "executor-threads")], over(WORKERS, CHUNKS))
    assert ids(found) == [
        "part/serial",
        "part/pool-map workers 1 chunksize 1",
        "part/pool-map workers 1 chunksize auto",
        "part/pool-map workers 4 chunksize 1",
        "part/pool-map workers 4 chunksize auto",
        "part/executor-threads workers 1",
        "part/executor-threads workers 4",
    ]
    assert [case.settings.chunksize for case in found.cases[1:5]] == [1, None, 1, None]


def test_a_reference_that_heeds_the_setting_is_there_with_its_first_value() -> None:
    found = cast([table("pool-map", "executor-threads")], over(Axis("workers", (3, 1))))
    assert found.parts[0].reference == "part/pool-map workers 3"
    assert found.parts[0].reference in ids(found)


def test_workers_that_are_auto_are_the_usual_ones_and_not_measured_twice() -> None:
    cores = usable_cores()
    found = cast([table("pool-map")], over(Axis("workers", (None, cores, cores + 1))))
    assert ids(found) == [f"part/pool-map workers {cores}", f"part/pool-map workers {cores + 1}"]
    (lone,) = cast([table("pool-map", workers=7)], over(Axis("workers", (7, None)))).cases
    assert (lone.id, lone.settings.workers) == ("part/pool-map workers 7", 7)


def test_who_can_have_two_workers_only_is_measured_with_no_more_than_once() -> None:
    turns = table("lock", "event", workload="turns", experiment="turns")
    found = cast([turns], over(Axis("workers", (1, 2, 3, 8))))
    assert ids(found) == [
        *(f"part/lock workers {number}" for number in (1, 2, 3, 8)),
        "part/event workers 1",
        "part/event workers 2",
    ]


def test_a_rows_own_setting_stands() -> None:
    rows = table(Row("pool-map", {"chunksize": 5}), "threadpool-map")
    found = cast([rows], over(CHUNKS))
    assert ids(found) == ["part/pool-map 5", "part/threadpool-map chunksize 1", "part/threadpool-map chunksize auto"]
    assert found.cases[0].settings.chunksize == 5


def test_a_table_with_one_worker_has_one() -> None:
    alone = table("lock", workload="turns", experiment="turns", alone=True)
    found = cast([alone], over(WORKERS))
    assert ids(found) == ["part/lock"]
    assert found.warnings == ["--workers has no effect: none of these cases heeds it"]


# Sizes


def test_a_size_makes_a_part_of_each_value_with_a_reference_of_its_own() -> None:
    found = cast([table("serial", "pool-map")], over(LENGTHS))
    assert ids(found) == ["part 10us/serial", "part 10us/pool-map", "part 1ms/serial", "part 1ms/pool-map"]
    assert [case.workload.task_time for case in found.cases] == [1e-5, 1e-5, 1e-3, 1e-3]
    assert [(part.name, part.reference) for part in found.parts] == [
        ("part 10us", "part 10us/serial"),
        ("part 1ms", "part 1ms/serial"),
    ]
    assert {part.title for part in found.parts} == {"A part"}


def test_sizes_and_settings_together() -> None:
    found = cast([table("serial", "pool-map")], over(Axis("tasks", (1, 10)), WORKERS))
    assert ids(found) == [
        "part 1 task/serial",
        "part 1 task/pool-map workers 1",
        "part 1 task/pool-map workers 4",
        "part 10 tasks/serial",
        "part 10 tasks/pool-map workers 1",
        "part 10 tasks/pool-map workers 4",
    ]


def test_a_table_whose_workload_has_not_the_size_is_there_once() -> None:
    tables = [
        table("serial"),
        Table(name="other", title="B", workload="payload", subjects=("serial",), reference="serial"),
    ]
    found = cast(tables, over(Axis("payload", (16, 65536))))
    assert ids(found) == ["part/serial", "other 16B/serial", "other 64KiB/serial"]
    assert found.warnings == []


@pytest.mark.parametrize(
    ("axis", "workload"), [("payload", "cpu"), ("memory", "cpu"), ("task_time", "payload"), ("task_time", "tutorial")]
)
def test_a_size_that_means_nothing_to_any_workload_is_warned_of(axis: AxisName, workload: str) -> None:
    found = cast([table("serial", workload=workload)], over(Axis(axis, (12, 13))))
    assert ids(found) == ["part/serial"]
    assert found.warnings == [f"--{axis.replace('_', '-')} has no effect on these workloads"]


def test_fixed_sizes_stand() -> None:
    found = cast([table("serial", fixed=True)], over(LENGTHS))
    assert ids(found) == ["part/serial"]
    assert found.warnings == ["--task-time has no effect on these workloads"]


@pytest.mark.parametrize("axis", ["workers", "chunksize", "maxtasksperchild", "limit"])
def test_a_setting_that_nobody_heeds_is_warned_of(axis: AxisName) -> None:
    found = cast([table("serial")], over(Axis(axis, (1, 2))))
    assert ids(found) == ["part/serial"]
    assert found.warnings == [f"--{axis} has no effect: none of these cases heeds it"]


def test_facts_have_no_axes() -> None:
    assert cast([], over(WORKERS)).warnings == ["--workers has no effect: none of these cases heeds it"]


def test_interpreters_multiply() -> None:
    pythons = tuple(Interpreter(name=name, python="python", version=name, given=name) for name in ("3.13", "3.14"))
    found = cast([table("serial", "pool-map")], over(Axis("tasks", (1, 2)), WORKERS, interpreters=pythons))
    assert len(found.cases) == 2 * 3 * 2
    assert ids(found)[:4] == [
        "part 1 task/serial 3.13",
        "part 1 task/serial 3.14",
        "part 1 task/pool-map workers 1 3.13",
        "part 1 task/pool-map workers 1 3.14",
    ]
    assert [part.reference for part in found.parts] == ["part 1 task/serial 3.13", "part 2 tasks/serial 3.13"]


def test_more_cases_than_a_run_can_have_are_counted_and_refused_before_any_is_made() -> None:
    many = Axis("workers", tuple(range(1, 65)))
    others = [Axis(name, tuple(range(1, 65))) for name in ("chunksize", "maxtasksperchild", "tasks", "task_time")]
    with pytest.raises(TooManyCases, match=f"make {64**5:,} cases, and a run has at most {MOST_CASES}"):
        cast([table("pool-map")], over(many, *others))
    assert len(cast([table("pool-map")], over(many)).cases) == 64


def test_every_id_and_every_part_is_there_once_in_every_suite() -> None:
    axes = (WORKERS, CHUNKS, Axis("tasks", (1, 2)), Axis("payload", (16, 1024)))
    for suite in suites.all().values():
        tables = suite.tables[:1]
        found = cast(tables, over(*axes))
        assert len(set(ids(found))) == len(found.cases)
        assert len({part.name for part in found.parts}) == len(found.parts)
        assert {part.reference for part in found.parts} <= set(ids(found))
        assert set(found.places) == set(ids(found))


# Names of parts


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=4, unique=True))
def test_different_times_have_different_names_without_a_slash(times: list[float]) -> None:
    names = {part_named("cpu", {"task_time": time}) for time in times}
    assert len(names) == len(times)
    assert not any("/" in name for name in names)


@given(st.lists(st.integers(0, 10**15), min_size=2, max_size=4, unique=True))
def test_different_sizes_have_different_names(sizes: list[int]) -> None:
    assert len({part_named("cpu", {"payload": size}) for size in sizes}) == len(sizes)
    assert len({in_words({"memory": size, "tasks": 3}) for size in sizes}) == len(sizes)


# Claims

SUITE = Suite(
    name="any",
    question="Any?",
    tables=(table("serial", "process", "pool-map"),),
    claims=(
        Claim(sentence="One.", case="part/pool-map", verdict="faster", reference="part/serial"),
        Claim(sentence="Two.", case="part/process", verdict="slower", reference="part/serial"),
    ),
)


def asked(*axes: Axis) -> Asked:
    options = over(*axes)
    return Asked(SUITE, options, cast(SUITE.tables, options))


def test_claims_on_cases_that_several_have_replaced_are_left_out_with_a_word() -> None:
    question = asked(WORKERS)
    assert [claim.sentence for claim in question.claims()] == ["Two."]
    assert other_warnings(question.warnings()) == [
        "a claim of the suite is about its own sizes and settings, and left out: several were asked for"
    ]
    question = asked(LENGTHS)
    question.tally = Tally()
    assert question.claims() == []
    assert other_warnings(question.warnings())[0].startswith("2 claims of the suite are about its own sizes")


def test_without_several_values_all_claims_stand() -> None:
    question = asked()
    assert len(question.claims()) == 2
    assert other_warnings(question.warnings()) == []


def test_the_run_says_what_was_asked_for_at_several_values() -> None:
    assert asked(LENGTHS, WORKERS).run().axes == ["task_time", "workers"]
    assert asked().run().axes == []
