"""Where the time of a run's cases went: the breakdown of each that was traced."""

from __future__ import annotations

from statistics import median

from concbench.model import Case, Run
from concbench.stats.breakdown import Breakdown, breakdown

SERIAL = "serial"


def breakdown_of(case: Case, run: Run) -> Breakdown | None:
    """Return where the time of a case's traced sample went; None where it was not traced."""
    return None if case.trace is None else breakdown(case.trace, serial_seconds(case, run))


def serial_seconds(case: Case, run: Run) -> float | None:
    """Return what a case's tasks take one after the other; None where nobody knows.

    As `serial` took them in the same rounds, where the part has it; else as long as they were asked, calibrated or
    found to be.
    """
    if case.subject == SERIAL and case.trace is not None:
        return None
    for other in run.cases:
        same = other.part == case.part and other.side == case.side and other.workload == case.workload
        if same and other.subject == SERIAL and other.samples:
            return median(sample.run for sample in other.samples)
    if case.side is not None and case.workload.loops:
        return None  # calibrated under another interpreter, perhaps
    if case.workload.task_time:
        return case.workload.task_time * case.workload.tasks
    return None
