"""What verifying promises: what the traces advise is measured beside what it is advised for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from concbench.model import Run
from concbench.report.why import verified
from concbench.runs.checking import faults
from concbench.runs.reading import read_run
from concbench.runs.writing import write_run
from concbench.suites.asking import Asked
from concbench.suites.casting import cast
from concbench.suites.comparing import comparison_of
from concbench.suites.options import Options
from concbench.suites.verifying import trials
from tests.busy import other_warnings
from tests.traces import case_of, dealt, run_of, trace_of

UNEVEN_CHUNKS = Options(
    blocks=1, rounds=1, tasks=20, task_time=0.02, workers=2, chunksize=15, verify=True, command=["compare"]
)
"""One worker does 15 tasks and the other 5; and in chunks of 5 or less, each does 10: far apart, however busy."""


def measured(options: Options, strategy: str = "pool-map") -> Run:
    suite = comparison_of("sleep", (strategy,), None)
    asked = Asked(suite, options, cast(suite.tables, options))
    asked.measure(lambda now: None)
    return asked.run()


def test_a_chunksize_that_is_advised_is_measured(tmp_path: Path) -> None:
    run = measured(UNEVEN_CHUNKS)
    (advice,) = run.advice
    assert advice.case == "sleep/pool-map"
    assert 20 % (2 * advice.chunksize) == 0
    before, after = run.cases[1:]
    assert (before.settings.chunksize, after.settings.chunksize) == (15, advice.chunksize)
    assert before.samples
    assert after.samples
    assert before.samples is not after.samples
    assert after.id == advice.tried
    (sentence,) = verified(run, run.parts[1])
    assert sentence.startswith("Predicted: ")
    assert list(faults(run)) == []
    assert read_run(write_run(run, tmp_path / "run.json")) == run


def test_nothing_is_measured_again_where_nothing_is_advised() -> None:
    run = measured(replace(UNEVEN_CHUNKS, tasks=4, task_time=0.005, chunksize=None), "executor-threads")
    assert run.advice == []
    assert len(run.parts) == 1
    assert other_warnings(run.warnings) == ["--verify: no other chunksize is advised for any of these cases"]


def test_a_trial_differs_from_its_case_in_the_chunksize_only() -> None:
    case = case_of(trace_of(dealt([0.5] * 100, lanes=4, chunksize=7), 4, chunksize=7), "pool-map", task_time=0.5)
    (trial,) = trials(run_of(case))
    before, after = trial.cases
    assert replace(after.settings, chunksize=None) == before.settings == case.settings
    assert (before.workload, after.workload, after.subject) == (case.workload, case.workload, "pool-map")
    assert trial.part.reference == before.id
    assert trial.advice.tried == after.id
