"""One sample of a store: workers take steps on one shared counter, and the updates that got lost are counted."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from time import perf_counter

from concbench.experiments.crews import crew
from concbench.experiments.settling import settle
from concbench.experiments.tasks import WrongResult
from concbench.experiments.timed import Timed
from concbench.primitives.primitive import primitives
from concbench.stores.store import stores
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Any

    from concbench.experiments.crew import Gate
    from concbench.experiments.tasks import CpuMeter
    from concbench.model import Settings, Workload
    from concbench.primitives.primitive import Primitive
    from concbench.stores.counter import Counter
    from concbench.stores.store import Store

WALKS = {"steps": (0, 1), "countdown": (100, -1)}
"""By workload: where the counter begins, and what each step adds; the second is the tutorial's."""
WARM_UP_STEPS = 10


class OpenCase:
    """A store, the lock that guards it, if any, and the steps to take."""

    def __init__(self, store: Store, guard: Primitive | None, settings: Settings, workload: Workload) -> None:
        self.store = store
        self.guard = guard
        self.settings = settings
        self.workload = workload

    def warm_up(self, meter: CpuMeter, count: int | None = None) -> tuple[int, Timed]:
        """Take a few steps, or `count` of them; return how many, and what they took."""
        steps = count or min(WARM_UP_STEPS, self.workload.tasks)
        return steps, sample(self, meter, steps)

    def sample(self, meter: CpuMeter) -> Timed:
        """Take all steps once, timed."""
        return sample(self, meter, self.workload.tasks)


def take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[OpenCase, dict[str, Any]]:
    """Take on a case: return it, and the settings as they really are; raises Unavailable and UnknownName."""
    store = stores.get(subject)
    guard = None
    if asked["lock"] is not None:
        guard = primitives.get(asked["lock"])
        if guard.name not in store.locks:
            known = ", ".join(store.locks) or "none"
            raise Unavailable(f"the lock {guard.name!r} does not go with {subject}; those that do: {known}")
    settings, settled = settle(asked, store.settings)
    return OpenCase(store, guard, settings, workload), settled


def sample(case: OpenCase, meter: CpuMeter, steps: int) -> Timed:
    """Let every worker take its steps once, timed.

    Start is opening the store and its lock and starting the workers, until all are ready; run is from the first
    worker's first step to the last one's last. Raises WrongResult where an update was lost under a lock, or the
    counter went further than there were steps; WorkerDied; and whatever a store raises.
    """
    initial, by = WALKS[case.workload.name]
    workers = case.settings.workers or 1
    gc.collect()
    meter.start()
    began = perf_counter()
    with ExitStack() as stack:
        counter = stack.enter_context(case.store.open(case.settings, initial))
        guard = None
        if case.guard is not None:
            guard = stack.enter_context(case.guard.open(case.settings, workers, counter.manager))
        jobs = [(counter, guard, steps, by)] * workers
        staff = stack.enter_context(crew(case.store.workers, case.settings, walk, jobs))
        staff.wait_until_ready()
        started = perf_counter()
        staff.go()
        walked = staff.results()
        stopping = perf_counter()
        final = counter.final([returned for returned, _, _ in walked])
        checked = perf_counter()
    stopped = perf_counter()
    cpu = meter.stop()
    taken = steps * workers
    lost = lost_updates(final, initial, by, taken, case.guard)
    run = stopping - started
    walking = max(end for _, _, end in walked) - min(begin for _, begin, _ in walked)
    stop = stopped - checked
    return Timed(
        start=started - began,
        run=run,
        stop=stop,
        wall=started - began + run + stop,
        cpu=cpu,
        each=walking / taken,
        lost=lost,
    )


def lost_updates(final: int, initial: int, by: int, taken: int, guard: Primitive | None) -> int:
    """Return how many of the steps taken the counter does not show.

    Raises WrongResult where there is a lock and any is missing, or where more show than were taken.
    """
    lost = taken - (final - initial) // by
    if lost < 0:
        raise WrongResult(f"the counter shows {taken - lost:,} steps, and {taken:,} were taken")
    if guard is not None and lost:
        raise WrongResult(f"{lost:,} of {taken:,} updates were lost, under {guard.name!r}, which must not happen")
    return lost


def walk(gate: Gate, counter: Counter, guard: Any, steps: int, by: int) -> tuple[int | None, float, float]:
    """Take one worker's steps; return what the counter returned, and when the first began and the last ended."""
    gate.ready()
    gate.wait()
    began = perf_counter()
    returned = counter.take_steps(steps, by, guard)
    return returned, began, perf_counter()
