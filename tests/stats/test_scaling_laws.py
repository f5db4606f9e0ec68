"""What the scaling laws promise: the nearest law there is, exactly, and intervals that hold the truth."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize, stats

from concbench.model.result import Interval
from concbench.stats.scaling_laws import FEWEST, TERMS, Law, Name, fit, fitted, held_out

COUNTS = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
TRUTH = Law(single=1.63, sigma=0.004, kappa=0.00015)
LAWS: list[Name] = ["amdahl", "usl"]
every_law = pytest.mark.parametrize("law", LAWS)


def matrix(times: dict[int, float], law: Name) -> NDArray[np.float64]:
    """What the terms of a law are on each number of workers, relative to the time there."""
    found = []
    for count, seconds in times.items():
        terms = (1 / count, (count - 1) / count, count - 1)
        found.append([term / seconds for term in terms[: TERMS[law]]])
    return np.array(found)


def amounts(law: Law) -> tuple[float, float, float]:
    return law.single, law.single * law.sigma, law.single * law.kappa


def distance(law: Law, times: dict[int, float]) -> float:
    return sum((law.seconds(count) / seconds - 1) ** 2 for count, seconds in times.items())


def noisy(law: Law, generator: np.random.Generator, scatter: float) -> dict[int, float]:
    return {count: law.seconds(count) * float(np.exp(generator.normal(0, scatter))) for count in COUNTS}


# The law itself


def test_amdahls_law_has_a_limit_of_the_share_that_can_not_be_shared() -> None:
    law = Law(single=1.0, sigma=0.05)
    assert law.seconds(1) == 1.0
    assert law.seconds(1_000_000) == pytest.approx(0.05, rel=1e-3)
    assert law.peak is None


def test_without_any_cost_twice_the_workers_take_half_the_time() -> None:
    assert Law(single=3.0).seconds(6) == 0.5


def test_beyond_its_peak_a_law_takes_longer_again() -> None:
    peak = TRUTH.peak
    assert peak == pytest.approx(sqrt((1 - 0.004) / 0.00015))
    found = optimize.minimize_scalar(TRUTH.seconds, bounds=(1, 1000), method="bounded")
    assert peak == pytest.approx(found.x, rel=1e-3)


def test_where_nothing_is_gained_there_is_no_peak() -> None:
    assert Law(single=1.0, sigma=1.2, kappa=0.1).peak is None


# The fit


@every_law
def test_what_follows_a_law_is_fitted_exactly(law: Name) -> None:
    truth = TRUTH if law == "usl" else Law(single=0.2, sigma=0.03)
    found = fitted({count: truth.seconds(count) for count in COUNTS}, law)
    assert amounts(found) == pytest.approx(amounts(truth), rel=1e-9)


def test_three_numbers_of_workers_are_enough_for_three_parameters_and_two_for_two() -> None:
    times = {count: TRUTH.seconds(count) for count in (1, 8, 64)}
    assert amounts(fitted(times)) == pytest.approx(amounts(TRUTH), rel=1e-9)
    assert amounts(fitted({1: 1.0, 2: 0.75}, "amdahl")) == pytest.approx((1.0, 0.5, 0.0))


@every_law
@given(data=st.data())
def test_no_law_is_nearer_than_the_one_that_is_fitted(law: Name, data: st.DataObject) -> None:
    """Scipy's non-negative least squares as the oracle, on times that may follow no law at all."""
    counts = data.draw(st.lists(st.integers(2, 300), min_size=3, max_size=12, unique=True))
    logs = data.draw(st.lists(st.floats(-4, 4), min_size=len(counts) + 1, max_size=len(counts) + 1))
    times = {count: float(np.exp(log)) for count, log in zip([1, *counts], logs, strict=True)}
    found = fitted(times, law)
    assert found.single > 0 and found.sigma >= 0 and found.kappa >= 0
    a = matrix(times, law)
    scale = np.linalg.norm(a, axis=0)
    best, residual = optimize.nnls(a / scale, np.ones(len(times)))
    if best[0] > 0:  # all that is not T(1) may be the nearest of all: a law has to have one
        assert distance(found, times) == pytest.approx(residual**2, rel=1e-6, abs=1e-9)
    else:
        assert distance(found, times) >= residual**2 - 1e-9


def test_the_fit_is_that_of_a_general_optimiser_where_no_bound_is_reached() -> None:
    times = noisy(TRUTH, np.random.default_rng(3), 0.05)
    counts = np.array(list(times))

    def model(count: NDArray[np.float64], single: float, sigma: float, kappa: float) -> NDArray[np.float64]:
        return single * (1 + sigma * (count - 1) + kappa * count * (count - 1)) / count

    best, _ = optimize.curve_fit(
        model, counts, list(times.values()), p0=(1.0, 0.01, 1e-4), sigma=list(times.values()), maxfev=20_000
    )
    found = fitted(times)
    assert found.sigma > 0
    assert (found.single, found.sigma, found.kappa) == pytest.approx(tuple(best), rel=1e-4)


@every_law
def test_what_is_faster_than_any_sharing_allows_has_no_negative_parameter(law: Name) -> None:
    """Twice the caches, say: four workers in a fifth of the time."""
    found = fitted({1: 1.0, 2: 0.45, 4: 0.2, 8: 0.1}, law)
    assert (found.sigma, found.kappa) == (0.0, 0.0)


@given(factor=st.floats(1e-6, 1e6), logs=st.lists(st.floats(-2, 2), min_size=6, max_size=6))
def test_in_another_unit_of_time_only_the_time_of_one_worker_differs(factor: float, logs: list[float]) -> None:
    times = {count: float(np.exp(log)) for count, log in zip((1, 2, 4, 8, 16, 32), logs, strict=True)}
    one, other = fitted(times), fitted({count: factor * seconds for count, seconds in times.items()})
    assert amounts(other) == pytest.approx([factor * amount for amount in amounts(one)], rel=1e-6, abs=1e-12 * factor)


@given(st.permutations(COUNTS))
def test_the_order_of_the_numbers_of_workers_means_nothing(counts: list[int]) -> None:
    times = noisy(TRUTH, np.random.default_rng(5), 0.1)
    assert amounts(fitted({count: times[count] for count in counts})) == pytest.approx(amounts(fitted(times)), rel=1e-9)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf"), float("nan")])
def test_what_is_no_time_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="on 2 workers"):
        fitted({1: 1.0, 2: seconds, 4: 0.3})


def test_no_worker_and_too_few_numbers_of_workers_are_refused() -> None:
    with pytest.raises(ValueError, match="on 0 workers"):
        fitted({0: 1.0, 1: 1.0, 2: 1.0})
    with pytest.raises(ValueError, match="3 parameters needs as many numbers of workers, not 2"):
        fitted({1: 1.0, 2: 0.5})


# What is held out


@given(st.lists(st.integers(1, 10_000), min_size=FEWEST, max_size=40, unique=True))
def test_what_is_held_out_lies_between_others_and_leaves_enough_to_fit_to(counts: list[int]) -> None:
    apart = held_out(counts)
    kept = sorted(set(counts) - set(apart))
    assert apart
    assert len(kept) >= max(TERMS.values()) + 1
    assert kept[0] == min(counts) and kept[-1] == max(counts)
    in_order = sorted(counts)
    for each in apart:
        assert {in_order[in_order.index(each) - 1], in_order[in_order.index(each) + 1]} <= set(kept)


def test_what_is_held_out_does_not_change_the_law() -> None:
    generator = np.random.default_rng(8)
    blocks = {block: noisy(TRUTH, generator, 0.03) for block in range(4)}
    changed = {
        block: {count: 7.0 if count in held_out(COUNTS) else seconds for count, seconds in times.items()}
        for block, times in blocks.items()
    }
    one, other = fit(blocks), fit(changed)
    assert one is not None and other is not None
    assert (one.single, one.sigma, one.kappa, one.seconds) == (other.single, other.sigma, other.kappa, other.seconds)
    assert one.ratios[64] != other.ratios[64]


# Over blocks


def test_a_parameter_has_the_t_interval_over_blocks() -> None:
    generator = np.random.default_rng(1)
    blocks = {block: noisy(TRUTH, generator, 0.02) for block in range(8)}
    kept = [count for count in COUNTS if count not in held_out(COUNTS)]
    each = [fitted({count: times[count] for count in kept}) for times in blocks.values()]
    found = fit(blocks, confidence=0.9)
    assert found is not None and found.kappa is not None
    kappas = [law.kappa for law in each]
    low, high = stats.t.interval(0.9, 7, loc=np.mean(kappas), scale=stats.sem(kappas))
    assert (found.kappa.estimate, found.kappa.low, found.kappa.high) == pytest.approx((np.mean(kappas), low, high))
    logs = np.log([law.seconds(64) for law in each])
    low, high = stats.t.interval(0.9, 7, loc=logs.mean(), scale=stats.sem(logs))
    seconds = found.seconds[64]
    assert (seconds.estimate, seconds.low, seconds.high) == pytest.approx(tuple(np.exp([logs.mean(), low, high])))
    off = np.log([law.seconds(64) / times[64] for law, times in zip(each, blocks.values(), strict=True)])
    assert found.ratios[64].estimate == pytest.approx(np.exp(off.mean()))


def test_a_share_is_never_said_to_be_negative() -> None:
    generator = np.random.default_rng(2)
    found = fit({block: noisy(Law(single=1.0, kappa=1e-4), generator, 0.05) for block in range(5)})
    assert found is not None
    assert found.sigma.low == 0.0


def test_one_block_has_a_law_and_no_interval() -> None:
    found = fit({3: {count: TRUTH.seconds(count) for count in COUNTS}})
    assert found is not None
    assert (found.sigma.low, found.sigma.high, found.ratios[4].low, found.sigma.blocks) == (None, None, None, 1)
    assert found.peak is not None
    assert found.peak.estimate == pytest.approx(TRUTH.peak)


def test_amdahls_law_has_neither_kappa_nor_peak() -> None:
    found = fit({0: {count: TRUTH.seconds(count) for count in COUNTS}}, "amdahl")
    assert found is not None
    assert (found.kappa, found.peak) == (None, None)


def test_where_one_block_has_no_peak_there_is_none() -> None:
    falling = Law(single=1.0, sigma=0.1)
    found = fit({0: {c: TRUTH.seconds(c) for c in COUNTS}, 1: {c: falling.seconds(c) for c in COUNTS}})
    assert found is not None
    assert found.peak is None or found.peak.blocks == 2  # rounding may leave a kappa of nearly nothing


def test_a_block_that_lacks_a_number_of_workers_is_left_out() -> None:
    times = {count: TRUTH.seconds(count) for count in COUNTS}
    found = fit({0: times, 1: dict.fromkeys(COUNTS[:-1], 9.0)})
    assert found is not None
    assert found.single.blocks == 1
    assert found.single.estimate == pytest.approx(TRUTH.single)


def test_too_few_numbers_of_workers_or_no_block_have_no_law() -> None:
    assert fit({0: {count: 1 / count for count in (1, 2, 3, 4)}}) is None
    assert fit({}) is None


# Simulations with known truth


def covered(interval: Interval, truth: float) -> bool:
    return interval.low is not None and interval.high is not None and interval.low <= truth <= interval.high


def test_intervals_hold_the_true_parameters_and_times_about_95_times_in_100() -> None:
    generator = np.random.default_rng(20)
    truth = Law(single=1.6, sigma=0.02, kappa=0.0002)
    held = {"single": 0, "sigma": 0, "kappa": 0, "seconds": 0}
    runs = 300
    for _ in range(runs):
        found = fit({block: noisy(truth, generator, 0.03) for block in range(6)})
        assert found is not None and found.kappa is not None
        held["single"] += covered(found.single, truth.single)
        held["sigma"] += covered(found.sigma, truth.sigma)
        held["kappa"] += covered(found.kappa, truth.kappa)
        held["seconds"] += covered(found.seconds[64], truth.seconds(64))
    assert all(0.9 <= each / runs <= 0.99 for each in held.values()), held


def test_amdahls_law_is_far_off_where_workers_cost_and_the_usl_is_not() -> None:
    generator = np.random.default_rng(4)
    blocks = {block: noisy(TRUTH, generator, 0.03) for block in range(6)}
    off = {
        law: max(abs(found.ratios[count].estimate - 1) for count in held_out(COUNTS))
        for law in LAWS
        if (found := fit(blocks, law)) is not None
    }
    assert off["usl"] < 0.1 < off["amdahl"]


def test_what_stops_dead_at_so_many_cores_is_described_by_neither_law_and_seen_to_be() -> None:
    """Two cores: half the time with two workers, and then no more. A law has no corner."""
    found = fit({0: {count: 1 / min(count, 2) for count in (1, 2, 3, 4, 6, 8, 12)}})
    assert found is not None
    assert max(abs(found.ratios[count].estimate - 1) for count in held_out(list(found.ratios))) > 0.05
