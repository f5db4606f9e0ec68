"""How time falls, and rises again, with the number of workers: Amdahl's law and the universal scalability law.

The time of the same work on N workers is

    T(N) = T(1) * (1 + sigma * (N - 1) + kappa * N * (N - 1)) / N
         = a / N + b * (N - 1) / N + c * (N - 1)        with a = T(1), b = sigma * T(1), c = kappa * T(1)

where sigma is the share that can't be shared, and kappa what each pair of workers costs (Gunther, "A General Theory of
Computational Scalability Based on Rational Functions", 2008, arXiv:0808.1431). With kappa = 0 it is Amdahl's law
("Validity of the Single Processor Approach to Achieving Large Scale Computing Capabilities", 1967). In wall time, c is
also what starting and stopping one more worker takes, where that happens one after the other.

Three unknowns need no library of linear algebra: the fit is written out here, exactly, and a run that fits nothing
imports nothing for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import hypot, inf, log, sqrt
from typing import Literal

from concbench.model.result import Interval
from concbench.stats.intervals import exponentiated, mean_interval

FEWEST = 5
"""Numbers of workers that a fit needs: four for up to three unknowns, and one held out."""

ALIKE = 1e-12
"""The share of a column that remains, below which it is nothing but rounding errors of the others."""

Name = Literal["amdahl", "usl"]
TERMS: dict[Name, int] = {"amdahl": 2, "usl": 3}
"""How many of a, b and c each law has."""


@dataclass(frozen=True)
class Law:
    """A law with its parameters.

    >>> Law(single=1.0, sigma=0.1).seconds(10), Law(single=1.0, sigma=0.0, kappa=0.01).peak
    (0.19, 10.0)
    """

    single: float
    """Seconds on one worker."""
    sigma: float = 0.0
    kappa: float = 0.0

    def seconds(self, workers: float) -> float:
        """The time on this many workers."""
        others = workers - 1
        return self.single * (1 + self.sigma * others + self.kappa * workers * others) / workers

    @property
    def peak(self) -> float | None:
        """The number of workers that takes least; None if more are always better, or never."""
        return sqrt((1 - self.sigma) / self.kappa) if self.kappa > 0 and self.sigma < 1 else None


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A law with intervals over blocks; those of shares begin at 0 at least."""

    single: Interval
    sigma: Interval
    kappa: Interval | None
    peak: Interval | None
    seconds: dict[int, Interval]
    """By the number of workers."""
    ratios: dict[int, Interval]
    """The law's seconds as a multiple of those measured in the same block."""


def held_out(counts: Sequence[int]) -> list[int]:
    """The numbers of workers that a law is not fitted to: every second one from the third on, but not the last.

    They lie between others, so that a law has to interpolate and never to extrapolate. The times don't affect the
    choice.

    >>> held_out([1, 2, 3, 4, 6]), held_out([1, 2, 4, 8, 16, 32, 64])
    ([3], [4, 16])
    """
    return sorted(set(counts))[2:-1:2]


def fitted(times: Mapping[int, float], law: Name = "usl") -> Law:
    """The law that is nearest to the seconds on some numbers of workers: least squares of relative distances.

    Relative, so that 50 ms on many workers count as much as 2 s on one. No parameter is negative, and T(1) is not 0:
    of the fits with some of b and c at 0 that have no negative one, the nearest is the answer, exactly (the active sets
    of Lawson and Hanson, "Solving Least Squares Problems", 1974, of which there are four).

    Raises ValueError for a time that is not positive, a number of workers below 1, and fewer numbers than the law has
    parameters.

    >>> truth = Law(single=2.0, sigma=0.05, kappa=0.001)
    >>> found = fitted({workers: truth.seconds(workers) for workers in (1, 2, 4, 8, 16)})
    >>> round(found.single, 6), round(found.sigma, 6), round(found.kappa, 6)
    (2.0, 0.05, 0.001)
    """
    terms = TERMS[law]
    if len(times) < terms:
        raise ValueError(f"a law with {terms} parameters needs as many numbers of workers, not {len(times)}")
    for workers, seconds in times.items():
        if workers < 1 or not 0 < seconds < inf:
            raise ValueError(f"{seconds} s on {workers} workers can't be fitted")
    rows = [[term / seconds for term in _terms(workers)] for workers, seconds in times.items()]
    best: tuple[float, list[float]] | None = None
    for size in range(terms):
        for more in combinations(range(1, terms), size):
            active = (0, *more)
            found = _nearest_to_one([[row[term] for term in active] for row in rows])
            if found is None or found[0] <= 0 or min(found) < 0:
                continue
            amounts = [0.0, 0.0, 0.0]
            for term, amount in zip(active, found, strict=True):
                amounts[term] = amount
            distance = sum((sum(map(float.__mul__, row, amounts)) - 1) ** 2 for row in rows)
            if best is None or distance < best[0]:
                best = distance, amounts
    assert best is not None, "a alone is positive where all times are"
    single, shared, added = best[1]
    return Law(single=single, sigma=shared / single, kappa=added / single)


def fit(blocks: Mapping[int, Mapping[int, float]], law: Name = "usl", confidence: float = 0.95) -> Fit | None:
    """Fit a law in each block, to the seconds there by the number of workers, without those that are `held_out`.

    Blocks are independent of each other, so every interval is Student's over one value a block: of a parameter, and on
    a log scale of what the law says of a number of workers, and of that as a multiple of what the block measured. A
    block that lacks a number is left out. None where there is no block, or fewer than `FEWEST` numbers.

    >>> truth = Law(single=2.0, sigma=0.05)
    >>> found = fit({0: {workers: truth.seconds(workers) for workers in (1, 2, 3, 4, 8)}})
    >>> round(found.sigma.estimate, 6), round(found.ratios[3].estimate, 6)
    (0.05, 1.0)
    """
    counts = sorted({workers for times in blocks.values() for workers in times})
    whole = [times for times in blocks.values() if len(times) == len(counts)]
    if len(counts) < FEWEST or not whole:
        return None
    apart = set(held_out(counts))
    laws = [fitted({workers: times[workers] for workers in counts if workers not in apart}, law) for times in whole]
    peaks = [found.peak for found in laws]
    reached = [log(peak) for peak in peaks if peak is not None]
    return Fit(
        single=_mean_of_logs([log(found.single) for found in laws], confidence),
        sigma=_share([found.sigma for found in laws], confidence),
        kappa=_share([found.kappa for found in laws], confidence) if law == "usl" else None,
        peak=_mean_of_logs(reached, confidence) if len(reached) == len(laws) else None,
        seconds={
            workers: _mean_of_logs([log(found.seconds(workers)) for found in laws], confidence) for workers in counts
        },
        ratios={
            workers: _mean_of_logs(
                [log(found.seconds(workers) / times[workers]) for found, times in zip(laws, whole, strict=True)],
                confidence,
            )
            for workers in counts
        },
    )


def _terms(workers: int) -> tuple[float, float, float]:
    """The factors of a, b and c."""
    return 1 / workers, (workers - 1) / workers, float(workers - 1)


def _nearest_to_one(rows: Sequence[Sequence[float]]) -> list[float] | None:
    """The amounts of each column whose sum is nearest to 1 in every row; None where columns are alike.

    By the modified Gram-Schmidt process, which for least squares is as exact as Householder's (Björck, "Solving Linear
    Least Squares Problems by Gram-Schmidt Orthogonalization", 1967).
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    size, lengths = len(columns), [hypot(*column) for column in columns]
    target = [1.0] * len(rows)
    triangle = [[0.0] * size for _ in range(size)]
    projected = [0.0] * size
    for at, column in enumerate(columns):
        length = hypot(*column)
        if length <= ALIKE * lengths[at]:
            return None
        triangle[at][at] = length
        column[:] = [value / length for value in column]
        for later in range(at + 1, size):
            along = sum(map(float.__mul__, column, columns[later]))
            triangle[at][later] = along
            columns[later] = [value - along * unit for value, unit in zip(columns[later], column, strict=True)]
        projected[at] = sum(map(float.__mul__, column, target))
        target = [value - projected[at] * unit for value, unit in zip(target, column, strict=True)]
    amounts = [0.0] * size
    for at in reversed(range(size)):
        rest = sum(triangle[at][later] * amounts[later] for later in range(at + 1, size))
        amounts[at] = (projected[at] - rest) / triangle[at][at]
    return amounts


def _share(values: Sequence[float], confidence: float) -> Interval:
    """The mean of shares, with its interval; neither is negative."""
    found = mean_interval(values, confidence)
    return Interval(
        estimate=found.estimate,
        low=None if found.low is None else max(0.0, found.low),
        high=found.high,
        confidence=confidence,
        blocks=found.blocks,
    )


def _mean_of_logs(values: Sequence[float], confidence: float) -> Interval:
    return exponentiated(mean_interval(values, confidence))
