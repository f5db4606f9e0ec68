"""Run tasks: create the workers of a strategy, run the tasks, take the workers down, and verify the results."""

from __future__ import annotations

import gc
import os
from contextlib import ExitStack, contextmanager
from copy import copy
from functools import partial
from time import perf_counter

from concbench.experiments.experiment import Experiment, Measurement, OpenCase, effective, experiments
from concbench.experiments.verification import verify_sample
from concbench.strategies.strategy import Unavailable, UnpicklableResult, strategies, strategy_called
from concbench.workloads.workload import build

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.experiments.experiment import CpuMeter
    from concbench.model.case import Settings, Workload
    from concbench.strategies.engines.cluster import Cluster
    from concbench.strategies.strategy import Open, RunTasks, Strategy
    from concbench.workloads.sharing import Itself
    from concbench.workloads.workload import Tasks

    Wrap = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]
    """From what a strategy calls to what records that."""

WARM_UP = 0.05
"""Seconds: a warm-up runs as many of the first items as take about this long on these workers."""
HAS_PROCESSES = ("processes", "interpreters")
"""Kinds of workers that have nothing in common with the parent."""
WARM_UP_TASKS = 16
"""The most of them, except that each worker of a pool gets one: by then all code has run and is in memory."""


class StrategyCase(OpenCase):
    """A strategy and the tasks that it runs."""

    def __init__(
        self,
        strategy: Strategy,
        settings: Settings,
        workload: Workload,
        tasks: Tasks,
        cluster: Cluster | None = None,
        leave: ExitStack | None = None,
    ) -> None:
        super().__init__(strategy, settings, workload)
        self.strategy = strategy
        self.tasks = tasks
        self.kept: Kept | None = None
        """What stays open from one sample to the next, once the first has begun."""
        self.cluster = cluster
        """What knows of workers elsewhere; left with `leave`."""
        self.leave = leave

    def warm_up_size(self) -> int:
        """A few of the first items; with workers that are kept, a chunk for each at least."""
        lanes = self.strategy.lanes(self.settings, self.workload.tasks)
        in_time = WARM_UP / self.workload.task_time * lanes if self.workload.task_time else WARM_UP_TASKS
        least = (self.settings.workers or 1) * ((self.settings.chunksize or 1) if self.settings.warm else 1)
        return min(self.workload.tasks, max(least, int(min(in_time, WARM_UP_TASKS))))

    def warm_up(self, meter: CpuMeter, size: int | None = None) -> tuple[int, Measurement]:
        """See `OpenCase`. Workers that are kept start before, in a sample of their own, as some start with tasks.

        Making an object that tasks share counts towards the start, as every sample needs it anew.
        """
        if self.settings.warm and self.kept is None:
            self.measure(meter, self.warm_up_size())
        began = perf_counter()
        size, taken = super().warm_up(meter, size)
        if self.tasks.shared is not None:
            taken.start += perf_counter() - began - taken.wall
        return size, taken

    def given(self) -> tuple[Tasks, Open]:
        """The tasks of a sample, and what opens the strategy; an object that all tasks read is made for it now.

        For every sample anew: the hosts of a block, each holding one, might need more memory than there is.
        """
        shared = self.tasks.shared
        if shared is None:
            return self.tasks, self.strategy.open
        from concbench.workloads.sharing import INITIALIZER, PICKLED  # here, as few hosts need it

        alone = INITIALIZER if self.strategy.workers in HAS_PROCESSES else PICKLED
        task = shared.by(self.settings.sharing or alone)
        tasks: Tasks = copy(self.tasks)
        tasks.task = task
        if shared.coroutine:
            from concbench.event_loops import Driven

            tasks.task, tasks.coroutine = Driven(task), task
        return tasks, partial(_opened, task.way, self.strategy.open)

    def measure(self, meter: CpuMeter, size: int | None = None) -> Measurement:
        """Run the tasks once, timed; with a size, only that many of the first.

        Between the first and the last reading of the clock there is the strategy, and nothing of ours: garbage is
        collected before, CPU is read outside, results are verified after. Raises WrongResult, WorkerDied, and whatever
        the strategy or a task raises.
        """
        items = items_for_a_sample(self.tasks, size)
        before = self.cluster.read() if self.cluster is not None else {}
        readings = self.run(items, meter)
        cpu, nodes = readings.cpu, []
        if self.cluster is not None:
            from concbench.strategies.engines.cluster import (
                cpu_of,
                used_between,
            )  # here: only hosts of clusters need it

            nodes = used_between(before, self.cluster.read())
            there = cpu_of(nodes)
            cpu = None if cpu is None or there is None else cpu + there
        verify_sample(self.strategy.returns, readings.returned, self.tasks, items)
        return Measurement(**readings.phases(), cpu=cpu, nodes=nodes)

    def run(self, items: Sequence[Any], meter: CpuMeter, wrap: Wrap | None = None) -> Readings:
        """Run the tasks once on some items, in a form of their callee if need be; results are not verified."""
        if not self.settings.warm:
            tasks, open_ = self.given()
            with callee(self.strategy, tasks) as task:
                return run_once(open_, self.settings, wrap(task) if wrap else task, items, meter)
        if self.kept is None:
            self.kept = Kept(self.strategy, self.settings, self.tasks)
        return run_again(self.kept.run_tasks, wrap(self.kept.task) if wrap else self.kept.task, items, meter)

    def close(self) -> None:
        """Close what was kept open."""
        if self.kept is not None:
            kept, self.kept = self.kept, None
            kept.close()
        if self.leave is not None:
            self.leave.close()

    def traced(self, seconds: float, usual: float | None) -> dict[str, Any]:
        """See `OpenCase`."""
        from concbench.experiments.recorder import traced  # here: one block of a run needs it

        return traced(self, seconds, usual)


class Kept:
    """A strategy that is open, and what it calls with every item; the initializer runs once for each worker."""

    def __init__(self, strategy: Strategy, settings: Settings, tasks: Tasks) -> None:
        """Open it; raises whatever that raises."""
        with ExitStack() as stack:
            self.task = stack.enter_context(callee(strategy, tasks))
            self.run_tasks = stack.enter_context(strategy.open(settings))
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Take the workers down."""
        self._stack.close()


def _take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[StrategyCase, dict[str, Any]]:
    """Open a case; raises UnpicklableResult where no result could come back from a worker."""
    strategy = strategy_called(subject)
    tasks = build(workload)
    reason = strategy.why_not(workload.name, tasks.coroutine is not None)
    if reason is not None:
        raise Unavailable(reason)
    moves_results = strategy.workers in ("processes", "interpreters") and strategy.returns != "exit codes"
    if tasks.unpicklable is not None and moves_results:
        # Each would say so in words of its own, and a `Pool` waits forever where it can't even do that.
        raise UnpicklableResult(tasks.unpicklable)
    if strategy.workers == "threads" and workload.coroutine and workload.async_init:
        raise Unavailable(
            "what an async --init opens belongs to one event loop, and each thread has a loop of its own: "
            "coroutines, serial and processes can run it"
        )
    if asked["warm"] and "warm" not in strategy.settings:
        raise Unavailable("it can't be kept open from one sample to the next: measure it without --warm")
    if asked["warm"] and tasks.shared is not None:
        raise Unavailable("the object that tasks share is made for every sample: measure it without --warm")
    if tasks.shared is not None:
        asked = _with_sharing(strategy, asked)
    usual = strategy.start_method() if strategy.start_method is not None else None
    settings, settled = effective(asked, strategy.settings, usual)
    if strategy.connect is None:
        return StrategyCase(strategy, settings, workload, tasks), settled
    with ExitStack() as stack:
        cluster = stack.enter_context(strategy.connect(settings))
        settings.workers = settled["workers"] = cluster.lanes  # type: ignore[misc]  # not frozen, as `effective` makes it
        return StrategyCase(strategy, settings, workload, tasks, cluster, stack.pop_all()), settled


def _settings_of(subject: str) -> tuple[str, ...]:
    # Its host has the last one in its environment, whatever the strategy is.
    return *strategies.get(subject).settings, "inner_threads"


def _with_sharing(strategy: Strategy, asked: dict[str, Any]) -> dict[str, Any]:
    """The settings with a start method that suits the way in which workers get an object; raises Unavailable."""
    way = asked["sharing"]
    if way is None:
        return asked
    if strategy.workers not in HAS_PROCESSES:
        raise Unavailable("its tasks run in one process, and have the object in common")
    import multiprocessing  # here, so that a host without processes does not carry it

    from concbench.workloads.sharing import INHERITED, SHARED_MEMORY, why_not

    method = asked["start_method"]
    can_fork = "start_method" in strategy.settings and "fork" in multiprocessing.get_all_start_methods()
    if method is None and way == INHERITED and can_fork:
        method = "fork"
    started = strategy.started_by(method)
    one_each = "workers" not in strategy.settings
    reason = why_not(way, kind=strategy.workers, one_each=one_each, start_method=started)
    if reason is not None:
        raise Unavailable(reason)
    if way == SHARED_MEMORY and os.name == "posix":
        from multiprocessing.resource_tracker import ensure_running

        ensure_running()  # long before there is something to unlink if this host is killed
    return {**asked, "start_method": method}


@contextmanager
def _opened(way: Itself, open_: Open, settings: Settings) -> Iterator[RunTasks]:
    """Make an object ready for the workers of a strategy, and open that; raises Unavailable."""
    from concbench.workloads.sharing import Unmappable

    with ExitStack() as stack:
        try:
            stack.enter_context(way.open())
        except Unmappable as error:
            raise Unavailable(str(error)) from None
        yield stack.enter_context(open_(settings))


experiments.add("tasks", Experiment(take_on=_take_on, settings_of=_settings_of))


@contextmanager
def callee(strategy: Strategy, tasks: Tasks) -> Iterator[Callable[[Any], Any]]:
    """What a strategy calls with every item: the task or its coroutine form, with the initializer before the first.

    Leaving it closes the event loops of workers of this process, which the strategy has taken down by then.
    """
    if strategy.coroutine:
        yield coroutine_form(strategy, tasks)  # in the strategy's own loop
    elif tasks.coroutine is None and tasks.init is None:
        yield tasks.task
    else:
        from concbench.event_loops import closing_loops  # here, and below: few workloads need it

        with closing_loops():
            yield _plain_form(strategy, tasks)


def coroutine_form(strategy: Strategy, tasks: Tasks) -> Callable[[Any], Any]:
    """The task as a coroutine function; all tasks share one loop, and so one initializer. Raises ValueError."""
    if tasks.coroutine is None:
        raise ValueError(f"{strategy.name} needs a coroutine form, and the workload has none")
    if tasks.init is None:
        return tasks.coroutine
    from concbench.event_loops import Driven
    from concbench.workloads.initializer import AwaitedCoroutine, InitializedCoroutine

    if isinstance(tasks.init, Driven):
        return AwaitedCoroutine(tasks.coroutine, tasks.init.function)
    return InitializedCoroutine(tasks.coroutine, tasks.init)


def _plain_form(strategy: Strategy, tasks: Tasks) -> Callable[[Any], Any]:
    """The task as a plain function; each worker has an event loop for its initializer and its tasks."""
    from concbench.event_loops import Driven, OnlyTask, for_workers

    interpreters = strategy.workers == "interpreters"
    task = for_workers(tasks.task, interpreters=interpreters)
    if tasks.init is not None:
        from concbench.workloads.initializer import Initialized, InitializedInterpreter, Once

        wrap = InitializedInterpreter if interpreters else Initialized
        init = for_workers(tasks.init, interpreters=interpreters)
        task = wrap(task, Once(init) if tasks.init_once and strategy.workers == "threads" else init)
    one_each = strategy.workers in ("threads", "processes") and "workers" not in strategy.settings
    needs_loop = isinstance(tasks.task, Driven) or isinstance(tasks.init, Driven)
    return OnlyTask(task) if one_each and needs_loop else task


def items_for_a_sample(tasks: Tasks, first: int | None = None) -> Sequence[Any]:
    """All items of a workload, or this many of the first; copies of them if tasks would change them."""
    items = tasks.items if first is None else tasks.items[:first]
    if not tasks.fresh:
        return items
    import copy  # here, so that only a host whose tasks change their items carries it

    return copy.deepcopy(items)


class Readings:
    """The clock's readings around the phases of a sample, its CPU seconds, and what the strategy returned."""

    __slots__ = ("began", "cpu", "done", "returned", "started", "stopped")

    began: float
    started: float
    done: float
    stopped: float
    cpu: float | None
    returned: Sequence[Any]

    def phases(self) -> dict[str, Any]:
        """The seconds of each phase, which add up to `wall`."""
        return {
            "start": self.started - self.began,
            "run": self.done - self.started,
            "stop": self.stopped - self.done,
            "wall": self.stopped - self.began,
        }


def run_once(
    open_: Open, settings: Settings, task: Callable[[Any], Any], items: Sequence[Any], meter: CpuMeter
) -> Readings:
    """Open a strategy, run a task on some items, and close it; results are not verified."""
    readings = Readings()
    gc.collect()
    meter.start()
    began = perf_counter()
    with open_(settings) as run_tasks:
        started = perf_counter()
        returned = run_tasks(task, items)
        done = perf_counter()
    stopped = perf_counter()
    readings.cpu = meter.stop()
    readings.began, readings.started, readings.done, readings.stopped = began, started, done, stopped
    readings.returned = returned
    return readings


def run_again(run_tasks: RunTasks, task: Callable[[Any], Any], items: Sequence[Any], meter: CpuMeter) -> Readings:
    """Run a task on some items with a strategy that is open: there is no start and no stop."""
    readings = Readings()
    gc.collect()
    meter.start()
    began = perf_counter()
    returned = run_tasks(task, items)
    done = perf_counter()
    readings.cpu = meter.stop()
    readings.began = readings.started = began
    readings.done = readings.stopped = done
    readings.returned = returned
    return readings
