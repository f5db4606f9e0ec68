"""What selecting cases promises: sizes and settings that were asked for, in the cases that take them, or a warning.

Sizes with several values make a table of each, settings a row of each subject that takes them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.interpreters import Interpreter
from concbench.measure.probe.environment import usable_cores
from concbench.model.case import AxisName, Settings, Workload, given_settings, size_words
from concbench.registry import UnknownName
from concbench.session import cases as cases_module
from concbench.session.cases import MOST_CASES, Selection, TooManyCases, select, thinned, usual_workers
from concbench.session.options import Axis, Options
from concbench.strategies.strategy import strategies
from concbench.suites.suite import Row, SuiteTable, suites

WORKLOADS = {
    "tasks": "cpu",
    "messages": "messages",
    "counters": "steps",
    "turns": "turns",
    "startups": "startups",
}
"""A workload of each experiment."""
USUAL = {"messages": "pipe", "counters": "value", "turns": "lock", "startups": "process"}
"""A subject of each experiment but tasks."""


def table(*rows: str | Row, experiment: str = "tasks", **others: Any) -> SuiteTable:
    rows = rows or (USUAL[experiment],)
    first = rows[0]
    usual: dict[str, Any] = {
        "name": "part",
        "title": "A part",
        "workload": WORKLOADS[experiment],
        "reference": first.label if isinstance(first, Row) else first,
    }
    return SuiteTable(experiment=experiment, subjects=rows, **{**usual, **others})


def one(*rows: str | Row, options: Options | None = None, **others: Any) -> Selection:
    """The cases of one table."""
    return select([table(*rows, **others)], options or Options())


def workload_of(*rows: str | Row, **others: Any) -> Workload:
    return one(*rows, **others).cases[0].workload


def settings_of(*rows: str | Row, **others: Any) -> Settings:
    return one(*rows, **others).cases[0].settings


def ids(found: Selection) -> list[str]:
    return [case.id for case in found.cases]


def labels(found: Selection) -> list[str]:
    return [case.label for case in found.cases]


def no_effect(*names: str) -> tuple[str, ...]:
    return tuple(f"--{name} has no effect: not used by any case in this run" for name in names)


def no_size(*names: str) -> tuple[str, ...]:
    return tuple(f"--{name} has no effect on these workloads" for name in names)


# Names


def test_a_case_is_named_by_its_table_and_its_row() -> None:
    found = one("serial", "thread")
    assert ids(found) == ["part/serial", "part/thread"]
    assert [(each.name, each.title, each.reference) for each in found.tables] == [("part", "A part", "part/serial")]
    assert found.warnings == ()
    drawn = one("serial", "thread", workload="skewed", options=Options(seed=42))
    assert {case.workload.seed for case in drawn.cases} == {42}


def test_a_row_is_named_by_its_subject_and_its_own_settings_or_by_a_name_of_its_own() -> None:
    rows = ("value", Row("value", {"lock": "lock"}), Row("value", {"lock": "rlock", "start_method": "spawn"}))
    found = one(*rows, experiment="counters")
    assert labels(found) == ["value", "value lock", "value rlock spawn"]
    assert {case.subject for case in found.cases} == {"value"}
    assert [case.settings.lock for case in found.cases] == [None, "lock", "rlock"]
    assert one(rows[1], "value", experiment="counters").tables[0].reference == "part/value lock"
    assert Row("process", {"start_method": None}).label == "process"
    named = one(
        Row("pool-map", {"workers": 3}),
        Row("pool-map", {"workers": 4}, name="pool-map workers 4"),
        Row("pool-map", {"chunksize": None}, name="pool-map chunksize auto"),
        options=Options(workers=2, chunksize=9),
    )
    assert labels(named) == ["pool-map 3", "pool-map workers 4", "pool-map chunksize auto"]
    assert [(case.settings.workers, case.settings.chunksize) for case in named.cases] == [(3, 9), (4, 9), (2, None)]


@pytest.mark.parametrize("experiment", USUAL)
def test_a_case_says_its_experiment_and_has_the_seed_of_the_run(experiment: str) -> None:
    for fixed in (False, True):
        (case,) = one(experiment=experiment, fixed=fixed, options=Options(seed=42)).cases
        assert (case.experiment, case.metric, case.workload.seed) == (experiment, "each", 42)


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'thread'"):
        one("thred")
    with pytest.raises(UnknownName, match="'sleep'"):
        one("serial", workload="slep")


# Sizes


def test_sizes_are_the_workloads_own_then_the_tables_then_the_options() -> None:
    assert workload_of("serial").tasks == workload_of("serial", sizes={"task_time": 0.1}).tasks == 100
    assert workload_of("serial", sizes={"tasks": 7}).tasks == 7
    assert workload_of("serial", sizes={"tasks": 7}, options=Options(tasks=3)).tasks == 3
    assert workload_of("serial", workload="sleep", options=Options(task_time=0.0)).task_time == 0


def test_the_sizes_of_the_tutorial_stand_instead_of_the_tables_and_options_override_them() -> None:
    sizes: dict[str, Any] = {"workload": "sleep", "sizes": {"task_time": 0.001}, "tutorial_sizes": {"tasks": 10}}
    usual = workload_of("serial", **sizes, options=Options(tutorial=True))
    asked = workload_of("serial", **sizes, options=Options(tutorial=True, tasks=4, task_time=0.25))
    assert (usual.tasks, usual.task_time) == (10, 0.5)
    assert (asked.tasks, asked.task_time) == (4, 0.25)


def test_the_sizes_of_the_tutorial_come_on_top_of_the_tables_where_workers_share() -> None:
    sizes: dict[str, Any] = {"sizes": {"tasks": 9, "payload": 3}, "tutorial_sizes": {"tasks": 1}}
    found = workload_of(experiment="messages", **sizes, options=Options(tutorial=True))
    assert (found.tasks, found.payload) == (1, 3)
    counting = {"experiment": "counters", "sizes": {"tasks": 100}, "tutorial_workload": "countdown"}
    assert workload_of(**counting).name == "steps"
    assert workload_of(**counting, options=Options(tutorial=True)).name == "countdown"


def test_quick_sizes_are_those_of_the_table_with_quick_unless_others_are_asked_for() -> None:
    sizes: dict[str, Any] = {"sizes": {"tasks": 50, "task_time": 0.5}, "quick_sizes": {"tasks": 5}}

    def tasks(**options: Any) -> int:
        return workload_of("serial", workload="sleep", options=Options(**options), **sizes).tasks

    assert (tasks(), tasks(quick=True), tasks(quick=True, tasks=7), tasks(quick=True, tutorial=True)) == (50, 5, 7, 100)


@pytest.mark.parametrize(
    ("workload", "size"),
    [("cpu", "payload"), ("cpu", "memory"), ("payload", "task_time"), ("tutorial", "task_time"), ("steps", "payload")],
)
def test_a_size_that_means_nothing_to_a_workload_is_left_out_and_warned_of(workload: str, size: AxisName) -> None:
    counting = {"experiment": "counters"} if workload == "steps" else {}
    subject = "value" if counting else "serial"
    found = one(subject, workload=workload, **counting, options=Options(**{size: 12}))  # type: ignore[arg-type]  # numbers
    assert getattr(found.cases[0].workload, size) != 12
    assert found.warnings == no_size(size.replace("_", "-"))
    several = one(subject, workload=workload, **counting, options=Options(axes=(Axis(size, (12, 13)),)))
    assert ids(several) == [f"part/{subject}"]
    assert several.warnings == found.warnings


@pytest.mark.parametrize(("workload", "size"), [("payload", "payload"), ("memory", "memory"), ("sleep", "task_time")])
def test_a_size_that_a_workload_has_is_taken_without_a_word(workload: str, size: str) -> None:
    found = one("serial", workload=workload, options=Options(**{size: 12}))  # type: ignore[arg-type]  # numbers
    assert getattr(found.cases[0].workload, size) == 12
    assert found.warnings == ()


def test_the_sizes_of_a_fixed_table_stand_and_the_option_is_warned_of() -> None:
    sizes: dict[str, Any] = {"experiment": "messages", "sizes": {"tasks": 9, "payload": 1024}}
    found = one(**sizes, fixed=True, options=Options(tasks=3, payload=5))
    assert (found.cases[0].workload.tasks, found.cases[0].workload.payload) == (9, 1024)
    assert found.warnings == no_size("tasks", "payload")
    assert one(**sizes, options=Options(tasks=3, payload=5)).warnings == ()
    assert one("serial", fixed=True, options=Options(axes=(LENGTHS,))).warnings == no_size("task-time")


def test_a_row_can_have_a_size_of_its_own() -> None:
    for options, other in ((Options(), 5), (Options(tasks=3), 3)):
        rows = (Row("local", sizes={"tasks": 77}), "value")
        found = one(*rows, experiment="counters", sizes={"tasks": 5}, options=options)
        assert [case.workload.tasks for case in found.cases] == [77, other]


# Settings

EVERYTHING = Options(
    workers=3,
    chunksize=5,
    start_method="spawn",
    maxtasksperchild=7,
    limit=9,
    buffersize=11,
    inner_threads=2,
    cores="apart",
    engine_address="tcp://127.0.0.1:8786",
    warm=True,
)


@pytest.mark.parametrize("name", sorted(strategies.all()))
def test_a_case_holds_only_those_settings_that_its_strategy_takes(name: str) -> None:
    settings = settings_of(name, options=EVERYTHING)
    assert given_settings(settings).keys() == {*strategies.get(name).settings, "inner_threads"}


def test_other_experiments_take_settings_of_their_own() -> None:
    def taken(experiment: str, *subjects: str) -> Settings:
        return settings_of(*subjects, experiment=experiment, options=replace(EVERYTHING, cores=None))

    assert taken("messages") == Settings(start_method="spawn")
    assert taken("messages", "thread-queue") == Settings()
    assert taken("counters", "dict") == taken("turns", "thread-lock") == taken("startups", "thread")
    assert taken("counters", "dict") == Settings(workers=3)
    assert taken("counters") == Settings(workers=3, start_method="spawn")


def test_an_option_that_no_case_takes_is_warned_of() -> None:
    found = one("serial", options=EVERYTHING)
    assert found.cases[0].settings == Settings(inner_threads=2)
    every = (
        *("workers", "chunksize", "start-method", "maxtasksperchild", "limit", "buffersize", "cores"),
        *("engine-address", "warm"),
    )
    assert found.warnings == no_effect(*every)
    assert one("serial", "pool-map", options=Options(workers=3, chunksize=5)).warnings == ()
    assert one("serial", "process", options=Options(limit=5)).warnings == ()
    assert select((), Options(start_method="spawn")).warnings == ()  # facts are observed under a start method
    assert select((), Options(workers=3, tasks=4)).warnings == (*no_effect("workers"), *no_size("tasks"))


def test_a_rows_own_settings_stand_and_an_option_that_every_row_fixes_is_warned_of() -> None:
    rows = [Row("process", {"start_method": method}) for method in ("fork", "spawn")]
    for method in ("fork", "forkserver"):
        found = one("thread", *rows, experiment="startups", options=Options(start_method=method))
        assert [case.settings.start_method for case in found.cases] == [None, "fork", "spawn"]
        assert found.warnings == no_effect("start-method")
    assert one(*rows, "process", experiment="startups", options=Options(start_method="fork")).warnings == ()


def test_only_fork_servers_import_modules_ahead() -> None:
    options = Options(forkserver_preload=("json",))
    methods = Axis("start_method", ("fork", "forkserver"))
    found = one("serial", "pool-map", "process", options=replace(options, axes=(methods,)))
    assert [case.settings.forkserver_preload for case in found.cases] == [(), (), ("json",), (), ("json",)]
    assert settings_of("pool-map", options=options).forkserver_preload == ("json",)  # if that is Python's own
    assert one("serial", options=options).warnings == no_effect("forkserver-preload")


def test_what_can_be_kept_open_is_there_cold_and_warm_where_both_are_asked_for() -> None:
    found = one("serial", "thread", "pool-map", options=Options(warm=True, cold=True))
    assert [(case.row, case.settings.warm) for case in found.cases] == [
        ("serial", False),
        ("thread", False),
        ("pool-map", False),
        ("pool-map warm", True),
    ]
    assert len({case.id for case in found.cases}) == 4


def test_rows_that_are_there_twice_are_not_said_to_be_left_out() -> None:
    table = SuiteTable(name="t", title="T", workload="sleep", subjects=("serial", "pool-map"), reference="serial")
    assert not select([table], Options(warm=True, cold=True)).warnings
    named = select([replace(table, subjects=("serial", Row("pool-map", thorough=True)))], Options(quick=True))
    assert named.warnings == ("--quick leaves out 1 row of t",)


def test_cold_alone_is_how_everything_is_measured() -> None:
    found = one("serial", "pool-map", options=Options(cold=True))
    assert [(case.row, case.settings.warm) for case in found.cases] == [("serial", False), ("pool-map", False)]


def test_a_table_may_be_warm_whatever_the_options_say_and_what_cannot_be_kept_open_is_not() -> None:
    for found in (one("serial", "thread", "pool-map", warm=True), one("serial", "thread", "pool-map")):
        warm = [case.settings.warm for case in found.cases]
        assert warm in ([False, False, True], [False, False, False])
    options = Options(warm=True)
    assert [case.settings.warm for case in one("process", "threadpool-map", options=options).cases] == [False, True]
    assert one("thread", options=options).warnings == no_effect("warm")


def test_workers_are_the_options_then_the_tables_then_one_a_usable_core() -> None:
    assert settings_of("pool-map").workers == usable_cores()
    assert settings_of("pool-map", workers=4).workers == 4
    assert settings_of("pool-map", workers=4, options=Options(workers=3)).workers == 3
    both: dict[str, Any] = {"experiment": "counters", "workers": 3, "tutorial_workers": 50}
    assert settings_of(**both).workers == 3
    assert settings_of(**both, options=Options(tutorial=True)).workers == 50
    assert settings_of(**both, options=Options(tutorial=True, workers=4)).workers == 4


def test_workers_that_share_are_two_at_least_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, workers in ((1, 2), (6, 6)):
        monkeypatch.setattr("concbench.session.cases.usable_cores", lambda found=cores: found)
        assert settings_of(experiment="counters").workers == workers
    assert usual_workers(table("serial")) == 6


def test_a_table_of_one_worker_has_one_whatever_the_options_say() -> None:
    for options in (Options(workers=5), Options(axes=(WORKERS,))):
        found = one(experiment="turns", workers=3, alone=True, options=options)
        assert [case.settings.workers for case in found.cases] == [1]
        assert found.warnings == no_effect("workers")


def test_a_primitive_that_is_handed_over_between_two_has_two_workers_at_most() -> None:
    names = ("event", "lock", "condition", "manager-event")
    found = one(*names, experiment="turns", options=Options(workers=5))
    assert [case.settings.workers for case in found.cases] == [2, 5, 2, 2]
    assert settings_of("event", experiment="turns", options=Options(workers=1)).workers == 1


# Several values

WORKERS = Axis("workers", (1, 4))
CHUNKS = Axis("chunksize", (1, None))
LENGTHS = Axis("task_time", (1e-5, 1e-3))


def over(*axes: Axis, **others: Any) -> Options:
    return Options(axes=axes, **others)


def test_a_setting_adds_rows_for_those_that_take_it_and_the_others_are_there_once() -> None:
    found = one("serial", "process", "pool-map", "executor-threads", options=over(WORKERS))
    assert labels(found) == [
        "serial",
        "process",
        "pool-map workers 1",
        "pool-map workers 4",
        "executor-threads workers 1",
        "executor-threads workers 4",
    ]
    assert [case.settings.workers for case in found.cases] == [None, None, 1, 4, 1, 4]
    assert [dict(case.along) for case in found.cases[1:3]] == [{}, {"workers": 1}]
    assert found.tables[0].reference == "part/serial"
    assert found.warnings == ()


def test_start_methods_are_rows_that_are_named_by_them() -> None:
    found = one("serial", "process", "pool-map", options=over(Axis("start_method", ("spawn", "fork"))))
    assert labels(found) == ["serial", "process spawn", "process fork", "pool-map spawn", "pool-map fork"]
    assert [case.settings.start_method for case in found.cases] == [None, "spawn", "fork", "spawn", "fork"]
    assert found.cases[1].along == {"start_method": "spawn"}
    both = one("pool-map", options=over(WORKERS, Axis("start_method", ("fork", "spawn"))))
    assert labels(both)[:2] == ["pool-map workers 1 fork", "pool-map workers 1 spawn"]


def test_no_start_method_goes_where_there_is_too_little_time() -> None:
    methods = Axis("start_method", ("fork", "forkserver", "spawn"))
    assert thinned([methods]) == []
    assert [name for name, _ in thinned([Axis("workers", (1, 2, 3)), methods])] == ["workers"]


def test_several_settings_go_each_with_each() -> None:
    found = one("serial", "pool-map", "executor-threads", options=over(WORKERS, CHUNKS))
    assert labels(found) == [
        "serial",
        "pool-map workers 1 chunksize 1",
        "pool-map workers 1 chunksize auto",
        "pool-map workers 4 chunksize 1",
        "pool-map workers 4 chunksize auto",
        "executor-threads workers 1",
        "executor-threads workers 4",
    ]
    assert [case.settings.chunksize for case in found.cases[1:5]] == [1, None, 1, None]


def test_a_reference_that_takes_the_setting_is_there_with_its_first_value() -> None:
    found = one("pool-map", "executor-threads", options=over(Axis("workers", (3, 1))))
    assert found.tables[0].reference == ids(found)[0] == "part/pool-map workers 3"


def test_workers_that_are_auto_are_the_usual_ones_and_not_measured_twice() -> None:
    cores = usable_cores()
    found = one("pool-map", options=over(Axis("workers", (None, cores, cores + 1))))
    assert labels(found) == [f"pool-map workers {cores}", f"pool-map workers {cores + 1}"]
    (lone,) = one("pool-map", workers=7, options=over(Axis("workers", (7, None)))).cases
    assert (lone.label, lone.settings.workers) == ("pool-map workers 7", 7)


def test_a_subject_that_can_have_two_workers_only_is_not_measured_with_more() -> None:
    found = one("lock", "event", experiment="turns", options=over(Axis("workers", (1, 2, 3, 8))))
    assert labels(found) == [*(f"lock workers {number}" for number in (1, 2, 3, 8)), *EVENTS]


EVENTS = ("event workers 1", "event workers 2")


def test_a_rows_own_setting_stands_beside_several_values() -> None:
    found = one(Row("pool-map", {"chunksize": 5}), "threadpool-map", options=over(CHUNKS))
    assert labels(found) == ["pool-map 5", "threadpool-map chunksize 1", "threadpool-map chunksize auto"]
    assert found.cases[0].settings.chunksize == 5


def test_a_size_makes_a_table_of_each_value_with_a_reference_of_its_own_and_rows_for_settings() -> None:
    found = one("serial", "pool-map", options=over(LENGTHS, WORKERS))
    assert ids(found) == [
        f"part {size}/{row}"
        for size in ("10us", "1ms")
        for row in ("serial", "pool-map workers 1", "pool-map workers 4")
    ]
    assert [case.workload.task_time for case in found.cases] == [1e-5] * 3 + [1e-3] * 3
    assert [(each.name, each.title, each.reference) for each in found.tables] == [
        ("part 10us", "A part", "part 10us/serial"),
        ("part 1ms", "A part", "part 1ms/serial"),
    ]


def test_a_table_whose_workload_has_not_the_size_is_there_once() -> None:
    tables = [table("serial"), table("serial", name="other", workload="payload")]
    found = select(tables, over(Axis("payload", (16, 65536))))
    assert ids(found) == ["part/serial", "other 16B/serial", "other 64KiB/serial"]
    assert found.warnings == ()


@pytest.mark.parametrize("axis", ["workers", "chunksize", "maxtasksperchild", "limit"])
def test_a_setting_with_several_values_that_no_case_takes_is_warned_of(axis: AxisName) -> None:
    found = one("serial", options=over(Axis(axis, (1, 2))))
    assert ids(found) == ["part/serial"]
    assert found.warnings == no_effect(axis)


def test_more_cases_than_a_run_can_have_are_counted_and_refused_before_any_is_made() -> None:
    names: tuple[AxisName, ...] = ("workers", "chunksize", "maxtasksperchild", "tasks", "task_time")
    many = [Axis(name, tuple(range(1, 65))) for name in names]
    with pytest.raises(TooManyCases, match=f"make {64**5:,} cases, and a run has at most {MOST_CASES}"):
        one("pool-map", options=over(*many))
    assert len(one("pool-map", options=over(many[0])).cases) == 64


@pytest.mark.parametrize("name", sorted(suites.all()))
def test_every_id_and_every_table_is_there_once_in_every_suite(name: str) -> None:
    axes = (WORKERS, CHUNKS, Axis("tasks", (1, 2)), Axis("payload", (16, 1024)))
    tables = suites.get(name).tables
    for options in (over(*axes), over(*axes[:1], interpreters=under("3.13", "3.14")), Options()):
        found = select(tables[:1], options)
        assert len(set(ids(found))) == len(found.cases)
        assert len({each.name for each in found.tables}) == len(found.tables)
        assert {each.reference for each in found.tables} <= set(ids(found))
        assert {case.table for case in found.cases} == {each.name for each in found.tables}


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=4, unique=True))
def test_different_times_have_different_words_without_a_slash(times: list[float]) -> None:
    words = {size_words("task_time", time) for time in times}
    assert len(words) == len(times)
    assert not any("/" in word for word in words)


@given(st.sampled_from(["tasks", "payload", "memory"]), st.lists(st.integers(0, 10**15), min_size=2, unique=True))
def test_different_sizes_have_different_words(axis: AxisName, sizes: list[int]) -> None:
    assert len({size_words(axis, size) for size in sizes}) == len(sizes)


# Several interpreters


def under(*names: str) -> tuple[Interpreter, ...]:
    return tuple(Interpreter(name=name, python="python", version=name, given=name) for name in names)


def test_every_case_is_there_once_under_each_interpreter_and_one_is_the_reference() -> None:
    options = over(Axis("tasks", (1, 2)), WORKERS, interpreters=under("3.13", "3.14"))
    found = one("serial", "pool-map", options=options)
    assert len(found.cases) == 2 * 3 * 2
    assert ids(found)[:4] == [
        "part 1 task/serial 3.13",
        "part 1 task/serial 3.14",
        "part 1 task/pool-map workers 1 3.13",
        "part 1 task/pool-map workers 1 3.14",
    ]
    assert {case.side for case in found.cases} == {"3.13", "3.14"}
    assert [each.reference for each in found.tables] == ["part 1 task/serial 3.13", "part 2 tasks/serial 3.13"]


def test_a_single_interpreter_is_no_side() -> None:
    assert [case.side for case in one("serial", options=Options(interpreters=under("3.13"))).cases] == [None]


# With --quick


def test_quick_leaves_out_thorough_rows_and_tables_and_says_so() -> None:
    rows = ("serial", Row("thread", thorough=True), Row("pool-map", thorough=True))
    quick, usual = one(*rows, options=Options(quick=True)), one(*rows)
    assert labels(usual) == ["serial", "thread", "pool-map"]
    assert (labels(quick), quick.warnings) == (["serial"], ("--quick leaves out 2 rows of part",))
    tables = [table("serial"), table("serial", name="more", thorough=True)]
    quick, usual = select(tables, Options(quick=True)), select(tables, Options())
    assert [each.name for each in usual.tables] == ["part", "more"]
    assert ([each.name for each in quick.tables], quick.warnings) == (["part"], ("--quick leaves out more",))


# Where memory is short


def test_an_object_of_which_workers_hold_copies_fits_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_module, "memory_left", lambda: 10**9)
    found = one("serial", workload="reading", copied=True, workers=2)
    assert found.cases[0].workload.memory == 100 * 10**6
    assert found.warnings == ("part: 100 MB instead of 500 MB, as no more memory is free",)


def test_it_is_as_large_as_asked_for_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_module, "memory_left", lambda: 10**9)
    found = one("serial", workload="reading", copied=True, options=Options(memory=200 * 10**6))
    assert (found.cases[0].workload.memory, found.warnings) == (200 * 10**6, ())


def test_it_has_its_usual_size_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_module, "memory_left", lambda: 10**12)
    found = one("serial", workload="reading", copied=True)
    assert (found.cases[0].workload.memory, found.warnings) == (500 * 10**6, ())


# An initializer that each thread calls


INIT: dict[str, Any] = {"sizes": {"init": "mine:connect"}, "workload": "mine:spent"}


@pytest.mark.parametrize("subject", ["executor-threads", "thread"])
def test_that_each_thread_calls_an_initializer_is_said(subject: str) -> None:
    (said,) = one(subject, workers=2, **INIT).warnings
    assert "each thread calls --init mine:connect" in said
    assert "--init-per process" in said


@pytest.mark.parametrize("subject", ["serial", "pool-map", "asyncio-gather"])
def test_of_other_workers_nothing_is_said(subject: str) -> None:
    assert one(subject, workers=2, **INIT).warnings == ()


@pytest.mark.parametrize("per", ["worker", "process"])
def test_nothing_is_said_where_it_was_asked_for(per: str) -> None:
    own: dict[str, Any] = {"sizes": {"init": "mine:connect", "init_per": per}, "workload": "mine:spent"}
    assert one("executor-threads", workers=2, **own).warnings == ()


def test_nothing_is_said_of_a_single_thread() -> None:
    assert one("executor-threads", workers=1, **INIT).warnings == ()
