"""One sample of a primitive: workers take turns on it, alone or against each other."""

from __future__ import annotations

import gc
from time import perf_counter

from concbench.experiments.crews import crew
from concbench.experiments.settling import settle
from concbench.experiments.timed import Timed
from concbench.primitives.primitive import primitives
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from concbench.experiments.crew import Gate
    from concbench.experiments.tasks import CpuMeter
    from concbench.model import Settings, Workload
    from concbench.primitives.primitive import Primitive

WARM_UP_TURNS = 10
PAIR = 2
"""Workers at most of a primitive that is handed over between two."""


class OpenCase:
    """A primitive and the turns to take on it."""

    def __init__(self, primitive: Primitive, settings: Settings, workload: Workload) -> None:
        self.primitive = primitive
        self.settings = settings
        self.workload = workload

    def warm_up(self, meter: CpuMeter, count: int | None = None) -> tuple[int, Timed]:
        """Take a few turns, or `count` of them; return how many, and what they took."""
        turns = count or min(WARM_UP_TURNS, self.workload.tasks)
        return turns, sample(self.primitive, self.settings, turns, meter)

    def sample(self, meter: CpuMeter) -> Timed:
        """Take all turns once, timed."""
        return sample(self.primitive, self.settings, self.workload.tasks, meter)


def take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[OpenCase, dict[str, Any]]:
    """Take on a case: return it, and the settings as they really are; raises Unavailable and UnknownName."""
    primitive = primitives.get(subject)
    settings, settled = settle(asked, primitive.settings)
    if primitive.pairs and (settings.workers or 1) > PAIR:
        raise Unavailable(f"{subject} is handed over between two workers, and can't be between more (--workers)")
    return OpenCase(primitive, settings, workload), settled


def sample(primitive: Primitive, settings: Settings, turns: int, meter: CpuMeter) -> Timed:
    """Let every worker take its turns once, timed.

    Run is from the word to go until the last worker has ended; a turn's time is a worker's own, on average over the
    workers. Raises WorkerDied, and whatever a primitive raises.
    """
    workers = settings.workers or 1
    gc.collect()
    meter.start()
    began = perf_counter()
    with primitive.open(settings, workers) as shared:
        jobs = [(primitive.take_turns, shared, worker, turns) for worker in range(workers)]
        with crew(primitive.workers, settings, take, jobs) as staff:
            staff.wait_until_ready()
            started = perf_counter()
            staff.go()
            took = staff.results()
            done = perf_counter()
    stopped = perf_counter()
    return Timed(
        start=started - began,
        run=done - started,
        stop=stopped - done,
        wall=stopped - began,
        cpu=meter.stop(),
        each=sum(took) / workers / turns,
    )


def take(gate: Gate, take_turns: Callable[[Any, int, int], None], shared: Any, worker: int, turns: int) -> float:
    """Take one worker's turns; return the seconds that they took."""
    gate.ready()
    gate.wait()
    began = perf_counter()
    take_turns(shared, worker, turns)
    return perf_counter() - began
