"""What every suite promises: whatever its tables and claims name exists, and can be compared."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from concbench.experiments.counters import WALKS
from concbench.experiments.experiment import experiments
from concbench.experiments.startups import STARTERS
from concbench.model.case import Case, Workload
from concbench.session.cases import select
from concbench.session.options import Options
from concbench.stores.store import stores
from concbench.suites.suite import Suite, SuiteTable, suite, suites
from concbench.workloads.workload import workloads

ALL = sorted(suites.all())
SIZES = [16, 2**10, 2**16, 2**20, 2**24]
"""Bytes of the messages of `pipes`."""
every_suite = pytest.mark.parametrize("name", ALL)


def tables_of(name: str) -> tuple[SuiteTable, ...]:
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
            experiments.get(table.experiment).settings_of(row.subject)  # raises UnknownName
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
    quick = select(tables_of(name), Options(quick=True))
    tables, ids = {table.name for table in quick.tables}, {case.id for case in quick.cases}
    for table in tables_of(name):
        assert table.name not in tables or f"{table.name}/{table.reference}" in ids
        assert not (table.rows and all(row.thorough for row in table.rows))
    for claim in suites.get(name).claims:
        if {id_.partition("/")[0] for id_ in (claim.case, claim.reference)} <= tables:
            assert {claim.case, claim.reference} <= ids


@every_suite
def test_no_claim_is_made_twice(name: str) -> None:
    pairs = [(claim.case, claim.reference, claim.verdict) for claim in suites.get(name).claims]
    assert len(set(pairs)) == len(pairs)


@every_suite
@pytest.mark.parametrize("tutorial", [False, True])
def test_every_row_of_a_suite_is_a_case(name: str, tutorial: bool) -> None:
    found = select(tables_of(name), Options(tutorial=tutorial))
    assert len({case.id for case in found.cases}) == sum(len(table.rows) for table in tables_of(name))
    assert found.warnings == ()


# The tutorial's


def cases_of(name: str, table: str | None = None, **options: Any) -> list[Case]:
    cases = select(tables_of(name), Options(**options)).cases
    return [case for case in cases if table in (None, case.table)]


@pytest.mark.parametrize(
    ("suite", "table", "expected"),
    [
        ("pool-vs-process", "sleep", ("sleep", 100, 0.5)),
        ("threads-vs-processes", "sleep", ("sleep", 100, 0.5)),
        ("apply-vs-async", None, ("sleep", 10, 0.5)),
        ("pool-vs-process", "cpu", ("tutorial", 100, 0.0)),
    ],
)
def test_the_tutorial_has_its_own_work(suite: str, table: str | None, expected: tuple[str, int, float]) -> None:
    found = {
        (case.workload.name, case.workload.tasks, case.workload.task_time)
        for case in cases_of(suite, table, tutorial=True)
    }
    assert found == {expected}


def test_the_tutorial_has_its_own_workers() -> None:
    assert {case.settings.workers for case in cases_of("apply-vs-async", tutorial=True)} == {4}
    (counting,) = [case for case in cases_of("shared-state", tutorial=True) if case.id == "manager/manager-dict"]
    assert (counting.workload.name, counting.workload.tasks, counting.settings.workers) == ("countdown", 1, 50)


# What single suites are about


def test_the_start_method_of_a_worker_is_what_its_row_says_and_the_option_is_warned_of() -> None:
    usual, asked = (select(tables_of("startup"), options) for options in (Options(), Options(start_method="spawn")))
    assert [case.settings for case in asked.cases] == [case.settings for case in usual.cases]
    assert asked.warnings == ("--start-method has no effect: not used by any case in this run",)
    assert {case.subject for case in usual.cases} == set(STARTERS)


@pytest.mark.parametrize("name", ["pipes", "shared-state", "locks"])
def test_the_start_method_is_taken_by_all_others_that_have_processes(name: str) -> None:
    cases = cases_of(name, start_method="spawn")
    assert {case.settings.start_method for case in cases} == {"spawn", None}
    assert all(case.settings.start_method is None for case in cases if case.subject.startswith("thread"))


def test_larger_messages_stay_as_large_whatever_the_options_say() -> None:
    cases = cases_of("pipes", payload=64, tasks=3)
    sizes = {case.table: (case.workload.payload, case.workload.tasks) for case in cases}
    tables = tables_of("pipes")
    assert [sizes[table.name] for table in tables if not table.fixed] == [(64, 3)] * 2
    assert [sizes[table.name][0] for table in tables if table.fixed] == SIZES[1:]


def test_the_pairs_whose_crossing_is_asked_for_are_measured_at_every_size() -> None:
    cases = [case for case in cases_of("pipes") if case.settings.cores is None]
    for pair in suites.get("pipes").crossings:
        for subject in pair:
            assert [case.workload.payload for case in cases if case.subject == subject] == SIZES


def test_locks_are_measured_alone_and_contended() -> None:
    cases = cases_of("locks", workers=4)
    assert {case.settings.workers for case in cases if case.table.endswith("-alone")} == {1}
    assert {case.settings.workers for case in cases if case.table.endswith("-contended")} == {2, 4}


def test_semantics_has_facts_and_no_tables() -> None:
    assert suites.get("semantics").facts
    assert suites.get("semantics").tables == ()


def test_a_suite_is_registered_once() -> None:
    taken = Suite(name=ALL[0], question="Again?", tables=())
    with pytest.raises(ValueError, match=ALL[0]):
        suite(taken)
