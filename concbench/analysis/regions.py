"""Where the time of a traced program's regions went: parts that add up to their wall time, and figures of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from statistics import median

from concbench.experiments.trace import NANO
from concbench.instruments.columns import UNKNOWN, Tasks, unpack
from concbench.model.program import Program, Region

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


@dataclass(frozen=True, kw_only=True)
class Place:
    """All regions that one line of the program opened, and their parts together."""

    regions: tuple[Region, ...]
    parts: Parts
    tasks: int
    chunks: int
    each: float
    """Seconds of the median task."""
    longest: float
    inside: float
    """Seconds inside all tasks together."""
    computed: float
    """CPU seconds of them."""
    queued: float
    """Seconds that a chunk waited on average, from when it was submitted until it began."""
    moved: int
    """Bytes that were pickled, there and back."""
    moving: float
    """Seconds that pickling and unpickling took."""

    @property
    def first(self) -> Region:
        """The one that was opened first, which stands for all."""
        return self.regions[0]

    @property
    def utilisation(self) -> float:
        """The share of its lanes' time that is inside tasks, while there was anything to do."""
        return self.parts.inside / self.parts.active if self.parts.active else 0.0

    @property
    def held(self) -> float:
        """How many cores its tasks kept busy, while there was anything to do."""
        return self.computed / self.parts.active if self.parts.active else 0.0

    @property
    def wall(self) -> float:
        """Seconds of all its regions."""
        return self.parts.wall


def places(program: Program) -> list[Place]:
    """The places of a program that opened regions with tasks, in the order in which they first did."""
    found: dict[tuple[str, str, int, int], list[Region]] = {}
    for region in program.regions:
        if region.tasks:
            found.setdefault((region.name, region.file, region.line, _depth(program, region)), []).append(region)
    return [_place(regions) for regions in found.values()]


def _depth(program: Program, region: Region) -> int:
    """How deep a region is nested in others; a loop, which only a hostile file has, is none."""
    depth, seen = 0, set()
    while region.inside is not None and region.inside not in seen and region.inside < len(program.regions):
        seen.add(region.inside)
        region = program.regions[region.inside]
        depth += 1
    return depth


def _place(regions: Sequence[Region]) -> Place:
    every = [parts_of(region) for region in regions]
    columns = [tasks_of(region) for region in regions]
    lengths = [end - begin for tasks in columns for begin, end in zip(tasks.begin, tasks.end, strict=True)]
    queued = [wait for tasks in columns for wait in _waits(tasks)]
    return Place(
        regions=tuple(regions),
        parts=Parts(**{name: sum(getattr(parts, name) for parts in every) for name in PARTS}),
        tasks=len(lengths),
        chunks=len(queued),
        each=median(lengths) * NANO,
        longest=max(lengths) * NANO,
        inside=sum(lengths) * NANO,
        computed=sum(cpu for tasks in columns for cpu in tasks.cpu if cpu != UNKNOWN) * NANO,
        queued=sum(queued) / len(queued) * NANO,
        moved=sum(size for tasks in columns for size in (*tasks.argument, *tasks.result) if size != UNKNOWN),
        moving=sum(sum(tasks.moving) for tasks in columns) * NANO,
    )


def _waits(tasks: Tasks) -> list[int]:
    """How long each chunk waited until it began."""
    first: dict[int, int] = {}
    for place in range(len(tasks)):
        first.setdefault(tasks.chunk[place], tasks.begin[place] - tasks.submitted[place])
    return list(first.values())


@dataclass(frozen=True, kw_only=True)
class Outside:
    """How much of a program's time passed in its regions, and how much outside of them."""

    regions: float
    """Seconds in which at least one region had something to do; waiting for a place in a semaphore is none."""
    elsewhere: float
    """All others: one thread of the program ran, or started, or ended."""


def outside(program: Program) -> Outside:
    """What Amdahl's law needs to know of a program."""
    spans: list[tuple[int, int]] = []
    for region in program.regions:
        if region.limit or not region.tasks:
            continue
        tasks = tasks_of(region)
        opened, ready = round(region.opened / NANO), round(region.ready / NANO)
        spans.append((opened, ready))
        spans += ((tasks.submitted[at], max(tasks.end[at], tasks.received[at])) for at in range(len(tasks)))
        if region.closing is not None:
            spans.append((round(region.closing / NANO), round(region.closed / NANO)))
    covered = 0
    until = 0
    for begin, end in sorted(spans):
        begin = max(begin, until, 0)
        if end > begin:
            covered += end - begin
            until = end
    inside = min(program.wall, covered * NANO)
    return Outside(regions=inside, elsewhere=program.wall - inside)
