"""Which chunksize would suit a case better: one that the run measured, or one that the model predicts beyond doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from operator import attrgetter

from concbench.analysis.breakdown import same_work
from concbench.model.result import Result
from concbench.prediction.predict import Job, NotPredictable, Predictor, Range

BETTER = 0.95
"""A chunksize is advised where it takes at most this share of the time; of a predicted one, at the end of its range."""
SIMILAR = 0.05
"""Of the time: of chunksizes that are predicted to take nearly as little, the smallest also suits uneven tasks."""
ODD = 0.9
"""A chunksize that is no round number is advised where it takes at most this share of what the best round one does."""
ROUND = (1.0, 2.0, 2.5, 5.0)
"""Times powers of ten: the chunksizes that people type."""


@dataclass(frozen=True, kw_only=True)
class BetterChunks:
    """A chunksize that takes less time than the one that a case has."""

    chunksize: int
    seconds: float
    """Of wall time."""
    predicted: Range | None = None
    """None where a row of the same run took just that."""


def better_chunks(
    result: Result, chunksize: int, lanes: int, results: Sequence[Result], model: Predictor | None
) -> BetterChunks | None:
    """The chunksize that a case should have in place of its own, if any would clearly take less time.

    A prediction is only used where its whole range is below whatever was measured with another chunksize. It is never
    one for what a row has measured, and never of a chunksize with which similar workers were slower.
    """
    if result.median is None:
        return None
    wall = result.median.estimate
    rows = other_chunksizes(result, chunksize, results)
    measured = min(rows, key=attrgetter("seconds"), default=None)
    least = wall if measured is None else min(wall, measured.seconds)
    predicted = None if model is None else _predicted(result, lanes, results, model)
    if predicted is not None and predicted.predicted is not None:
        known = {chunksize, *(row.chunksize for row in rows)}
        if predicted.chunksize not in known and predicted.predicted.high <= BETTER * least:
            return predicted
    return measured if measured is not None and measured.seconds <= BETTER * wall else None


def other_chunksizes(result: Result, chunksize: int, results: Sequence[Result]) -> list[BetterChunks]:
    """What rows took that differ in the chunksize alone."""

    def way(of: Result) -> object:
        return of.case.subject, replace(of.case.settings, chunksize=None)

    return [
        BetterChunks(chunksize=tried, seconds=other.median.estimate)
        for other in same_work(result, results)
        if way(other) == way(result) and other.median is not None
        for tried in [chunksize_of(other)]
        if tried is not None and tried != chunksize
    ]


def chunksize_of(result: Result) -> int | None:
    """The chunksize with which a result's items were handed out; None if unknown."""
    return result.case.settings.chunksize or (result.trace.chunksize if result.trace is not None else None)


def _predicted(result: Result, lanes: int, results: Sequence[Result], model: Predictor) -> BetterChunks | None:
    """The chunksize that is predicted to take least; None where nothing can be predicted."""
    case = result.case
    job = Job(items=case.workload.tasks)
    ideal = result.ideal or 0.0
    found = []
    for size in round_sizes(-(-case.workload.tasks // max(1, lanes))):
        try:
            prediction = model.predict(case.subject, replace(case.settings, chunksize=size), job)
        except NotPredictable:
            return None
        wall = prediction.wall
        if prediction.case is None:
            # These workers and cores do no tasks in less than the ideal, whatever it costs to hand them out.
            limited = Range(estimate=max(ideal, wall.estimate), low=max(ideal, wall.low), high=max(ideal, wall.high))
            found.append(BetterChunks(chunksize=size, seconds=limited.estimate, predicted=limited))
    slow = set(_slower(result, results))
    found = [each for each in found if each.chunksize not in slow]
    least = min((each.seconds for each in found if is_round(each.chunksize)), default=inf)
    found = [each for each in found if is_round(each.chunksize) or each.seconds <= ODD * least]
    enough = min((each.seconds for each in found), default=0.0) * (1 + SIMILAR)
    return next((each for each in found if each.seconds <= enough), None)


def _slower(result: Result, results: Sequence[Result]) -> Iterator[int]:
    """Chunksizes with which the same strategy, or as many workers of another one, took longer than a case."""
    for other in same_work(result, results):
        alike = other.case.subject == result.case.subject or (
            other.case.settings.chunksize is not None and other.case.settings.workers == result.case.settings.workers
        )
        tried = chunksize_of(other)
        if alike and tried is not None and other.median is not None and result.median is not None:
            yield from [tried] if other.median.estimate > result.median.estimate else []


def is_round(size: int) -> bool:
    """Whether a chunksize is one that people type.

    >>> [size for size in (1, 3, 25, 50, 60, 6250, 5000) if is_round(size)]
    [1, 25, 50, 5000]
    """
    return size in round_sizes(10 * size)[:-1]


def round_sizes(largest: int) -> list[int]:
    """The chunksizes to try: round ones, and the largest, with which each worker has one chunk.

    >>> round_sizes(3), round_sizes(60)
    ([1, 2, 3], [1, 2, 5, 10, 20, 25, 50, 60])
    """
    sizes = {1, largest}
    scale = 1
    while scale <= largest:
        sizes |= {int(scale * each) for each in ROUND if each * scale <= largest and each * scale == int(each * scale)}
        scale *= 10
    return sorted(sizes)
