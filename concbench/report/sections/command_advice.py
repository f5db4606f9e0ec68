"""How many workers a command needs: the answer, what the fastest would cost more, and whether more may help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from concbench.analysis.answer import inverted
from concbench.analysis.figures import pairs_of
from concbench.model.result import Interval, Result
from concbench.report.experiments.view import in_words
from concbench.report.uncertainty import beside, multiple, time_in_words
from concbench.report.units import counted, listed
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import verdict

MORE = 4
"""Times the most workers that were tried: what is worth trying where the most are the best."""


def in_short(result: Result, compared: Sequence[Result]) -> str:
    """The fewest workers that are enough, what the command takes with them, and how that compares.

    `compared` has the fastest and the fewest workers that were tried, each where it is another one.
    """
    workers = result.case.settings.workers or 1
    fewest = min(compared, key=workers_of, default=None)
    if fewest is not None and workers_of(fewest) > workers:
        fewest = None  # nothing with fewer workers was measured
    others = [each for each in compared if each is not fewest]
    takes = f"{in_words(result)} takes {time_in_words(result)}"
    ratio = None if fewest is None else _ratio(fewest, result)
    if fewest is not None and ratio is not None:
        pairs, with_fewest = pairs_of(fewest, result), f"with {workers_of(fewest)}"
        found = verdict(ratio, pairs=pairs)
        if found == "slower":
            takes += f", {multiple(inverted(ratio), [1 / pair for pair in pairs], with_fewest)}"
        else:  # as its row says
            takes += f"; {with_fewest}, it {beside(ratio, pairs, found)}"
    return " ".join([f"{counted(workers, 'worker')}: {takes}.", *_the_fastest(result, others)])


def _the_fastest(result: Result, others: Sequence[Result]) -> Iterator[str]:
    for other in others:
        ratio = _ratio(other, result)
        if ratio is not None:
            pairs = pairs_of(other, result)
            found = beside(ratio, pairs, verdict(ratio, pairs=pairs))
            yield f"The fastest, with {counted(workers_of(other), 'worker')}, {found}."


def names_of(compared: Sequence[Result]) -> list[str]:
    """What the rows beside the recommended one are called."""
    return [f"with {workers_of(each)}" for each in compared]


def as_good(equal: Sequence[Result]) -> str:
    """Which other numbers are not conclusively slower than the fastest; empty if none is."""
    if not equal:
        return ""
    numbers = listed([str(number) for number in sorted(map(workers_of, equal))])
    return f"Not conclusively slower than the fastest either, but with more workers: {numbers}."


def more(result: Result, rows: Sequence[Result]) -> str:
    """What to try where the most workers that were tried are recommended; empty where they are not."""
    tried = sorted(workers_of(row) for row in rows if row.samples)
    workers = workers_of(result)
    if len(tried) < 2 or workers != tried[-1]:
        return ""
    return (
        f"These are the most that were tried, and more may be faster still: try --workers {workers}:{MORE * workers}."
    )


def workers_of(result: Result) -> int:
    """The number of workers of a command."""
    return result.case.settings.workers or 1


def _ratio(result: Result, beside_it: Result) -> Interval | None:
    return ratio_interval(result.samples, beside_it.samples)
