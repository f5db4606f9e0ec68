"""What noise promises: its parts are separated, and what can be detected will be, as often as it says."""

from __future__ import annotations

import random
from math import exp, log, sqrt
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from concbench.analysis.fitness import (
    CONFIDENCE,
    ERROR,
    POWER,
    SEARCH,
    Noise,
    findable,
    noise_of,
    noises,
    speeds,
)
from concbench.model.result import Result, Sample
from concbench.stats.t_distribution import t_quantile
from tests.builders import result


def noise(one: Result, again: Result) -> Noise:
    found = noise_of(one, again, 0.5)
    assert found is not None
    return found


# What the samples say


def test_scatter_between_hosts_and_between_samples_are_separated() -> None:
    draw = random.Random(7)

    def noisy() -> Result:
        hosts = [draw.gauss(0, 0.03) for _ in range(400)]
        return result("noise/serial", [[exp(host + draw.gauss(0, 0.10)) for _ in range(10)] for host in hosts])

    found = noise(noisy(), noisy())
    assert found.scatter == pytest.approx(0.10, rel=0.1)
    assert found.hosts == pytest.approx(0.03, rel=0.25)
    assert found.rounds == 10


def test_samples_that_explain_all_differences_leave_none_to_hosts() -> None:
    walls = [[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]]
    assert noise(result("noise/serial", walls), result("noise/serial", [times[::-1] for times in walls])).hosts == 0


def test_identical_times_have_no_noise() -> None:
    found = noise(result("noise/serial", [[1.0, 1.0]] * 4), result("noise/serial", [[1.0, 1.0]] * 4))
    assert (found.scatter, found.hosts, found.between, found.findable) == (0, 0, 0, 1)
    assert (found.ratio.estimate, found.ratio.confidence) == (1, CONFIDENCE)


def test_cores_that_change_their_speed_are_not_taken_for_differing_hosts() -> None:
    """Every sample takes either one or two seconds, which no median shows: what differs is samples, not hosts."""
    draw = random.Random(5)
    case, again = (
        result("noise/serial", [[draw.choice([1.0, 2.0]) for _ in range(5)] for _ in range(400)]) for _ in range(2)
    )
    found = noise(case, again)
    assert found.between is not None
    assert found.hosts is not None
    assert found.hosts < found.between / 3


@pytest.mark.parametrize(
    ("cpu_times", "factor"),
    [
        ([0.5, 0.5, 0.5], 1),
        ([0.5, 0.9], pytest.approx(1.8)),
        ([None, None], None),
        ([0.5], None),
        ([1.0] * 95 + [7.0] * 4, 1),  # a few outliers are no speed
    ],
)
def test_speeds_are_those_of_cpu_time_which_waiting_does_not_change(
    cpu_times: list[float | None], factor: float | None
) -> None:
    walls = [9.0, *[1.0] * len(cpu_times)]
    samples = [
        Sample(block=0, round=0, start=0, run=wall, stop=0, wall=wall, cpu=cpu)
        for wall, cpu in zip(walls, cpu_times, strict=False)
    ]
    assert speeds(samples) == factor


def test_one_block_says_nothing_of_hosts_and_one_round_does_not_separate_samples_from_hosts() -> None:
    one_block = noise(result("noise/serial", [[1.0, 1.1]]), result("noise/serial", [[1.0, 1.1]]))
    assert (one_block.hosts, one_block.between, one_block.findable) == (None, None, None)
    one_round = noise(result("noise/serial", [[1.0], [1.1], [1.3]]), result("noise/serial", [[1.1], [1.1], [1.2]]))
    assert (one_round.scatter, one_round.hosts) == (None, None)
    assert one_round.findable is not None


def test_cases_that_failed_or_never_ran_side_by_side_have_no_noise() -> None:
    assert noise_of(result("noise/serial", [[1.0]]), result("noise/serial", []), 0.5) is None
    serial = [result("noise/serial", [[1.0], [1.1]]), result("noise/serial", [[1.0], [1.2]])]
    pool = [result("noise/pool-map", [[1.0], [1.1]]), result("noise/pool-map", [])]
    assert [found.subject for found in noises([*serial, *pool], 0.5)] == ["serial"]


# What can be detected


@pytest.mark.thorough
@pytest.mark.parametrize(("blocks", "short"), [(50, 0.002), (25, 0.004), (15, 0.008), (8, 0.022), (5, 0.053)])
def test_what_can_be_detected_is_detected_almost_as_often_as_it_says(blocks: int, short: float) -> None:
    """The noncentral t knows how often; the sum of two quantiles is the usual approximation, a little short of it."""
    between = 0.02
    smallest = findable(between, SEARCH / blocks)
    assert smallest is not None
    shift = log(smallest) * sqrt(blocks) / between
    power = stats.nct.sf(t_quantile(1 - ERROR, blocks - 1), blocks - 1, shift)
    assert POWER - short <= power <= POWER


@pytest.mark.thorough
def test_a_difference_is_detected_as_often_as_it_says_and_none_where_there_is_none() -> None:
    draw, blocks, between, runs = random.Random(11), 25, 0.02, 2000
    smallest = findable(between, SEARCH / blocks)
    assert smallest is not None

    def share_detected(ratio: float) -> float:
        detected = 0
        for _ in range(runs):
            logs = [draw.gauss(log(ratio), between) for _ in range(blocks)]
            detected += fmean(logs) - t_quantile(1 - ERROR, blocks - 1) * stdev(logs) / sqrt(blocks) > 0
        return detected / runs

    assert share_detected(smallest) == pytest.approx(POWER, abs=0.025)
    assert share_detected(1.0) == pytest.approx(ERROR, abs=0.006)


@given(between=st.floats(1e-6, 0.5), more=st.floats(1, 10), seconds=st.floats(0.1, 7.0), longer=st.floats(1, 10))
def test_less_is_detected_where_blocks_scatter_more_or_take_longer(
    between: float, more: float, seconds: float, longer: float
) -> None:
    smallest = findable(between, seconds)
    assert smallest is not None
    assert smallest > 1
    assert (findable(between * more, seconds) or 0) >= smallest
    slower = findable(between, seconds * longer)
    assert slower is None or slower >= smallest


@pytest.mark.parametrize("seconds_a_block", [0.0, 7.6, 1e9])
def test_where_fewer_than_two_blocks_fit_nothing_can_be_detected(seconds_a_block: float) -> None:
    assert findable(0.02, seconds_a_block) is None


def test_however_blocks_scatter_the_ratio_is_a_number() -> None:
    smallest = findable(1e6, 5.0)
    assert smallest is not None
    assert smallest < float("inf")
