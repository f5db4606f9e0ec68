"""Looking whether advice is right: what was advised is measured beside what it was advised for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from concbench.model import Advice, Case, Part, Run
from concbench.suites.cause import Chunks
from concbench.suites.causes import explained

AS_IT_WAS = "as it was"


@dataclass(frozen=True)
class Trial:
    """A part in which a case runs as it was and as advised, side by side."""

    advice: Advice
    part: Part
    cases: tuple[Case, Case]


def trials(run: Run) -> Iterator[Trial]:
    """Yield a trial for every case of which the trace advises another chunksize."""
    for case in run.cases:
        explanation = explained(case, run)
        for cause in explanation.causes if explanation is not None else ():
            if isinstance(cause, Chunks) and not cause.measured:
                yield trial(case, cause)


def trial(case: Case, cause: Chunks) -> Trial:
    """Return the trial of a chunksize."""
    name = f"advice for {case.id}"
    before = Case(
        id=f"{name}/{AS_IT_WAS}",
        part=name,
        subject=case.subject,
        workload=case.workload,
        settings=case.settings,
        side=case.side,
    )
    after = replace(
        before, id=f"{name}/chunksize {cause.better}", settings=replace(case.settings, chunksize=cause.better)
    )
    after.samples, after.hosts, after.peaks = [], [], []  # its own, and not those of the case that it was made from
    return Trial(
        advice=Advice(case=case.id, chunksize=cause.better, predicted=cause.predicted, tried=after.id),
        part=Part(name=name, title=f"What --chunksize {cause.better} does for {case.id}", reference=before.id),
        cases=(before, after),
    )
