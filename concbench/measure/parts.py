"""Where the time of a traced program's regions went: parts that add up to their wall time, and shares of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache

from concbench.experiments.trace import NANO
from concbench.instruments.columns import UNKNOWN, Tasks, unpack
from concbench.model.program import Region
from concbench.model.result import Shares

ROUNDING = 1e-6
"""Seconds, and of the wall time, by which parts may miss their sum: clock readings are rounded."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Seconds of a region's wall time; averages over its lanes, so that they add up."""

    start: float
    """Opening it, until the program had it."""
    lead_in: float
    """Lanes without a first task yet, while tasks wait: workers start, and import."""
    computing: float
    """Inside tasks, on a core."""
    waiting: float
    """Inside tasks, and not on a core: for a server, a disk, a lock, the GIL or a free core. All of a task whose CPU
    time is unknown."""
    gaps: float
    """Between tasks, while others wait to be run: dispatch, pickling, pipes."""
    tail: float
    """Idle, as no task waits, while other lanes have one."""
    back: float
    """All tasks have ended, and results are on their way; shown as `return`."""
    idle: float
    """There was nothing to do: the program did something else."""
    stop: float
    """Ending it."""

    @property
    def wall(self) -> float:
        """The sum of all parts."""
        return sum((getattr(self, part.name) for part in fields(self)), 0.0)

    @property
    def active(self) -> float:
        """Without the time in which there was nothing to do."""
        return self.wall - self.idle

    @property
    def inside(self) -> float:
        """In tasks."""
        return self.computing + self.waiting

    @property
    def utilisation(self) -> float:
        """The share of the lanes' time that is inside tasks, while there was anything to do."""
        return self.inside / self.active if self.active else 0.0

    @property
    def dispatch(self) -> float:
        """The share of the lanes' time that passes between tasks, while there was anything to do."""
        return self.gaps / self.active if self.active else 0.0


PARTS = {each.name: each.name.replace("_", "-").replace("back", "return") for each in fields(Parts)}
"""The label of each part."""


@lru_cache(maxsize=256)
def tasks_of(region: Region) -> Tasks:
    """A region's tasks, unpacked once."""
    return unpack(region.columns, region.tasks)


@lru_cache(maxsize=256)
def parts_of(region: Region) -> Parts:
    """Where a region's time went.

    At each moment, a lane is inside a task; or a task waits for it (lead-in or gaps); or none does, and others are busy
    (tail); or all are idle. Chunks wait as a whole: the tasks of one that a worker has begun wait for no other lane.
    """
    tasks = tasks_of(region)
    opened, closed = round(region.opened / NANO), round(region.closed / NANO)
    ready = min(closed, max(opened, round(region.ready / NANO)))
    closing = closed if region.closing is None else min(closed, max(ready, round(region.closing / NANO)))
    lanes = max(1, region.lanes)
    lead_in = gaps = tail = 0.0  # of all lanes together, in nanoseconds
    start = stop = returning = idle = 0
    pending = running = back = started = 0
    now = opened
    for moment in (*_moments(tasks), closed << KIND | ENDED):
        at, kind = moment >> KIND, moment & KINDS
        at = min(closed, max(opened, at))
        length = at - now
        free = lanes - running
        if length and free > 0:
            if running or pending:
                wanted = min(free, pending)
                first = wanted * min(free, lanes - started) / free
                lead_in += first * length
                gaps += (wanted - first) * length
                tail += (free - wanted) * length
            else:
                starting = max(0, min(at, ready) - now)
                stopping = max(0, at - max(now, closing))
                start += starting
                stop += stopping
                rest = length - starting - stopping
                if back:
                    returning += rest
                else:
                    idle += rest
        now = at
        if kind == SUBMITTED:
            pending += 1
        elif kind == BEGUN:
            pending -= 1
            back += 1
        elif kind == RECEIVED:
            back -= 1
        elif kind == WORKER:
            started = min(lanes, started + 1)
        else:
            running += 1 if kind == TASK else -1
    inside = sum(
        max(0, min(end, closed) - max(begin, opened)) for begin, end in zip(tasks.begin, tasks.end, strict=True)
    )
    computed = sum(
        min(cpu, end - begin)
        for cpu, begin, end in zip(tasks.cpu, tasks.begin, tasks.end, strict=True)
        if cpu != UNKNOWN
    )
    found = Parts(
        start=start * NANO,
        lead_in=lead_in / lanes * NANO,
        computing=computed / lanes * NANO,
        waiting=(inside - computed) / lanes * NANO,
        gaps=gaps / lanes * NANO,
        tail=tail / lanes * NANO,
        back=returning * NANO,
        idle=idle * NANO,
        stop=stop * NANO,
    )
    wall = region.closed - region.opened
    if abs(found.wall - wall) > ROUNDING * (1 + wall):
        raise AssertionError(f"the parts of {region.name} add up to {found.wall} s, and its wall time is {wall} s")
    return found


def added(every: Iterable[Parts]) -> Parts:
    """The parts of several regions together."""
    found = list(every)
    return Parts(**{name: sum(getattr(parts, name) for parts in found) for name in PARTS})


def shares_of(regions: Iterable[Region], block: int) -> Shares:
    """How well regions used their lanes, all together; each counts by its time.

    A semaphore does not count, as its tasks are those of another region. Both shares are None where no task was
    recorded.
    """
    found = added(parts_of(region) for region in regions if region.tasks and not region.limit)
    if found.active <= 0:
        return Shares(block=block, utilisation=None, dispatch=None)
    # Sums of rounded numbers may miss the ends by a little.
    return Shares(
        block=block, utilisation=min(1.0, max(0.0, found.utilisation)), dispatch=min(1.0, max(0.0, found.dispatch))
    )


ENDED, SUBMITTED, BEGUN, WORKER, TASK, RECEIVED = range(6)
"""What may happen: a task ended, a chunk was submitted or begun, a worker began its first task, a task began, a result
was received. What happens at the same time counts in this order."""
KIND = 3
"""Bits for that in a moment, which is a time in nanoseconds and one of them: whole numbers are sorted quickly."""
KINDS = 2**KIND - 1


def _moments(tasks: Tasks) -> list[int]:
    """All that happened, in order."""
    found: list[int] = []
    chunks: set[int] = set()
    workers: set[int] = set()
    last: dict[int, int] = {}
    """Of each chunk, when its result was received."""
    columns = (tasks.submitted, tasks.begin, tasks.end, tasks.received, tasks.worker, tasks.chunk)
    for submitted, begin, end, received, worker, chunk in zip(*columns, strict=True):
        found += (begin << KIND | TASK, end << KIND | ENDED)
        if chunk not in chunks:
            chunks.add(chunk)
            found += (submitted << KIND | SUBMITTED, begin << KIND | BEGUN)
        if worker not in workers:
            workers.add(worker)
            found.append(begin << KIND | WORKER)
        last[chunk] = max(end, last.get(chunk, end), received)
    found += (at << KIND | RECEIVED for at in last.values())
    found.sort()
    return found
