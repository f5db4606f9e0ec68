"""Trace events of a traced program: its regions and their workers, and arrows from each submit to the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Any

from concbench.experiments.trace import NANO
from concbench.instruments.columns import UNKNOWN
from concbench.model.program import Program, Region
from concbench.runs.lanes import Lanes, lanes_of_regions
from concbench.runs.text import printable

Event = dict[str, Any]
NANOSECONDS = 1000
"""In a microsecond, which times are in."""
PROGRAM = 1
"""The process of the program itself; each place that opened regions has one of its own after it."""
OPEN, SUBMITS, RESULTS, WORKERS = 1, 2, 3, 4
"""Threads of such a process: when its regions were open, what was submitted, what came back, and the first worker.
Perfetto gives thread 0 another meaning."""
FLEETING = 1000
"""Nanoseconds that a submit and a result are long, where the next one leaves room for that: arrows start and end at
events with a length."""


def events(program: Program) -> Iterator[Event]:
    """The events of a program, its processes and all its regions with tasks."""
    yield _about(PROGRAM, OPEN, "process_name", name=printable(" ".join(program.command)))
    yield _about(PROGRAM, OPEN, "process_sort_index", sort_index=0)
    yield from _thread(PROGRAM, OPEN, "program")
    args = {"status": program.status, "cpu": program.cpu}
    yield _span(PROGRAM, OPEN, ("program", "program"), 0, round(program.wall / NANO), args)
    for number, process in enumerate(program.processes):
        tid = OPEN + 1 + number
        yield from _thread(PROGRAM, tid, f"process {process.pid}")
        about = {"command": printable(" ".join(process.command)), "parent": process.parent}
        begin, wall = round(process.began / NANO), round(program.wall / NANO)
        yield _span(PROGRAM, tid, (f"process {process.pid}", "process"), begin, max(0, wall - begin), about)
    flows = 0
    for at, regions in enumerate(_places(program)):
        found = lanes_of_regions(regions)
        yield from _place(PROGRAM + 1 + at, at, program, regions, found)
        pid, origin = PROGRAM + 1 + at, round(found.since / NANO)
        yield from _tasks(pid, regions[0], found, origin)
        chunks = _chunks(found)
        yield from _moments(pid, SUBMITS, "submit", [chunk.submitted + origin for chunk in chunks])
        yield from _moments(pid, RESULTS, "result", [each.back + origin for each in chunks if each.back != UNKNOWN])
        for chunk in chunks:
            flows += 1
            yield from _arrows(pid, flows, chunk, origin)


def _places(program: Program) -> list[list[Region]]:
    """The regions with tasks by the place that opened them, in the order in which it first did."""
    found: dict[tuple[str, str, int, bool], list[Region]] = {}
    for region in program.regions:
        if region.tasks:
            key = (region.name, region.file, region.line, region.inside is None)
            found.setdefault(key, []).append(region)
    return list(found.values())


def _place(pid: int, at: int, program: Program, regions: Sequence[Region], found: Lanes) -> Iterator[Event]:
    """What a place is called, and when its regions were started, open and stopped."""
    first = regions[0]
    name = first.title
    if first.inside is not None and first.inside < len(program.regions):
        name += f", in workers of {program.regions[first.inside].title}"
    yield _about(pid, OPEN, "process_name", name=printable(name))
    yield _about(pid, OPEN, "process_sort_index", sort_index=1 + at)
    for tid, word in ((OPEN, "regions"), (SUBMITS, "submits"), (RESULTS, "results")):
        yield from _thread(pid, tid, word)
    for number in range(len(found.lanes)):
        word = "lane" if first.kind == "coroutines" else "worker"
        yield from _thread(pid, WORKERS + number, f"{word} {number + 1}")
    # Regions that were open at once have a row each, since events of a row must not overlap.
    free: list[int] = []
    for region in sorted(regions, key=lambda region: region.opened):
        begin, end = round(region.opened / NANO), round(region.closed / NANO)
        row = next((row for row, until in enumerate(free) if until <= begin), len(free))
        free[row : row + 1] = [end]
        tid = OPEN if row == 0 else WORKERS + len(found.lanes) + row
        if row and row == len(free) - 1:
            yield from _thread(pid, tid, f"regions {row + 1}")
        closing = end if region.closing is None else max(begin, min(end, round(region.closing / NANO)))
        ready = max(begin, min(closing, round(region.ready / NANO)))
        about = {
            "pid": region.pid,
            "tasks": region.tasks,
            "lanes": region.lanes,
            "function": printable(region.function),
        }
        for word, since, until in (("start", begin, ready), ("open", ready, closing), ("stop", closing, end)):
            if until > since or word == "open":
                # A nanosecond less: readers that truncate would see it end inside the next one.
                yield _span(pid, tid, (word, "phase"), since, max(0, until - since - 1), about)


def _tasks(pid: int, first: Region, found: Lanes, origin: int) -> Iterator[Event]:
    spans = found.spans
    for lane, tasks in enumerate(found.lanes):
        for task in tasks:
            begin, end = spans.begins[task], spans.ends[task]
            args: Event = {"task": task + 1, "chunk": found.chunks[task] + 1}
            if task < len(first.items):
                args["item"] = printable(first.items[task])
            yield _span(pid, WORKERS + lane, (f"task {task + 1}", "task"), begin + origin, end - begin, args)


class _Chunk:
    """When a chunk was submitted, where its tasks began, and when its result was back."""

    __slots__ = ("back", "begins", "submitted", "threads")

    def __init__(self, submitted: int) -> None:
        self.submitted, self.back = submitted, UNKNOWN
        self.begins: list[int] = []
        self.threads: list[int] = []


def _chunks(found: Lanes) -> list[_Chunk]:
    lane_of = [0] * len(found.spans)
    for lane, tasks in enumerate(found.lanes):
        for task in tasks:
            lane_of[task] = lane
    chunks: dict[int, _Chunk] = {}
    for task in range(len(found.spans)):
        chunk = chunks.setdefault(found.chunks[task], _Chunk(found.submitted[task]))
        # The first and the last task: an arrow through each of a hundred would hide the others.
        chunk.begins[1:] = [found.spans.begins[task]]
        chunk.threads[1:] = [WORKERS + lane_of[task]]
        chunk.back = max(chunk.back, found.received[task])
    return sorted(chunks.values(), key=lambda chunk: chunk.submitted)


def _moments(pid: int, tid: int, word: str, moments: Sequence[int]) -> Iterator[Event]:
    """Short events, one for all that happened at the same time, none of which overlaps the next one."""
    groups = [(at, len(list(some))) for at, some in groupby(sorted(moments))]
    for (at, number), after in zip_longest(groups, [at for at, _ in groups[1:]]):
        length = FLEETING if after is None else min(FLEETING, max(1, after - at - 1))
        name = word if number == 1 else f"{number:,} {word}s"
        yield _span(pid, tid, (name, word), at, length, {"number": number})


def _arrows(pid: int, number: int, chunk: _Chunk, origin: int) -> Iterator[Event]:
    """From the submit to the first task, on to the last one, and to the result, where that is known."""
    steps = [(SUBMITS, chunk.submitted), *zip(chunk.threads, chunk.begins, strict=True)]
    if chunk.back != UNKNOWN:
        steps.append((RESULTS, chunk.back))
    for at, (tid, moment) in enumerate(steps):
        phase = "s" if at == 0 else "f" if at == len(steps) - 1 else "t"
        about: Event = {"ph": phase, "name": "chunk", "cat": "flow", "id": number, "pid": pid, "tid": tid}
        # Bound to the event around it, where it would otherwise be to the next one.
        yield {**about, "ts": (moment + origin) / NANOSECONDS, **({"bp": "e"} if phase != "s" else {})}


def _thread(pid: int, tid: int, name: str) -> Iterator[Event]:
    yield _about(pid, tid, "thread_name", name=name)
    yield _about(pid, tid, "thread_sort_index", sort_index=tid)


def _about(pid: int, tid: int, what: str, **args: str | int) -> Event:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "ts": 0.0, "args": args}


def _span(pid: int, tid: int, named: tuple[str, str], begin: int, length: int, args: Event) -> Event:
    name, category = named
    about = {"ph": "X", "name": name, "cat": category, "pid": pid, "tid": tid}
    return {**about, "ts": begin / NANOSECONDS, "dur": length / NANOSECONDS, "args": args}
