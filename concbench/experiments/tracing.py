"""Recording when every task ran, and on which worker: in samples of their own, which are never part of a time.

Every worker writes into a file that all of them map: a slot a task, so that nobody waits for anybody, nothing travels
with the results, and a strategy that brings no results back is recorded like any other. The clock is that of the
phases, `perf_counter`, which counts from the same moment in all processes of a system.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from time import perf_counter

from concbench.experiments.recorded import SLOT, Recorded, RecordedCoroutine, opened, slots_at
from concbench.experiments.spans import Spans, pack
from concbench.experiments.tasks import OpenCase, Readings, callee, items_for_a_sample, run_once, verify_sample
from concbench.strategies.strategy import WorkerDied

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from mmap import mmap
    from typing import Any

MOST_SAMPLES = 9
"""Of these one is kept."""
ENOUGH_SAMPLES = 3
"""So many are taken of what is short, too, as the first may be slow: a machine that was idle is."""
STRETCHED = 5
"""Three are taken if they take no more than so many times the seconds given."""
CALLS = 2000
"""Empty tasks, with and without recording, from which its cost is found; five times each, and the least counts."""
TIMES = 5
PICKLED = 16
"""So many of the first items and results are pickled to know how large they are."""


class NoCpu:
    """A meter that counts nothing: nobody asks for the CPU time of a traced sample."""

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> float | None:
        """Return that it is not known."""
        return None


class Recording:
    """The slots of so many tasks, as a file that workers map."""

    def __init__(self, path: str, slots: mmap) -> None:
        self.path, self.slots = path, slots

    def clear(self) -> None:
        """Forget what was recorded."""
        self.slots[:] = bytes(len(self.slots))

    def spans(self, readings: Readings) -> Spans:
        """Return what was recorded, since the sample began; raises WorkerDied where a task left no record."""
        began = round(readings.began * 1e9)
        begins, ends, workers = [], [], []
        numbers: dict[int, int] = {}
        for place, (begin, end, worker) in enumerate(SLOT.iter_unpack(self.slots)):
            if not end:
                raise WorkerDied(f"task {place} left no record of when it ran")
            begins.append(begin - began)
            ends.append(end - began)
            workers.append(numbers.setdefault(worker, len(numbers)))
        return Spans(begins, ends, workers)


@contextmanager
def recording(tasks: int) -> Iterator[Recording]:
    """Yield slots for so many tasks, in a file that is removed afterwards."""
    number, path = tempfile.mkstemp(prefix="trace-")
    try:
        with os.fdopen(number, "r+b") as file:
            file.truncate(tasks * SLOT.size)
        slots = slots_at(path)
        try:
            yield Recording(path, slots)
        finally:
            opened.pop(path).close()
    finally:
        os.unlink(path)  # noqa: PTH108 - no host carries pathlib


def traced(case: OpenCase, seconds: float, usual: float | None = None) -> dict[str, Any]:
    """Run a case for about so many seconds, recorded, and answer with one of the samples.

    It is the one whose wall time is nearest to what is `usual`; where nobody knows, the one of median wall time. What a
    recording is made of is said by `Trace`.
    """
    from base64 import b64encode  # here, so that only a traced host carries it

    with recording(len(case.tasks.items)) as record:
        samples: list[tuple[Readings, bytes]] = []
        began = perf_counter()
        while wants_another(len(samples), perf_counter() - began, seconds):
            record.clear()
            readings = recorded_once(case, record)
            samples.append((readings, pack(record.spans(readings))))
        walls = [sampled.phases()["wall"] for sampled, _ in samples]
        readings, packed = samples[nearest(walls, usual)]
    return {
        **readings.phases(),
        "samples": len(samples),
        "lanes": case.strategy.lanes(case.settings, len(case.tasks.items)),
        "chunksize": case.strategy.chunks(case.settings, len(case.tasks.items)) if case.strategy.chunks else None,
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "cost": cost_of_recording(),
        "argument_bytes": pickled_size(case.tasks.items),
        "result_bytes": pickled_size(known(case.tasks.expected)),
        "tasks": len(case.tasks.items),
        "spans": b64encode(packed).decode(),
    }


def wants_another(samples: int, taken: float, seconds: float) -> bool:
    """Say whether to record one more sample after so many, which took so long, where about `seconds` are given.

    >>> wants_another(samples=1, taken=0.15, seconds=0.1), wants_another(samples=1, taken=0.6, seconds=0.1)
    (True, False)
    """
    if samples < ENOUGH_SAMPLES:
        return samples == 0 or taken < STRETCHED * seconds
    return taken < seconds and samples < MOST_SAMPLES


def nearest(walls: Sequence[float], usual: float | None) -> int:
    """Return the place of the wall time that is nearest to what is usual; or of the median, the lower one of two.

    >>> nearest([0.2, 0.12, 0.1, 0.05], usual=0.13), nearest([0.2, 0.12, 0.1, 0.05], usual=None)
    (1, 2)
    """
    if usual is None:
        usual = sorted(walls)[(len(walls) - 1) // 2]
    return min(range(len(walls)), key=lambda place: abs(walls[place] - usual))


def recorded_once(case: OpenCase, record: Recording) -> Readings:
    """Run all items of a case once with every task recorded, and verify what comes back."""
    wrap = RecordedCoroutine if case.strategy.coroutine else Recorded
    task = wrap(callee(case.strategy, case.tasks), record.path)
    items = items_for_a_sample(case.tasks)
    readings = run_once(case.strategy, case.settings, task, list(enumerate(items)), NoCpu())
    verify_sample(case.strategy.returns, readings.returned, case.tasks, items)
    return readings


def cost_of_recording() -> float:
    """Return the seconds that recording adds to every task: an empty one is called with it and without."""
    with recording(CALLS) as record:
        recorded = Recorded(nothing, record.path)
        items = list(enumerate(range(CALLS)))
        with_it = min(seconds_of_calls(recorded, items) for _ in range(TIMES))
        without = min(seconds_of_calls(nothing, items) for _ in range(TIMES))
    return max(0.0, with_it - without) / CALLS


def seconds_of_calls(task: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """Return how long it takes to call a task with every item."""
    began = perf_counter()
    for item in items:
        task(item)
    return perf_counter() - began


def nothing(item: Any) -> Any:
    """Return the item: a task that does nothing."""
    return item


def known(results: Sequence[Any]) -> Sequence[Any] | None:
    """Return the first results that are known, if any is."""
    from concbench.workloads.equality import NotKnown  # here, so that only a traced host carries it

    return [each for each in results[:PICKLED] if each is not NotKnown] or None


def pickled_size(objects: Sequence[Any] | None) -> float | None:
    """Return how many bytes the first of these objects have when they are pickled, on average; None where they can't.

    >>> pickled_size([b"x" * 1000]) > 1000
    True
    """
    import pickle  # here, so that only a traced host carries it

    if objects is None:
        return None
    try:
        sizes = [len(pickle.dumps(each, pickle.HIGHEST_PROTOCOL)) for each in objects[:PICKLED]]
    except Exception:  # noqa: BLE001 - pickling runs the objects' own code; threads take what can't be pickled
        return None
    return sum(sizes) / len(sizes) if sizes else 0.0
