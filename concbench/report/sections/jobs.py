"""What advice says of a whole job: what it would take, how that depends on items, workers and memory, and how sure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, log10

from concbench.analysis.answer import gain_of
from concbench.model.result import Interval, Result
from concbench.model.run import Recommendation, Saturation, Stretch, Target, Way
from concbench.registry import UnknownName
from concbench.report.experiments.view import in_words
from concbench.report.safe import printable
from concbench.report.uncertainty import factor, time_in_words, time_range
from concbench.report.units import binary_size, counted, listed, seconds, size
from concbench.session.candidates import kind_of

SERIAL = "serial"
KINDS = {
    "none": "No workers",
    "coroutines": "Coroutines",
    "threads": "Threads",
    "processes": "Processes",
    "interpreters": "Interpreters",
}
"""What a recommendation begins with, by the kind of its workers."""
MANY = 512
"""More workers that fit into memory are not worth a word, unless it was asked for."""
GAIN = "5 %"
"""What more workers than that gain at most."""
MOST_TURNS = 3
"""Turning points that a sentence names."""
SATURATED = {
    "cores": "all cores are busy",
    "gil": "threads take turns holding the GIL",
}
"""Why more workers gain nothing, by what a job waits for most."""


def job_in_words(target: Target, cores: int) -> str:
    """What the advice is about: `all 60,000 items on 32 cores, with a pool that is running already`."""
    where = f" on {counted(target.cores, 'core')}" if target.cores != cores else ""
    warm = ", with workers that are running already" if target.warm else ""
    return f"all {counted(target.items, 'item')}{where}{warm}"


def way_in_words(way: Way) -> str:
    """A way with its settings: `executor-processes with 2 workers and chunksize 500`, safe to print."""
    settings = way.settings
    named = [] if settings.workers is None else [counted(settings.workers, "worker")]
    named += [f"chunksize {settings.chunksize}"] if settings.chunksize is not None else []
    named += [f"limit {settings.limit}"] if settings.limit is not None else []
    named += inner_threads_in_words(settings.inner_threads)
    return printable(f"{way.subject}{f' with {listed(named)}' if named else ''}")


def inner_threads_in_words(number: int | None) -> list[str]:
    """How many threads libraries may use, where that is limited."""
    return [] if number is None else [counted(number, "inner thread")]


def kind_in_words(way: Way) -> str:
    """The kind of a way's workers, as a recommendation begins."""
    try:
        return KINDS.get(kind_of(way.subject), "Recommended")
    except UnknownName:  # a strategy that is not installed here
        return "Recommended"


def range_in_words(wall: Interval) -> str:
    """A predicted time with its range: `9.58 s (8.90 to 10.4)`.

    >>> range_in_words(Interval(estimate=9.58, low=8.9, high=10.4, confidence=0.9, blocks=0))
    '9.58 s (8.90 to 10.4)'
    """
    text = seconds(wall.estimate)
    if wall.low is None or wall.high is None:
        return text
    return f"{text} ({time_range(text.rpartition(' ')[2], wall.low, wall.high, ' to ')})"


def factor_in_words(ratio: Interval, than: str = SERIAL) -> str:
    """A predicted factor with its range: `1.90× faster than serial (1.78× to 2.01×)`."""
    text = f"{factor(1 / ratio.estimate)} than {than}"
    if ratio.low is None or ratio.high is None:
        return text
    ends = [factor(1 / end) for end in (ratio.low, ratio.high)]
    for way in (" faster", " slower"):
        if all(end.endswith(way) for end in ends):
            ends = [end.removesuffix(way) for end in (ends if way == " faster" else reversed(ends))]
    return f"{text} ({ends[0]} to {ends[1]})"


# The answer


def predicted_in_short(found: Recommendation, cores: int, side: str | None = None) -> str:
    """The kind of workers for the whole job, by how much it is faster than serial, and what it would take."""
    way, target = found.way, found.target
    assert way is not None
    assert target is not None
    kind = kind_in_words(way) if side is None else f"{kind_in_words(way)} under {printable(side)}"
    job = job_in_words(target, cores)
    gain = gain_of(found)
    if way.subject == SERIAL:
        lead = f"nothing is predicted to be faster than a plain loop for {job}"
    elif gain is None:
        lead = f"predicted to be the best for {job}"
    else:
        lead = f"predicted to be {factor_in_words(gain)} for {job}"
    takes = takes_in_words(way)
    others = [f"{way_in_words(other)} {range_in_words(other.wall)}" for other in found.others]
    return f"{kind}: {lead}. {'; '.join([takes, *others])}."


def takes_in_words(way: Way) -> str:
    """What a way would take, with its range."""
    return f"{way_in_words(way)} would take about {range_in_words(way.wall)}"


def gain_in_words(found: Recommendation) -> str:
    """What a way would take for the job, and by how much it is predicted to be faster than serial."""
    if found.way is None:
        return ""
    gain = gain_of(found)
    faster = "" if gain is None or found.way.subject == SERIAL else f", predicted to be {factor_in_words(gain)}"
    return f"{takes_in_words(found.way)}{faster}."


def measured_in_words(result: Result, compared: Sequence[Result]) -> str:
    """What was measured on the sample, that the prediction rests on; empty if nothing was."""
    shown = [each for each in (result, *compared) if each.median is not None]
    if not shown:
        return ""
    times = listed([f"{in_words(each, with_side=False)} {time_in_words(each)}" for each in shown])
    return f"Measured, on {counted(result.case.workload.tasks, 'item')}: {times}."


def price_of_way(found: Recommendation) -> str:
    """The CPU time and memory that a predicted way would cost, beside serial; empty if neither is known."""
    way = found.way
    serial = next((other for other in found.others if other.subject == SERIAL), None)
    costs = []
    if way is not None and way.cpu is not None:
        beside = f" ({SERIAL}: {seconds(serial.cpu, 2)})" if serial is not None and serial.cpu is not None else ""
        costs.append(f"{seconds(way.cpu, 2)} of CPU time{beside}")
    if way is not None and way.memory is not None:
        beside = f" ({SERIAL}: {size(serial.memory, 2)})" if serial is not None and serial.memory is not None else ""
        costs.append(f"{size(way.memory, 2)} of memory at its peak{beside}")
    return f"It would cost {' and '.join(costs)}." if costs else ""


# What it depends on


def outlook(found: Recommendation, cores: int) -> Iterator[str]:
    """How the answer depends on workers and on memory, and what the model can't know."""
    if found.unknown and found.target is not None:
        whole = job_in_words(found.target, cores)
        why = printable(found.unknown)
        yield f"What {whole} would take is unknown: {why}. This advice is about those that were run."
    if found.saturation is not None and found.way is not None and found.way.subject != SERIAL:
        yield saturation_in_words(found.saturation, found.way)
    memory, target = found.worker_memory, found.target
    if memory is not None and (memory.fit <= MANY or (target is not None and target.memory is not None)):
        fit = "none fits" if memory.fit == 0 else f"{memory.fit:,} fit" if memory.fit > 1 else "1 fits"
        room = binary_size(memory.limit)
        yield f"Each worker adds about {size(memory.each, 2)} of memory, as predicted; {fit} into {room}."
    if found.way is not None and "cores" in found.way.beyond and found.target is not None:
        yield (
            f"No machine with {counted(found.target.cores, 'core')} was measured: the prediction knows nothing of its "
            "memory bandwidth, shared caches, NUMA or kernel. Run advise there before you rely on it."
        )


def items_in_words(stretches: Sequence[Stretch]) -> str:
    """Which way is the best for how many items, all of it predicted."""
    if len(stretches) == 1:
        only = stretches[0]
        gain = "" if only.factor is None else f", {factor_in_words(only.factor)} at {only.at:,}"
        return f"By the number of items, as predicted: {short_way(only.way)} for any number up to {only.at:,}{gain}."
    parts = []
    for place, each in enumerate(stretches[: MOST_TURNS + 1]):
        if place == 0:
            last = stretches[1].since.estimate - 1
            parts += [f"up to {about(last)}, {short_way(each.way)}"] if last > 1 else []
        else:
            gain = "" if each.factor is None else f", {factor_in_words(each.factor)} at {each.at:,}"
            since = "beyond that" if place == 1 and parts else f"from {about(each.since.estimate)} on"
            parts.append(f"{since}, {short_way(each.way)}{gain}")
    between = turning_range(stretches[1].since)
    return f"By the number of items, as predicted: {'; '.join(parts)}.{between}"


def turning_range(since: Interval) -> str:
    """Between which numbers of items a turning point lies, where that says anything."""
    low = since.low
    if low is None or (
        since.high is not None and about(low).removeprefix("about ") == about(since.high).removeprefix("about ")
    ):
        return ""
    if since.high is None:
        return f" The turning point is at {figure(low)} items or more."
    return f" The turning point lies between {figure(low)} and {figure(since.high)} items."


def short_way(way: Way) -> str:
    """A way without its chunksize, which changes with the number of items."""
    workers, limit = way.settings.workers, way.settings.limit
    named = [] if workers is None else [counted(workers, "worker")]
    named += [f"limit {limit}"] if limit is not None else []
    named += inner_threads_in_words(way.settings.inner_threads)
    if way.subject == SERIAL:
        return f"a plain loop{f' with {listed(named)}' if named else ''}"
    return printable(f"{way.subject}{f' with {listed(named)}' if named else ''}")


def about(number: float) -> str:
    """A predicted number, in as many digits as it deserves.

    >>> about(3), about(737.2), about(61_234)
    ('3', 'about 740', 'about 61,000')
    """
    return figure(number) if number < TELLING else f"about {figure(number)}"


TELLING = 10
"""Numbers below this one are given as they are."""


def figure(number: float) -> str:
    """A number in two digits."""
    if number < TELLING:
        return f"{round(number):,}"
    scale = 10 ** (floor(log10(number)) - 1)
    return f"{round(number / scale) * scale:,}"


def saturation_in_words(found: Saturation, way: Way) -> str:
    """How far more workers help, and what is saturated then."""
    what = "tasks at once" if way.settings.workers is None else "workers"
    why = SATURATED.get(found.bottleneck, "")
    if kind_in_words(way) == KINDS["coroutines"] and found.bottleneck in ("parent", "gil"):
        why = "the event loop is always busy"
    elif found.bottleneck == "parent":
        rate = figure(found.rate)
        each = "chunks" if (way.settings.chunksize or 1) > 1 else "items"
        why = f"the process that hands out the work can't hand out more than about {rate} {each} a second"
    because = f": {why}" if why else ""
    return f"More than {found.workers:,} {what} are predicted to gain less than {GAIN} (up to {found.most:,}){because}."
