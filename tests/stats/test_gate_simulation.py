"""How often a gate is wrong, and how often it finds what is there: simulated gates whose truth is known.

The gate sees block means only, so those are simulated: of about a dozen pairs each, in blocks of fresh hosts, about as
many as a budget has on a short `Pool.map` cell, and three times as many for what is suspicious by then. Seeds are
fixed, so a rate here never changes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, fsum, log, sqrt
from statistics import fmean

import numpy as np
import pytest
from scipy import stats

from concbench.model.run import Gated
from concbench.stats import intervals, sequential, two_samples
from concbench.stats.sequential import CONFIDENCE, FALSE_ALARMS, LONGEST, LOOKS, USUAL, Decision, Gate, Key
from concbench.stats.two_samples import LEAST_SCATTER, TRIMMED, block_changes, least_scatter
from tests.stats.figures import figures

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Noise = Callable[[np.random.Generator, tuple[int, ...]], Array]
"""Draws log times of both sides: sides by figures by blocks by rounds."""

USUALLY, PAIRS = 18, 12
BLOCKS = round(LONGEST * USUALLY)
SAMPLES, HOSTS = 0.15, 0.02
"""Scatter of single samples within a host, and from one host to the next."""
MARGINS = {"wall": 0.05, "cpu": 0.03, "memory": 0.10}
BEYOND_CHANCE = 0.999
"""A bound that a rate within its promise keeps in all but one of 1000 sets of seeds."""


def normal(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return draw.normal(0, SAMPLES, shape)


def drifting(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """A machine that grows slower by 3 % from one sample to the next, and staggers; sides take turns to be first."""
    sides, figures, blocks, rounds = shape
    steps = draw.normal(0.03, 0.05, (figures, blocks * rounds * sides)).cumsum(axis=1)
    found = steps.reshape(figures, blocks, rounds, sides).transpose(3, 0, 1, 2).copy()
    turned = (np.arange(blocks)[:, None] + np.arange(rounds)[None, :]) % 2 == 1
    found[:, :, turned] = found[::-1, :, turned]
    return found + normal(draw, shape)


def bursting(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """A neighbour that makes one sample of ten three times as long."""
    return normal(draw, shape) + log(3) * (draw.random(shape) < 0.1)


def of_two_modes(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Hosts of which every other one is slower by 20 %."""
    return normal(draw, shape) + log(1.2) * (draw.random(shape[:-1]) < 0.5)[..., None]


def heavy_tailed(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Samples that scatter as Student's t of 2.5 degrees does, whose fourth moment is infinite."""
    return SAMPLES * draw.standard_t(2.5, shape)


NOISES: dict[str, Noise] = {
    "normal": normal,
    "drift": drifting,
    "bursts": bursting,
    "two modes": of_two_modes,
    "heavy tails": heavy_tailed,
}


EVERY_NOISE = pytest.mark.parametrize(
    "noise",
    [
        pytest.param(noise, marks=[pytest.mark.thorough] if noise in ("drift", "bursts", "two modes") else [])
        for noise in NOISES
    ],
)


@pytest.fixture(scope="module", autouse=True)
def without_what_takes_longest() -> Iterator[None]:
    """Leave out what these tests don't ask for, which is most of the time that a look takes.

    That is how much longer a figure would take, and the exact fractions by which `statistics` adds up squares.
    """

    def stdev(values: Sequence[float]) -> float:
        mean = fmean(values)
        return sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(two_samples, "stdev", stdev)
        patch.setattr(intervals, "stdev", stdev)
        patch.setattr(sequential, "remaining_blocks", lambda *_: None)
        yield


@dataclass(frozen=True)
class Outcome:
    """What came of one simulated gate: its findings at every look, and at the end."""

    looks: list[dict[Key, Decision]]

    @property
    def last(self) -> dict[Key, Decision]:
        return self.looks[-1]

    def red(self) -> bool:
        return any(finding.verdict == "slower" for finding in self.last.values())


def block_means(pairs: Array) -> Array:
    """the trimmed means of pairs, along the last axis; the same that a block of the gate has."""
    cut = int(pairs.shape[-1] * TRIMMED)
    return np.asarray(np.sort(pairs, axis=-1)[..., cut : pairs.shape[-1] - cut].mean(axis=-1))


def least(pairs: Array) -> Array:
    """What the blocks of each figure scatter by at least, as `least_scatter` finds it from their pairs."""
    if pairs.shape[-1] < 2:
        return np.full(len(pairs), LEAST_SCATTER)
    distances = np.abs(np.diff(pairs, axis=-1))
    typical = np.median(distances.reshape(len(pairs), -1), axis=-1)
    return np.maximum(LEAST_SCATTER, 1.4826 / sqrt(2) * typical / sqrt(pairs.shape[-1]))


def pairs_of(draw: np.random.Generator, noise: Noise, figures: int) -> Array:
    """log ratios of head to base of identical code: figures by blocks by pairs."""
    times = noise(draw, (2, figures, BLOCKS, PAIRS)) + draw.normal(0, HOSTS, (2, figures, BLOCKS, 1))
    return np.asarray(times[1] - times[0])


def simulated(draw: np.random.Generator, noise: Noise, cases: int, change: float) -> Outcome:
    """Run one gate over so many cases, which all have changed by the same factor (their memory has not)."""
    wall = pairs_of(draw, noise, cases)
    # CPU time scatters half as much, and part of that is what wall time scatters by, too.
    cpu = sqrt(1 / 8) * (wall + pairs_of(draw, noise, cases))
    memory = draw.normal(0, 0.01, (cases, BLOCKS, 1))
    pairs: dict[Gated, np.ndarray] = {"wall": wall + log(change), "cpu": cpu + log(change), "memory": memory}
    blocks = {
        Key(f"case {case}", metric): means
        for metric, found in pairs.items()
        for case, means in enumerate(block_means(found).tolist())
    }
    simulation = Gate({key: MARGINS[key.metric] for key in blocks})
    looks = []
    for look in LOOKS:
        so_far = ceil(look * BLOCKS - 1e-9)
        scatter = {
            Key(f"case {case}", metric): each
            for metric, found in pairs.items()
            for case, each in enumerate(least(found[:, :so_far]).tolist())
        }
        simulation.look(so_far / BLOCKS, {key: means[:so_far] for key, means in blocks.items()}, scatter)
        looks.append(dict(simulation.findings))
        if not (simulation.undecided if so_far < USUALLY else simulation.suspicious):
            break
    return Outcome(looks)


@cache
def gates(noise: str, cases: int, change: float, number: int) -> Sequence[Outcome]:
    """so many simulated gates."""
    draw = np.random.default_rng([sorted(NOISES).index(noise), cases, round(100 * change)])
    return [simulated(draw, NOISES[noise], cases, change) for _ in range(number)]


def red(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.red() for outcome in outcomes)


def most(number: int, rate: float) -> int:
    """how many of so many events of a rate there are at most, unless chance is against it."""
    return int(stats.binom.ppf(BEYOND_CHANCE, number, rate))


def covered(outcomes: Sequence[Outcome], change: float) -> int:
    """of how many figures all intervals, at every look, hold the truth."""
    return sum(
        all(holds(findings[key], 1.0 if key.metric == "memory" else change) for findings in outcome.looks)
        for outcome in outcomes
        for key in outcome.last
    )


def holds(finding: Decision, truth: float) -> bool:
    ratio = finding.ratio
    return ratio is None or ratio.low is None or ratio.high is None or ratio.low <= truth <= ratio.high


def found(outcomes: Sequence[Outcome], metrics: Sequence[str] = tuple(MARGINS)) -> float:
    """the share of cases of which one of these figures was found slower."""
    cases = [{key.case for key in outcome.last} for outcome in outcomes]
    slower = [
        {key.case for key, finding in outcome.last.items() if finding.verdict == "slower" and key.metric in metrics}
        for outcome in outcomes
    ]
    return sum(map(len, slower)) / sum(map(len, cases))


def test_a_simulated_block_is_what_the_gate_makes_of_its_pairs() -> None:
    pairs = np.random.default_rng(1).normal(0, 1, (3, PAIRS))
    base, head = figures(*([1.0] * PAIRS for _ in pairs)), figures(*np.exp(pairs).tolist())
    assert list(block_means(pairs)) == pytest.approx(block_changes(base, head))
    assert least(pairs[None, ...]) == pytest.approx([least_scatter(base, head)])


# Identical code


@EVERY_NOISE
def test_a_gate_of_one_case_over_identical_code_is_red_at_most_once_in_100(noise: str) -> None:
    assert red(gates(noise, 1, 1.0, 1000)) <= most(1000, FALSE_ALARMS)


@pytest.mark.thorough
@pytest.mark.parametrize("noise", NOISES)
def test_a_gate_of_20_cases_over_identical_code_is_red_no_more_often(noise: str) -> None:
    assert red(gates(noise, 20, 1.0, 300)) <= most(300, FALSE_ALARMS)


@EVERY_NOISE
def test_identical_code_is_called_faster_as_rarely(noise: str) -> None:
    outcomes = gates(noise, 1, 1.0, 1000)
    faster = sum(any(finding.verdict == "faster" for finding in outcome.last.values()) for outcome in outcomes)
    assert faster <= most(1000, FALSE_ALARMS)


def test_identical_code_is_mostly_found_the_same_where_the_scatter_allows() -> None:
    outcomes = gates("normal", 1, 1.0, 1000)
    same = {key.metric: 0 for key in outcomes[0].last}
    for outcome in outcomes:
        for key, finding in outcome.last.items():
            same[key.metric] += finding.verdict == "same"
    assert same["memory"] >= 990
    assert same["cpu"] >= 600


# Code that has changed


@pytest.mark.parametrize("change", [1.1, 1.2])
def test_a_slowing_of_a_tenth_is_always_found(change: float) -> None:
    outcomes = gates("normal", 1, change, 300)
    assert red(outcomes) == len(outcomes)


@EVERY_NOISE
def test_a_slowing_by_six_percent_is_nearly_always_found(noise: str) -> None:
    outcomes = gates(noise, 1, 1.06, 300)
    assert red(outcomes) >= 0.95 * len(outcomes)


@pytest.mark.thorough
@pytest.mark.parametrize(("change", "least"), [(1.1, 0.99), (1.2, 0.999)])
def test_among_20_cases_each_slowing_is_still_found(change: float, least: float) -> None:
    assert found(gates("normal", 20, change, 20)) >= least


def test_a_slowing_of_a_fifth_is_mostly_found_long_before_the_budget_is_used_up() -> None:
    outcomes = gates("normal", 1, 1.2, 300)
    within = sum(look < USUAL for look in LOOKS)
    assert sum(len(outcome.looks) <= within for outcome in outcomes) >= 0.9 * len(outcomes)


def test_identical_code_seldom_takes_more_than_the_budget() -> None:
    outcomes = gates("normal", 1, 1.0, 1000)
    within = sum(look <= USUAL for look in LOOKS)
    assert sum(len(outcome.looks) > within for outcome in outcomes) <= 0.15 * len(outcomes)


def test_what_has_not_changed_is_not_taken_for_slower_beside_what_has() -> None:
    assert found(gates("normal", 20, 1.2, 20), ["memory"]) == 0


# Intervals


@EVERY_NOISE
def test_the_intervals_of_a_figure_hold_the_truth_at_all_looks_together(noise: str) -> None:
    outcomes = gates(noise, 1, 1.0, 1000)
    figures = 3 * len(outcomes)
    # Figures of one gate move together in part, so that chance is given the room that gates alone would need.
    missed = (figures - covered(outcomes, 1.0)) / 3
    assert missed <= most(len(outcomes), 1 - CONFIDENCE)


@pytest.mark.parametrize("change", [1.1, 1.2])
def test_the_intervals_hold_a_change_as_well(change: float) -> None:
    outcomes = gates("normal", 1, change, 300)
    missed = (3 * len(outcomes) - covered(outcomes, change)) / 3
    assert missed <= most(len(outcomes), 1 - CONFIDENCE)
