"""What a way of running a job would take: a simulation with the costs of a run, corrected by what the run measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from math import ceil, exp, hypot, inf, log
from statistics import fmean
from typing import Literal

from concbench.model.case import Settings, Workload, room_for
from concbench.model.costs import Costs, StrategyCosts, TaskCosts
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.prediction.costs import form_of, machinery_of
from concbench.prediction.engines import NothingKnown, engine_time
from concbench.prediction.errors import BEYOND, ERRORS, MOVING, widened
from concbench.prediction.simulate import Chunks, Machinery, Outcome, simulate
from concbench.registry import UnknownName
from concbench.strategies.strategy import known, strategies

Bottleneck = Literal["cores", "parent", "gil", "workers"]
"""What a job waits for most: a free core; the parent that hands out chunks; the GIL; or a free worker, where all of
them are busy and cores are not."""
Beyond = Literal["items", "workers", "cores"]
"""What a prediction extrapolates: it lies outside what the run measured along this."""

OF_AN_ITEM = 40
"""Bytes in the parent for an item and its result, beside their own: their places in lists, and a small number."""
OF_A_PLACE = {
    "pool-apply-async": 1900,
    "executor-threads": 1700,
    "executor-processes": 1700,
    "asyncio-gather": 2500,
    "thread": 1900,
    "process": 6000,
}
"""Bytes in the parent for each chunk that is handed out: a future, a thread, or what the strategy has in its place."""
FORK = "fork"
SAME = 0.02
"""A job that differs by less from a measured case in its size is what was measured."""
REACH = log(4)
"""How far the error of the model at a measured case counts for others: at four times as many workers, items in a chunk,
or items, for less than two thirds."""
OTHER_STRATEGY = 0.3
"""How much it counts for another strategy with the same kind of workers."""
NARROWED = 0.25
"""The share of its error, as a logarithm, that a prediction loses beside a measured case."""
PRIOR = 0.3
"""The weight of "the model is right", beside that of a measured case, which is 1."""
FAR = 4.0
"""Times what was measured, or a quarter of it: from here on, a prediction is said to extrapolate."""
FAR_ITEMS = 100.0
"""The same for items, along which a simulation is steady."""


class NotPredictable(Exception):
    """The model can't say what something would take; the text says why in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that is to be run, and where."""

    items: int
    cores: int | None = None
    """None: those of the machine that the run was measured on."""
    warm: bool = False
    """Whether the workers exist already, as in a service: neither starting nor ending them counts."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """A figure, and between which values at least nine of ten outcomes are expected to lie."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a way of running a job would take. Seconds and bytes."""

    subject: str
    settings: Settings
    job: Job
    wall: Range
    cpu: Range
    """CPU seconds of all processes."""
    memory: Range | None
    """The peak of summed PSS; None where it is unknown."""
    start: float
    run: float
    stop: float
    """The phases of `wall.estimate`."""
    bottleneck: Bottleneck
    busy: float
    """The share of the run phase in which the parent hands out and collects, or in which the GIL is held where workers
    share one."""
    chunks_a_second: float
    """The most that the parent can hand out, and collect again."""
    case: str | None = None
    """The id of the case that measured just this, whose figures these are then."""
    beyond: tuple[Beyond, ...] = ()

    @property
    def basis(self) -> Literal["measured", "predicted", "extrapolated"]:
        """What its figures rest on."""
        if self.case is not None:
            return "measured"
        return "extrapolated" if self.beyond else "predicted"


@dataclass(frozen=True)
class _Residual:
    """By how much the model was off at a measured case, and where that stands: logarithms of factors, and bytes."""

    subject: str
    kind: str
    place: tuple[float, float, float]
    wall: float
    cpu: float
    memory: float | None


class Predictor:
    """Predicts for one workload on one side of a run."""

    def __init__(
        self,
        costs: Costs,
        tasks: TaskCosts,
        results: Sequence[Result],
        others: Sequence[Predictor] = (),
        engines: bool = False,
    ) -> None:
        self.costs = costs
        self.results = results
        """The measured cases of the workload on this side: those with as many threads for libraries as the tasks."""
        self.tasks = _as_measured(tasks, results)
        self.others = others
        """The same for other numbers of threads, where that changes how long a task takes."""
        self.engines = engines
        """Whether it also predicts of engines, by their rows: no error of that is known."""

    @property
    def start_method(self) -> str | None:
        """The start method that measured cases had; None where none has started processes."""
        every = (each.case.settings.start_method for model in (self, *self.others) for each in model.results)
        return next(filter(None, every), None)

    def predict(self, subject: str, settings: Settings, job: Job) -> Prediction:
        """What a strategy with these settings would take for a job; raises NotPredictable."""
        job = replace(job, warm=job.warm or settings.warm)
        model = self._with(settings.inner_threads)
        if self.engines and is_engine(subject):
            by_rows = model._of_engine(subject, settings, job)
            return model._measured(by_rows) or by_rows
        found = model._predicted(subject, settings, job)
        return model._measured(found) or model._corrected(found)

    def _with(self, inner_threads: int | None) -> Predictor:
        """The one for a number of threads for libraries; raises NotPredictable."""
        if not self.others:  # it makes no difference, or is not known to
            return self
        for model in (self, *self.others):
            if model.tasks.inner_threads == inner_threads:
                return model
        raise NotPredictable(f"what the tasks take with {inner_threads} inner threads was not measured")

    @property
    def _busy(self) -> float:
        """How many cores a task keeps busy."""
        tasks = self.tasks
        return min(tasks.workload.cores_busy or 1.0, tasks.inner_threads or inf)

    def _cores(self, job: Job) -> int:
        """How many tasks a machine has room for at once."""
        there = Settings(inner_threads=self.tasks.inner_threads)
        return room_for(self.tasks.workload, there, job.cores or self.costs.cores)

    def chunksize(self, subject: str, settings: Settings, items: int) -> int:
        """How many items a worker gets at once with these settings."""
        strategy = strategies.get(subject)
        return strategy.chunks(settings, items) if strategy.chunks else 1

    def _of_engine(self, subject: str, settings: Settings, job: Job) -> Prediction:
        """By the rows of an engine with the same settings; raises NotPredictable."""
        of_it = [each for each in self.results if each.case.subject == subject]
        rows = [each for each in of_it if _key(_cold(each.case.settings)) == _key(_cold(settings))]
        if of_it and not rows:
            raise NotPredictable(f"{subject} is predicted only with the settings that it was measured with")
        if job.cores not in (None, self.costs.cores):
            raise NotPredictable(f"{subject} is not predicted for other numbers of cores: engines are not simulated")
        try:
            found = engine_time(rows, job.items, self.costs.cores, warm=job.warm)
        except NothingKnown as error:
            raise NotPredictable(str(error)) from error
        run = found.wall.middle - found.opening
        most = max(each.case.workload.tasks for each in rows)
        return Prediction(
            subject=subject,
            settings=settings,
            job=job,
            wall=Range(estimate=found.wall.middle, low=found.wall.low, high=found.wall.high),
            cpu=Range(estimate=found.cpu.middle, low=found.cpu.low, high=found.cpu.high),
            memory=None,
            start=found.opening,
            run=run,
            stop=0.0,
            bottleneck="cores" if 2 * found.work > run else "parent",
            busy=max(0.0, 1 - found.work / run) if run else 0.0,
            chunks_a_second=inf,
            beyond=("items",) if job.items > FAR_ITEMS * most else (),
        )

    def _predicted(self, subject: str, settings: Settings, job: Job) -> Prediction:
        """By the model alone."""
        if settings.buffersize is not None:
            raise NotPredictable("the model knows nothing of a buffersize")
        form = _form(subject)
        lanes = min(job.items, self._lanes(subject, settings, job))
        machinery = self._machinery(subject, settings, lanes, job)
        chunks = self._chunks(subject, settings, job)
        outcome = simulate(machinery, chunks)
        error = ERRORS[form]
        moving = MOVING ** self._share_of_moving(subject, settings, job, outcome.cpu)
        memory = self._memory(subject, settings, outcome.most, job.items)
        a_chunk = machinery.send + machinery.lag + chunks.size * chunks.send_item
        return Prediction(
            subject=subject,
            settings=settings,
            job=job,
            wall=_range(outcome.wall, widened(error.wall, [moving])),
            cpu=_range(outcome.cpu * self._busy, widened(error.cpu, [moving])),
            memory=None if memory is None else _range(memory, error.memory),
            start=outcome.start,
            run=outcome.run,
            stop=outcome.stop,
            bottleneck=_bottleneck(outcome),
            busy=outcome.holder if machinery.shared_gil else outcome.parent,
            chunks_a_second=1 / a_chunk if a_chunk else inf,
            beyond=self._beyond(subject, lanes, job),
        )

    def _share_of_moving(self, subject: str, settings: Settings, job: Job, cpu: float) -> float:
        """The share of some CPU seconds that pickling and moving the bytes of a job takes."""
        bytes_ = self._bytes_to_move(subject, settings)
        if not bytes_ or not cpu:
            return 0.0
        costs = self._costs_of(subject, settings)
        return min(1.0, job.items * bytes_ * (costs.send_byte + costs.handle_byte) / cpu)

    def _bytes_to_move(self, subject: str, settings: Settings) -> float:
        """The bytes of an item, and of its result where it comes back, that go to a worker; none where they are shared.

        Also what a process for each task gets that is not forked.
        """
        tasks, strategy = self.tasks, strategies.get(subject)
        if strategy.workers not in ("processes", "interpreters"):
            return 0.0
        if strategy.returns != "exit codes":
            return (tasks.argument_bytes or 0) + (tasks.result_bytes or 0)
        forked = self._costs_of(subject, settings).start_method in (None, FORK)
        return 0.0 if forked else tasks.argument_bytes or 0

    def _lanes(self, subject: str, settings: Settings, job: Job) -> int:
        strategy = strategies.get(subject)
        if "workers" in strategy.settings and settings.workers is None:
            return job.cores or self.costs.cores
        return strategy.lanes(settings, job.items)

    def _machinery(self, subject: str, settings: Settings, lanes: int, job: Job) -> Machinery:
        tasks = self.tasks
        if _form(subject) == "serial":
            return Machinery(form="serial", cores=self._cores(job), workers=1)
        costs = self._costs_of(subject, settings)
        if self._initialized_once(subject):  # all threads wait for the one that does it
            computing = tasks.init * tasks.computing
            costs = replace(costs, open=costs.open + tasks.init, cpu=costs.cpu + computing)
        if costs.start_method == FORK:
            # The costs are those of forking a parent that holds the items that were run.
            more = (job.items - tasks.workload.tasks) * ((tasks.argument_bytes or 0) + OF_AN_ITEM)
            each = max(0.0, self.costs.fork_byte * more)
            if _form(subject) == "one each":
                costs = replace(costs, send=costs.send + each)
            else:
                costs = replace(costs, open_each=costs.open_each + each)
        return machinery_of(costs, self.costs, lanes, self._cores(job), warm=job.warm)

    def _initialized_once(self, subject: str) -> bool:
        """Whether one thread calls the initializer for all workers of a strategy."""
        return self.tasks.workload.init_per == "process" and strategies.get(subject).workers == "threads"

    def _costs_of(self, subject: str, settings: Settings) -> StrategyCosts:
        of_it = [each for each in self.costs.strategies if each.subject == subject]
        if not of_it:
            raise NotPredictable(f"the run holds no costs of {subject}")
        if settings.start_method is None:
            return of_it[0]
        for each in of_it:
            if each.start_method == settings.start_method:
                return each
        raise NotPredictable(f"the run holds no costs of {subject} with the start method {settings.start_method}")

    def _chunks(self, subject: str, settings: Settings, job: Job) -> Chunks:
        tasks, strategy = self.tasks, strategies.get(subject)
        moved = strategy.workers in ("processes", "interpreters")
        returns = strategy.returns != "exit codes"
        if moved and returns and (tasks.argument_bytes is None or tasks.result_bytes is None):
            raise NotPredictable(f"{subject} would have to send what can't be pickled")
        send_item = handle_item = first = 0.0
        if strategy.workers != "none":
            costs = self._costs_of(subject, settings)
            moving = self._bytes_to_move(subject, settings)
            send_item, handle_item = (
                costs.send_item + moving * costs.send_byte,
                costs.handle_item + moving * costs.handle_byte,
            )
            if moved:
                forked = costs.start_method == FORK
                first = tasks.first + (0.0 if forked else tasks.importing)
            if not self._initialized_once(subject):
                first += tasks.init
        if job.warm:
            first = 0.0
        return Chunks(
            items=job.items,
            size=self.chunksize(subject, settings, job.items),
            times=tasks.times,
            computing=self._computing(tasks.loop if strategy.coroutine and tasks.loop is not None else tasks.waiting),
            gil=tasks.gil if self.costs.gil else 0.0,
            send_item=send_item,
            handle_item=handle_item,
            first=first,
        )

    def _computing(self, beside_others: float | None) -> float:
        """The share of a task's time in which it computes, with the CPU seconds that it took beside others."""
        if beside_others is None:
            return self.tasks.computing
        return min(self.tasks.computing, beside_others / fmean(self.tasks.times))

    def _memory(self, subject: str, settings: Settings, workers: int, items: int) -> float | None:
        """The peak of all processes: the parent with its items and results, and what workers add."""
        base = self.costs.memory
        if base is None:
            return None
        strategy, tasks = strategies.get(subject), self.tasks
        moved = strategy.workers in ("processes", "interpreters")
        returned = 0 if strategy.returns == "exit codes" else (tasks.result_bytes or 0) if moved else tasks.kept_bytes
        places = ceil(items / self.chunksize(subject, settings, items))
        data = items * ((tasks.argument_bytes or 0) + returned + OF_AN_ITEM) + places * OF_A_PLACE.get(subject, 0)
        parent = base + tasks.module_memory + data
        if strategy.workers == "none":
            return parent + tasks.init_memory + tasks.memory
        costs = self._costs_of(subject, settings)
        each = costs.worker_memory
        if each is None:  # of a strategy whose workers come and go, it is that of others
            known = [
                other.worker_memory
                for other in self.costs.strategies
                if other.start_method == costs.start_method
                and other.worker_memory is not None
                and strategies.get(other.subject).workers == strategy.workers
            ]
            each = fmean(known) if known else None
        if costs.memory is None or (each is None and strategy.workers == "processes"):
            return None
        added = (1 if strategy.coroutine or self._initialized_once(subject) else workers) * tasks.init_memory
        if strategy.workers != "processes":
            added += tasks.memory
        elif costs.start_method != FORK:
            added += workers * (tasks.memory + tasks.module_memory)
        else:
            added += workers * (tasks.memory if tasks.unshared is None else tasks.unshared)
        if moved and strategy.returns != "exit codes":
            added += self._under_way(workers, self.chunksize(subject, settings, items), places)
        return parent + costs.memory + (workers - 1) * (each or 0.0) + added

    def _under_way(self, workers: int, chunksize: int, chunks: int) -> float:
        """Bytes of chunks that are moved: pickled in the parent, and in each worker as items and as pickled results."""
        argument, result = self.tasks.argument_bytes or 0, self.tasks.result_bytes or 0
        return chunksize * (argument + min(workers, chunks) * (argument + result))

    def _beyond(self, subject: str, lanes: int, job: Job) -> tuple[Beyond, ...]:
        """What lies far outside what was measured, be it to find the costs, or of this strategy."""
        found: list[Beyond] = []
        kind = strategies.get(subject).workers
        measured = [each for each in self.results if strategies.get(each.case.subject).workers == kind]
        most_items = max((each.case.workload.tasks for each in measured), default=len(self.tasks.times))
        most_workers = max((_lanes_of(each) for each in measured), default=self.costs.cores)
        if job.items > FAR_ITEMS * most_items:
            found.append("items")
        if lanes > FAR * max(most_workers, self.costs.cores):
            found.append("workers")
        if job.cores is not None and job.cores != self.costs.cores:
            found.append("cores")
        return tuple(found)

    def _measured(self, found: Prediction) -> Prediction | None:
        """The same with the figures of the case that measured just this, where there is one."""
        job = found.job
        if job.warm != found.settings.warm or job.cores not in (None, self.costs.cores):
            return None
        for result in self.results:
            case = result.case
            if (case.subject, _key(case.settings)) != (found.subject, _key(found.settings)):
                continue
            if abs(case.workload.tasks / job.items - 1) > SAME or result.median is None:
                continue
            cpus = [sample.cpu for sample in result.samples if sample.cpu is not None]
            share = result.median.estimate / (found.start + found.run + found.stop)
            peak = result.watch.peak_pss if result.watch is not None else None
            return replace(
                found,
                wall=Range(
                    estimate=result.median.estimate,
                    low=result.median.low or min(sample.wall for sample in result.samples),
                    high=result.median.high or max(sample.wall for sample in result.samples),
                ),
                cpu=Range(estimate=fmean(cpus), low=min(cpus), high=max(cpus)) if cpus else found.cpu,
                memory=found.memory if peak is None else Range(estimate=float(peak), low=float(peak), high=float(peak)),
                start=found.start * share,
                run=found.run * share,
                stop=found.stop * share,
                case=case.id,
                beyond=(),
            )
        return None

    @cached_property
    def residuals(self) -> list[_Residual]:
        """By how much the model was off, for each case of the run."""
        found = []
        for result in self.results:
            case = result.case
            if result.median is None or not result.samples:
                continue
            try:
                said = self._predicted(
                    case.subject, case.settings, Job(items=case.workload.tasks, warm=case.settings.warm)
                )
            except NotPredictable:
                continue
            cpus = [sample.cpu for sample in result.samples if sample.cpu is not None]
            peak = result.watch.peak_pss if result.watch is not None else None
            found.append(
                _Residual(
                    subject=case.subject,
                    kind=strategies.get(case.subject).workers,
                    place=self._place(said),
                    wall=log(result.median.estimate / said.wall.estimate),
                    cpu=log(fmean(cpus) / said.cpu.estimate) if cpus and fmean(cpus) > 0 and said.cpu.estimate else 0.0,
                    memory=peak - said.memory.estimate if peak and said.memory is not None else None,
                )
            )
        return found

    def _place(self, said: Prediction) -> tuple[float, float, float]:
        """Where a way of running a job stands: on logarithmic scales, its workers, chunks and items."""
        lanes = self._lanes(said.subject, said.settings, said.job)
        return log(lanes), log(self.chunksize(said.subject, said.settings, said.job.items)), log(said.job.items)

    def _corrected(self, found: Prediction) -> Prediction:
        """The same, corrected by the errors of the model at those cases that were measured, the nearest most."""
        kind = strategies.get(found.subject).workers
        place = self._place(found)
        weights = [
            exp(-(hypot(*(one - two for one, two in zip(place, each.place, strict=True))) ** 2) / (2 * REACH**2))
            * (1.0 if each.subject == found.subject else OTHER_STRATEGY)
            if each.kind == kind
            else 0.0
            for each in self.residuals
        ]
        trust = sum(weights) / (sum(weights) + PRIOR)
        if not sum(weights):
            return _wider(found)

        def shift(name: str) -> float:
            known = [
                (weight, getattr(each, name))
                for weight, each in zip(weights, self.residuals, strict=True)
                if getattr(each, name) is not None
            ]
            total = sum(weight for weight, _ in known)
            return sum(weight * off for weight, off in known) / (total + PRIOR) if total else 0.0

        wall, memory = exp(shift("wall")), found.memory
        if memory is not None:
            memory = _scaled(memory, max(0.1, 1 + shift("memory") / memory.estimate), trust)
        moved = replace(
            found,
            wall=_scaled(found.wall, wall, trust),
            cpu=_scaled(found.cpu, exp(shift("cpu")), trust),
            memory=memory,
            start=found.start * wall,
            run=found.run * wall,
            stop=found.stop * wall,
        )
        return _wider(moved)


def is_engine(subject: str) -> bool:
    """Whether a strategy runs on an engine; False for what is not installed here."""
    strategy = known(subject)
    return strategy is not None and strategy.engine is not None


def _cold(settings: Settings) -> Settings:
    return replace(settings, warm=False)


def predictor(run: Run, workload: Workload, side: str | None = None, *, engines: bool = False) -> Predictor | None:
    """A predictor for a workload of a run, perhaps also of `engines`; None where the run holds no costs of it."""
    for costs in run.costs:
        tasks = [each for each in costs.tasks if costs.side == side and _same_tasks(each.workload, workload)]
        if not tasks:
            continue
        of_it = [
            each
            for each in run.results
            if each.case.side == side
            and each.case.experiment == "tasks"
            and each.failure is None
            and _same_tasks(each.case.workload, workload)
            and known(each.case.subject) is not None
        ]
        if len(tasks) == 1:
            return Predictor(costs, tasks[0], of_it, engines=engines)
        first, *others = (
            Predictor(costs, its, [each for each in of_it if each.case.settings.inner_threads == its.inner_threads])
            for its in tasks
        )
        return Predictor(costs, tasks[0], first.results, others, engines)
    return None


def _same_tasks(one: Workload, other: Workload) -> bool:
    """Whether two workloads have the same kind of tasks, however many of them."""
    return replace(one, tasks=1, every=1, total=None) == replace(other, tasks=1, every=1, total=None)


def _as_measured(tasks: TaskCosts, results: Sequence[Result]) -> TaskCosts:
    """The costs of tasks, with times as in the row of `serial` where it was measured, beside all others.

    Not where an initializer takes most of that row.
    """
    mean = fmean(tasks.times)
    for result in results:
        if result.case.subject == "serial" and result.median is not None and mean:
            rest = result.median.estimate - tasks.init
            if rest > tasks.init:
                scale = rest / result.case.workload.tasks / mean
                return replace(tasks, times=[time * scale for time in tasks.times])
    return tasks


def _form(subject: str) -> Literal["serial", "pool", "lazy pool", "in turn", "one each", "loop"]:
    try:
        return form_of(subject)
    except UnknownName as error:
        raise NotPredictable(f"there is no strategy {subject!r} here: {error}") from error


def _lanes_of(result: Result) -> int:
    case = result.case
    return strategies.get(case.subject).lanes(case.settings, case.workload.tasks)


def _key(settings: Settings) -> Mapping[str, object]:
    return {each.name: getattr(settings, each.name) for each in fields(settings) if each.name != "cores"}


def _range(estimate: float, factor: float) -> Range:
    return Range(estimate=estimate, low=estimate / factor, high=estimate * factor)


def _scaled(range_: Range, factor: float, trust: float) -> Range:
    """A range moved by a factor, and narrowed by how much that can be trusted."""
    estimate = range_.estimate * factor
    width = (range_.high / range_.estimate) ** (1 - trust * NARROWED) if range_.estimate else 1.0
    return _range(estimate, width)


def _wider(found: Prediction) -> Prediction:
    """A prediction with ranges that have room for the errors of what it extrapolates."""
    more = [BEYOND[name] for name in found.beyond]

    def wider(range_: Range) -> Range:
        if not range_.estimate:
            return range_
        return _range(range_.estimate, widened(range_.high / range_.estimate, more))

    return replace(
        found,
        wall=wider(found.wall),
        cpu=wider(found.cpu),
        memory=None if found.memory is None else wider(found.memory),
    )


def _bottleneck(outcome: Outcome) -> Bottleneck:
    shares: dict[Bottleneck, float] = {
        "cores": outcome.cores,
        "parent": outcome.parent,
        "gil": outcome.holder,
        "workers": outcome.occupied,
    }
    return max(shares, key=lambda name: shares[name])
