"""What --verify promises: what is advised is measured beside what it is advised for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from concbench.runs.checking import faults
from concbench.runs.reading import read_run
from concbench.runs.writing import write_run
from concbench.session.comparison import comparison_of
from concbench.session.options import Axis, Options
from concbench.session.survey import trials
from tests.builders import dealt, run, trace_of, traced
from tests.busy import other_warnings
from tests.laws import Law, predicting, with_costs
from tests.session.test_survey import measured

UNEVEN_CHUNKS = Options(
    blocks=1, rounds=1, tasks=20, task_time=0.02, workers=2, chunksize=15, verify=True, command=["compare"]
)
"""One worker does 15 tasks and the other 5; and in chunks of 5 or less, each does 10: far apart, however busy."""


@pytest.mark.thorough
def test_a_chunksize_that_is_advised_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predicting(monkeypatch, Law(task=0.02), always=True)
    found = measured(comparison_of("sleep", ("pool-map",), None), UNEVEN_CHUNKS)
    (advice,) = found.advice
    case, before, after = found.results
    assert advice.case == case.case.id == "sleep/pool-map"
    assert 20 % (2 * advice.chunksize) == 0
    assert (before.case.settings.chunksize, after.case.settings.chunksize) == (15, advice.chunksize)
    assert before.samples
    assert after.samples
    assert (after.case.id, found.tables[1].reference) == (advice.tried, before.case.id)
    assert [each.case for each in found.comparisons] == [after.case.id]
    assert list(faults(found)) == []
    assert read_run(write_run(found, tmp_path / "run.json")) == found


def test_nothing_is_measured_again_where_nothing_is_advised() -> None:
    options = replace(UNEVEN_CHUNKS, tasks=4, task_time=0.005, chunksize=None)
    found = measured(comparison_of("sleep", ("executor-threads",), None), options)
    assert found.advice == []
    assert len(found.tables) == 1
    assert other_warnings(found.warnings) == ["--verify: no other chunksize is advised for any of these cases"]


SLEEPING = Law(task=0.5, cores=4, start=0.0)


def test_where_the_run_holds_no_costs_nothing_is_tried() -> None:
    trace = trace_of(dealt([0.5] * 100, lanes=4, chunksize=7), 4, chunksize=7)
    assert list(trials(run([traced("short/pool-map", trace, task_time=0.5)]))) == []


def test_a_trial_differs_from_its_case_in_the_chunksize_only(monkeypatch: pytest.MonkeyPatch) -> None:
    predicting(monkeypatch, SLEEPING)
    trace = trace_of(dealt([0.5] * 100, lanes=4, chunksize=7), 4, chunksize=7)
    pool = traced("short/pool-map", trace, task_time=0.5)
    (trial,) = trials(with_costs(run([pool])))
    before, after = trial.cases
    assert replace(after.settings, chunksize=None) == before.settings == pool.case.settings
    assert (before.workload, after.workload, after.subject) == (pool.case.workload, pool.case.workload, "pool-map")
    assert trial.table.reference == before.id
    assert trial.table.name == before.table == after.table
    assert trial.advice.tried == after.id
    assert trial.advice.low is not None
    assert trial.advice.high is not None
    assert trial.advice.low <= trial.advice.predicted <= trial.advice.high < 14.0


def test_trials_of_a_case_along_axes_and_on_a_side_have_ids_and_tables_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predicting(monkeypatch, SLEEPING)
    trace = trace_of(dealt([0.5] * 100, lanes=4, chunksize=7), 4, chunksize=7)
    cases = [
        traced("short/pool-map", trace, task_time=0.5, side=side, along={"task_time": 0.5, "maxtasksperchild": each})
        for side in ("3.13", "3.14")
        for each in (1, None)
    ]
    found = list(trials(with_costs(run(cases))))
    assert len(found) == len(cases)
    assert len({trial.table.name for trial in found}) == len(cases)
    assert len({case.id for trial in found for case in trial.cases}) == 2 * len(cases)
    for trial, of in zip(found, cases, strict=True):
        assert trial.advice.case == of.case.id
        assert of.case.id in trial.table.name
        assert {case.side for case in trial.cases} == {of.case.side}
        assert [dict(case.along) for case in trial.cases] == [{}, {}]


@pytest.mark.thorough
def test_what_was_asked_for_at_several_values_is_tried_beside_the_case_that_it_is_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predicting(monkeypatch, Law(task=0.02), always=True)
    options = replace(UNEVEN_CHUNKS, axes=(Axis("tasks", (20,)),))
    found = measured(comparison_of("sleep", ("pool-map",), None), options)
    assert found.results[0].case.id == "sleep 20 tasks/pool-map"
    assert {table.name for table in found.tables} == {result.case.table for result in found.results}
    assert list(faults(found)) == []
