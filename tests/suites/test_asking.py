"""What asking a question leaves: a run document without faults, also where cases fail or nothing was measured yet."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from concbench.measure.interpreters import Interpreter
from concbench.measure.overload import Overload
from concbench.measure.plan import Now
from concbench.model import Run
from concbench.report.tables import tables
from concbench.runs.checking import faults
from concbench.runs.reading import read_run
from concbench.runs.writing import write_run
from concbench.suites.asking import Asked
from concbench.suites.casting import cast
from concbench.suites.comparing import comparison_of
from concbench.suites.options import BUDGET, QUICK_BUDGET, Options
from concbench.suites.suite import Suite, suites
from tests.busy import other_warnings


def ask(suite: Suite, options: Options) -> Asked:
    return Asked(suite, options, cast(suite.tables, options))


def measured(suite: Suite, options: Options) -> Run:
    asked = ask(suite, options)
    asked.measure(lambda now: None)
    return asked.run()


@pytest.mark.parametrize("name", ["pool-vs-process", "apply-vs-async"])
def test_the_run_of_a_suite_has_no_faults_and_can_be_read_again(name: str, tmp_path: Path) -> None:
    run = measured(suites.get(name), Options(blocks=1, rounds=1, tasks=4, seed=3, command=["run", name]))
    assert list(faults(run)) == []
    assert read_run(write_run(run, tmp_path / "run.json")) == run
    assert (run.suite, run.question, run.seed) == (name, suites.get(name).question, 3)
    assert (run.complete, run.blocks, run.command) == (True, 1, ["run", name])
    assert 0 < run.duty < 1
    assert datetime.fromisoformat(run.started).tzinfo == UTC
    for case in run.cases:
        assert case.error is None
        assert [(sample.block, sample.round) for sample in case.samples] == [(0, 0)]
        assert case.ideal is not None
        assert case.ideal > 0
        assert case.watch is not None
        assert case.median is not None
        assert case.median.low is None
    assert {outcome.outcome for outcome in run.claims} == {"undecided"}
    assert len(run.comparisons) == len(run.cases) - len(run.parts)


def test_a_failed_case_leaves_the_others_their_figures() -> None:
    suite = comparison_of("cpu", ("serial", "asyncio-gather"), None)
    run = measured(suite, Options(blocks=1, rounds=1, tasks=2))
    serial, coroutine = run.cases
    assert list(faults(run)) == []
    assert serial.median is not None
    assert coroutine.error is not None
    assert "no coroutine form" in coroutine.error.message
    assert (coroutine.samples, coroutine.median, coroutine.ideal) == ([], None, None)
    assert run.comparisons == []


def test_a_run_can_be_had_before_anything_was_measured() -> None:
    run = ask(suites.get("pool-vs-process"), Options()).run(complete=False)
    assert list(faults(run)) == []
    assert (run.complete, run.blocks, run.duty, run.comparisons) == (False, 0, 0, [])
    assert {outcome.outcome for outcome in run.claims} == {"not measured"}


def test_what_was_measured_stays_when_measuring_is_interrupted() -> None:
    def interrupt(now: Now) -> None:
        if now.block == 1:
            raise KeyboardInterrupt

    asked = ask(comparison_of("cpu", ("serial", "thread"), None), Options(blocks=2, rounds=1, tasks=2))
    with pytest.raises(KeyboardInterrupt):
        asked.measure(interrupt)
    run = asked.run(complete=False)
    assert list(faults(run)) == []
    assert [len(case.samples) for case in run.cases] == [1, 1]
    assert len(run.comparisons) == 1


def test_warnings_of_options_are_in_the_run() -> None:
    suite = comparison_of("cpu", ("serial",), None)
    assert other_warnings(ask(suite, Options(chunksize=3)).run().warnings) == [
        "--chunksize has no effect: none of these cases heeds it"
    ]


def test_the_plan_of_a_run_ends_within_a_minute_and_a_quick_one_within_ten_seconds() -> None:
    assert Options().plan().budget == BUDGET < 60
    assert Options(quick=True).plan().budget == QUICK_BUDGET < 10
    assert Options(quick=True).plan().blocks < Options().plan().blocks


def test_who_asks_for_blocks_gets_them_whatever_the_budget() -> None:
    plan = Options(blocks=20, budget=1.0).plan()
    assert (plan.blocks, plan.fewest_blocks, plan.budget) == (20, 20, 1.0)
    plan = Options(blocks=1, quick=True, rounds=2, timeout=5.0, seed=9).plan()
    assert (plan.blocks, plan.fewest_blocks, plan.rounds, plan.timeout, plan.seed) == (1, 1, 2, 5.0, 9)


def test_with_a_precision_samples_go_on_until_every_interval_is_as_narrow() -> None:
    run = measured(comparison_of("cpu", ("serial", "thread"), None), Options(tasks=4, precision=0.6, budget=30.0))
    assert run.seconds < 30
    for case in run.cases:
        assert case.median is not None
        assert case.median.low is not None
        assert case.median.high is not None
        assert case.median.high <= 1.6 * case.median.estimate
        assert case.median.low >= 0.4 * case.median.estimate


def test_where_a_precision_is_out_of_reach_the_budget_ends_it() -> None:
    run = measured(comparison_of("cpu", ("serial",), None), Options(tasks=2, precision=1e-9, budget=1.5))
    assert run.complete
    assert run.blocks >= 3


def test_under_several_interpreters_all_is_asked_of_each() -> None:
    found = tuple(
        Interpreter(name=name, python=sys.executable, version="3.x", given=name, optimized=optimized)
        for name, optimized in (("one", False), ("other", True), ("third", True))
    )
    run = measured(
        suites.get("pool-vs-process"), Options(blocks=1, rounds=1, tasks=3, interpreters=found, command=["run"])
    )
    assert list(faults(run)) == []
    assert all(case.samples and case.trace for case in run.cases)
    assert [side.name for side in run.sides] == ["one", "other", "third"]
    assert other_warnings(run.warnings)[0].startswith(
        "one was built without --enable-optimizations, unlike other and third: "
    )
    assert len(run.claims) == 3 * len(suites.get("pool-vs-process").claims)
    assert run.claims[0].claim.sentence.startswith("Under one: ")
    computing = [case for case in run.cases if case.part == "cpu"]
    assert len({case.workload.loops for case in computing}) == 1
    assert all(case.ideal is not None for case in computing)  # by the serial case of the same interpreter
    table = list(tables(run))[1]
    assert table.splitlines()[0].split()[:2] == ["strategy", "python"]
    assert [line.split()[:2] for line in table.splitlines()[2:5]] == [
        ["serial", "one"],
        ["serial", "other"],
        ["serial", "third"],
    ]


def test_an_overloaded_machine_is_the_first_thing_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Overload(usable=2, held=1.6, stolen=None, load=6.3, waited=None)
    monkeypatch.setattr("concbench.suites.asking.overload_since", lambda _since, usable: replace(found, usable=usable))
    asked = ask(comparison_of("cpu", ("serial",), None), Options(chunksize=3))
    overloaded, other = asked.run().warnings
    assert overloaded.startswith("this machine is overloaded: others kept 1.6 of ")
    assert "What uses several cores gains less here than on a quiet machine" in overloaded
    assert other.startswith("--chunksize has no effect")
    assert ask(suites.get("semantics"), Options()).run().warnings == []  # where nothing is timed
