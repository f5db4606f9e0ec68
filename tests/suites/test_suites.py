"""What every suite promises: whatever its tables and claims name exists, and can be compared."""

from __future__ import annotations

from dataclasses import fields

import pytest

from concbench.experiments.counters import WALKS
from concbench.model import Workload
from concbench.stores.store import stores
from concbench.suites.casting import cast
from concbench.suites.options import Options
from concbench.suites.subjects import settings_of
from concbench.suites.suite import Suite, Table, suite, suites
from concbench.workloads.kinds import workloads

ALL = sorted(suites.all())
every_suite = pytest.mark.parametrize("name", ALL)


def tables_of(name: str) -> tuple[Table, ...]:
    return suites.get(name).tables


def test_the_questions_of_the_tutorial_are_asked() -> None:
    assert {"pool-vs-process", "threads-vs-processes", "apply-vs-async"} <= set(ALL)


@every_suite
def test_a_suite_asks_a_question(name: str) -> None:
    assert suites.get(name).name == name
    assert suites.get(name).question.endswith("?")


@every_suite
def test_subjects_and_workloads_exist(name: str) -> None:
    for table in tables_of(name):
        assert table.subjects
        for row in table.rows:
            settings_of(table.experiment, row.subject)  # raises UnknownName
        if table.experiment == "tasks":
            assert table.workload in workloads.all()
            assert table.tutorial_workload is None or table.tutorial_workload in workloads.all()
        if table.experiment == "counters":
            assert {table.workload, table.tutorial_workload or table.workload} <= set(WALKS)


@every_suite
def test_the_locks_that_guard_a_store_go_with_it(name: str) -> None:
    for table in tables_of(name):
        for row in table.rows:
            lock = row.settings.get("lock")
            assert lock is None or lock in stores.get(row.subject).locks


@every_suite
def test_no_table_and_no_row_is_named_twice(name: str) -> None:
    names = [table.name for table in tables_of(name)]
    assert len(set(names)) == len(names)
    assert names or suites.get(name).facts
    for table in tables_of(name):
        assert len({row.label for row in table.rows}) == len(table.rows)


@every_suite
def test_the_reference_is_one_of_the_rows(name: str) -> None:
    for table in tables_of(name):
        assert table.reference in {row.label for row in table.rows}


@every_suite
def test_sizes_are_fields_of_a_workload_that_mean_something_to_it(name: str) -> None:
    for table in tables_of(name):
        if table.experiment != "tasks":
            continue
        known = {field.name for field in fields(Workload)} & set(workloads.get(table.workload).sizes)
        assert set(table.sizes) | set(table.quick_sizes) <= known
        tutorial = workloads.get(table.tutorial_workload or table.workload)
        assert set(table.tutorial_sizes) <= set(tutorial.sizes)


@every_suite
def test_claims_compare_two_cases_of_the_suite(name: str) -> None:
    cases = {f"{table.name}/{row.label}" for table in tables_of(name) for row in table.rows}
    assert suites.get(name).claims or suites.get(name).facts
    for claim in suites.get(name).claims:
        assert {claim.case, claim.reference} <= cases
        assert (claim.case == claim.reference) == (claim.verdict in ("loses updates", "keeps updates"))
        assert claim.sentence.endswith(".")


@every_suite
def test_what_is_left_out_when_it_has_to_be_quick_is_no_reference_and_no_claim_is_on_it(name: str) -> None:
    """A claim goes with its table; of a table that takes part, all that claims and ratios rest on is measured."""
    parts = {part.name for part in cast(tables_of(name), Options(quick=True)).parts}
    ids = {case.id for case in cast(tables_of(name), Options(quick=True)).cases}
    for table in tables_of(name):
        assert table.name not in parts or f"{table.name}/{table.reference}" in ids
        assert not (table.rows and all(row.thorough for row in table.rows))
    for claim in suites.get(name).claims:
        if {id_.partition("/")[0] for id_ in (claim.case, claim.reference)} <= parts:
            assert {claim.case, claim.reference} <= ids


@every_suite
def test_no_claim_is_made_twice(name: str) -> None:
    pairs = [(claim.case, claim.reference, claim.verdict) for claim in suites.get(name).claims]
    assert len(set(pairs)) == len(pairs)


@every_suite
@pytest.mark.parametrize("tutorial", [False, True])
def test_a_suite_can_be_cast(name: str, tutorial: bool) -> None:
    found = cast(tables_of(name), Options(tutorial=tutorial))
    assert len(found.cases) == sum(len(table.rows) for table in tables_of(name))
    ids = {case.id for case in found.cases}
    assert len(ids) == len(found.cases)
    assert {part.reference for part in found.parts} <= ids
    assert found.warnings == []


def test_the_tutorial_sleeps_half_a_second_a_hundred_times() -> None:
    sleeping = [
        case.workload
        for name in ("pool-vs-process", "threads-vs-processes")
        for case in cast(tables_of(name), Options(tutorial=True)).cases
        if case.part == "sleep"
    ]
    assert {(workload.tasks, workload.task_time) for workload in sleeping} == {(100, 0.5)}


def test_the_tutorial_applies_ten_tasks_of_half_a_second_to_four_workers() -> None:
    cases = cast(tables_of("apply-vs-async"), Options(tutorial=True)).cases
    assert {(case.workload.tasks, case.workload.task_time) for case in cases} == {(10, 0.5)}
    assert {case.settings.workers for case in cases} == {4}


def test_the_tutorial_counts_to_a_hundred_where_others_compute() -> None:
    cases = cast(tables_of("pool-vs-process"), Options(tutorial=True)).cases
    assert {(case.workload.name, case.workload.tasks) for case in cases if case.part == "cpu"} == {("tutorial", 100)}
    usual = cast(tables_of("pool-vs-process"), Options()).cases
    assert {case.workload.name for case in usual if case.part == "cpu"} == {"cpu"}


def test_a_suite_is_registered_once() -> None:
    taken = Suite(name=ALL[0], question="Again?", tables=())
    with pytest.raises(ValueError, match=ALL[0]):
        suite(taken)
