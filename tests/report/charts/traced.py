"""Runs with traces of any size, for tests of reports."""

from __future__ import annotations

from dataclasses import replace

from concbench.model.result import Trace
from concbench.model.run import Run
from tests.builders import example_run, trace_of

LENGTH = 0.01
"""Seconds of a task."""


def trace(tasks: int, lanes: int, *, chunksize: int | None = None, each: float = LENGTH) -> Trace:
    """Tasks that are dealt out in turn, one after the other on each lane, after a start of 5 ms."""
    begins = [0.005 + task // lanes * each * 1.1 for task in range(tasks)]
    spans = [(begin, begin + each, task % lanes) for task, begin in enumerate(begins)]
    return trace_of(spans, lanes, start=0.005, stop=0.002, samples=3, chunksize=chunksize)


def traced_run(tasks: int = 100, lanes: int = 4) -> Run:
    """The example, whose two measured cases were traced."""
    run = example_run()
    results = [replace(each, trace=trace(tasks, lanes)) if each.samples else each for each in run.results]
    return replace(run, results=results)


def large_run(cases: int) -> Run:
    """A run of that many traced cases."""
    run = traced_run()
    pattern = run.results[1]
    rows = [replace(pattern, case=replace(pattern.case, row=f"pool-{number}")) for number in range(cases - 1)]
    return replace(run, results=[run.results[0], *rows], comparisons=[], claims=[])
