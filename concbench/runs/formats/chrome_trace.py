"""Trace Event Format: every traced task on a timeline, for https://ui.perfetto.dev and chrome://tracing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import pairwise
from typing import Any

import msgspec

from concbench.experiments.lanes import lanes_of
from concbench.experiments.spans import NANO, unpack
from concbench.model import Run, Trace, Watch
from concbench.runs.exporting import UnexportableRun, exporter
from concbench.runs.formats.series import Series, series

Event = dict[str, Any]
MICROSECONDS = 1e6
"""Of a second: times are in microseconds, to the nanosecond."""
NANOSECONDS = 1000
"""Of a microsecond."""
PHASES = 1
"""The thread on which the phases are; that of worker 1 is the next one. 0 means something else to Perfetto."""


@exporter("chrome-trace")
def export(run: Run) -> str:
    """Trace Event Format, for Perfetto: a case is a process, a worker a thread, a task an event; the watch beside it.

    Lines are events, so that a document of a million tasks needs not many times its own size in memory.
    """
    traced = [(found, found.case.trace) for found in series(run) if found.case.trace is not None]
    if not traced:
        raise UnexportableRun(
            "none of its cases has a trace: those that run tasks get one when this version of concbench measures them, "
            "so measure them again, with `concbench run SUITE --save`"
        )
    text = StringIO()
    text.write('{"displayTimeUnit": "ms", "traceEvents": [\n')
    for number, event in enumerate(_events(traced)):
        text.write(",\n" if number else "")
        text.write(msgspec.json.encode(event).decode())
    text.write("\n]}\n")
    return text.getvalue()


def _events(traced: Sequence[tuple[Series, Trace]]) -> Iterator[Event]:
    for at, (found, trace) in enumerate(traced):
        pid = 1 + at
        yield from _process(pid, found.name, 2 * at)
        yield from _phases(pid, trace)
        yield from _tasks(pid, trace)
        if found.case.watch is not None:
            # A process of its own: the watch saw other samples, so that nothing in it is at the time of a task.
            beside = 1 + len(traced) + at
            yield from _process(beside, f"{found.name}: watch", 2 * at + 1)
            yield from _counters(beside, found.case.watch)


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
        # A nanosecond less: readers cut microseconds off to whole nanoseconds, and then a phase that ends where the
        # next one begins may seem to end inside it, and is drawn below it.
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
        # One kind of memory only: a curve that begins as RSS and goes on as PSS shows a fall that never was.
        if watch.peak_pss is None:
            yield _counter(pid, "memory", sweep.at, {"RSS bytes": sweep.rss})
        elif sweep.pss is not None:
            yield _counter(pid, "memory", sweep.at, {"PSS bytes": sweep.pss})
        yield _counter(pid, "processes", sweep.at, {"number": sweep.processes})
        yield _counter(pid, "threads", sweep.at, {"number": sweep.threads})
    for before, after in pairwise(sweeps):
        if after.at > before.at:
            # A counter stands until its next event. What a process used that has gone by then is not in it, and where
            # that is more than all others used, nothing is known to have been used.
            percent = max(0.0, 100 * (after.cpu - before.cpu) / (after.at - before.at))
            yield _counter(pid, "CPU", before.at, {"percent": percent})


def _counter(pid: int, name: str, at: float, args: dict[str, float]) -> Event:
    return {"ph": "C", "name": name, "pid": pid, "tid": PHASES, "ts": round(at * MICROSECONDS, 3), "args": args}
