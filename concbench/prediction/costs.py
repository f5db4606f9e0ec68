"""From readings to costs: what handing tasks to workers takes, by differences between what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from concbench.experiments.experiment import quantile
from concbench.host.machinery import PAYLOAD, TASK_TURNS
from concbench.measure.machinery import Readings, StrategyReading, TaskReadings
from concbench.model.case import Workload
from concbench.model.costs import Costs, StrategyCosts, TaskCosts
from concbench.prediction.simulate import Chunks, Form, Machinery, simulate
from concbench.strategies.strategy import strategies

MOSTLY_COMPUTING = 0.9
"""A function that computes for less of its time is taken to hold the GIL for all of that: two threads show nothing
then, as one computes while the other waits."""
SURELY_STRETCHED = 0.25
"""Of the repetitions: a core changes its speed by itself, so that a stretch shows only where most of them have it."""
NONE_HELD = 0.55
"""Two threads that keep as many cores busy as the inverse of this, and more, hold the GIL for next to nothing."""
MOST_GAP, MOST_WAKE = 3e-5, 4e-5
"""Seconds that the worker of a pool may wait between two chunks that are ready, and that the parent may take more for a
result that wakes it. Both are small differences of samples that take as long as the cores please; where they come out
larger, a core was slow. Threads, which share a GIL, have shown neither."""
READY = 0.7
"""The share of a worker's own CPU time, beside its chunks, that comes before the first of them; the rest is its end."""
LAZY = ("executor-threads", "executor-processes", "executor-interpreters", "asyncio-to-thread")
"""Strategies whose workers start with the first tasks."""
IN_TURN = ("pool-apply",)
"""Strategies that hand out a task when the one before has come back."""
AT_ONCE = ("fork",)
"""Start methods with which a `ProcessPoolExecutor` starts all workers with the first task (it can't start one later,
beside threads: `_safe_to_dynamically_spawn_children`); all others start as there are tasks for them."""
AHEAD = 1
"""Chunks that a `ProcessPoolExecutor` hands out beyond one for each worker (`EXTRA_QUEUED_CALLS`)."""


def form_of(subject: str) -> Form:
    """How a strategy goes about it; raises UnknownName.

    >>> form_of("pool-map"), form_of("executor-threads"), form_of("thread"), form_of("asyncio-gather")
    ('pool', 'lazy pool', 'one each', 'loop')
    """
    strategy = strategies.get(subject)
    if strategy.workers == "none":
        return "serial"
    if strategy.coroutine:
        return "loop"
    if "workers" not in strategy.settings:
        return "one each"
    if subject in IN_TURN:
        return "in turn"
    return "lazy pool" if subject in LAZY else "pool"


def shares_gil(subject: str, gil: bool) -> bool:
    """Whether a strategy's workers and its parent take turns with one GIL; an event loop is one thread in any case."""
    kind = strategies.get(subject).workers
    return kind == "coroutines" or (kind == "threads" and gil)


def machinery_of(costs: StrategyCosts, machine: Costs, workers: int, cores: int, *, warm: bool = False) -> Machinery:
    """What a simulation needs to know of a strategy with some number of workers, or of tasks at once."""
    form, shared = form_of(costs.subject), shares_gil(costs.subject, machine.gil)
    return Machinery(
        form=form,
        cores=cores,
        stretch=machine.stretch,
        shared_gil=shared,
        workers=workers,
        at_once=costs.start_method in AT_ONCE,
        ahead=AHEAD if costs.subject == "executor-processes" else float("inf"),
        open=costs.open,
        open_each=costs.open_each,
        ready=costs.ready,
        close=costs.close,
        close_each=costs.close_each,
        cpu=costs.cpu,
        cpu_each=costs.cpu_each,
        send=costs.send,
        lag=costs.lag,
        wake=0.0 if shared else min(costs.wake, MOST_WAKE),
        handle=costs.handle,
        gap=0.0 if shared else min(costs.gap, MOST_GAP),
        warm=warm,
    )


def costs_of(readings: Readings) -> Costs:
    """The costs that some readings show, of one side of a run."""
    usual = usual_clock(readings)
    tasks = [of_it for _, _, of_it in readings.tasks]
    stretches = [each for of_it in tasks for each in of_it.stretches]
    machine = Costs(
        side=readings.side,
        cores=readings.cores,
        gil=all(of_it.gil for of_it in tasks),
        stretch=max(1.0, quantile(sorted(stretches), SURELY_STRETCHED)) if stretches else 1.0,
        memory=tasks[0].bare,
        fork_byte=median(of_it.fork_byte for of_it in tasks),
        strategies=[],
        tasks=[
            task_costs(of_it, workload, importing, usual, readings.cores)
            for workload, importing, of_it in readings.tasks
        ],
    )
    found: dict[str, list[StrategyCosts]] = {}
    whole = {(each.subject, each.start_method) for each in readings.strategies if each.kind == "hot"}
    every = dict.fromkeys((each.subject, each.start_method) for each in readings.strategies)
    for subject, method in sorted(every, key=lambda each: each not in whole):
        of_subject = found.setdefault(subject, [])
        points = _points(subject, method, readings.strategies, usual)
        known = of_subject[0] if of_subject else None
        of_subject.append(strategy_costs(subject, method, points, usual * TASK_TURNS, machine, known))
    return replace(machine, strategies=_with_shared_bytes([each for its in found.values() for each in its]))


def _with_shared_bytes(found: Sequence[StrategyCosts]) -> list[StrategyCosts]:
    """The same, with the median of what moving a byte costs for all pools, and for all executors.

    They move data in the same way, and the differences between them are noise. A process for each task gets its
    arguments in that way, too, unless it is forked.
    """
    moving: dict[str, list[StrategyCosts]] = {}
    for each in found:
        if each.send_byte or each.handle_byte:
            moving.setdefault(_family(each.subject), []).append(each)
    every = [each for its in moving.values() for each in its]

    def shared(each: StrategyCosts) -> StrategyCosts:
        one_each = form_of(each.subject) == "one each" and each.start_method not in (None, "fork")
        its = every if one_each else moving.get(_family(each.subject), [])
        if not its or not (one_each or each in its):
            return each
        send, handle = (median(getattr(other, name) for other in its) for name in ("send_byte", "handle_byte"))
        return replace(each, send_byte=send, handle_byte=handle)

    return [shared(each) for each in found]


def _family(subject: str) -> str:
    """What a strategy moves data with, such as `pool` or `executor`."""
    return subject.partition("-")[0]


def usual_clock(readings: Readings) -> float:
    """How fast a core usually was while all of them were taken: the seconds of a turn of a loop."""
    of_tasks = [clock for _, _, of_it in readings.tasks for clock in of_it.clocks]
    return median([*(each.clock for each in readings.strategies), *of_tasks])


def task_costs(tasks: TaskReadings, workload: Workload, importing: float, usual: float, cores: int) -> TaskCosts:
    """What the tasks of a workload need, on a core of the usual speed."""
    scales = [1 + tasks.computing * (usual / clock - 1) for clock in tasks.clocks]
    held = 1.0 if tasks.gil else 0.0
    if tasks.gil and tasks.threads and cores > 1 and tasks.computing >= MOSTLY_COMPUTING:
        held = min(1.0, max(0.0, 1 / max(tasks.threads) - NONE_HELD) / (1 - NONE_HELD))
    return TaskCosts(
        workload=workload,
        times=[
            median(time * scale for time, scale in zip(column, scales, strict=True))
            for column in zip(*tasks.passes, strict=True)
        ],
        computing=tasks.computing,
        waiting=tasks.loop if tasks.crowd is None else tasks.crowd,
        loop=tasks.loop,
        gil=held,
        argument_bytes=tasks.argument_bytes,
        result_bytes=tasks.result_bytes,
        first=tasks.first,
        init=tasks.init,
        importing=importing,
        kept_bytes=0 if tasks.same else tasks.result_bytes or 0,
        module_memory=max(0.0, tasks.built - workload.tasks * (tasks.argument_bytes or 0)),
        init_memory=tasks.initialized,
        memory=tasks.memory,
        unshared=tasks.unshared,
        inner_threads=tasks.inner_threads,
    )


class _Point:
    """The medians of the samples of a strategy with the same settings and tasks."""

    def __init__(self, samples: Sequence[StrategyReading], usual: float, base: int | None) -> None:
        def middle(name: str) -> float:
            return median((getattr(each, name) or 0.0) * usual / each.clock for each in samples)

        self.workers, self.items = samples[0].workers or samples[0].items, samples[0].items
        self.chunks = -(-self.items // (samples[0].chunksize or 1))
        self.start, self.run, self.stop = middle("start"), middle("run"), middle("stop")
        self.parent, self.others = middle("parent"), middle("others")
        memories = [each.memory - base for each in samples if each.memory is not None and base is not None]
        self.memory = median(memories) if memories else None
        """What it adds to that of the parent, which is `base` before the first worker."""

    @property
    def cpu(self) -> float:
        """CPU seconds of all."""
        return self.parent + self.others


def _points(
    subject: str, method: str | None, readings: Sequence[StrategyReading], usual: float
) -> Mapping[str, list[_Point]]:
    """By their kind, those of a strategy with the fewest workers first; all as on a core of the usual speed."""
    groups: dict[tuple[str, int | None, int], list[StrategyReading]] = {}
    bases = [each.base for each in readings if each.subject == subject and each.base is not None]
    base = min(bases, default=None)
    for each in readings:
        if (each.subject, each.start_method) == (subject, method):
            groups.setdefault((each.kind, each.workers, each.items), []).append(each)
    found: dict[str, list[_Point]] = {}
    for (kind, _, _), samples in sorted(groups.items(), key=lambda group: (group[0][1] or 0, group[0][2])):
        found.setdefault(kind, []).append(_Point(samples, usual, base))
    return found


def strategy_costs(
    subject: str,
    method: str | None,
    points: Mapping[str, list[_Point]],
    task_time: float,
    machine: Costs,
    known: StrategyCosts | None,
) -> StrategyCosts:
    """What one strategy costs. What is `known` of it under another start method holds for its chunks here, too."""
    if form_of(subject) in ("one each", "loop"):
        return _one_each(subject, method, points, machine)
    one, several = points["started"]
    more = several.workers - one.workers
    forked = method in (None, "fork")

    def each(name: str) -> float:
        return max(0.0, float(getattr(several, name) - getattr(one, name)) / more)

    def fixed(name: str) -> float:
        return max(0.0, float(getattr(one, name)) - each(name))

    chunk = points["hot"][0].run / points["hot"][0].chunks if known is None else known.send + known.handle
    lazy = form_of(subject) == "lazy pool"
    ready = each("others") * READY if lazy or not one.others else max(0.0, one.run - chunk)
    ready = min(ready, each("others") or ready)
    if lazy:
        open_each = each("run") if forked else each("parent")
        opening = max(0.0, one.start + one.run - open_each - ready)
    else:
        open_each, opening = each("start"), fixed("start")
    memories: tuple[float | None, float | None] = (None, None)
    if several.memory is not None and one.memory is not None:
        memories = max(0.0, one.memory), max(0.0, (several.memory - one.memory) / more)
    costs = StrategyCosts(
        subject=subject,
        start_method=method,
        open=opening,
        open_each=open_each,
        ready=ready,
        close=fixed("stop"),
        close_each=each("stop"),
        cpu=fixed("cpu"),
        cpu_each=max(0.0, each("cpu") - ready),
        send=0.0,
        lag=0.0,
        wake=0.0,
        send_item=0.0,
        handle=0.0,
        gap=0.0,
        handle_item=0.0,
        memory=memories[0],
        worker_memory=memories[1],
    )
    if not forked:
        costs = _by_one(costs, one, chunk, machine.cores)
    if known is not None:
        names = ("send", "lag", "wake", "send_item", "handle", "gap", "handle_item", "send_byte", "handle_byte")
        return replace(costs, **{name: getattr(known, name) for name in names})
    return _with_chunks(costs, points, task_time, machine)


def _by_one(costs: StrategyCosts, one: _Point, chunk: float, cores: int) -> StrategyCosts:
    """Costs of workers that start anew, without the difference between several and one of them.

    Of several that have next to nothing to do, some still start when the first has done all of it: it is while they are
    stopped that the rest of their start is waited for.
    """
    lazy = form_of(costs.subject) == "lazy pool"
    ready = max(0.0, one.run - chunk - (costs.open_each if lazy else 0.0))
    each = one.stop / (2 * cores)
    return replace(
        costs,
        open=one.start if lazy else costs.open,
        ready=ready,
        close=one.stop - each,
        close_each=each,
        cpu=one.parent,
        cpu_each=max(0.0, one.others - ready),
    )


def _with_chunks(
    costs: StrategyCosts, points: Mapping[str, list[_Point]], task_time: float, machine: Costs
) -> StrategyCosts:
    """Costs, with those of a chunk, an item and a byte."""
    (hot,) = points["hot"]
    parent0, parent_each = _line(points["started"], "parent")
    others0, others_each = _line(points["started"], "others")

    def beyond(point: _Point) -> tuple[float, float]:
        """CPU seconds of the parent, and of the workers, beside starting and ending."""
        parent = point.parent - parent0 - parent_each * point.workers
        others = point.others - others0 - others_each * point.workers
        if shares_gil(costs.subject, machine.gil) or not point.others:
            parent = others = (parent + others) / 2
        return max(0.0, parent), max(0.0, others)

    send, handle = (each / hot.chunks for each in beyond(hot))
    found = replace(costs, send=send, handle=handle)
    for items in points.get("items", []):
        parent, others = beyond(items)
        found = replace(
            found,
            send_item=max(0.0, parent - items.chunks * send) / items.items,
            handle_item=max(0.0, others - items.chunks * handle) / items.items,
        )
    for data in points.get("bytes", []):
        parent, others = beyond(data)
        moved = 2 * PAYLOAD * data.items
        found = replace(
            found,
            send_byte=max(0.0, parent - data.chunks * send) / moved,
            handle_byte=max(0.0, others - data.chunks * handle) / moved,
        )
    cores = machine.cores
    nothing = Chunks(items=hot.items, size=1, times=[0.0], computing=1.0)
    idle = hot.run - simulate(machinery_of(found, machine, hot.workers, cores), nothing).run
    found = replace(found, lag=max(0.0, idle) / hot.chunks)
    for busy in points.get("busy", []):
        parent, others = beyond(busy)
        tasks = busy.items * task_time
        wake = parent + others - tasks - busy.chunks * (send + handle)
        found = replace(found, wake=max(0.0, wake) / busy.chunks)
        little = Chunks(items=busy.items, size=1, times=[task_time], computing=1.0)
        idle = busy.run - simulate(machinery_of(found, machine, busy.workers, cores), little).run
        found = replace(found, gap=max(0.0, idle) * busy.workers / busy.chunks)
    return found


def _line(started: Sequence[_Point], name: str) -> tuple[float, float]:
    """What a figure is without workers, and for each of them."""
    one, several = started
    first, last = getattr(one, name), getattr(several, name)
    slope = max(0.0, (last - first) / (several.workers - one.workers))
    return max(0.0, first - slope * one.workers), slope


def _one_each(subject: str, method: str | None, points: Mapping[str, list[_Point]], machine: Costs) -> StrategyCosts:
    """The costs of a strategy that has a worker for each task: a chunk's are those of a worker."""
    (one,), (many,) = points["started"], points["hot"]
    more = many.items - one.items
    send = max(0.0, many.parent - one.parent) / more
    handle = max(0.0, many.others - one.others) / more
    if shares_gil(subject, machine.gil) or not many.others:
        send = handle = (send + handle) / 2
    found = StrategyCosts(
        subject=subject,
        start_method=method,
        open=one.start,
        open_each=0.0,
        ready=0.0,
        close=one.stop,
        close_each=0.0,
        cpu=max(0.0, one.cpu - send - handle),
        cpu_each=0.0,
        send=send,
        lag=0.0,
        wake=0.0,
        send_item=0.0,
        handle=handle,
        gap=0.0,
        handle_item=0.0,
        memory=None if one.memory is None else max(0.0, one.memory),
    )

    def idle(point: _Point) -> float:
        """Seconds of the run phase beyond what CPU time explains."""
        nothing = Chunks(items=point.items, size=1, times=[0.0], computing=1.0)
        return point.run - simulate(machinery_of(found, machine, point.items, machine.cores), nothing).run

    # What the last worker takes until it has been seen to end is no cost of each of them.
    return replace(found, lag=max(0.0, idle(many) - idle(one)) / more, close=one.stop + max(0.0, idle(one)))
