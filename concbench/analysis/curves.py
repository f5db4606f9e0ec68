"""What is predicted along an axis, between the points that were measured and beyond them: a curve for each subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from concbench.analysis.analysis import Analysis
from concbench.analysis.axes import AlongAxis
from concbench.analysis.turning_points import MOST, farthest, scaled
from concbench.model.case import AxisName, Case, Settings
from concbench.model.result import Interval, Result
from concbench.prediction.predict import Job, NotPredictable, Predictor, Range

STEPS = 10
"""Values from one end of a curve to the other, at equal factors, beside those that were measured."""
FARTHER = 4
"""Times the largest number of workers, or limit, that was measured: curves go no further."""

Way = Callable[[int], tuple[Settings, Job]]
"""How a subject is run, and what, at a value of the axis."""


@dataclass(frozen=True, kw_only=True)
class At:
    """A value of the axis, and what is predicted there."""

    value: int
    time: Range
    beyond: bool
    """Whether it is smaller or larger than all values that were measured."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A subject along an axis."""

    name: str
    measured: tuple[tuple[float, Interval, Result], ...]
    predicted: tuple[At, ...]
    """In ascending order; empty where nothing can be predicted."""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """What was measured along an axis, and what is predicted there."""

    axis: AxisName
    curves: tuple[Curve, ...]

    @property
    def known(self) -> bool:
        """Whether anything is predicted."""
        return any(curve.predicted for curve in self.curves)


def curves_along(found: AlongAxis, analysis: Analysis) -> Curves:
    """The lines along an axis that a run has, with curves where that can be predicted."""
    curves = []
    for line in found.lines:
        points = tuple((value, interval, result) for value, interval, result in line.points)
        values = [round(value) for value, _, _ in points]
        way = _way(found.axis, line.case)
        model = analysis.predictor(line.case)
        most = _farthest(found.axis, line.case, values)
        predicted = (
            () if way is None or model is None or not values else _predicted(line.case, way, model, values, most)
        )
        curves.append(Curve(name=line.name, measured=points, predicted=predicted))
    return Curves(axis=found.axis, curves=tuple(curves))


def curves_of_items(results: Sequence[Result], names: Sequence[str], analysis: Analysis) -> Curves:
    """Some rows of one workload by the number of items, which all of them ran as many of."""
    curves = []
    for name, result in zip(names, results, strict=True):
        case, model = result.case, analysis.predictor(result.case)
        now = case.workload.tasks
        measured = () if result.median is None else ((float(now), result.median, result),)
        far = farthest(case.workload)
        predicted = () if model is None else _predicted(case, _items(case), model, [now], far, least=1)
        curves.append(Curve(name=name, measured=measured, predicted=predicted))
    return Curves(axis="tasks", curves=tuple(curves))


def _way(axis: AxisName, case: Case) -> Way | None:
    items = case.workload.tasks
    match axis:
        case "workers" if case.settings.limit is None:
            return lambda value: (replace(case.settings, workers=value), Job(items=items))
        case "chunksize":
            return lambda value: (replace(case.settings, chunksize=value), Job(items=items))
        case "limit":
            return lambda value: (replace(case.settings, limit=value), Job(items=items))
        case "tasks":
            return _items(case)
    return None


def _items(case: Case) -> Way:
    return lambda value: (scaled(case.settings, case.workload.tasks, value), Job(items=value))


def _farthest(axis: AxisName, case: Case, values: Sequence[int]) -> int:
    most = max(values, default=1)
    if axis == "tasks":
        return max(most, min(MOST, FARTHER * most))
    return most if axis == "chunksize" else min(max(most, case.workload.tasks), FARTHER * most)


def _predicted(
    case: Case, way: Way, model: Predictor, measured: Sequence[int], most: int, least: int | None = None
) -> tuple[At, ...]:
    low, high = min(measured), max(measured)
    found = []
    for value in sorted({*measured, *_spread(low if least is None else least, most)}):
        try:
            time = model.predict(case.subject, *way(value)).wall
        except NotPredictable:
            return ()
        found.append(At(value=value, time=time, beyond=not low <= value <= high))
    return tuple(found)


def _spread(low: int, high: int) -> Iterator[int]:
    """Whole numbers from one to the other, at equal factors.

    >>> sorted(set(_spread(1, 8)))
    [1, 2, 3, 4, 5, 6, 8]
    """
    for step in range(STEPS + 1):
        yield round(low * (high / low) ** (step / STEPS))
