"""A traced program: its regions, where the time of each went, and their slowest tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path

from concbench.analysis.regions import Place, places
from concbench.experiments.trace import NANO
from concbench.instruments.columns import UNKNOWN
from concbench.measure.parts import PARTS, tasks_of
from concbench.model.program import Call, Program, Region
from concbench.report import blocks
from concbench.report.sections.losses import place_words
from concbench.report.sections.reasons import workers
from concbench.report.units import counted, listed, percent, seconds

NOTHING = "-"
SLOWEST = 3
"""Tasks of a place that are named."""
STRAGGLER = 2.0
"""Times the median: a task that took longer is worth naming, though not every part was asked for."""
NOTABLE = 1e-3
"""Seconds that such a task took at least."""
WORTH = 0.01
"""Of the longest task of a place: what is shorter than that is not among its slowest."""
SMALL = 0.005
"""Share of the wall time of every place, below which a part has no column."""
IDLE = 0.01
"""Share of the wall time in which a place had nothing to do, from which on that is said."""
NAMED = 60
"""Characters of the name of a program, and of an item."""
MOST_PLACES = 30
"""Rows of a table; a program with more is generated, or hostile."""
MEANING = {
    "start": "opening it, until the program had it",
    "lead_in": "until a worker's first task, while tasks wait",
    "computing": "inside tasks, on a core",
    "waiting": "inside tasks, and not on a core: for a server, a disk, a lock, the GIL or a free core",
    "gaps": "between tasks, while others wait: dispatch, pickling, pipes",
    "tail": "idle, as no task is left to begin, while other workers have one",
    "back": "all tasks have ended, and results are on their way",
    "idle": "there was nothing to do",
    "stop": "ending it",
}
"""What the parts of a region's time are."""


def program(traced: Program, *, why: bool, quiet: bool, verbose: bool) -> Iterator[blocks.Block]:
    """A row for each place that opened regions; if `why`, the parts of its time, and its slowest tasks."""
    found = outer_first(traced, places(traced))
    if not found:  # which the answer says
        return
    yield blocks.Heading(f"Where the tasks of {program_words(traced)} ran", name="regions")
    yield regions_table(traced, found)
    if why:
        yield blocks.Heading("Where the time went", name="parts")
        yield parts_table(found)
    yield blocks.Chart("parts")
    yield from slowest_tasks(found, every=why or verbose) if not quiet else ()
    yield blocks.Heading("When the tasks ran", name="timelines")
    yield from (blocks.Chart("region", case=str(at)) for at in range(len(found[:MOST_PLACES])))


def program_words(traced: Program) -> str:
    """What a program is called: its script and arguments, without the interpreter.

    >>> from types import SimpleNamespace
    >>> program_words(SimpleNamespace(command=["/usr/bin/python3", "jobs/job.py", "--fast"]))
    'jobs/job.py --fast'
    """
    first, *rest = traced.command or [""]
    words = rest if rest and Path(first).name.startswith("python") else [Path(first).name, *rest]
    text = " ".join(words)
    return text if len(text) <= NAMED else f"{text[: NAMED - 1]}…"


def outer_first(traced: Program, found: Sequence[Place]) -> list[Place]:
    """The places, each followed by those that its workers opened."""
    numbers = {id(region): at for at, region in enumerate(traced.regions)}
    of_region = {numbers[id(region)]: place for place in found for region in place.regions}
    inner: dict[int, list[Place]] = {}
    outer: list[Place] = []
    for place in found:
        outside = None if place.first.inside is None else of_region.get(place.first.inside)
        if outside is None or outside is place:
            outer.append(place)
        else:
            inner.setdefault(id(outside), []).append(place)
    shown: list[Place] = []
    waiting = outer[::-1]
    while waiting:
        place = waiting.pop()
        shown.append(place)
        waiting += inner.pop(id(place), [])[::-1]
    return shown


def outer_place(traced: Program, found: Sequence[Place], place: Place) -> Place | None:
    """The place whose workers opened another; None for one that the program's first process opened."""
    if place.first.inside is None or place.first.inside >= len(traced.regions):
        return None
    outside = traced.regions[place.first.inside]
    return next((each for each in found if each is not place and any(one is outside for one in each.regions)), None)


def regions_table(traced: Program, found: Sequence[Place]) -> blocks.Table:
    """A row for each place: first how well its workers were used, then what they were, and what they were given."""
    shown = found[:MOST_PLACES]
    idle = any(place.parts.idle >= IDLE * place.wall for place in shown)
    headers = ["region", "tasks", "wall", "busy", "median task", "computing"]
    if idle:
        headers.append("idle")
    rows = []
    for place in shown:
        row = [
            place_words(place),
            f"{place.tasks:,}",
            seconds(place.wall),
            percent(place.parts.utilisation),
            seconds(place.each),
            computing_words(place),
        ]
        if idle:
            row.append(percent(place.parts.idle / place.wall) if place.wall else NOTHING)
        rows.append((*row, workers_words(place), calls_words(place)))
    return blocks.Table(
        headers=(*headers, "workers", "given"),
        rows=tuple(rows),
        title="Where tasks ran",
        align="l" + "r" * (len(headers) - 1) + "ll",
        decisive=len(headers),
        notes=tuple(_table_notes(traced, found, idle=idle)),
    )


def _table_notes(traced: Program, found: Sequence[Place], *, idle: bool) -> Iterator[str]:
    words = [
        "busy: the share of the workers' time that was spent in tasks, while there was anything to do",
        "computing: the share of the tasks' time on a core",
    ]
    if idle:
        words.append("idle: the share of the wall time in which there was nothing to do")
    yield f"{'; '.join(words)}."
    for place in found[:MOST_PLACES]:
        outside = outer_place(traced, found, place)
        if outside is not None:
            yield f"{place_words(place)}: opened in workers of {place_words(outside)}."
    if len(found) > MOST_PLACES:
        yield f"{counted(len(found) - MOST_PLACES, 'more region')} had tasks."


def computing_words(place: Place) -> str:
    """The share of its tasks' time on a core; a dash where that is unknown."""
    if not place.inside or all(set(tasks_of(region).cpu) == {UNKNOWN} for region in place.regions):
        return NOTHING
    return percent(min(1.0, place.computed / place.inside))


def workers_words(place: Place) -> str:
    """The kind of workers of a place and their number, and how often it was opened.

    A group has none: what is counted are the tasks that were under way at once.
    """
    first = place.first
    most = max(region.lanes for region in place.regions)
    if first.limit:
        text = f"{first.workers or most:,} at a time"
    elif first.group:
        text = f"up to {most:,} at a time"
    else:
        number = first.workers or most
        text = workers(number, first.kind)
        if number > most:
            text += f", {most:,} used"
    return text if len(place.regions) == 1 else f"{len(place.regions):,} × {text}"


def calls_words(place: Place) -> str:
    """How a place was given its tasks: `2,000 submits`, `3 maps of 2,000 items, chunksize 16`."""
    first = place.first
    if first.limit:
        return f"held {place.tasks:,} times" if place.tasks != 1 else "held once"
    if first.group:
        return f"{place.tasks:,} started"
    calls = together([call for region in place.regions for call in region.calls])
    words = [call_words(call) for call in calls]
    if all(call.items is not None for call in calls):
        others = place.tasks - sum(call.items or 0 for call in calls)
        if others > 0:
            words.append(counted(others, "submit" if "Executor" in first.name else "apply call"))
    return "; ".join(words) or NOTHING


def together(calls: Sequence[Call]) -> list[Call]:
    """Calls of several regions, by method and chunksize."""
    found: dict[tuple[str, int | None], list[Call]] = {}
    for call in calls:
        found.setdefault((call.method, call.chunksize), []).append(call)
    return [
        Call(
            method=method,
            number=sum(call.number for call in some),
            items=None if any(call.items is None for call in some) else sum(call.items or 0 for call in some),
            chunksize=chunksize,
        )
        for (method, chunksize), some in found.items()
    ]


def call_words(call: Call) -> str:
    """Calls of a method.

    >>> call_words(Call(method="map", number=3, items=6000, chunksize=16))
    '3 maps of 2,000 items, chunksize 16'
    >>> call_words(Call(method="imap", number=2, items=None, chunksize=None))
    '2 imaps'
    >>> call_words(Call(method="apply", number=2, items=2, chunksize=None))
    '2 apply calls'
    """
    if call.method == "apply":
        return counted(call.number, "apply call")
    text = f"{call.method} of" if call.number == 1 else f"{call.number:,} {call.method}s of"
    if call.items is None:
        text = call.method if call.number == 1 else f"{call.number:,} {call.method}s"
    elif call.number and call.items % call.number == 0:
        text += f" {counted(call.items // call.number, 'item')}"
    else:
        text += f" {counted(call.items, 'item')} in all"
    return text + ("" if call.chunksize is None else f", chunksize {call.chunksize:,}")


# Parts


def shown_parts(found: Sequence[Place]) -> list[str]:
    """The names of the parts that are more than next to nothing somewhere."""
    return [name for name in PARTS if any(getattr(place.parts, name) >= SMALL * place.wall for place in found)]


def parts_table(found: Sequence[Place]) -> blocks.Table:
    """The parts of the time of each place, as shares that add up, and what each part is."""
    shown = found[:MOST_PLACES]
    names = shown_parts(shown) or list(PARTS)
    left_out = [PARTS[name] for name in PARTS if name not in names]
    adds_up = "Shares of the wall time, averages over all workers; each row adds up to 100%"
    return blocks.Table(
        headers=("region", "wall", *(PARTS[name] for name in names)),
        rows=tuple(
            (
                place_words(place),
                seconds(place.wall),
                *(percent(getattr(place.parts, name) / place.wall if place.wall else 0.0) for name in names),
            )
            for place in shown
        ),
        title="Where the time went",
        notes=(
            f"{adds_up}{f', with less than 0.5% of {listed(left_out)}' if left_out else ''}.",
            f"{'; '.join(f'{PARTS[name]}: {MEANING[name]}' for name in names)}.",
        ),
    )


# The slowest tasks


@dataclass(frozen=True, kw_only=True)
class Slow:
    """A task that took long."""

    region: Region
    task: int
    """Its number in the region, from 0."""
    number: int
    """The same through all regions of the place, from 1."""
    took: int
    """Nanoseconds."""


def slowest(place: Place) -> list[Slow]:
    """The tasks of a place that took longest."""
    found: list[Slow] = []
    before = 1
    for region in place.regions:
        tasks = tasks_of(region)
        lengths = [end - begin for begin, end in zip(tasks.begin, tasks.end, strict=True)]
        longest = nlargest(SLOWEST, range(len(lengths)), key=lengths.__getitem__)
        found += [Slow(region=region, task=task, number=before + task, took=lengths[task]) for task in longest]
        before += region.tasks
    found = nlargest(SLOWEST, found, key=lambda each: each.took)
    return [each for each in found if each.took >= WORTH * found[0].took]


def slowest_tasks(found: Sequence[Place], *, every: bool) -> Iterator[blocks.Block]:
    """A row for each of the slowest tasks; unless `every`, of the places where some took far longer than most."""
    shown = [
        place
        for place in found[:MOST_PLACES]
        if every or (place.longest >= STRAGGLER * place.each and place.longest >= NOTABLE and place.tasks > SLOWEST)
    ]
    if not shown:
        return
    items = any(region.items for place in shown for region in place.regions)
    rows = [_slow_row(place, each, items=items) for place in shown for each in slowest(place)]
    yield blocks.Heading("The slowest tasks", name="slowest")
    yield blocks.Table(
        headers=("region", "task", "took", "computing", "began at", "worker", *(["item"] if items else [])),
        rows=tuple(rows),
        title="The slowest tasks",
        align="lrrrrr" + ("l" if items else ""),
        names=2,
        notes=(
            "Tasks are numbered in the order in which they began, pool by pool; times are since the program was "
            "started.",
        ),
    )


def _slow_row(place: Place, slow: Slow, *, items: bool) -> tuple[str, ...]:
    tasks, task = tasks_of(slow.region), slow.task
    cpu = tasks.cpu[task]
    item = slow.region.items[task] if task < len(slow.region.items) else NOTHING
    return (
        place_words(place),
        f"{slow.number:,}",
        seconds(slow.took * NANO),
        NOTHING if cpu == UNKNOWN or not slow.took else percent(min(1.0, cpu / slow.took)),
        seconds(tasks.begin[task] * NANO),
        f"{tasks.worker[task] + 1:,}" if slow.region.kind != "coroutines" else NOTHING,
        *([item if len(item) <= NAMED else f"{item[: NAMED - 1]}…"] if items else []),
    )
