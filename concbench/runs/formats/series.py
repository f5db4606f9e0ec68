"""The measured cases of a run as every format takes them: a name of its own each, and times by block."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from concbench.model import Case, Interval, Run, Sample
from concbench.runs.exporting import UnexportableRun
from concbench.runs.formats.naming import distinct
from concbench.runs.wording import one_line


@dataclass(frozen=True)
class Series:
    """A measured case."""

    name: str
    """The case's id, printable and unlike that of any other."""
    case: Case

    @cached_property
    def blocks(self) -> list[list[float]]:
        """Seconds of the case's metric: a list a block, in the order of the rounds."""
        found: dict[int, list[float]] = defaultdict(list)
        for sample in in_order(self.case):
            time = sample.wall if self.case.metric == "wall" else sample.each
            if time is not None:
                found[sample.block].append(time)
        return list(found.values())

    @property
    def times(self) -> list[float]:
        """Seconds of the metric of every sample, block after block."""
        return [time for block in self.blocks for time in block]

    @property
    def cpu(self) -> list[float]:
        """CPU seconds of every sample that has them; none where the metric is only a part of a sample."""
        return [sample.cpu for sample in self.case.samples if sample.cpu is not None and self.case.metric == "wall"]

    @property
    def memory(self) -> int | None:
        """Bytes at the peak: PSS, and RSS where there is no PSS; None where nothing was watched."""
        watch = self.case.watch
        return None if watch is None else watch.peak_rss if watch.peak_pss is None else watch.peak_pss

    @property
    def estimate(self) -> Interval:
        """Seconds of the metric, as the run tells them; the plain median, without an interval, where it does not."""
        if self.case.median is not None:
            return self.case.median
        return Interval(estimate=median(self.times), low=None, high=None, confidence=0.95, blocks=len(self.blocks))


def series(run: Run) -> list[Series]:
    """Return the measured cases of a run, in its order.

    Raises:
        UnexportableRun: there is none.

    Example:
        `[found.name for found in series(run)]` is `["short/process", "short/pool-map"]`.
    """
    measured = [case for case in run.cases if case.samples]
    names = distinct(one_line(case.id).strip() for case in measured)
    found = [Series(name, case) for name, case in zip(names, measured, strict=True)]
    found = [one for one in found if one.blocks]
    if not found:
        raise UnexportableRun(_nothing(run))
    return found


def in_order(case: Case) -> list[Sample]:
    """Return the samples of a case, block after block and round after round."""
    return sorted(case.samples, key=lambda sample: (sample.block, sample.round))


def _nothing(run: Run) -> str:
    if run.cases:
        return f"none of the {len(run.cases)} cases of this run was measured: see why with `concbench show`"
    if run.facts:
        return "this run holds facts only, which have no times to export: see them with `concbench show`"
    return "this run has no cases, so there is nothing to export: name another"
