"""Whether more workers than any that were measured would help, as the model predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from concbench.model.result import Result
from concbench.prediction.predict import Job, NotPredictable, Prediction, Predictor

DOUBLINGS = 5
"""How often the largest number of workers is doubled: 8 that were measured become 256."""
GAIN = 0.95
"""More workers help where they are predicted to take at most this share of what was measured, whatever the range."""
NEARLY = 1.02
"""Of numbers of workers that take nearly as little, the smallest is enough."""


@dataclass(frozen=True, kw_only=True)
class MoreWorkers:
    """What is predicted beyond the numbers of workers that were measured."""

    measured: int
    """The largest number that was."""
    best: Prediction
    """Of numbers beyond it, the smallest that takes least, or nearly so."""
    helps: bool
    """Whether it is clearly faster than whatever was measured; else, that it is not, is just as clear."""


def more_workers(results: Mapping[int, Result], model: Predictor) -> MoreWorkers | None:
    """What more workers would do for a subject measured on several numbers; None where that is not certain enough."""
    measured = {number: result.median.estimate for number, result in results.items() if result.median is not None}
    if not measured:
        return None
    most = max(results)
    case = results[most].case
    found = []
    for doubling in range(1, DOUBLINGS + 1):
        settings = replace(case.settings, workers=most * 2**doubling)
        try:
            found.append(model.predict(case.subject, settings, Job(items=case.workload.tasks)))
        except NotPredictable:
            break
    if not found:
        return None
    enough = min(each.wall.estimate for each in found) * NEARLY
    best = next(each for each in found if each.wall.estimate <= enough)
    least = min(measured.values())
    if best.wall.high <= GAIN * least:
        return MoreWorkers(measured=most, best=best, helps=True)
    return MoreWorkers(measured=most, best=best, helps=False) if best.wall.low >= GAIN * least else None
