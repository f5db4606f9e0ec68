"""A machine that follows a simple law, and predictions by it: workers, a parent that hands out chunks, and a GIL."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from concbench.model.case import Settings
from concbench.prediction.predict import Bottleneck, Job, NotPredictable, Prediction, Range
from concbench.session.candidates import kind_of

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Law:
    """What tasks and machinery take, in seconds and bytes."""

    task: float
    """That one task takes alone."""
    busy: float = 1.0
    """The share of it in which it computes."""
    releases: bool = False
    """Whether it computes without the GIL."""
    cores: int = 2
    start: float = 0.005
    """That each process takes to start and to end."""
    forks: float | None = None
    """The same for one that is forked; None: as long."""
    importing: float = 0.0
    """That each process takes on top of it."""
    send: float = 0.0001
    """That the parent takes for each chunk for a process,"""
    hand: float = 0.00002
    """and for each item for a thread or a coroutine, under the GIL."""
    error: float = 0.03
    """How far the ranges reach."""
    worker: int = 30 * MIB
    knows: tuple[str, ...] = ("none", "coroutines", "threads", "processes")

    def predict(self, subject: str, settings: Settings, job: Job) -> Prediction:
        """As `Predictor.predict`."""
        kind = kind_of(subject)
        if kind not in self.knows:
            raise NotPredictable(f"{subject} was not measured")
        cores, items = job.cores or self.cores, job.items
        lanes = min(items, settings.workers or settings.limit or (1 if kind == "none" else items))
        size = settings.chunksize or 1
        start, bound = 0.0, {"workers": ceil(ceil(items / size) / lanes) * size * self.task}
        work = items * self.task * self.busy
        bound["cores"] = work / min(cores, lanes)
        if kind == "processes":
            each = self.start if self.forks is None or settings.start_method != "fork" else self.forks
            start = 0.0 if job.warm else lanes * each + ceil(lanes / cores) * self.importing
            bound["parent"] = ceil(items / size) * self.send
        elif kind != "none":
            start = 0.0 if job.warm else lanes * 0.0001
            bound["gil"] = items * self.hand + (0.0 if self.releases else work)
        most = max(bound, key=bound.__getitem__)
        wall = start + bound[most]
        memory = 10 * MIB + (lanes * self.worker if kind == "processes" else lanes * MIB // 20)
        return Prediction(
            subject=subject,
            settings=settings,
            job=job,
            wall=self.range(wall),
            cpu=self.range(work + start),
            memory=self.range(memory),
            start=start,
            run=bound[most],
            stop=0.0,
            bottleneck=BOTTLENECKS[most],
            chunks_a_second=1 / self.send,
            busy=bound.get("parent", 0.0) / bound[most],
            beyond=("cores",) if cores > self.cores else (),
        )

    def range(self, value: float) -> Range:
        """A figure as it is predicted."""
        return Range(estimate=value, low=value / (1 + self.error), high=value * (1 + self.error))


BOTTLENECKS: dict[str, Bottleneck] = {"workers": "workers", "cores": "cores", "parent": "parent", "gil": "gil"}
