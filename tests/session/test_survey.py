"""What asking a question leaves: a run document without faults, also where cases fail or nothing was measured yet."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from concbench.measure.interpreters import Interpreter
from concbench.measure.probe.load import Overload
from concbench.model.run import Claim, Run
from concbench.runs.checking import faults
from concbench.runs.reading import read_run
from concbench.runs.writing import write_run
from concbench.session.comparison import comparison_of
from concbench.session.options import BUDGET, QUICK_BUDGET, Axis, Options
from concbench.session.session import Inquiry
from concbench.session.survey import Survey
from concbench.suites.suite import Suite, SuiteTable, suites
from tests.busy import other_warnings


def measured(suite: Suite, options: Options) -> Run:
    survey = Survey(suite, options)
    for _ in survey.measure():
        pass
    return survey.run()


def interrupted(inquiry: Inquiry, block: int, doing: str = "measuring") -> None:
    """Measure until a block does something, and be interrupted there as by Ctrl-C."""
    with closing(inquiry.measure()) as steps, pytest.raises(KeyboardInterrupt):
        for now in steps:
            if (now.block, now.doing) == (block, doing):
                raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["pool-vs-process", pytest.param("apply-vs-async", marks=pytest.mark.thorough)])
def test_the_run_of_a_suite_has_no_faults_and_can_be_read_again(name: str, tmp_path: Path) -> None:
    run = measured(suites.get(name), Options(blocks=1, rounds=1, tasks=4, seed=3, command=["run", name]))
    assert list(faults(run)) == []
    assert read_run(write_run(run, tmp_path / "run.json")) == run
    assert (run.suite, run.question, run.seed) == (name, suites.get(name).question, 3)
    assert (run.complete, run.blocks, run.command) == (True, 1, ["run", name])
    assert 0 < run.duty < 1
    assert datetime.fromisoformat(run.started).tzinfo == UTC
    for result in run.results:
        assert result.failure is None
        assert [(sample.block, sample.round) for sample in result.samples] == [(0, 0)]
        assert result.ideal is not None
        assert result.ideal > 0
        assert result.watch is not None
        assert result.median is not None
        assert result.median.low is None
    assert {outcome.outcome for outcome in run.claims} == {"undecided"}
    assert len(run.comparisons) == len(run.results) - len(run.tables)


def test_a_failed_case_leaves_the_others_their_figures() -> None:
    run = measured(comparison_of("cpu", ("serial", "asyncio-gather"), None), Options(blocks=1, rounds=1, tasks=2))
    serial, coroutine = run.results
    assert list(faults(run)) == []
    assert serial.median is not None
    assert coroutine.failure is not None
    assert "no coroutine form" in coroutine.failure.message
    assert (coroutine.samples, coroutine.median, coroutine.ideal) == ((), None, None)
    assert run.comparisons == []


# A run can be had at any moment


def test_a_run_can_be_had_before_anything_was_measured() -> None:
    run = Survey(suites.get("pool-vs-process"), Options()).run(complete=False)
    assert list(faults(run)) == []
    assert (run.complete, run.blocks, run.duty, run.comparisons) == (False, 0, 0, [])
    assert {outcome.outcome for outcome in run.claims} == {"not measured"}


def test_a_run_can_be_had_at_every_step() -> None:
    survey = Survey(
        comparison_of("cpu", ("serial", "thread", "asyncio-gather"), None), Options(blocks=2, rounds=1, tasks=2)
    )
    seen = []
    for _ in survey.measure():
        run = survey.run(complete=False)
        assert list(faults(run)) == []
        seen.append(sum(len(result.samples) for result in run.results))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 3)  # the last sample of four is taken after the last step
    assert len(survey.run().comparisons) == 1


def test_what_was_measured_stays_when_measuring_is_interrupted() -> None:
    survey = Survey(comparison_of("cpu", ("serial", "thread"), None), Options(blocks=2, rounds=1, tasks=2))
    interrupted(survey, block=1)
    run = survey.run(complete=False)
    assert list(faults(run)) == []
    assert [len(result.samples) for result in run.results] == [1, 1]
    assert len(run.comparisons) == 1


# How long


def test_the_plan_of_a_run_ends_within_a_minute_and_a_quick_one_within_ten_seconds() -> None:
    assert Options().plan().budget == BUDGET < 60
    assert Options(quick=True).plan().budget == QUICK_BUDGET < 10
    assert Options(quick=True).most_blocks < Options().most_blocks


def test_blocks_that_are_asked_for_are_measured_whatever_the_budget() -> None:
    options = Options(blocks=20, budget=1.0)
    assert (options.most_blocks, options.fewest_blocks, options.plan().budget) == (20, 20, 1.0)
    options = Options(blocks=1, quick=True, rounds=2, timeout=5.0, seed=9)
    plan = options.plan()
    assert (options.most_blocks, options.fewest_blocks, plan.rounds, plan.timeout, plan.seed) == (1, 1, 2, 5.0, 9)


@pytest.mark.thorough
def test_with_a_precision_samples_go_on_until_every_interval_is_as_narrow() -> None:
    run = measured(comparison_of("cpu", ("serial", "thread"), None), Options(tasks=4, precision=0.6, budget=30.0))
    assert run.seconds < 30
    for result in run.results:
        assert result.median is not None
        assert result.median.low is not None
        assert result.median.high is not None
        assert result.median.high <= 1.6 * result.median.estimate
        assert result.median.low >= 0.4 * result.median.estimate


def test_where_a_precision_is_out_of_reach_the_budget_ends_it_and_that_is_said() -> None:
    run = measured(comparison_of("cpu", ("serial",), None), Options(tasks=2, precision=1e-9, budget=1.5))
    assert run.complete
    assert run.blocks >= 3
    assert any("--precision" in warning for warning in run.warnings)


# Several interpreters, and several values


@pytest.mark.thorough
def test_under_several_interpreters_all_is_asked_of_each() -> None:
    found = tuple(
        Interpreter(name=name, python=sys.executable, version="3.x", given=name, optimized=optimized)
        for name, optimized in (("one", False), ("other", True), ("third", True))
    )
    suite = suites.get("pool-vs-process")
    run = measured(suite, Options(blocks=1, rounds=1, tasks=3, interpreters=found, command=["run"]))
    assert list(faults(run)) == []
    assert all(result.samples and result.trace for result in run.results)
    assert [side.name for side in run.sides] == ["one", "other", "third"]
    assert other_warnings(run.warnings)[0].startswith(
        "one was built without --enable-optimizations, unlike other and third: "
    )
    assert len(run.claims) == 3 * len(suite.claims)
    assert run.claims[0].claim.sentence.startswith("Under one: ")
    computing = [result for result in run.results if result.case.table == "cpu"]
    assert len({result.case.workload.loops for result in computing}) == 1
    assert all(result.ideal is not None for result in computing)  # by the serial case of the same interpreter
    assert [result.case.side for result in computing[:3]] == ["one", "other", "third"]


CLAIMS = Suite(
    name="any",
    question="Any?",
    tables=(
        SuiteTable(
            name="part",
            title="A part",
            workload="cpu",
            subjects=("serial", "process", "pool-map"),
            reference="serial",
        ),
    ),
    claims=(
        Claim(sentence="One.", case="part/pool-map", verdict="faster", reference="part/serial"),
        Claim(sentence="Two.", case="part/process", verdict="slower", reference="part/serial"),
    ),
)


@pytest.mark.parametrize(
    ("axis", "stand", "said"),
    [
        (Axis("workers", (1, 4)), ["Two."], "a claim of the suite is about its own sizes and settings, and left out: "),
        (Axis("task_time", (1e-5, 1e-3)), [], "2 claims of the suite are about its own sizes and settings, and left"),
        (None, ["One.", "Two."], ""),
    ],
)
def test_claims_on_cases_that_several_have_replaced_are_left_out_with_a_word(
    axis: Axis | None, stand: list[str], said: str
) -> None:
    run = Survey(CLAIMS, Options(axes=(axis,) if axis else ())).run()
    assert [outcome.claim.sentence for outcome in run.claims] == stand
    assert "\n".join(other_warnings(run.warnings)).startswith(said)
    assert run.axes == ([axis.name] if axis else [])


# Warnings


def test_warnings_of_options_are_in_the_run() -> None:
    survey = Survey(comparison_of("cpu", ("serial",), None), Options(chunksize=3))
    assert other_warnings(survey.run().warnings) == ["--chunksize has no effect: not used by any case in this run"]


def test_an_overloaded_machine_is_the_first_thing_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Overload(usable=2, held=1.6, stolen=None, load=6.3, waited=None)
    monkeypatch.setattr(
        "concbench.session.session.overload_since", lambda _since, usable: replace(found, usable=usable)
    )
    overloaded, other = Survey(comparison_of("cpu", ("serial",), None), Options(chunksize=3)).run().warnings
    assert overloaded.startswith("this machine is overloaded: other processes kept 1.6 of ")
    assert "Whatever uses several cores looks slower than it is" in overloaded
    assert other.startswith("--chunksize has no effect")
    assert Survey(suites.get("semantics"), Options()).run().warnings == []  # where nothing is timed


# What may be left out


@pytest.mark.parametrize("budget", [None, 120.0])
def test_a_suite_may_lose_tables_whether_its_budget_was_given_or_not(budget: float | None) -> None:
    spare = Survey(suites.get("engines"), Options(budget=budget)).spare()
    assert spare is not None
    assert (spare.any, spare.tasks) == (frozenset(), False)


def test_with_rounds_everything_is_insisted_on() -> None:
    assert Survey(suites.get("engines"), Options(budget=120.0, rounds=2)).spare() is None
