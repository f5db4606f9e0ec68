"""Trace Event Format: every traced task on a timeline, for https://ui.perfetto.dev and chrome://tracing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import pairwise
from typing import Any

import msgspec

from concbench.experiments.trace import NANO, lanes_of, unpack
from concbench.model.result import Trace, Watch
from concbench.model.run import Run
from concbench.runs.export import Timings, UnexportableRun, timings
from concbench.runs.formats import program_events

Event = dict[str, Any]
MICROSECONDS = 1e6
"""In a second: times are in microseconds, to the nanosecond."""
NANOSECONDS = 1000
"""In a microsecond."""
PHASES = 1
"""The thread of the phases; worker 1 has the next one. Perfetto gives thread 0 another meaning."""


def document(run: Run) -> str:
    """A case is a process, a worker a thread, a task an event; the watch is a process of its own.

    Of a traced program, each place that opened regions is a process.

    Events are written one by one, so that a million tasks don't take many times the document's size in memory.
    """
    if run.program is not None:
        if not any(region.tasks for region in run.program.regions):
            raise UnexportableRun("no task of the program was recorded: see what was with `concbench show`")
        return _written(program_events.events(run.program))
    traced = [(found, found.result.trace) for found in timings(run) if found.result.trace is not None]
    if not traced:
        raise UnexportableRun(
            "none of its cases has a trace: measure again with this version of concbench, which traces all cases that "
            "run tasks (`concbench run SUITE --save`)"
        )
    return _written(_events(traced))


def _written(events: Iterator[Event]) -> str:
    text = StringIO()
    text.write('{"displayTimeUnit": "ms", "traceEvents": [\n')
    for number, event in enumerate(events):
        text.write(",\n" if number else "")
        text.write(msgspec.json.encode(event).decode())
    text.write("\n]}\n")
    return text.getvalue()


def _events(traced: Sequence[tuple[Timings, Trace]]) -> Iterator[Event]:
    for at, (found, trace) in enumerate(traced):
        pid = 1 + at
        yield from _process(pid, found.name, 2 * at)
        yield from _phases(pid, trace)
        yield from _tasks(pid, trace)
        if found.result.watch is not None:
            # A process of its own: the watch saw other samples, so its times are not those of the tasks.
            beside = 1 + len(traced) + at
            yield from _process(beside, f"{found.name}: watch", 2 * at + 1)
            yield from _counters(beside, found.result.watch)


def _process(pid: int, name: str, place: int) -> Iterator[Event]:
    yield _about(pid, PHASES, "process_name", name=name)
    yield _about(pid, PHASES, "process_sort_index", sort_index=place)


def _thread(pid: int, tid: int, name: str) -> Iterator[Event]:
    yield _about(pid, tid, "thread_name", name=name)
    yield _about(pid, tid, "thread_sort_index", sort_index=tid)


def _about(pid: int, tid: int, what: str, **args: str | int) -> Event:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "ts": 0.0, "args": args}


def _phases(pid: int, trace: Trace) -> Iterator[Event]:
    yield from _thread(pid, PHASES, "phases")
    ends = [round(end / NANO) for end in (trace.start, trace.start + trace.run, trace.start + trace.run + trace.stop)]
    for name, (begin, end) in zip(("start", "run", "stop"), pairwise((0, *ends)), strict=True):
        # A nanosecond less: readers truncate to whole nanoseconds, and a phase that then seems to end inside the next
        # one is drawn below it.
        length = max(0, end - begin - 1)
        yield _span(pid, PHASES, name, "phase", begin / NANOSECONDS, length / NANOSECONDS, {})


def _tasks(pid: int, trace: Trace) -> Iterator[Event]:
    spans = unpack(trace.spans, trace.tasks)
    for lane, tasks in enumerate(lanes_of(spans, trace.lanes), 1):
        tid = PHASES + lane
        yield from _thread(pid, tid, f"worker {lane}")
        for task in tasks:
            begin, end = spans.begins[task], spans.ends[task]
            name = f"task {task + 1}"
            yield _span(pid, tid, name, "task", begin / NANOSECONDS, (end - begin) / NANOSECONDS, {"task": task + 1})


def _span(pid: int, tid: int, name: str, category: str, begin: float, length: float, args: Event) -> Event:
    about = {"ph": "X", "name": name, "cat": category, "pid": pid, "tid": tid}
    return {**about, "ts": begin, "dur": length, "args": args}


def _counters(pid: int, watch: Watch) -> Iterator[Event]:
    sweeps = watch.series
    for sweep in sweeps:
        # One kind of memory only: a curve that begins as RSS and goes on as PSS shows a drop that never was.
        if watch.peak_pss is None:
            yield _counter(pid, "memory", sweep.at, {"RSS bytes": sweep.rss})
        elif sweep.pss is not None:
            yield _counter(pid, "memory", sweep.at, {"PSS bytes": sweep.pss})
        yield _counter(pid, "processes", sweep.at, {"number": sweep.processes})
        yield _counter(pid, "threads", sweep.at, {"number": sweep.threads})
    for before, after in pairwise(sweeps):
        if after.at > before.at:
            # A counter holds until its next event. The CPU time of a process that has ended since is missing, which may
            # be more than all the others used.
            percent = max(0.0, 100 * (after.cpu - before.cpu) / (after.at - before.at))
            yield _counter(pid, "CPU", before.at, {"percent": percent})


def _counter(pid: int, name: str, at: float, args: dict[str, float]) -> Event:
    return {"ph": "C", "name": name, "pid": pid, "tid": PHASES, "ts": round(at * MICROSECONDS, 3), "args": args}
