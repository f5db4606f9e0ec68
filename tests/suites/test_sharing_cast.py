"""What casting promises of channels, stores, primitives and workers: rows and tables that fix what they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from concbench.experiments.startups import STARTERS
from concbench.model import Experiment, Settings
from concbench.suites.casting import Cast, cast, usual_workers
from concbench.suites.options import Options
from concbench.suites.suite import Row, Table, suites

USUAL: dict[Experiment, tuple[str, str]] = {
    "messages": ("messages", "pipe"),
    "counters": ("steps", "value"),
    "turns": ("turns", "lock"),
    "startups": ("startups", "process"),
}
"""A workload and a subject for each experiment."""
SIZES = [16, 2**10, 2**16, 2**20, 2**24]
"""Bytes of the messages of `pipes`."""


def one(experiment: Experiment, *subjects: str | Row, options: Options | None = None, **others: Any) -> Cast:
    workload, usual = USUAL[experiment]
    rows = subjects or (usual,)
    first = rows[0]
    table = Table(
        name="part",
        title="A part",
        experiment=experiment,
        workload=workload,
        subjects=rows,
        reference=first.label if isinstance(first, Row) else first,
        **others,
    )
    return cast([table], options or Options())


def settings_of_one(experiment: Experiment, *subjects: str | Row, **others: Any) -> Settings:
    return one(experiment, *subjects, **others).cases[0].settings


# Names


def test_a_row_is_named_by_its_subject_and_its_own_settings() -> None:
    rows = ("value", Row("value", {"lock": "lock"}), Row("value", {"lock": "rlock", "start_method": "spawn"}))
    found = one("counters", *rows)
    assert [case.label for case in found.cases] == ["value", "value lock", "value rlock spawn"]
    assert [case.id for case in found.cases] == ["part/value", "part/value lock", "part/value rlock spawn"]
    assert {case.subject for case in found.cases} == {"value"}
    assert found.parts[0].reference == "part/value"


def test_a_setting_that_is_left_to_the_interpreter_is_not_part_of_a_name() -> None:
    assert Row("process", {"start_method": None}).label == "process"


def test_a_row_with_settings_can_be_the_reference() -> None:
    found = one("counters", Row("value", {"lock": "lock"}), "value")
    assert found.parts[0].reference == found.cases[0].id == "part/value lock"


@pytest.mark.parametrize("experiment", USUAL)
def test_a_case_says_its_experiment(experiment: Experiment) -> None:
    case = one(experiment).cases[0]
    assert (case.experiment, case.metric) == (experiment, "each")


# Settings


def test_a_rows_own_settings_win_over_options() -> None:
    options = Options(start_method="spawn")
    row = Row("process", {"start_method": "fork"})
    assert settings_of_one("startups", row, options=options).start_method == "fork"
    assert settings_of_one("startups", options=options).start_method == "spawn"


def test_the_lock_of_a_row_is_in_its_settings_and_in_no_others() -> None:
    found = one("counters", "value", Row("value", {"lock": "lock"}))
    assert [case.settings.lock for case in found.cases] == [None, "lock"]


def test_an_option_that_every_row_fixes_is_warned_of() -> None:
    rows = [Row("process", {"start_method": method}) for method in ("fork", "spawn")]
    for method in ("fork", "forkserver"):
        found = one("startups", "thread", *rows, options=Options(start_method=method))
        assert found.warnings == ["--start-method has no effect: none of these cases heeds it"]
    assert one("startups", *rows, "process", options=Options(start_method="fork")).warnings == []


def test_a_table_of_workers_alone_has_one_whatever_the_options_say() -> None:
    found = one("turns", options=Options(workers=5), workers=3, alone=True)
    assert found.cases[0].settings.workers == 1
    assert found.warnings == ["--workers has no effect: none of these cases heeds it"]


def test_a_primitive_that_is_handed_over_between_two_has_two_workers_at_most() -> None:
    found = one("turns", "event", "lock", "condition", "manager-event", options=Options(workers=5))
    assert [case.settings.workers for case in found.cases] == [2, 5, 2, 2]
    assert settings_of_one("turns", "event", options=Options(workers=1)).workers == 1


def test_workers_that_share_are_two_at_least_where_nobody_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, workers in ((1, 2), (6, 6)):
        monkeypatch.setattr("concbench.suites.casting.usable_cores", lambda found=cores: found)
        assert settings_of_one("counters").workers == workers
    assert usual_workers(Table(name="", title="", workload="cpu", subjects=(), reference="")) == 6


def test_workers_are_the_options_then_the_tutorials_then_the_tables() -> None:
    both = {"workers": 3, "tutorial_workers": 50}
    assert settings_of_one("counters", **both).workers == 3
    assert settings_of_one("counters", **both, options=Options(tutorial=True)).workers == 50
    assert settings_of_one("counters", **both, options=Options(tutorial=True, workers=4)).workers == 4
    assert settings_of_one("counters", workers=3, options=Options(tutorial=True)).workers == 3


def test_a_channel_has_no_workers_to_choose_and_a_thread_no_start_method() -> None:
    everything = Options(workers=3, start_method="spawn", chunksize=2, maxtasksperchild=7, limit=9)
    assert settings_of_one("messages", options=everything) == Settings(start_method="spawn")
    assert settings_of_one("messages", "thread-queue", options=everything) == Settings()
    assert settings_of_one("counters", "dict", options=everything) == Settings(workers=3)
    assert settings_of_one("counters", options=everything) == Settings(workers=3, start_method="spawn")
    assert settings_of_one("turns", "thread-lock", options=everything) == Settings(workers=3)
    assert settings_of_one("startups", "thread", options=everything) == Settings(workers=3)


# Sizes


def test_a_row_can_have_a_size_of_its_own() -> None:
    found = one("counters", Row("local", sizes={"tasks": 77}), "value", sizes={"tasks": 5})
    assert [case.workload.tasks for case in found.cases] == [77, 5]
    found = one("counters", Row("local", sizes={"tasks": 77}), "value", options=Options(tasks=3))
    assert [case.workload.tasks for case in found.cases] == [77, 3]


def test_the_sizes_of_a_fixed_table_stand_and_the_option_is_warned_of() -> None:
    sizes = {"tasks": 9, "payload": 1024}
    found = one("messages", sizes=sizes, fixed=True, options=Options(tasks=3, payload=5))
    assert (found.cases[0].workload.tasks, found.cases[0].workload.payload) == (9, 1024)
    assert found.warnings == ["--tasks has no effect on these workloads", "--payload has no effect on these workloads"]
    free = one("messages", sizes=sizes, options=Options(tasks=3, payload=5))
    assert (free.cases[0].workload.tasks, free.cases[0].workload.payload) == (3, 5)
    assert free.warnings == []


def test_a_payload_means_nothing_to_a_counter() -> None:
    found = one("counters", sizes={"tasks": 5}, options=Options(payload=16))
    assert found.cases[0].workload.payload == 0
    assert found.warnings == ["--payload has no effect on these workloads"]


def test_the_sizes_of_the_tutorial_come_on_top_of_the_tables() -> None:
    sizes: dict[str, Any] = {"sizes": {"tasks": 100}, "tutorial_sizes": {"tasks": 1}, "tutorial_workload": "countdown"}
    usual = one("counters", **sizes).cases[0].workload
    tutorial = one("counters", **sizes, options=Options(tutorial=True)).cases[0].workload
    assert ((usual.name, usual.tasks), (tutorial.name, tutorial.tasks)) == (("steps", 100), ("countdown", 1))
    kept = one(
        "messages", sizes={"tasks": 9, "payload": 3}, tutorial_sizes={"tasks": 1}, options=Options(tutorial=True)
    )
    assert (kept.cases[0].workload.tasks, kept.cases[0].workload.payload) == (1, 3)


def test_the_seed_of_the_run_is_in_every_workload() -> None:
    for experiment in USUAL:
        assert one(experiment, options=Options(seed=42), fixed=True).cases[0].workload.seed == 42
        assert one(experiment, options=Options(seed=42)).cases[0].workload.seed == 42


# The suites


def test_facts_heed_the_start_method_and_no_other_option() -> None:
    assert cast((), Options(start_method="spawn")).warnings == []
    assert cast((), Options(workers=3, tasks=4)).warnings == [
        "--workers has no effect: none of these cases heeds it",
        "--tasks has no effect on these workloads",
    ]
    assert suites.get("semantics").tables == ()
    assert suites.get("semantics").facts


def test_the_start_method_of_a_worker_is_what_its_row_says_and_the_option_is_warned_of() -> None:
    tables = suites.get("startup").tables
    usual, asked = cast(tables, Options()), cast(tables, Options(start_method="spawn", tasks=5))
    assert [case.settings for case in asked.cases] == [case.settings for case in usual.cases]
    assert asked.warnings == [
        "--start-method has no effect: none of these cases heeds it",
        "--tasks has no effect on these workloads",
    ]


def test_the_start_method_is_heeded_by_all_others_that_have_processes() -> None:
    for name in ("pipes", "shared-state", "locks"):
        cases = cast(suites.get(name).tables, Options(start_method="spawn")).cases
        assert {case.settings.start_method for case in cases} == {"spawn", None}
        assert all(case.settings.start_method is None for case in cases if case.subject.startswith("thread"))


def test_larger_messages_stay_as_large_whatever_the_options_say() -> None:
    tables = suites.get("pipes").tables
    cases = cast(tables, Options(payload=64, tasks=3)).cases
    sizes = {case.part: (case.workload.payload, case.workload.tasks) for case in cases}
    assert [sizes[table.name] for table in tables if not table.fixed] == [(64, 3)] * 2
    assert [sizes[table.name][0] for table in tables if table.fixed] == SIZES[1:]


def test_the_pairs_whose_crossing_is_asked_for_are_measured_at_every_size() -> None:
    suite = suites.get("pipes")
    cases = [case for case in cast(suite.tables, Options()).cases if case.settings.cores is None]
    for pair in suite.crossings:
        for subject in pair:
            assert [case.workload.payload for case in cases if case.subject == subject] == SIZES


def test_the_tutorials_fifty_processes_count_down_from_a_hundred_on_a_managers_dictionary() -> None:
    cases = cast(suites.get("shared-state").tables, Options(tutorial=True)).cases
    (case,) = [case for case in cases if case.id == "manager/manager-dict"]
    assert (case.workload.name, case.workload.tasks, case.settings.workers) == ("countdown", 1, 50)


def test_locks_are_measured_alone_and_contended() -> None:
    cases = cast(suites.get("locks").tables, Options(workers=4)).cases
    alone = {case.settings.workers for case in cases if case.part.endswith("-alone")}
    contended = {case.settings.workers for case in cases if case.part.endswith("-contended")}
    assert (alone, contended) == ({1}, {2, 4})


def test_every_kind_of_worker_is_among_those_that_are_started() -> None:
    cases = cast(suites.get("startup").tables, Options()).cases
    assert {case.subject for case in cases} == set(STARTERS)


def test_quick_leaves_out_the_thorough_tables_and_says_so() -> None:
    tables = [
        Table(name="first", title="", workload="turns", experiment="turns", subjects=("lock",), reference="lock"),
        Table(name="more", title="", workload="steps", experiment="counters", subjects=("value",), reference="value"),
    ]
    tables[1] = replace(tables[1], thorough=True)
    quick, usual = cast(tables, Options(quick=True)), cast(tables, Options())
    assert ([case.part for case in quick.cases], [part.name for part in quick.parts]) == (["first"], ["first"])
    assert quick.warnings == ["--quick leaves out more"]
    assert ([case.part for case in usual.cases], usual.warnings) == (["first", "more"], [])
