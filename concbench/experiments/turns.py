"""Take turns: workers use a primitive, alone or against each other."""

from __future__ import annotations

import gc
from time import perf_counter

from concbench.experiments.crew import crew
from concbench.experiments.experiment import Experiment, Measurement, OpenCase, effective, experiments
from concbench.primitives.primitive import primitives
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from concbench.experiments.crew import Gate
    from concbench.experiments.experiment import CpuMeter
    from concbench.model.case import Workload
    from concbench.primitives.primitive import Primitive

PAIR = 2
"""The most workers of a primitive that is handed over between two."""


class _PrimitiveCase(OpenCase):
    """A primitive and the turns to take on it."""

    subject: Primitive

    def measure(self, meter: CpuMeter, size: int | None = None) -> Measurement:
        """Let every worker take its turns once, timed.

        Run lasts from the word to go until the last worker has ended. A turn's time is a worker's own, averaged over
        the workers. Raises WorkerDied, and whatever a primitive raises.
        """
        turns = size or self.workload.tasks
        workers = self.settings.workers or 1
        gc.collect()
        meter.start()
        began = perf_counter()
        with self.subject.open(self.settings, workers) as shared:
            jobs = [(self.subject.take_turns, shared, worker, turns) for worker in range(workers)]
            with crew(self.subject.workers, self.settings, _take, jobs) as staff:
                staff.wait_until_ready()
                started = perf_counter()
                staff.go()
                took = staff.results()
                done = perf_counter()
        stopped = perf_counter()
        return Measurement(
            start=started - began,
            run=done - started,
            stop=stopped - done,
            wall=stopped - began,
            cpu=meter.stop(),
            each=sum(took) / workers / turns,
        )


def _take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[_PrimitiveCase, dict[str, Any]]:
    primitive = primitives.get(subject)
    settings, settled = effective(asked, primitive.settings)
    if primitive.pairs and (settings.workers or 1) > PAIR:
        raise Unavailable(f"{subject} is handed over between two workers, and can't have more (--workers)")
    return _PrimitiveCase(primitive, settings, workload), settled


experiments.add(
    "turns",
    Experiment(
        take_on=_take_on,
        # The number of workers is part of every case, even where two is the most.
        settings_of=lambda subject: tuple(dict.fromkeys(("workers", *primitives.get(subject).settings))),
        most_workers=lambda subject: PAIR if primitives.get(subject).pairs else None,
    ),
)


def _take(gate: Gate, take_turns: Callable[[Any, int, int], None], shared: Any, worker: int, turns: int) -> float:
    gate.ready()
    gate.wait()
    began = perf_counter()
    take_turns(shared, worker, turns)
    return perf_counter() - began
