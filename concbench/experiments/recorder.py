"""Records when every task ran, and on which worker: in samples of their own, which are never part of a time.

Every worker writes into a file that all of them map, with a slot for each task: no worker waits for another, nothing
travels with the results, and a strategy that returns no results is recorded like any other. The clock is that of the
phases, `perf_counter`, which counts from the same moment in all processes of a system.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from time import perf_counter

from concbench.experiments.recorded_task import SLOT, RecordedCoroutine, RecordedTask, opened, slots_at
from concbench.experiments.tasks import Readings, items_for_a_sample
from concbench.experiments.trace import Spans, pack
from concbench.experiments.verification import verify_sample
from concbench.strategies.strategy import WorkerDied

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from mmap import mmap
    from typing import Any

    from concbench.experiments.tasks import StrategyCase

MOST_SAMPLES = 9
"""One of them is kept."""
ENOUGH_SAMPLES = 3
"""Also taken of what is short: the first may be slow, on a machine that was idle."""
STRETCHED = 5
"""They may take up to this many times the seconds given."""
CALLS = 2000
"""Empty tasks, with and without recording, that show its cost."""
TIMES = 5
"""Repetitions of these calls; the fastest counts."""
PICKLED = 16
"""Items and results that are pickled to learn their size."""


class _NoCpu:
    """A meter that counts nothing: the CPU time of a traced sample is not used."""

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> float | None:
        """Nothing is known."""
        return None

    stop_others = stop

    def descendants(self) -> list[int]:
        """Nothing is listed."""
        return []


class _Recording:
    """The slots of the tasks, as a file that workers map."""

    def __init__(self, path: str, slots: mmap) -> None:
        self.path, self.slots = path, slots

    def clear(self) -> None:
        self.slots[:] = bytes(len(self.slots))

    def spans(self, readings: Readings) -> Spans:
        """The recorded tasks, from the start of the sample; raises WorkerDied where a task left no record."""
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
def recording(tasks: int) -> Iterator[_Recording]:
    """Yield slots for this many tasks, in a file that is removed afterwards."""
    number, path = tempfile.mkstemp(prefix="trace-")
    try:
        with os.fdopen(number, "r+b") as file:
            file.truncate(tasks * SLOT.size)
        slots = slots_at(path)
        try:
            yield _Recording(path, slots)
        finally:
            opened.pop(path).close()
    finally:
        os.unlink(path)  # noqa: PTH108 - no host carries pathlib


def traced(case: StrategyCase, seconds: float, usual: float | None = None) -> dict[str, Any]:
    """Record a case for about this many seconds; return the fields of a `Trace` of one sample.

    It is the sample whose wall time is nearest to `usual`, or the median one where that is unknown.
    """
    from base64 import b64encode  # here, so that only a traced host carries them

    from concbench.workloads.equality import NotKnown

    with recording(len(case.tasks.items)) as record:
        samples: list[tuple[Readings, bytes]] = []
        began = perf_counter()
        while wants_another(len(samples), perf_counter() - began, seconds):
            record.clear()
            readings = _recorded_once(case, record)
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
        "argument_bytes": _argument_size(case),
        "result_bytes": pickled_size([each for each in case.tasks.expected[:PICKLED] if each is not NotKnown] or None),
        "tasks": len(case.tasks.items),
        "spans": b64encode(packed).decode(),
    }


def wants_another(samples: int, taken: float, seconds: float) -> bool:
    """Whether to record another sample after this many, which took `taken` of about `seconds`.

    >>> wants_another(samples=1, taken=0.15, seconds=0.1), wants_another(samples=1, taken=0.6, seconds=0.1)
    (True, False)
    """
    if samples < ENOUGH_SAMPLES:
        return samples == 0 or taken < STRETCHED * seconds
    return taken < seconds and samples < MOST_SAMPLES


def nearest(walls: Sequence[float], usual: float | None) -> int:
    """The place of the wall time that is nearest to the usual one; or of the median, the lower one of two.

    >>> nearest([0.2, 0.12, 0.1, 0.05], usual=0.13), nearest([0.2, 0.12, 0.1, 0.05], usual=None)
    (1, 2)
    """
    if usual is None:
        usual = sorted(walls)[(len(walls) - 1) // 2]
    return min(range(len(walls)), key=lambda place: abs(walls[place] - usual))


def _recorded_once(case: StrategyCase, record: _Recording) -> Readings:
    """Run all items of a case once with every task recorded, and verify the results."""
    wrap = RecordedCoroutine if case.strategy.coroutine else RecordedTask
    items = items_for_a_sample(case.tasks)
    readings = case.run(list(enumerate(items)), _NoCpu(), lambda task: wrap(task, record.path))
    verify_sample(case.strategy.returns, readings.returned, case.tasks, items)
    return readings


def cost_of_recording() -> float:
    """Seconds that recording adds to every task, by calling an empty one with it and without."""
    with recording(CALLS) as record:
        recorded = RecordedTask(_nothing, record.path)
        items = list(enumerate(range(CALLS)))
        with_it = min(_seconds_of_calls(recorded, items) for _ in range(TIMES))
        without = min(_seconds_of_calls(_nothing, items) for _ in range(TIMES))
    return max(0.0, with_it - without) / CALLS


def _seconds_of_calls(task: Callable[[Any], Any], items: Sequence[Any]) -> float:
    began = perf_counter()
    for item in items:
        task(item)
    return perf_counter() - began


def _nothing(item: Any) -> Any:
    return item


def _argument_size(case: StrategyCase) -> float | None:
    """The mean size of what is sent to a task, in bytes: its item, and its part of an object that is sent to all."""
    size = pickled_size(case.tasks.items)
    shared = case.tasks.shared
    if size is None or shared is None:
        return size
    from concbench.workloads.sharing import PICKLED

    if case.settings.sharing != PICKLED:
        return size
    items = len(case.tasks.items)
    chunks = case.strategy.chunks(case.settings, items) if case.strategy.chunks else 1
    return size + _size_of_pickle(shared.by(PICKLED).way.get()) / min(chunks, items)


class _Count:
    """A file that only counts what is written to it."""

    size = 0

    def write(self, data: Any) -> int:
        """Count some bytes."""
        size: int = memoryview(data).nbytes
        self.size += size
        return size


def _size_of_pickle(thing: object) -> int:
    """The size of a pickle, in bytes, without holding it."""
    import pickle  # here, so that only a traced host carries it

    counted = _Count()
    pickle.Pickler(counted).dump(thing)
    return counted.size


def pickled_size(objects: Sequence[Any] | None) -> float | None:
    """The mean size of the first of these objects when they are pickled, in bytes; None where they can't be.

    >>> pickled_size([b"x" * 1000]) > 1000
    True
    """
    import pickle  # here, so that only a traced host carries it

    if objects is None:
        return None
    try:
        sizes = [len(pickle.dumps(each, pickle.HIGHEST_PROTOCOL)) for each in objects[:PICKLED]]
    except Exception:  # noqa: BLE001 - pickling runs the objects' own code; threads can share what can't be pickled
        return None
    return sum(sizes) / len(sizes) if sizes else 0.0
