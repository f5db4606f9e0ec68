"""What comparing two cases promises: a verdict by what their experiment is about, and how much longer it takes."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from statistics import fmean, stdev
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from concbench.analysis.comparisons import compare, judge, judge_updates, judged, summarised
from concbench.analysis.figures import figures, level
from concbench.model.result import Result
from concbench.model.run import Claim, Comparison, Gated, Verdict
from concbench.stats.sample_size import FARTHEST
from concbench.stats.verdicts import MARGIN
from tests.builders import interval, result

SHARING = ("messages", "counters", "turns", "startups")


def compared_by(*logs: float, experiment: str = "tasks") -> Comparison | None:
    """A case whose block values are these logarithms, compared with one that always takes a second."""
    case = result("a/thread", [[exp(value)] for value in logs], experiment=experiment)
    return compare(case, result("a/serial", [[1.0] for _ in logs], experiment=experiment), 2.0)


def test_a_comparison_names_its_cases_its_margin_and_its_ratio() -> None:
    pair = result("a/thread", [[1.0]] * 3), result("a/serial", [[2.0]] * 3)
    found = compare(*pair, seconds_a_block=3.0, margin=0.1)
    assert found is not None
    assert (found.case, found.reference, found.margin) == ("a/thread", "a/serial", 0.1)
    assert found.ratio.estimate == pytest.approx(0.5)
    assert (found.verdict, found.more_seconds) == ("faster", None)


def test_a_comparison_keeps_to_its_confidence() -> None:
    pair = result("a/thread", [[0.9], [0.92], [0.88]]), result("a/serial", [[1.0]] * 3)
    sure, surer = compare(*pair, seconds_a_block=1.0), compare(*pair, seconds_a_block=1.0, confidence=0.999)
    assert sure is not None
    assert surer is not None
    assert (sure.verdict, sure.ratio.confidence) == ("faster", 0.95)
    assert (surer.verdict, surer.ratio.confidence) == ("undecided", 0.999)


def test_cases_without_a_pair_have_no_comparison() -> None:
    assert compare(result("a/thread"), result("a/serial", [[1.0]]), seconds_a_block=1.0) is None


@pytest.mark.parametrize("experiment", SHARING)
def test_every_experiment_but_tasks_is_compared_by_the_time_of_each(experiment: str) -> None:
    of_wall, of_each = compared_by(-0.5, -0.52, -0.48), compared_by(-0.5, -0.52, -0.48, experiment=experiment)
    assert of_wall == of_each
    assert of_each is not None
    assert of_each.verdict == "faster"
    slow, other = (result(f"a/{name}", [[0.5]] * 3, experiment=experiment) for name in ("pipe", "queue"))
    late = result("a/pipe", [[0.5]] * 3, experiment=experiment, sample={"wall": 77.0})
    assert compare(late, other, 1.0) == compare(slow, other, 1.0)


# How much longer it takes


@pytest.mark.parametrize("experiment", ["tasks", "messages"])
@pytest.mark.parametrize(
    "logs", [(0.02, 0.02, 0.04), (-0.02, -0.04, -0.02), (0.02, 0.08, 0.01, 0.01), (0.05, 0.05, 0.0, 0.04, 0.02, -0.02)]
)
def test_an_undecided_comparison_says_how_much_longer_it_takes_where_a_few_blocks_will_do(
    logs: tuple[float, ...], experiment: str
) -> None:
    found = compared_by(*logs, experiment=experiment)
    assert found is not None
    assert found.verdict == "undecided"
    assert found.more_seconds is not None
    # With the mean and the scatter of these blocks, so many settle it.
    blocks = len(logs) + round(found.more_seconds / 2.0)
    half = stats.t.ppf(0.975, blocks - 1) * stdev(logs) / blocks**0.5
    assert abs(fmean(logs)) > half or abs(fmean(logs)) + half < log(1 + MARGIN)


@pytest.mark.parametrize(
    "logs",
    [
        (0.0, 0.1, 0.2),
        (-0.1, 0.1),
        (-0.3, 0.1, -0.2, 0.05),
        (0.05, -0.045, 0.08, -0.07),
        (0.0, 0.01) * 3 + (0.3,),
        (0.1,),
        (5.0, -5.0),
    ],
)
def test_an_undecided_comparison_says_no_time_where_that_may_be_any(logs: tuple[float, ...]) -> None:
    found = compared_by(*logs)
    assert found is not None
    assert (found.verdict, found.more_seconds) == ("undecided", None)


@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=8))
def test_only_an_undecided_comparison_takes_longer(logs: list[float]) -> None:
    found = compared_by(*logs)
    assert found is not None
    if found.verdict != "undecided":
        assert found.more_seconds is None
    elif found.more_seconds is not None:
        assert 2.0 <= found.more_seconds <= 2.0 * FARTHEST


# Claims


@pytest.mark.parametrize(
    ("claimed", "found", "outcome"),
    [
        ("faster", "faster", "confirmed"),
        ("slower", "slower", "confirmed"),
        ("same", "same", "confirmed"),
        ("faster", "slower", "refuted"),
        ("faster", "same", "refuted"),
        ("same", "faster", "refuted"),
        ("faster", "undecided", "undecided"),
        ("same", "undecided", "undecided"),
    ],
)
def test_a_claim_is_confirmed_by_its_own_verdict_only(
    claimed: Literal["faster", "slower", "same"], found: Verdict, outcome: str
) -> None:
    claim = Claim(sentence="Threads help.", case="a/thread", verdict=claimed, reference="a/serial")
    comparison = Comparison(
        case="a/thread", reference="a/serial", ratio=interval(1.0, 0.1), verdict=found, margin=MARGIN
    )
    judgement = judge(claim, comparison)
    assert (judgement.outcome, judgement.claim, judgement.comparison) == (outcome, claim, comparison)
    assert judge(claim, None).outcome == "not measured"


# A metric as numbers


@pytest.mark.parametrize("metric", ["wall", "cpu", "memory"])
def test_a_metric_is_taken_where_it_is_positive(metric: Gated) -> None:
    measured = result("a/thread", [[1.0, 2.0], [3.0]], cpu=0.0, peaks={0: 4096, 2: 0, 5: 8192})
    expected = {
        "wall": {(0, 0): 1.0, (0, 1): 2.0, (1, 0): 3.0},
        "cpu": {},
        "memory": {(0, 0): 4096.0, (5, 0): 8192.0},
    }
    assert figures(measured, metric) == expected[metric]
    found = level(measured, metric)
    assert (found is None) == (metric == "cpu")


def test_two_samples_in_one_round_are_refused() -> None:
    measured = result("a/thread", [[1.0, 2.0]])
    with pytest.raises(ValueError, match="block 0, round 1 holds two samples"):
        figures(replace(measured, samples=(*measured.samples, measured.samples[1])))


# Lost updates

LOSES = Claim(sentence="It loses some.", case="a/value", verdict="loses updates", reference="a/value")
KEEPS = Claim(sentence="It loses none.", case="a/value", verdict="keeps updates", reference="a/value")


def counting(row: str = "value", lost: int = 0, *, workers: int | None = 2, tasks: int = 100) -> Result:
    """Two samples of a shared counter, in each of which some updates were lost."""
    return result(
        f"a/{row}", [[0.1], [0.1]], experiment="counters", workers=workers, tasks=tasks, sample={"lost": lost}
    )


@pytest.mark.parametrize(
    ("claim", "lost", "outcome"),
    [(LOSES, 3, "confirmed"), (LOSES, 0, "undecided"), (KEEPS, 0, "confirmed"), (KEEPS, 3, "refuted")],
)
def test_one_lost_update_settles_a_claim(claim: Claim, lost: int, outcome: str) -> None:
    value = counting(lost=lost, workers=4, tasks=50)
    found = judge_updates(claim, value)
    assert (found.claim, found.outcome, found.comparison) == (claim, outcome, None)
    assert (found.lost, found.updates) == (2 * lost, 2 * 50 * 4)
    once = replace(value, samples=(value.samples[0], replace(value.samples[1], lost=0)))
    assert judge_updates(claim, once).outcome == outcome  # also where it was in one sample only


def test_a_single_worker_takes_all_steps() -> None:
    assert judge_updates(KEEPS, counting("local", workers=None, tasks=7)).updates == 2 * 7


@pytest.mark.parametrize("claim", [LOSES, KEEPS])
@pytest.mark.parametrize("found", [None, result("a/value", failure="no")])
def test_what_was_not_measured_neither_loses_nor_keeps(claim: Claim, found: Result | None) -> None:
    outcome = judge_updates(claim, found)
    assert (outcome.outcome, outcome.lost, outcome.updates) == ("not measured", None, None)


def test_claims_on_updates_and_on_times_are_judged_side_by_side() -> None:
    local = result("a/local", [[0.01], [0.01]], experiment="counters", sample={"lost": 0})
    faster = Claim(sentence="So it is.", case="a/local", verdict="faster", reference="a/value")
    found = judged([LOSES, faster, KEEPS], [counting(lost=5), local], seconds_a_block=1.0)
    assert [each.outcome for each in found] == ["confirmed", "confirmed", "refuted"]
    assert [each.comparison is not None for each in found] == [False, True, False]


@pytest.mark.parametrize("experiment", SHARING)
def test_the_median_of_other_experiments_is_that_of_each_and_there_is_no_ideal(experiment: str) -> None:
    (found,) = summarised([result("a/any", [[0.002], [0.002]], experiment=experiment)], cores=2)
    assert found.median is not None
    assert found.median.estimate == pytest.approx(0.002)
    assert found.ideal is None
