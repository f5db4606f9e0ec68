"""How long tasks have to be to keep more cores busy than this machine has: a sentence, a table and a chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from concbench.analysis.analysis import Analysis
from concbench.analysis.dispatch_limits import (
    CORES,
    DispatchLimit,
    PublishedRate,
    dispatch_limits,
    published_for,
)
from concbench.model.result import Interval
from concbench.model.run import Table
from concbench.report import blocks
from concbench.report.experiments.view import label
from concbench.report.uncertainty import plus_minus, time_range
from concbench.report.units import counted, figures, listed, seconds

NAME = "dispatch"
"""Of the heading, the chart and links to them."""
MARKS = ("¹", "²", "³")
"""Of the published figures, whose sources stand below the table."""
PLAIN = 1000.0
"""A larger rate has a comma."""
MOST = 1e15
"""A larger number, which only a file can hold, is shown as this one."""


def limits_section(analysis: Analysis, of: Table, quiet: bool = False) -> Iterator[blocks.Block]:
    """What the rates of a table's rows mean for more cores; nothing where they ran no empty tasks warm."""
    limits = dispatch_limits(analysis.rows(of))
    if not limits:
        return
    yield blocks.Heading("How long tasks have to be to keep more cores busy", level=4, name=f"{NAME}-{of.name}")
    if not quiet:
        yield blocks.Paragraph(in_short(limits))
    yield limits_table(limits)
    if not quiet:
        yield blocks.Paragraph(assumed(limits))
        yield from (blocks.Paragraph(text) for text in [check(limits)] if text)
    yield blocks.Chart("dispatch", of.name)


def in_short(limits: Sequence[DispatchLimit]) -> str:
    """How long tasks have to be for the most cores, with the fastest and the slowest to hand them out."""
    fastest, slowest, most = limits[0], limits[-1], CORES[-1]
    return (
        f"To keep {most:,} cores busy, tasks have to take at least {_time(fastest.shortest(most))} with "
        f"{label(fastest.result)}, and {_time(slowest.shortest(most))} with {label(slowest.result)}: extrapolated."
    )


def limits_table(limits: Sequence[DispatchLimit]) -> blocks.Table:
    """The rate of each row, and how long tasks have to be; published rates come last."""
    published = published_names(limits)
    return blocks.Table(
        headers=("strategy", "tasks a second", *(counted(cores, "core") for cores in CORES[1:])),
        rows=(*map(_row, limits), *(_published_row(name, each) for name, each in published.items())),
        title="The shortest tasks that keep cores busy",
        notes=tuple(f"{name[-1]} {each.source}" for name, each in published.items()),
    )


def published_names(limits: Sequence[DispatchLimit]) -> dict[str, PublishedRate]:
    """The published rates of the engines that were measured, each by a name that ends in its mark."""
    return {f"{each.name}, published {mark}": each for each, mark in zip(published_for(limits), MARKS, strict=False)}


def assumed(limits: Sequence[DispatchLimit]) -> str:
    """What the figures assume."""
    workers = sorted({limit.result.case.settings.workers or 1 for limit in limits})
    number = listed([f"{each:,}" for each in workers])
    noun = "worker" if workers == [1] else "workers"
    return (
        "A task has to take cores ÷ rate, so that the next one is there when it ends. This assumes that one client "
        f"hands out all tasks as fast as it did here with {number} {noun}, which share its cores; that the rate does "
        "not grow with the workers; and, where tasks go out in chunks, that there are chunks for every core."
    )


def check(limits: Sequence[DispatchLimit]) -> str:
    """What was measured of each engine beside what is published; empty where nothing is."""
    said: list[str] = []
    for limit in limits:
        published = [each.rate for each in published_for([limit])]
        if published:
            ends = " to ".join(rate_in_words(end) for end in dict.fromkeys((min(published), max(published))))
            noun = "" if said else " tasks a second"
            said.append(f"{label(limit.result)} {rate_in_words(limit.rate.estimate)}{noun} (published: {ends})")
    return f"Handed out here: {listed(said)}. What is published is of other machines." if said else ""


def rate_in_words(value: float) -> str:
    """A rate a second in three digits.

    >>> rate_in_words(8194), rate_in_words(12.34)
    ('8,190', '12.3')
    """
    value = min(value, MOST)
    return figures(value) if value < PLAIN else f"{float(f'{value:.3g}'):,.0f}"


def _time(shortest: Interval) -> str:
    """A time with its interval, if there is one that says anything."""
    text = seconds(min(shortest.estimate, MOST))
    if not plus_minus(shortest) or shortest.low is None or shortest.high is None:
        return text
    return f"{text} ({time_range(text.rpartition(' ')[2], shortest.low, shortest.high, ' to ')})"


def _row(limit: DispatchLimit) -> tuple[str, ...]:
    cells = (seconds(min(limit.shortest(cores).estimate, MOST)) for cores in CORES[1:])
    return label(limit.result), f"{rate_in_words(limit.rate.estimate)} {plus_minus(limit.rate)}".rstrip(), *cells


def _published_row(name: str, published: PublishedRate) -> tuple[str, ...]:
    cells = (seconds(cores / published.rate) for cores in CORES[1:])
    return name, rate_in_words(published.rate), *cells
