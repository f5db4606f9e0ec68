"""Traces made by hand, for tests of what is read out of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from concbench.experiments.spans import Spans, pack
from concbench.model import Case, Run, Sample, Settings, Trace, Workload
from tests.example_run import example_run

Task = tuple[float, float, int]
"""When it begins and ends, in seconds since the sample began, and the worker."""


def spans_of(tasks: Sequence[Task]) -> Spans:
    return Spans(
        [round(begin * 1e9) for begin, _, _ in tasks],
        [round(end * 1e9) for _, end, _ in tasks],
        [worker for _, _, worker in tasks],
    )


def trace_of(tasks: Sequence[Task], lanes: int, *, start: float = 0.0, stop: float = 0.0, **more: Any) -> Trace:
    """A trace whose caller has the results as soon as the last task ends, unless `run` says otherwise."""
    over = max(end for _, end, _ in tasks)
    run = more.pop("run", over - start)
    usual: dict[str, Any] = {
        "samples": 1,
        "chunksize": None,
        "gil": True,
        "cost": 1e-6,
        "argument_bytes": 28.0,
        "result_bytes": 28.0,
    }
    return Trace(
        start=start,
        run=run,
        stop=stop,
        wall=start + run + stop,
        lanes=lanes,
        tasks=len(tasks),
        spans=pack(spans_of(tasks)),
        **{**usual, **more},
    )


def case_of(trace: Trace, subject: str, *, task_time: float, cpu: float = 0.0, ideal: float | None = None) -> Case:
    """A case with that trace, and one sample of the same times; `cpu` is in cores kept busy."""
    phases: dict[str, Any] = {"start": trace.start, "run": trace.run, "stop": trace.stop, "wall": trace.wall}
    return Case(
        id=f"short/{subject}",
        part="short",
        subject=subject,
        workload=Workload(name="sleep", tasks=trace.tasks, task_time=task_time),
        settings=Settings(workers=trace.lanes, chunksize=None),
        samples=[Sample(block=0, round=0, cpu=cpu * trace.wall, **phases)],
        trace=trace,
        ideal=task_time * trace.tasks / trace.lanes if ideal is None else ideal,
    )


def run_of(*cases: Case) -> Run:
    """A run of such cases, in one part, on two cores."""
    run = example_run()
    run.parts = [part for part in run.parts if part.name == "short"]
    run.cases = list(cases)
    run.comparisons, run.claims = [], []
    return run


def dealt(durations: Sequence[float], lanes: int, chunksize: int, gap: float = 0.0, begin: float = 0.0) -> list[Task]:
    """Tasks in chunks, each of which goes to the worker that is free first; `gap` passes before every chunk."""
    free = [begin] * lanes
    tasks: list[Task] = []
    for first in range(0, len(durations), chunksize):
        worker = free.index(min(free))
        free[worker] += gap
        for duration in durations[first : first + chunksize]:
            tasks.append((free[worker], free[worker] + duration, worker))
            free[worker] += duration
    return tasks


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Any trace that there can be: workers that do their tasks one after the other, and some that have none."""
    start, stop, back = (draw(st.floats(0, 10)) for _ in range(3))
    tasks: list[Task] = []
    workers = draw(st.integers(1, 6))
    for worker in range(workers):
        now = start
        for _ in range(draw(st.integers(1 if worker == 0 else 0, 5))):
            begin = now + draw(st.floats(0, 2))
            now = begin + draw(st.floats(0, 2))
            tasks.append((begin, now, worker))
    order = draw(st.permutations(tasks))
    over = max(end for _, end, _ in tasks)
    lanes = draw(st.integers(1, 8))
    return trace_of(order, lanes, start=start, stop=stop, run=over - start + back)
