"""Runs with traces and watches, for tests of reports: made by hand, of any size."""

from __future__ import annotations

from dataclasses import replace

from concbench.experiments.spans import Spans, pack
from concbench.model import Case, Run, Trace
from tests.example_run import example_run

MS = 1_000_000
"""Nanoseconds."""


def trace(tasks: int, lanes: int, *, chunksize: int | None = None, each: int = 10 * MS) -> Trace:
    """Tasks of 10 ms dealt out in turn, one after the other on each lane, after a start of 5 ms."""
    begins = [5 * MS + task // lanes * (each + each // 10) for task in range(tasks)]
    ends = [begin + each for begin in begins]
    run = max(ends) / 1e9
    return Trace(
        start=0.005,
        run=run - 0.005,
        stop=0.002,
        wall=run + 0.002,
        samples=3,
        lanes=lanes,
        chunksize=chunksize,
        gil=True,
        cost=1e-7,
        argument_bytes=None,
        result_bytes=None,
        tasks=tasks,
        spans=pack(Spans(begins, ends, [task % lanes for task in range(tasks)])),
    )


def traced_run(tasks: int = 100, lanes: int = 4) -> Run:
    """The example, whose two measured cases were traced."""
    run = example_run()
    run.cases = [replace(case, trace=trace(tasks, lanes)) if case.samples else case for case in run.cases]
    return run


def large_run(cases: int) -> Run:
    """A run of so many traced cases."""
    run = example_run()
    pattern = replace(run.cases[1], trace=trace(100, 4))
    run.cases = [run.cases[0], *(numbered(pattern, number) for number in range(cases - 1))]
    return run


def numbered(case: Case, number: int) -> Case:
    return replace(case, id=f"short/pool-{number}", subject=f"pool-{number}")
