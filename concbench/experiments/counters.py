"""Share a counter: workers take steps on one number in a store, and lost updates are counted."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from time import perf_counter

from concbench.experiments.crew import crew
from concbench.experiments.experiment import Experiment, Measurement, OpenCase, effective, experiments
from concbench.experiments.verification import WrongResult
from concbench.primitives.primitive import primitives
from concbench.stores.store import stores
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Any

    from concbench.experiments.crew import Gate
    from concbench.experiments.experiment import CpuMeter
    from concbench.model.case import Settings, Workload
    from concbench.primitives.primitive import Primitive
    from concbench.stores.counter import Counter
    from concbench.stores.store import Store

WALKS = {"steps": (0, 1), "countdown": (100, -1)}
"""By workload: the counter's initial value, and what each step adds; the second is the original tutorial's."""


class _StoreCase(OpenCase):
    """A store, the lock that guards it, if any, and the steps to take."""

    subject: Store

    def __init__(self, store: Store, guard: Primitive | None, settings: Settings, workload: Workload) -> None:
        super().__init__(store, settings, workload)
        self.guard = guard

    def measure(self, meter: CpuMeter, size: int | None = None) -> Measurement:
        """Let every worker take its steps once, timed.

        Start is opening the store and its lock and starting the workers, until all are ready; run is from the first
        worker's first step to the last one's last. Raises WrongResult where an update was lost under a lock or the
        counter shows more steps than were taken; WorkerDied; and whatever a store raises.
        """
        steps = size or self.workload.tasks
        initial, by = WALKS[self.workload.name]
        workers = self.settings.workers or 1
        gc.collect()
        meter.start()
        began = perf_counter()
        with ExitStack() as stack:
            counter = stack.enter_context(self.subject.open(self.settings, initial))
            guard = None
            if self.guard is not None:
                guard = stack.enter_context(self.guard.open(self.settings, workers, counter.manager))
            jobs = [(counter, guard, steps, by)] * workers
            staff = stack.enter_context(crew(self.subject.workers, self.settings, _walk, jobs))
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
        lost = _lost_updates(final, initial, by, taken, self.guard)
        run = stopping - started
        walking = max(end for _, _, end in walked) - min(begin for _, begin, _ in walked)
        stop = stopped - checked
        return Measurement(
            start=started - began,
            run=run,
            stop=stop,
            wall=started - began + run + stop,
            cpu=cpu,
            each=walking / taken,
            lost=lost,
        )


def _take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[_StoreCase, dict[str, Any]]:
    store = stores.get(subject)
    guard = None
    if asked["lock"] is not None:
        guard = primitives.get(asked["lock"])
        if guard.name not in store.locks:
            known = ", ".join(store.locks) or "none"
            raise Unavailable(f"the lock {guard.name!r} does not go with {subject}; those that do: {known}")
    settings, settled = effective(asked, store.settings)
    return _StoreCase(store, guard, settings, workload), settled


experiments.add("counters", Experiment(take_on=_take_on, settings_of=lambda subject: stores.get(subject).settings))


def _lost_updates(final: int, initial: int, by: int, taken: int, guard: Primitive | None) -> int:
    """The steps taken that the counter does not show.

    Raises WrongResult where any is missing under a lock, or where the counter shows more than were taken.
    """
    lost = taken - (final - initial) // by
    if lost < 0:
        raise WrongResult(f"the counter shows {taken - lost:,} steps, and {taken:,} were taken")
    if guard is not None and lost:
        raise WrongResult(f"{lost:,} of {taken:,} updates were lost under {guard.name!r}, which must not happen")
    return lost


def _walk(gate: Gate, counter: Counter, guard: Any, steps: int, by: int) -> tuple[int | None, float, float]:
    """Take one worker's steps; return the counter's answer, and when the first began and the last ended."""
    gate.ready()
    gate.wait()
    began = perf_counter()
    returned = counter.take_steps(steps, by, guard)
    return returned, began, perf_counter()
