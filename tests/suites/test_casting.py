"""What casting promises: the sizes and settings asked for, in the cases that heed them, and a warning elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.measure.environment import usable_cores
from concbench.measure.interpreters import Interpreter
from concbench.model import Settings
from concbench.registry import UnknownName
from concbench.strategies.strategy import strategies
from concbench.suites.casting import Cast, cast
from concbench.suites.options import Options
from concbench.suites.suite import Row, Table, suites


def table(*names: str, workload: str = "cpu", **others: Any) -> Table:
    return Table(name="part", title="A part", workload=workload, subjects=names, reference=names[0], **others)


def one(*names: str, workload: str = "cpu", options: Options | None = None, **others: Any) -> Cast:
    return cast([table(*names, workload=workload, **others)], options or Options())


def test_a_case_is_named_by_its_part_and_its_strategy() -> None:
    found = one("serial", "thread")
    assert [(case.id, case.part, case.subject) for case in found.cases] == [
        ("part/serial", "part", "serial"),
        ("part/thread", "part", "thread"),
    ]
    assert [(part.name, part.title, part.reference) for part in found.parts] == [("part", "A part", "part/serial")]


def test_sizes_are_the_workloads_own_then_the_tables_then_the_options() -> None:
    assert one("serial").cases[0].workload.tasks == 100
    assert one("serial", sizes={"tasks": 7}).cases[0].workload.tasks == 7
    assert one("serial", sizes={"tasks": 7}, options=Options(tasks=3)).cases[0].workload.tasks == 3
    assert one("serial", sizes={"task_time": 0.1}).cases[0].workload.tasks == 100


def test_options_override_the_sizes_of_the_tutorial_too() -> None:
    options = Options(tutorial=True, tasks=4, task_time=0.25)
    workload = one("serial", workload="sleep", tutorial_sizes={"tasks": 10}, options=options).cases[0].workload
    assert (workload.tasks, workload.task_time) == (4, 0.25)


def test_with_tutorial_the_tables_usual_sizes_do_not_count() -> None:
    options = Options(tutorial=True)
    workload = one("serial", workload="sleep", sizes={"task_time": 0.001}, options=options).cases[0].workload
    assert workload.task_time == 0.5


def test_a_task_time_of_zero_is_a_size_too() -> None:
    assert one("serial", workload="sleep", options=Options(task_time=0.0)).cases[0].workload.task_time == 0


@pytest.mark.parametrize(
    ("workload", "size"), [("cpu", "payload"), ("cpu", "memory"), ("payload", "task_time"), ("tutorial", "task_time")]
)
def test_a_size_that_means_nothing_to_a_workload_is_left_out_and_warned_of(workload: str, size: str) -> None:
    options = Options(**{size: 12})  # type: ignore[arg-type]  # a number suits all of them
    found = one("serial", workload=workload, options=options)
    assert getattr(found.cases[0].workload, size) != 12
    assert found.warnings == [f"--{size.replace('_', '-')} has no effect on these workloads"]


@pytest.mark.parametrize(("workload", "size"), [("payload", "payload"), ("memory", "memory"), ("sleep", "task_time")])
def test_a_size_that_a_workload_has_is_taken_without_a_word(workload: str, size: str) -> None:
    options = Options(**{size: 12})  # type: ignore[arg-type]  # a number suits all of them
    found = one("serial", workload=workload, options=options)
    assert getattr(found.cases[0].workload, size) == 12
    assert found.warnings == []


def test_workers_are_the_options_then_the_tables_then_one_a_usable_core() -> None:
    assert one("pool-map").cases[0].settings.workers == usable_cores()
    assert one("pool-map", workers=4).cases[0].settings.workers == 4
    assert one("pool-map", workers=4, options=Options(workers=3)).cases[0].settings.workers == 3


EVERYTHING = Options(workers=3, chunksize=5, start_method="spawn", maxtasksperchild=7, limit=9, cores="apart")


@pytest.mark.parametrize("name", sorted(strategies.all()))
def test_a_case_holds_those_settings_only_that_its_strategy_heeds(name: str) -> None:
    settings = one(name, options=EVERYTHING).cases[0].settings
    heeded = {setting for setting, value in vars(settings).items() if value is not None}
    assert heeded == set(strategies.get(name).settings)


def test_serial_heeds_nothing_and_every_setting_is_warned_of() -> None:
    found = one("serial", options=EVERYTHING)
    assert found.cases[0].settings == Settings()
    assert found.warnings == [
        f"--{name} has no effect: none of these cases heeds it"
        for name in ("workers", "chunksize", "start-method", "maxtasksperchild", "limit", "cores")
    ]


def test_what_one_of_the_strategies_heeds_is_not_warned_of() -> None:
    assert one("serial", "pool-map", options=Options(workers=3, chunksize=5)).warnings == []
    assert one("serial", "process", options=Options(limit=5)).warnings == []


def test_all_cases_of_a_part_draw_from_the_seed_of_the_run() -> None:
    found = one("serial", "thread", workload="skewed", options=Options(seed=42))
    assert {case.workload.seed for case in found.cases} == {42}


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'thread'"):
        one("thred")
    with pytest.raises(UnknownName, match="'sleep'"):
        one("serial", workload="slep")


# Several interpreters


def under(*names: str) -> Options:
    return Options(
        interpreters=tuple(Interpreter(name=name, python="python", version=name, given=name) for name in names)
    )


def test_every_case_is_there_once_under_each_interpreter_and_one_is_the_reference() -> None:
    found = cast(suites.get("pool-vs-process").tables, under("3.13", "3.14"))
    assert [case.id for case in found.cases if case.part == "sleep"] == [
        "sleep/process 3.13",
        "sleep/process 3.14",
        "sleep/pool-map 3.13",
        "sleep/pool-map 3.14",
    ]
    assert {part.reference for part in found.parts} == {"cpu/process 3.13", "sleep/process 3.13"}
    assert {case.side for case in found.cases} == {"3.13", "3.14"}


def test_a_single_interpreter_is_no_side() -> None:
    assert {case.side for case in cast(suites.get("pool-vs-process").tables, under("3.13")).cases} == {None}


def test_a_row_may_have_a_name_and_then_its_settings_are_not_part_of_it() -> None:
    found = cast(
        [
            Table(
                name="part",
                title="A part",
                workload="sleep",
                subjects=(
                    Row("pool-map", {"workers": 3}),
                    Row("pool-map", {"workers": 4}, name="pool-map workers 4"),
                    Row("pool-map", {"chunksize": None}, name="pool-map chunksize auto"),
                ),
                reference="pool-map workers 4",
            )
        ],
        Options(workers=2, chunksize=9),
    )
    assert [case.label for case in found.cases] == ["pool-map 3", "pool-map workers 4", "pool-map chunksize auto"]
    assert [(case.settings.workers, case.settings.chunksize) for case in found.cases] == [(3, 9), (4, 9), (2, None)]


def test_quick_leaves_out_thorough_rows_and_says_how_many() -> None:
    tables = [
        Table(
            name="part",
            title="A part",
            workload="sleep",
            sizes={"tasks": 50, "task_time": 0.5},
            quick_sizes={"tasks": 5},
            subjects=("serial", Row("thread", thorough=True), Row("pool-map", thorough=True)),
            reference="serial",
        )
    ]
    quick, usual = cast(tables, Options(quick=True)), cast(tables, Options())
    assert [case.subject for case in usual.cases] == ["serial", "thread", "pool-map"]
    assert [case.subject for case in quick.cases] == ["serial"]
    assert (usual.warnings, quick.warnings) == ([], ["--quick leaves out 2 rows of part"])


def test_quick_sizes_are_those_of_the_table_with_quick_unless_others_are_asked_for() -> None:
    sizes: dict[str, Any] = {"sizes": {"tasks": 50, "task_time": 0.5}, "quick_sizes": {"tasks": 5}}

    def tasks(**options: Any) -> tuple[int, float]:
        workload = one("serial", workload="sleep", options=Options(**options), **sizes).cases[0].workload
        return workload.tasks, workload.task_time

    assert tasks() == (50, 0.5)
    assert tasks(quick=True) == (5, 0.5)
    assert tasks(quick=True, tasks=7) == (7, 0.5)
    assert tasks(quick=True, tutorial=True)[0] == 100
