"""Predictions by a law that is known exactly, for tests of what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

import pytest

from concbench.model.case import Settings, Workload
from concbench.model.costs import Costs, StrategyCosts, TaskCosts
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.prediction.predict import Job, NotPredictable, Prediction, Predictor, Range

Time = Callable[[str, Settings, Job], float]
"""Seconds of wall time of a strategy with its settings for a job."""


@dataclass(frozen=True, kw_only=True)
class Law:
    """Tasks of one length; a parent that hands out chunks one after the other; workers that start one by one."""

    task: float
    """Seconds of one."""
    cores: int = 2
    start: float = 0.005
    """Seconds for each worker."""
    send: float = 50e-6
    """Seconds for each chunk, of the parent; workers take as long for it."""
    item: float = 0.2e-6
    """Seconds for each item, of both."""

    def __call__(self, subject: str, settings: Settings, job: Job) -> float:
        """Seconds for a job."""
        if subject == "serial":
            return job.items * self.task
        workers = min(settings.workers or 2, job.cores or self.cores)
        size = settings.chunksize or 1
        chunks = -(-job.items // size)
        parent = chunks * self.send + job.items * self.item
        busiest = ceil(chunks / workers) * (self.send + min(size, job.items) * (self.task + self.item))
        return (0.0 if job.warm else self.start * (settings.workers or 2)) + max(parent, busiest)


class ByLaw(Predictor):
    """A predictor that knows the law, and says that it is off by up to `reach`."""

    def __init__(
        self,
        run: Run,
        workload: Workload,
        time: Time,
        *,
        side: str | None = None,
        reach: float = 0.03,
        unknown: tuple[str, ...] = (),
    ) -> None:
        """`unknown` are strategies that it can't predict."""
        (tasks,) = costs(workload).tasks
        super().__init__(costs(workload), tasks, run.results)
        self.run, self.workload, self.time, self.side = run, workload, time, side
        self.reach, self.unknown = reach, unknown

    def predict(self, subject: str, settings: Settings, job: Job) -> Prediction:
        """What the law says, or what the run measured of just this."""
        if subject in self.unknown:
            raise NotPredictable(f"the run holds no costs of {subject}")
        same = next((each for each in self.run.results if self._is(each, subject, settings, job)), None)
        measured = None if same is None or same.median is None else same.median.estimate
        wall = self.time(subject, settings, job) if measured is None else measured
        reach = self.reach if measured is None else 0.0
        most = max((each.case.settings.workers or 1 for each in self.run.results), default=1)
        return Prediction(
            subject=subject,
            settings=settings,
            job=job,
            wall=_around(wall, reach),
            cpu=_around(2 * wall, reach),
            memory=_around(10e6 + 30e6 * (settings.workers or 0), reach),
            start=0.0,
            run=wall,
            stop=0.0,
            bottleneck="parent" if (settings.chunksize or 9) < 5 else "cores",
            busy=0.97 if (settings.chunksize or 9) < 5 else 0.05,
            chunks_a_second=20_000.0,
            case=None if measured is None or same is None else same.case.id,
            beyond=(
                *(("items",) if job.items > self.workload.tasks else ()),
                *(("workers",) if (settings.workers or 1) > most else ()),
                *(("cores",) if (job.cores or 0) > self.run.environment.usable_cores else ()),
            ),
        )

    def _is(self, result: Result, subject: str, settings: Settings, job: Job) -> bool:
        case = result.case
        return (case.subject, case.settings, case.side, case.workload.tasks) == (
            subject,
            settings,
            self.side,
            job.items,
        ) and not (job.warm or job.cores)


def _around(value: float, reach: float) -> Range:
    return Range(estimate=value, low=value / (1 + reach), high=value * (1 + reach))


def costs(*workloads: Workload, side: str | None = None) -> Costs:
    """Costs that no test looks into: they are there, so that a run can be asked."""
    pool = StrategyCosts(
        subject="pool-map",
        start_method="fork",
        open=0.001,
        open_each=0.001,
        ready=0.001,
        close=0.001,
        close_each=0.001,
        cpu=0.001,
        cpu_each=0.001,
        send=50e-6,
        lag=0.0,
        wake=20e-6,
        send_item=0.2e-6,
        handle=50e-6,
        gap=0.0,
        handle_item=0.2e-6,
        worker_memory=30e6,
    )
    tasks = [TaskCosts(workload=each, times=[each.task_time or 0.001], computing=1.0, gil=1.0) for each in workloads]
    return Costs(side=side, cores=2, gil=True, stretch=1.0, memory=10e6, strategies=[pool], tasks=tasks)


def with_costs(run: Run) -> Run:
    """A run that can be asked about all of its workloads."""
    workloads = dict.fromkeys(each.case.workload for each in run.results)
    return replace(run, costs=[costs(*workloads)])


def predicting(monkeypatch: pytest.MonkeyPatch, time: Time, *, always: bool = False, **more: object) -> None:
    """Predict by a law wherever a run holds costs; or `always`."""

    def by_law(run: Run, workload: Workload, side: str | None = None, *, engines: bool = False) -> Predictor | None:
        if not run.costs and not always:
            return None
        return ByLaw(run, workload, time, side=side, **more)  # type: ignore[arg-type]  # its parameters

    for module in ("concbench.analysis.analysis", "concbench.prediction.predict"):
        monkeypatch.setattr(f"{module}.predictor", by_law)
