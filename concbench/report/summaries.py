"""What is strange about the samples of a case, in sentences: those that stray, and times of two kinds."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.report.safe import printable
from concbench.report.sentences import counted
from concbench.report.units import figures, seconds
from concbench.stats.summaries import Outlier, Summary

MOST_NAMED = 3
"""Outliers that a sentence names; the others it counts."""


def oddities(name: str, found: Summary) -> Iterator[str]:
    """Yield a sentence on the outliers of a case, and one on its two modes, where it has them.

    Blocks and rounds are numbered as in the run document, from 0.

    >>> from concbench.model import Interval
    >>> median = Interval(estimate=0.012, low=None, high=None, confidence=0.95, blocks=1)
    >>> late = Outlier(block=3, round=7, value=0.041, factor=3.2)
    >>> found = Summary(blocks=1, samples=40, median=median, scatter=0.03, spread=None, outliers=(late,), bimodal=None)
    >>> list(oddities("cpu/pool-map", found))
    ["cpu/pool-map: 1 of 40 samples is an outlier: block 3 round 7 took 41 ms, 3.2 times its block's median."]
    """
    if found.outliers:
        yield f"{printable(name)}: {outlier_clause(found)}."
    if found.bimodal is not None:
        lower, upper = found.bimodal
        yield (
            f"{printable(name)} has two modes, about {seconds(lower)} and {seconds(upper)}: its median may be either; "
            "likely cores of two speeds, or a turbo that comes and goes."
        )


def outlier_clause(found: Summary) -> str:
    """Return how many samples are outliers, and the farthest of them."""
    number = len(found.outliers)
    verb = "is an outlier" if number == 1 else "are outliers"
    named = [_named(outlier, bool(place)) for place, outlier in enumerate(found.outliers[:MOST_NAMED])]
    more = [f"and {number - MOST_NAMED:,} more"] if number > MOST_NAMED else []
    return f"{number:,} of {counted(found.samples, 'sample')} {verb}: {'; '.join([*named, *more])}"


def _named(outlier: Outlier, again: bool) -> str:
    """Return which sample it is and what it took; `again` leaves out what the first one has said."""
    text = f"block {outlier.block} round {outlier.round} took {seconds(outlier.value, 2)}"
    return f"{text}, {figures(outlier.factor, 2)} times" + ("" if again else " its block's median")
