"""How far predictions are from what was measured: for every cell, and as medians and percentiles over many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import exp, log1p
from statistics import median
from typing import Literal

from benchmarks.prediction.cells import CELLS, PARTS, SEEN, Part
from concbench.experiments.experiment import quantile
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.prediction.costs import form_of
from concbench.prediction.predict import Job, NotPredictable, Prediction, Predictor, Range, predictor
from concbench.stats.intervals import times_by_block

Key = Literal["subject", "kind", "part", "form", "beyond", "cores"]
"""What outcomes have in common: also how their strategies go about it, and what their predictions extrapolate."""
Figure = Literal["wall", "cpu", "memory"]
TARGETS: dict[Figure, tuple[float, float]] = {"wall": (0.06, 0.20), "cpu": (0.08, 0.20), "memory": (0.10, 0.20)}
"""Of the absolute relative error: its median, and its 95th percentile."""
HELD = 0.9
"""The share of outcomes that lie within the ranges that were stated for them."""
MOST = 0.95


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A cell as it was predicted and as it was measured."""

    part: str
    kind: str
    cell: str
    subject: str
    cores: tuple[int, int]
    """Those that its costs were measured on, and its own."""
    prediction: Prediction
    measured: dict[Figure, float]
    """Medians over samples, and the peak of memory; without what is unknown."""
    phases: tuple[float, float, float]
    """Medians of start, run and stop as measured."""
    blocks: tuple[float, ...]
    """Of wall time, the median of each block."""

    @property
    def more_cores(self) -> bool:
        """Whether it ran on other cores than its costs."""
        return self.cores[0] != self.cores[1]

    def range(self, figure: Figure) -> Range | None:
        """What was predicted."""
        return getattr(self.prediction, figure)  # type: ignore[no-any-return]  # the fields have these names

    def error(self, figure: Figure) -> float | None:
        """By which share too much was predicted; negative: too little. None where one of the two is unknown."""
        stated = self.range(figure)
        return stated.estimate / self.measured[figure] - 1 if stated and figure in self.measured else None

    def held(self, figure: Figure) -> bool:
        """Whether the range that was stated holds the outcome."""
        stated = self.range(figure)
        return stated is not None and stated.low <= self.measured[figure] <= stated.high


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """The errors of one figure over some cells, as shares."""

    cells: int
    median: float
    most: float
    """The 95th percentile."""
    held: float
    """The share of outcomes within their ranges."""


def accuracy(outcomes: Sequence[Outcome], figure: Figure) -> Accuracy | None:
    """The errors of a figure; None where no cell has both a prediction and an outcome."""
    known = [(abs(error), each.held(figure)) for each in outcomes if (error := each.error(figure)) is not None]
    if not known:
        return None
    errors = sorted(error for error, _ in known)
    return Accuracy(
        cells=len(known),
        median=median(errors),
        most=quantile(errors, MOST),
        held=sum(held for _, held in known) / len(known),
    )


def factor(outcomes: Sequence[Outcome], figure: Figure) -> float | None:
    """The factor by which nine of ten outcomes lie at most above or below what was predicted; None without any."""
    logs = sorted(abs(log1p(error)) for each in outcomes if (error := each.error(figure)) is not None)
    return exp(quantile(logs, HELD)) if logs else None


def repeated(outcomes: Iterable[Outcome]) -> Accuracy | None:
    """By how much the wall time of a cell differs from block to block: no prediction of one block could do better."""
    shares = sorted(abs(one / other - 1) for each in outcomes for one, other in combinations(each.blocks, 2))
    if not shares:
        return None
    return Accuracy(cells=len(shares), median=median(shares), most=quantile(shares, MOST), held=1.0)


def within_targets(outcomes: Sequence[Outcome]) -> bool:
    """Whether all figures are as good as they should be, and the ranges hold as often."""
    found = {figure: accuracy(outcomes, figure) for figure in TARGETS}
    return all(
        each is not None and each.median <= usual and each.most <= worst and each.held >= HELD
        for (usual, worst), each in zip(TARGETS.values(), found.values(), strict=True)
    )


def part_of(run: Run) -> Part:
    """The part that a run measured; raises KeyError where there is none of that name any more."""
    return {part.name: part for part in PARTS}[run.suite]


def known(run: Run) -> Run:
    """What the model may know of a run: its costs, and the sample; none of the cells."""
    return replace(run, results=[each for each in run.results if each.case.group == SEEN], tables=[], comparisons=[])


def knowing(run: Run) -> Predictor | None:
    """The predictor of a run that knows nothing of its cells; None where the run has no costs."""
    seen = known(run)
    return predictor(seen, next(each.case.workload for each in seen.results))


def outcomes(run: Run) -> tuple[list[Outcome], list[str]]:
    """Each cell of a run as predicted and as measured; and a sentence on each that has no prediction."""
    model, part = knowing(run), part_of(run)
    found, refused = [], []
    for result in run.results:
        if result.case.group != CELLS or not result.samples:
            continue
        if model is None:
            refused.append(f"{part.name}: {result.case.row}: the run has no costs")
            continue
        job = Job(items=result.case.workload.tasks, cores=run.environment.usable_cores)
        try:
            prediction = model.predict(result.case.subject, result.case.settings, job)
        except NotPredictable as error:
            refused.append(f"{part.name}: {result.case.row}: {error}")
            continue
        found.append(
            Outcome(
                part=part.name,
                kind=part.kind,
                cell=result.case.row,
                subject=result.case.subject,
                cores=(run.costs[0].cores, run.environment.usable_cores),
                prediction=prediction,
                measured=figures(result),
                phases=phases(result),
                blocks=tuple(median(times) for times in times_by_block(result.samples, "wall").values()),
            )
        )
    return found, refused


def figures(result: Result) -> dict[Figure, float]:
    """What was measured of a cell."""
    found: dict[Figure, float] = {"wall": median(sample.wall for sample in result.samples)}
    cpu = [sample.cpu for sample in result.samples if sample.cpu is not None]
    if cpu:
        found["cpu"] = median(cpu)
    if result.watch is not None and result.watch.peak_pss:
        found["memory"] = float(result.watch.peak_pss)
    return found


def phases(result: Result) -> tuple[float, float, float]:
    """The medians of a cell's phases."""
    samples = result.samples
    return median(s.start for s in samples), median(s.run for s in samples), median(s.stop for s in samples)


def worst(outcomes: Iterable[Outcome], figure: Figure, number: int) -> list[Outcome]:
    """The cells with the largest errors of a figure."""
    with_error = [each for each in outcomes if each.error(figure) is not None]
    return sorted(with_error, key=lambda each: -abs(each.error(figure) or 0.0))[:number]


def by(outcomes: Iterable[Outcome], key: Key) -> dict[str, list[Outcome]]:
    """Outcomes by what they have in common, in the order in which it comes up."""
    found: dict[str, list[Outcome]] = {}
    for each in outcomes:
        if key == "form":
            name: str = form_of(each.subject)
        elif key == "beyond":
            name = ", ".join(each.prediction.beyond) or "nothing"
        elif key == "cores":
            name = f"{each.cores[1]} from {each.cores[0]}"
        else:
            name = getattr(each, key)
        found.setdefault(name, []).append(each)
    return found
