"""What noise promises: it is found by measuring as ever, and what it says can be found will be, as often as it says."""

from __future__ import annotations

import random
from math import exp, log, sqrt
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from concbench.measure.interpreters import Interpreter
from concbench.measure.plan import Now
from concbench.model import Case, Sample, Settings, Workload
from concbench.stats.student import t_quantile
from concbench.suites.fitness import (
    CONFIDENCE,
    ERROR,
    POWER,
    SEARCH,
    Noise,
    examine,
    findable,
    identical_cases,
    noise_of,
    noises,
    speeds,
)
from tests.measure.process_tree import PLUGIN

scatters = st.floats(1e-6, 0.5)
block_seconds = st.floats(0.1, 7.0)


def case_of(walls: list[list[float]], subject: str = "serial", id_: str = "noise/serial") -> Case:
    """A case with these times in its blocks and rounds."""
    case = Case(id=id_, part="noise", subject=subject, workload=Workload(name="cpu", tasks=1), settings=Settings())
    for block, times in enumerate(walls):
        for number, wall in enumerate(times):
            case.samples.append(Sample(block=block, round=number, start=0, run=wall, stop=0, wall=wall, cpu=None))
    return case


def noisy(draw: random.Random, hosts: float, samples: float, blocks: int, rounds: int) -> Case:
    """A case whose hosts and samples scatter by so much."""
    return case_of(
        [
            [exp(host + draw.gauss(0, samples)) for _ in range(rounds)]
            for host in (draw.gauss(0, hosts) for _ in range(blocks))
        ]
    )


# Which cases


def test_two_cases_of_a_subject_differ_in_their_ids_only() -> None:
    cases = identical_cases()
    assert len({case.id for case in cases}) == len(cases) == 4
    for case, again in zip(cases[::2], cases[1::2], strict=True):
        again.id = case.id
        assert case == again


def test_every_interpreter_has_its_own_pairs() -> None:
    found = [Interpreter(name=name, python=name, version=name, given=name) for name in ("3.13", "3.14")]
    cases = identical_cases(found)
    assert len({case.id for case in cases}) == len(cases) == 8
    assert [case.side for case in cases] == ["3.13"] * 4 + ["3.14"] * 4


# What the samples say


def test_scatter_between_hosts_and_between_samples_are_told_apart() -> None:
    draw = random.Random(7)
    case, again = (noisy(draw, hosts=0.03, samples=0.10, blocks=400, rounds=10) for _ in range(2))
    found = noise_of(case, again, 0.5)
    assert found is not None
    assert found.scatter == pytest.approx(0.10, rel=0.1)
    assert found.hosts == pytest.approx(0.03, rel=0.25)
    assert found.rounds == 10


def test_samples_that_explain_all_differences_leave_none_to_hosts() -> None:
    case = case_of([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]])
    again = case_of([[2.0, 1.0], [1.0, 2.0], [2.0, 1.0]])
    found = noise_of(case, again, 0.5)
    assert found is not None
    assert found.hosts == 0


def test_identical_times_have_no_noise() -> None:
    found = noise_of(case_of([[1.0, 1.0]] * 4), case_of([[1.0, 1.0]] * 4), 0.5)
    assert found is not None
    assert (found.scatter, found.hosts, found.between, found.findable) == (0, 0, 0, 1)
    assert found.ratio.estimate == 1
    assert found.ratio.confidence == CONFIDENCE


def test_cores_that_change_their_speed_are_not_taken_for_differing_hosts() -> None:
    """Every sample takes either one or two seconds, which no median shows: what differs is samples, not hosts."""
    draw = random.Random(5)
    case, again = (case_of([[draw.choice([1.0, 2.0]) for _ in range(5)] for _ in range(400)]) for _ in range(2))
    found = noise_of(case, again, 0.5)
    assert found is not None
    assert found.between is not None
    assert found.hosts is not None
    assert found.hosts < found.between / 3


def test_speeds_are_told_by_cpu_time_which_waiting_does_not_change() -> None:
    def sample(wall: float, cpu: float | None) -> Sample:
        return Sample(block=0, round=0, start=0, run=wall, stop=0, wall=wall, cpu=cpu)

    assert speeds([sample(1.0, 0.5), sample(9.0, 0.5), sample(1.0, 0.5)]) == 1
    assert speeds([sample(1.0, 0.5), sample(1.0, 0.9)]) == pytest.approx(1.8)
    assert speeds([sample(1.0, None), sample(1.0, None)]) is None
    assert speeds([sample(1.0, 0.5)]) is None
    assert speeds([sample(1.0, 1.0)] * 95 + [sample(1.0, 7.0)] * 4) == 1  # one stray is no speed


def test_one_block_tells_nothing_of_hosts() -> None:
    found = noise_of(case_of([[1.0, 1.1]]), case_of([[1.0, 1.1]]), 0.5)
    assert found is not None
    assert (found.hosts, found.between, found.findable) == (None, None, None)


def test_one_round_a_block_does_not_tell_samples_from_hosts() -> None:
    found = noise_of(case_of([[1.0], [1.1], [1.3]]), case_of([[1.1], [1.1], [1.2]]), 0.5)
    assert found is not None
    assert (found.scatter, found.hosts) == (None, None)
    assert found.findable is not None


def test_cases_that_never_ran_side_by_side_have_no_noise() -> None:
    assert noise_of(case_of([[1.0]]), case_of([]), 0.5) is None


def test_a_subject_one_of_whose_cases_failed_is_left_out() -> None:
    serial = [case_of([[1.0], [1.1]]), case_of([[1.0], [1.2]])]
    pool = [case_of([[1.0], [1.1]], subject="pool-map"), case_of([], subject="pool-map")]
    assert [noise.subject for noise in noises([*serial, *pool], 0.5)] == ["serial"]


# What can be found


@pytest.mark.parametrize(("blocks", "short"), [(50, 0.002), (25, 0.004), (15, 0.008), (8, 0.022), (5, 0.053)])
def test_what_can_be_found_is_found_almost_as_often_as_is_said(blocks: int, short: float) -> None:
    """The noncentral t knows how often; the sum of two quantiles is the usual approximation, a little short of it."""
    between = 0.02
    smallest = findable(between, SEARCH / blocks)
    assert smallest is not None
    shift = log(smallest) * sqrt(blocks) / between
    power = stats.nct.sf(t_quantile(1 - ERROR, blocks - 1), blocks - 1, shift)
    assert POWER - short <= power <= POWER


def test_a_difference_is_found_as_often_as_is_said_and_none_where_there_is_none() -> None:
    draw, blocks, between, runs = random.Random(11), 25, 0.02, 2000
    smallest = findable(between, SEARCH / blocks)
    assert smallest is not None

    def share_found(ratio: float) -> float:
        found = 0
        for _ in range(runs):
            logs = [draw.gauss(log(ratio), between) for _ in range(blocks)]
            found += fmean(logs) - t_quantile(1 - ERROR, blocks - 1) * stdev(logs) / sqrt(blocks) > 0
        return found / runs

    assert share_found(smallest) == pytest.approx(POWER, abs=0.025)
    assert share_found(1.0) == pytest.approx(ERROR, abs=0.006)


@given(between=scatters, more=st.floats(1, 10), seconds=block_seconds, longer=st.floats(1, 10))
def test_less_is_found_where_blocks_scatter_more_or_take_longer(
    between: float, more: float, seconds: float, longer: float
) -> None:
    smallest = findable(between, seconds)
    assert smallest is not None
    assert smallest > 1
    assert (findable(between * more, seconds) or 0) >= smallest
    slower = findable(between, seconds * longer)
    assert slower is None or slower >= smallest


@pytest.mark.parametrize("seconds_a_block", [0.0, 7.6, 1e9])
def test_where_fewer_than_two_blocks_fit_nothing_can_be_found(seconds_a_block: float) -> None:
    assert findable(0.02, seconds_a_block) is None


def test_however_blocks_scatter_the_ratio_is_a_number() -> None:
    smallest = findable(1e6, 5.0)
    assert smallest is not None
    assert smallest < float("inf")


# Measured


def test_an_examination_measures_every_subject_by_real_blocks() -> None:
    told: list[Now] = []
    examination = examine(noise=True, listen=told.append)
    assert examination.failures == []
    assert [noise.subject for noise in examination.noise] == ["serial", "pool-map"]
    assert {now.doing for now in told} >= {"starting hosts", "measuring"}
    for noise in examination.noise:
        assert_is_sound(noise)
    assert examination.activity.seconds > 0


def assert_is_sound(noise: Noise) -> None:
    assert noise.ratio.blocks >= 2
    assert noise.rounds >= 1
    assert noise.scatter is None or noise.scatter >= 0
    assert noise.seconds_a_block > 0
    assert noise.findable is not None
    assert noise.findable > 1


def test_cases_that_fail_say_why_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PLUGIN))
    workload = Workload(name="raises", tasks=4)
    cases = [
        Case(id=f"noise/{number}", part="noise", subject="serial", workload=workload, settings=Settings())
        for number in range(2)
    ]
    examination = examine(noise=True, listen=lambda now: None, cases=cases)
    assert examination.noise == []
    (failure,) = examination.failures
    assert failure.message


def test_without_noise_others_are_listened_to_and_no_host_is_started() -> None:
    told: list[Now] = []
    examination = examine(noise=False, listen=told.append)
    assert (examination.asked, examination.noise, examination.failures) == (False, [], [])
    assert [now.case for now in told] == [None]
    assert examination.activity.seconds > 0
